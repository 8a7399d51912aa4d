"""What the calls of SessionService do, over every kind of store."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Scope

from revocation.domain.errors import Reason, ServiceError, SessionNotFoundError
from revocation.domain.orders import session_order
from revocation.domain.realms import HOUR, MINUTE, SECOND, Realm
from revocation.domain.sessions import Change
from revocation.service.session_list import After
from tests.eventually import eventually
from tests.servers import Store

from .raw import age_places, place_counts
from .realms import BRIEF, CALLER_IDS, CAPPED, PLAIN
from .service import Service

CALLER_ID = "A-made-up-by-the-framework-id"
NO_GRACE = Millis(0)
GRACE = Millis(10 * SECOND)


async def refusal(call: Any) -> Reason:
    with pytest.raises(ServiceError) as refused:
        await call
    return refused.value.reason


async def is_gone(service: Service, session_id: str, realm: Realm = PLAIN) -> bool:
    """Tells whether nothing that can be asked of *session_id* finds a session, or revives one."""
    for call in (
        service.sessions.get(realm, session_id, peek=False, at_least=None),
        service.sessions.update(realm, session_id, Change(data=b"x")),
        service.sessions.rotate(realm, session_id, GRACE, ""),
    ):
        with pytest.raises(SessionNotFoundError):
            await call
    return not await service.end(realm, session_id) and not await service.lives(realm, session_id)


async def test_a_session_is_got_as_it_was_created(service: Service) -> None:
    """What create returns is what get returns, under a secret of 256 bits."""
    created = await service.create(PLAIN, data=b"cart", attributes={"device": "phone"})
    assert await service.peek(PLAIN, created.session_id) == created.session
    assert (created.session.data, created.session.user_id, len(created.session_id)) == (b"cart", "alice", 43)
    assert created.session.auth_time == created.session.create_time


async def test_timeouts_are_the_callers_or_the_realms(service: Service) -> None:
    """Without timeouts of its own a session gets the realm's."""
    usual = (await service.create(PLAIN)).session
    own = (await service.create(PLAIN, idle_timeout=Millis(MINUTE), absolute_timeout=Millis(HOUR))).session
    assert (usual.idle_timeout, usual.absolute_end - usual.create_time) == (30 * MINUTE, 12 * HOUR)
    assert (own.idle_timeout, own.absolute_end - own.create_time) == (MINUTE, HOUR)


async def test_an_update_changes_what_it_names(service: Service) -> None:
    """An update with the etag of the last reading is done, and one with an older etag is SESSION_CHANGED and changes nothing."""
    created = await service.create(PLAIN, data=b"old")
    after = await service.sessions.update(PLAIN, created.session_id, Change(created.session.etag, b"new"))
    assert (after.data, await service.peek(PLAIN, created.session_id)) == (b"new", after)
    stale = service.sessions.update(PLAIN, created.session_id, Change(created.session.etag, b"stale"))
    assert await refusal(stale) is Reason.SESSION_CHANGED
    assert await service.peek(PLAIN, created.session_id) == after


async def test_peeking_is_no_use(service: Service) -> None:
    """A session that is only peeked at ends after its idle timeout."""
    created = await service.create(BRIEF)

    async def has_ended() -> bool:
        return not await service.lives(BRIEF, created.session_id)

    await eventually(has_ended, within=5)


async def test_use_is_written_no_more_often_than_needed(service: Service) -> None:
    """A use soon after the last one is not written; one after a twentieth of the idle timeout is."""
    created = await service.create(PLAIN, idle_timeout=Millis(40 * SECOND))
    at_once = await service.sessions.get(PLAIN, created.session_id, peek=False, at_least=None)
    assert at_once.use_time == created.session.use_time

    async def is_touched() -> bool:
        await service.sessions.get(PLAIN, created.session_id, peek=False, at_least=None)
        return (await service.peek(PLAIN, created.session_id)).use_time > created.session.use_time

    await eventually(is_touched, within=10)
    written = (await service.peek(PLAIN, created.session_id)).use_time - created.session.use_time
    assert written >= 1800  # a server knows the store's time to within the length of a call


async def test_use_keeps_a_session_alive_but_not_beyond_its_absolute_end(service: Service) -> None:
    """A session of 1 s idle and 2 s absolute timeout that is used all the time lives for 2 s; then nothing finds or revives it."""
    created = await service.create(BRIEF)
    last = created.session

    async def has_ended() -> bool:
        nonlocal last
        try:
            last = await service.sessions.get(BRIEF, created.session_id, peek=False, at_least=None)
        except SessionNotFoundError:
            return True
        return False

    await eventually(has_ended, within=5)
    assert last.use_time > created.session.create_time + 1500
    assert await is_gone(service, created.session_id, BRIEF)


async def test_nothing_revives_an_ended_session(service: Service) -> None:
    """After its end a session is found by nothing; ending it again says so, and an unknown id looks the same."""
    created = await service.create(PLAIN)
    assert await service.end(PLAIN, created.session_id)
    assert await is_gone(service, created.session_id)
    assert await is_gone(service, "unknown")


async def test_an_id_of_another_realm_is_unknown(service: Service) -> None:
    """A session is found in its own realm alone."""
    created = await service.create(PLAIN)
    assert await is_gone(service, created.session_id, CAPPED)
    assert await service.lives(PLAIN, created.session_id)


async def test_rotation_gives_the_same_session_a_new_secret(service: Service) -> None:
    """All but the version and the time of use stays, and without grace the old secret is gone."""
    created = await service.create(PLAIN, data=b"cart")
    session, secret = await service.sessions.rotate(PLAIN, created.session_id, NO_GRACE, "")
    assert secret != created.session_id and await service.peek(PLAIN, secret) == session
    assert session == replace(created.session, version=2, use_time=session.use_time)
    assert await is_gone(service, created.session_id)
    assert await service.listed(PLAIN) == [session.handle]


async def test_in_its_grace_the_old_secret_reads_and_changes_the_one_session(service: Service) -> None:
    """Both secrets lead to one session until the grace is over; a second rotation of the old one is SESSION_ROTATED and changes nothing."""
    created = await service.create(PLAIN)
    session, secret = await service.sessions.rotate(PLAIN, created.session_id, Millis(SECOND), "")
    assert await service.peek(PLAIN, created.session_id) == session
    assert await refusal(service.sessions.rotate(PLAIN, created.session_id, GRACE, "")) is Reason.SESSION_ROTATED
    updated = await service.sessions.update(PLAIN, created.session_id, Change(session.etag, b"through the old"))
    assert await service.peek(PLAIN, secret) == updated

    async def grace_is_over() -> bool:
        return not await service.lives(PLAIN, created.session_id)

    await eventually(grace_is_over, within=5)
    assert await is_gone(service, created.session_id) and await service.lives(PLAIN, secret)


async def test_ending_through_the_old_secret_ends_both(service: Service) -> None:
    """In the grace both secrets are of one session, which ends once."""
    created = await service.create(PLAIN)
    _, secret = await service.sessions.rotate(PLAIN, created.session_id, GRACE, "")
    assert await service.end(PLAIN, created.session_id)
    assert await is_gone(service, secret) and await is_gone(service, created.session_id)


async def test_rotations_in_a_row_lead_on(service: Service) -> None:
    """Each secret in grace leads to the newest one."""
    created = await service.create(PLAIN)
    secrets = [created.session_id]
    for _ in range(3):
        secrets.append((await service.sessions.rotate(PLAIN, secrets[-1], GRACE, ""))[1])
    assert {(await service.peek(PLAIN, secret)).version for secret in secrets} == {4}


async def test_a_place_that_lags_behind_a_rotation_still_leads_to_the_session(service: Service, empty_store: Store) -> None:
    """A use that began before a rotation may point the place back: the session is listed, keeps its place, and ends by its handle."""
    created = await service.create(PLAIN)
    before = await service.living.find(PLAIN, created.session_id)
    secret = created.session_id
    for _ in range(3):
        _, secret = await service.sessions.rotate(PLAIN, secret, NO_GRACE, "")
    await service.stores.sessions.renew_place(PLAIN, "alice", before.place)
    age_places(empty_store, PLAIN, "alice", MINUTE)
    assert await service.listed(PLAIN) == [created.session.handle]
    assert await refusal(service.create(PLAIN, max_sessions=1)) is Reason.SESSION_LIMIT_REACHED
    assert await service.end_handle(PLAIN, created.session.handle)
    assert await is_gone(service, secret) and await service.listed(PLAIN) == []


@pytest.mark.parametrize("grace", [NO_GRACE, GRACE])
async def test_of_concurrent_rotations_exactly_one_wins(service: Service, grace: Millis) -> None:
    """The others are refused, one session is left, it is listed once, and its place leads to it."""
    created = await service.create(PLAIN)
    rotations = [service.sessions.rotate(PLAIN, created.session_id, grace, "") for _ in range(20)]
    answers = await asyncio.gather(*rotations, return_exceptions=True)
    won = [answer for answer in answers if isinstance(answer, tuple)]
    refused = {answer.reason for answer in answers if isinstance(answer, ServiceError)}
    assert len(won) == 1 and refused <= {Reason.SESSION_ROTATED, Reason.SESSION_NOT_FOUND, Reason.SESSION_CHANGED}
    assert await service.listed(PLAIN) == [created.session.handle]
    assert await service.end_handle(PLAIN, created.session.handle) and not await service.lives(PLAIN, won[0][1])


async def test_at_the_cap_a_log_in_is_refused(service: Service) -> None:
    """The realm's cap and the caller's count, whichever is lower, and a session that ended makes room."""
    first = await service.create(CAPPED)
    await service.create(CAPPED)
    with pytest.raises(ServiceError) as refused:
        await service.create(CAPPED, max_sessions=5)
    assert (refused.value.reason, refused.value.metadata) == (Reason.SESSION_LIMIT_REACHED, {"max_sessions": "2"})
    assert await refusal(service.create(CAPPED, max_sessions=1)) is Reason.SESSION_LIMIT_REACHED
    await service.end(CAPPED, first.session_id)
    assert await service.create(CAPPED)
    assert len(await service.listed(CAPPED)) == 2


async def test_the_oldest_makes_room(service: Service) -> None:
    """With evict the oldest session ends, its handle is returned, and tokens that carry it are refused."""
    created = [await service.create(CAPPED) for _ in range(2)]
    newest = await service.create(CAPPED, evict_oldest=True)
    oldest = min((one.session for one in created), key=lambda one: (one.create_time, one.handle)).handle
    assert newest.evicted == (oldest,)
    reading = await service.stores.revocations.read(CAPPED, [(Scope.SESSION, oldest)])
    assert reading.find(Scope.SESSION, oldest) and reading.position.includes(newest.revision)
    alive = [await service.lives(CAPPED, one.session_id) for one in (*created, newest)]
    assert (alive.count(True), alive[-1]) == (2, True)


@pytest.mark.parametrize("evict", [True, False])
async def test_the_dead_make_room_before_the_living(service: Service, empty_store: Store, evict: bool) -> None:
    """A session whose handle was revoked does not count under the cap, so that no living one has to go for it."""
    first, second = [await service.create(CAPPED) for _ in range(2)]
    await service.revocations.revoke(CAPPED, [session_order(CAPPED, second.session.handle, "")])
    created = await service.create(CAPPED, evict_oldest=evict)
    assert created.evicted == () and await service.lives(CAPPED, first.session_id)
    assert place_counts(empty_store, CAPPED, "alice") == (2, 2, 0)


async def test_a_session_of_nobody_is_bound_once(service: Service) -> None:
    """Before the log-in it is in nobody's list; after it, it is in its user's alone, and another user is SESSION_BOUND."""
    created = await service.create(PLAIN, "")
    assert created.session.auth_time is None
    bound = await service.sessions.update(PLAIN, created.session_id, Change(user_id="alice"))
    assert bound.user_id == "alice" and bound.auth_time and bound.auth_time >= created.session.create_time
    assert await service.listed(PLAIN) == [bound.handle]
    assert await refusal(service.sessions.update(PLAIN, created.session_id, Change(user_id="bob"))) is Reason.SESSION_BOUND
    assert await service.listed(PLAIN, "bob") == []
    assert (await service.sessions.update(PLAIN, created.session_id, Change(user_id="alice"))).auth_time == bound.auth_time


async def test_of_two_users_at_once_one_is_bound(service: Service, empty_store: Store) -> None:
    """Log-ins of two users on one session leave it to one of them, and leave no entry with the other."""
    created = await service.create(PLAIN, "")
    changes = [service.sessions.update(PLAIN, created.session_id, Change(user_id=f"user{n}")) for n in range(10)]
    answers = await asyncio.gather(*changes, return_exceptions=True)
    bound = [answer.user_id for answer in answers if not isinstance(answer, BaseException)]
    assert [answer.reason for answer in answers if isinstance(answer, ServiceError)] == [Reason.SESSION_BOUND] * 9
    counts = {user: place_counts(empty_store, PLAIN, user) for user in (f"user{n}" for n in range(10))}
    assert {user for user, count in counts.items() if count != (0, 0, 0)} == set(bound)


async def test_binding_is_capped(service: Service) -> None:
    """A log-in on a session of nobody takes a place like any other."""
    for _ in range(2):
        await service.create(CAPPED)
    nobody = await service.create(CAPPED, "")
    assert await refusal(service.sessions.update(CAPPED, nobody.session_id, Change(user_id="alice"))) is Reason.SESSION_LIMIT_REACHED
    assert (await service.peek(CAPPED, nobody.session_id)).user_id == ""


async def test_a_cut_off_ends_all_sessions_but_the_kept(service: Service) -> None:
    """RevokeUser is one write that ends every session of the user except the kept ones, and no one else's."""
    kept, *ended = [await service.create(PLAIN) for _ in range(4)]
    other = await service.create(PLAIN, "bob")
    await service.cut_off(PLAIN, keep=(kept.session.handle,))
    assert [await service.lives(PLAIN, one.session_id) for one in (kept, other, *ended)] == [True, True, False, False, False]
    assert await service.listed(PLAIN) == [kept.session.handle]
    after = await service.create(PLAIN)
    assert await service.lives(PLAIN, after.session_id) and await is_gone(service, ended[0].session_id)


async def test_a_realms_cut_off_ends_everybodys_sessions(service: Service) -> None:
    """RevokeRealm ends the sessions of all users, those of nobody included, and log-ins after it live."""
    created = [await service.create(PLAIN, user) for user in ("alice", "bob", "")]
    elsewhere = await service.create(CAPPED)
    await service.cut_off(PLAIN, Scope.REALM, "")
    assert [await service.lives(PLAIN, one.session_id) for one in created] == [False] * 3
    assert await service.lives(CAPPED, elsewhere.session_id)
    assert await service.lives(PLAIN, (await service.create(PLAIN, "")).session_id)


async def test_a_log_in_waits_for_a_cut_off_that_lies_a_moment_ahead(service: Service) -> None:
    """A session that begins while the margin of a cut-off runs is dated behind it, and lives."""
    await service.cut_off(replace(PLAIN, cutoff_margin=Millis(100)))
    created = await service.create(PLAIN)
    reading = await service.stores.revocations.read(PLAIN, [(Scope.USER, "alice")])
    cutoff = reading.find(Scope.USER, "alice")
    assert cutoff and created.session.create_time >= cutoff.issued_before
    assert await service.lives(PLAIN, created.session_id)


async def test_a_handle_ends_only_its_own_users_session(service: Service) -> None:
    """EndSession by handle does nothing for another user, for an unknown handle, or twice."""
    created = await service.create(PLAIN)
    await service.create(PLAIN, "bob")
    assert not await service.end_handle(PLAIN, created.session.handle, "bob")
    assert not await service.end_handle(PLAIN, "unknown")
    assert await service.lives(PLAIN, created.session_id)
    assert await service.end_handle(PLAIN, created.session.handle)
    assert not await service.end_handle(PLAIN, created.session.handle)
    assert await is_gone(service, created.session_id)


async def test_an_ended_sessions_tokens_are_refused(service: Service) -> None:
    """Its handle is revoked, at a revision that the end returns."""
    created = await service.create(PLAIN)
    ended, revision = await service.sessions.end(PLAIN, await service.sessions.by_id(PLAIN, created.session_id), "why")
    reading = await service.stores.revocations.read(PLAIN, [(Scope.SESSION, created.session.handle)])
    found = reading.find(Scope.SESSION, created.session.handle)
    assert ended and found and found.reason == "why" and reading.position.includes(revision)


async def test_a_caller_made_id_works_once(service: Service) -> None:
    """The caller's id is the secret; while it is in use, and after its end, it is SESSION_ID_TAKEN, and leaves no place behind."""
    created = await service.create(CALLER_IDS, session_id=CALLER_ID)
    assert created.session_id == CALLER_ID and await service.lives(CALLER_IDS, CALLER_ID)
    assert await refusal(service.create(CALLER_IDS, session_id=CALLER_ID)) is Reason.SESSION_ID_TAKEN
    await service.end(CALLER_IDS, CALLER_ID)
    assert await refusal(service.create(CALLER_IDS, session_id=CALLER_ID)) is Reason.SESSION_ID_TAKEN
    assert await is_gone(service, CALLER_ID, CALLER_IDS)


async def test_of_concurrent_creates_of_one_id_exactly_one_wins(service: Service, empty_store: Store) -> None:
    """The others are SESSION_ID_TAKEN, and one place is taken."""
    creates = [service.create(CALLER_IDS, session_id=CALLER_ID) for _ in range(20)]
    answers = await asyncio.gather(*creates, return_exceptions=True)
    assert [answer.reason for answer in answers if isinstance(answer, ServiceError)] == [Reason.SESSION_ID_TAKEN] * 19
    assert len(await service.listed(CALLER_IDS)) == 1
    assert place_counts(empty_store, CALLER_IDS, "alice") == (1, 1, 0)


async def test_rotating_to_a_caller_made_id(service: Service) -> None:
    """The caller may name the new id, unless it is taken, its own old one included; then nothing is changed."""
    created = await service.create(CALLER_IDS, session_id=CALLER_ID)
    await service.create(CALLER_IDS, "bob", session_id=CALLER_ID + "-2")
    for taken in (CALLER_ID, CALLER_ID + "-2"):
        assert await refusal(service.sessions.rotate(CALLER_IDS, CALLER_ID, GRACE, taken)) is Reason.SESSION_ID_TAKEN
    assert await service.peek(CALLER_IDS, CALLER_ID) == created.session
    _, secret = await service.sessions.rotate(CALLER_IDS, CALLER_ID, NO_GRACE, CALLER_ID + "-3")
    assert secret == CALLER_ID + "-3" and await service.lives(CALLER_IDS, secret)
    assert await refusal(service.create(CALLER_IDS, session_id=CALLER_ID)) is Reason.SESSION_ID_TAKEN


@pytest.mark.parametrize("size", [1, 2, 3, 10])
async def test_the_list_is_paged(service: Service, size: int) -> None:
    """The pages hold every living session once, the oldest first, and say which one is asking."""
    created = [await service.create(PLAIN) for _ in range(6)]
    await service.end(PLAIN, created[2].session_id)
    found: list[str] = []
    after: After | None = None
    while True:
        page = await service.listing.page(PLAIN, "alice", created[4].session_id, after, size)
        assert len(page.sessions) <= size and page.current == created[4].session.handle
        found += [session.handle for session in page.sessions]
        if page.next is None:
            break
        after = page.next
    living = [one.session for n, one in enumerate(created) if n != 2]
    assert found == [one.handle for one in sorted(living, key=lambda one: (one.create_time, one.handle))]


async def test_the_list_knows_no_current_session_without_a_living_id(service: Service) -> None:
    """An id that is empty, unknown or rotated away beyond its grace is no session's; one in grace is its successor's."""
    created = await service.create(PLAIN)
    await service.sessions.rotate(PLAIN, created.session_id, GRACE, "")
    pages = [await service.listing.page(PLAIN, "alice", secret, None, 5) for secret in ("", "unknown", created.session_id)]
    assert [page.current for page in pages] == ["", "", created.session.handle]


async def end_by_id(service: Service, session_id: str, handle: str) -> None:
    await service.end(PLAIN, session_id)


async def end_by_handle(service: Service, session_id: str, handle: str) -> None:
    await service.end_handle(PLAIN, handle)


async def revoke_handle(service: Service, session_id: str, handle: str) -> None:
    await service.revocations.revoke(PLAIN, [session_order(PLAIN, handle, "")])


async def revoke_user(service: Service, session_id: str, handle: str) -> None:
    await service.cut_off(PLAIN)


async def revoke_realm(service: Service, session_id: str, handle: str) -> None:
    await service.cut_off(PLAIN, Scope.REALM, "")


async def evict(service: Service, session_id: str, handle: str) -> None:
    newer = await service.create(PLAIN, max_sessions=1, evict_oldest=True)
    await service.end(PLAIN, newer.session_id)


async def expire(service: Service, session_id: str, handle: str) -> None:
    await service.sessions.update(PLAIN, session_id, Change(idle_timeout=Millis(50)))

    async def has_expired() -> bool:
        return not await service.lives(PLAIN, session_id)

    await eventually(has_expired, within=5)


async def rotate_and_end(service: Service, session_id: str, handle: str) -> None:
    _, secret = await service.sessions.rotate(PLAIN, session_id, NO_GRACE, "")
    await service.end(PLAIN, secret)


@pytest.mark.parametrize(
    "ending",
    [end_by_id, end_by_handle, revoke_handle, revoke_user, revoke_realm, evict, expire, rotate_and_end],
    ids=lambda one: one.__name__,
)
@pytest.mark.parametrize("later", ["list", "create"])
async def test_no_way_of_ending_leaves_an_entry(service: Service, empty_store: Store, ending: Any, later: str) -> None:
    """Whatever ends a session, the next listing, or the next log-in at the cap, leaves no dead entry in the user's keys."""
    created = await service.create(PLAIN)
    await ending(service, created.session_id, created.session.handle)
    assert await is_gone(service, created.session_id)
    age_places(empty_store, PLAIN, "alice", MINUTE)
    if later == "list":
        assert await service.listed(PLAIN) == []
    else:
        await service.create(PLAIN, max_sessions=1)
    expected = 0 if later == "list" else 1
    assert place_counts(empty_store, PLAIN, "alice")[1:] == (expected, 0) or await _swept(service, empty_store, expected)


async def _swept(service: Service, store: Store, expected: int) -> bool:
    """Expired places are hidden from lists, and go with the next place that is taken."""
    created = await service.create(PLAIN)
    await service.end(PLAIN, created.session_id)
    return place_counts(store, PLAIN, "alice") == (expected, expected, 0)
