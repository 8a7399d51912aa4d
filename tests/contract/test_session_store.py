"""Every sentence of `SessionStore` about sessions, over every kind of store; places have a file of their own."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from revocation_client.judgement.millis import Millis

from revocation.domain.errors import InvalidFieldError, Reason, ServiceError
from revocation.domain.realms import HOUR, SECOND
from revocation.domain.sessions import MAX_ATTRIBUTES, Change, StoredSession
from revocation.domain.stores import SessionStore
from revocation.store.keys import session_key
from revocation.store.stores import Stores
from tests.eventually import eventually
from tests.servers import Store

from .raw import all_keys, holder
from .realms import PLAIN

DIGEST, HEIR, UNKNOWN = "a" * 64, "b" * 64, "c" * 64


async def time_of(stores: Stores) -> Millis:
    """The store's own time."""
    return (await stores.revocations.read(PLAIN, ())).time


def a_session(time: int, **fields: Any) -> StoredSession:
    """A session of alice that began at *time*."""
    session = StoredSession(
        handle="handle",
        user_id="alice",
        data=b"\x00\xffdata",
        attributes={"device": "phone"},
        version=1,
        create_time=Millis(time),
        auth_time=Millis(time),
        use_time=Millis(time),
        idle_timeout=Millis(HOUR),
        absolute_end=Millis(time + 12 * HOUR),
    )
    return replace(session, **fields)


async def kept(stores: Stores, **fields: Any) -> StoredSession:
    """Keeps a session under DIGEST that begins now; *absolute* is how long it lives at most."""
    time = await time_of(stores)
    absolute = Millis(time + fields.pop("absolute", 12 * HOUR))
    session = a_session(time, absolute_end=absolute, **fields)
    assert await stores.sessions.create(PLAIN, DIGEST, session, Millis(time + 10 * SECOND))
    return session


async def ends(store: SessionStore, digest: str = DIGEST) -> None:
    """Waits until the session under *digest* answers no more."""

    async def has_ended() -> bool:
        return await store.read(PLAIN, digest) is None

    await eventually(has_ended, within=5)


async def refusal(call: Any) -> Reason:
    with pytest.raises(ServiceError) as refused:
        await call
    return refused.value.reason


async def test_a_session_is_read_as_it_was_kept(stores: Stores) -> None:
    """All of a session comes back, bytes and times exact."""
    session = await kept(stores)
    assert await stores.sessions.read(PLAIN, DIGEST) == session


@pytest.mark.parametrize(
    "fields",
    [
        {"user_id": "", "auth_time": None},
        {"data": b"", "attributes": {}},
        {"data": bytes(range(256)) * 64},
        {"attributes": {f"k😀{n}": "v\n" for n in range(MAX_ATTRIBUTES)}},
        {"user_id": "{😀}:\n"},
        {"caller_made": True},
        {"idle_timeout": Millis(1 << 50)},
    ],
)
async def test_odd_sessions_are_read_as_they_were_kept(stores: Stores, fields: dict[str, Any]) -> None:
    """So do sessions of nobody, without data, with the most data and attributes, with odd text, and with long times."""
    session = await kept(stores, **fields)
    assert await stores.sessions.read(PLAIN, DIGEST) == session


async def test_a_digest_in_use_is_not_used_again(stores: Stores) -> None:
    """create returns False, and leaves the session as it is."""
    session = await kept(stores)
    other = replace(session, handle="other")
    assert not await stores.sessions.create(PLAIN, DIGEST, other, Millis(session.create_time + HOUR))
    assert await stores.sessions.read(PLAIN, DIGEST) == session


async def test_a_buried_digest_is_not_used_again(stores: Stores) -> None:
    """An ended digest is barred, and nothing but the bar is left of the session."""
    session = await kept(stores)
    await stores.sessions.bury(PLAIN, DIGEST)
    assert not await stores.sessions.create(PLAIN, DIGEST, session, Millis(session.create_time + HOUR))
    assert await stores.sessions.read(PLAIN, DIGEST) is None


async def test_of_many_creates_of_one_digest_one_wins(stores: Stores) -> None:
    """Sessions that are kept under one digest at once do not overwrite one another."""
    time = await time_of(stores)
    sessions = [a_session(time, handle=f"h{n}") for n in range(20)]
    won = await asyncio.gather(*(stores.sessions.create(PLAIN, DIGEST, one, Millis(time + HOUR)) for one in sessions))
    assert won.count(True) == 1
    assert await stores.sessions.read(PLAIN, DIGEST) == sessions[won.index(True)]


async def test_a_late_create_keeps_nothing(stores: Stores, empty_store: Store) -> None:
    """After not_after it is STORE_UNAVAILABLE, and nothing is there."""
    time = await time_of(stores)
    late = stores.sessions.create(PLAIN, DIGEST, a_session(time), Millis(time - 1))
    assert await refusal(late) is Reason.STORE_UNAVAILABLE
    assert session_key(PLAIN.name, DIGEST) not in all_keys(empty_store)


@pytest.mark.parametrize("fields", [{"idle_timeout": Millis(60)}, {"absolute": 60}])
async def test_an_expired_session_is_gone(stores: Stores, fields: dict[str, Any]) -> None:
    """A session that is past its idle or its absolute end is neither read nor changed, and nothing revives it."""
    await kept(stores, **fields)
    await ends(stores.sessions)
    await stores.sessions.touch(PLAIN, DIGEST)
    assert await stores.sessions.update(PLAIN, DIGEST, Change(idle_timeout=Millis(HOUR))) is None
    assert not await stores.sessions.rotate(PLAIN, DIGEST, "1", HEIR, Millis(SECOND))
    assert await stores.sessions.read(PLAIN, DIGEST) is None


async def test_an_unknown_session_is_nowhere(stores: Stores, empty_store: Store) -> None:
    """Reading, touching, changing, rotating, burying and discarding what is not there creates nothing."""
    store, before = stores.sessions, all_keys(empty_store)
    assert await store.read(PLAIN, UNKNOWN) is None
    assert await store.update(PLAIN, UNKNOWN, Change(data=b"x")) is None
    assert not await store.rotate(PLAIN, UNKNOWN, "1", HEIR, Millis(SECOND))
    assert not await store.is_taken(PLAIN, UNKNOWN)
    for nothing in (store.touch, store.bury, store.discard):
        await nothing(PLAIN, UNKNOWN)
    assert all_keys(empty_store) == before


async def test_a_touch_records_use(stores: Stores) -> None:
    """touch moves the last use to now and with it the idle end, and changes nothing else."""
    session = await kept(stores)
    before = await time_of(stores)
    await stores.sessions.touch(PLAIN, DIGEST)
    touched = await stores.sessions.read(PLAIN, DIGEST)
    assert touched and before <= touched.use_time <= await time_of(stores) + SECOND
    assert touched == replace(session, use_time=touched.use_time)


async def test_touches_never_move_the_absolute_end(stores: Stores) -> None:
    """A session that is used all the time ends at its absolute end."""
    session = await kept(stores, absolute=300)

    async def has_ended() -> bool:
        await stores.sessions.touch(PLAIN, DIGEST)
        return await stores.sessions.read(PLAIN, DIGEST) is None

    await eventually(has_ended, within=5)
    assert await time_of(stores) >= session.absolute_end - 50


async def test_touches_keep_an_idle_session_alive(stores: Stores) -> None:
    """A session that is used outlives its idle timeout."""
    session = await kept(stores, idle_timeout=Millis(2000))

    async def later() -> bool:
        await stores.sessions.touch(PLAIN, DIGEST)
        return await time_of(stores) > session.create_time + 3000

    await eventually(later, within=10)
    assert await stores.sessions.read(PLAIN, DIGEST)


async def test_an_update_is_applied_whole(stores: Stores) -> None:
    """All of a change is done, it counts as use, and the session has a new version."""
    session = await kept(stores)
    change = Change("1", b"new", {"device": "", "os": "linux"}, idle_timeout=Millis(2 * HOUR))
    after = await stores.sessions.update(PLAIN, DIGEST, change)
    assert after and after == await stores.sessions.read(PLAIN, DIGEST)
    changed = {"data": b"new", "attributes": {"os": "linux"}, "version": 2, "idle_timeout": 2 * HOUR}
    assert after == replace(session, **changed, use_time=after.use_time) and after.use_time >= session.use_time
    assert after.etag != session.etag


async def test_an_empty_change_changes_only_version_and_use(stores: Stores) -> None:
    """None and empty fields of a change leave what is there; empty data, which is not None, replaces it."""
    session = await kept(stores)
    after = await stores.sessions.update(PLAIN, DIGEST, Change())
    assert after and after == replace(session, version=2, use_time=after.use_time)
    emptied = await stores.sessions.update(PLAIN, DIGEST, Change(data=b""))
    assert emptied and emptied.data == b""


async def test_an_update_of_another_version_changes_nothing(stores: Stores) -> None:
    """A change that names a version which the session does not have raises SESSION_CHANGED."""
    session = await kept(stores)
    for etag in ("0", "2", "x", "01"):
        assert await refusal(stores.sessions.update(PLAIN, DIGEST, Change(etag, b"new"))) is Reason.SESSION_CHANGED
    assert await stores.sessions.read(PLAIN, DIGEST) == session


async def test_a_user_is_bound_once(stores: Stores) -> None:
    """A session of nobody is bound to the first user; another one raises SESSION_BOUND, and the same one is no change."""
    await kept(stores, user_id="", auth_time=None)
    time = await time_of(stores)
    bound = await stores.sessions.update(PLAIN, DIGEST, Change(user_id="bob", auth_time=time))
    assert bound and (bound.user_id, bound.auth_time) == ("bob", time)
    assert await refusal(stores.sessions.update(PLAIN, DIGEST, Change(user_id="eve", auth_time=time))) is Reason.SESSION_BOUND
    assert await stores.sessions.read(PLAIN, DIGEST) == bound
    again = await stores.sessions.update(PLAIN, DIGEST, Change(user_id="bob", auth_time=Millis(time + 5)))
    assert again and (again.user_id, again.auth_time) == ("bob", time)


async def test_attributes_have_a_limit(stores: Stores) -> None:
    """A change that would leave more than MAX_ATTRIBUTES raises InvalidFieldError and changes nothing; one that removes enough may add."""
    full = {f"k{n}": "v" for n in range(MAX_ATTRIBUTES)}
    session = await kept(stores, attributes=full)
    with pytest.raises(InvalidFieldError, match="attributes"):
        await stores.sessions.update(PLAIN, DIGEST, Change(data=b"new", attributes={"more": "v"}))
    assert await stores.sessions.read(PLAIN, DIGEST) == session
    after = await stores.sessions.update(PLAIN, DIGEST, Change(attributes={"more": "v", "k0": ""}))
    assert after and len(after.attributes) == MAX_ATTRIBUTES and "k0" not in after.attributes


async def test_a_rotated_session_leads_to_its_successor_in_grace(stores: Stores) -> None:
    """For the grace the old digest names its successor, and holds no data any more; then it is gone."""
    await kept(stores)
    assert await stores.sessions.rotate(PLAIN, DIGEST, "1", HEIR, Millis(300))
    old = await stores.sessions.read(PLAIN, DIGEST)
    assert old and (old.successor, old.data, dict(old.attributes)) == (HEIR, b"", {})
    await ends(stores.sessions)
    assert await stores.sessions.is_taken(PLAIN, DIGEST)


async def test_without_grace_a_rotated_session_is_gone_at_once(stores: Stores) -> None:
    """A grace of 0 leaves nothing to lead on."""
    await kept(stores)
    assert await stores.sessions.rotate(PLAIN, DIGEST, "1", HEIR, Millis(0))
    assert await stores.sessions.read(PLAIN, DIGEST) is None
    assert not await stores.sessions.rotate(PLAIN, DIGEST, "1", HEIR, Millis(0))


async def test_a_session_is_handed_on_once(stores: Stores) -> None:
    """A second rotation in grace, and an update, raise SESSION_ROTATED, and the first successor stays."""
    await kept(stores)
    await stores.sessions.rotate(PLAIN, DIGEST, "1", HEIR, Millis(HOUR))
    assert await refusal(stores.sessions.rotate(PLAIN, DIGEST, "1", UNKNOWN, Millis(HOUR))) is Reason.SESSION_ROTATED
    assert await refusal(stores.sessions.update(PLAIN, DIGEST, Change(data=b"x"))) is Reason.SESSION_ROTATED
    old = await stores.sessions.read(PLAIN, DIGEST)
    assert old and old.successor == HEIR


async def test_a_session_of_another_version_is_not_handed_on(stores: Stores) -> None:
    """rotate raises SESSION_CHANGED, and changes nothing."""
    session = await kept(stores)
    assert await refusal(stores.sessions.rotate(PLAIN, DIGEST, "2", HEIR, Millis(HOUR))) is Reason.SESSION_CHANGED
    assert await stores.sessions.read(PLAIN, DIGEST) == session


async def test_of_many_rotations_at_once_one_wins(stores: Stores) -> None:
    """Exactly one caller hands the session on; the others are told SESSION_ROTATED."""
    await kept(stores)
    rotations = [stores.sessions.rotate(PLAIN, DIGEST, "1", f"{n:064}", Millis(HOUR)) for n in range(50)]
    answers = await asyncio.gather(*rotations, return_exceptions=True)
    assert answers.count(True) == 1
    assert [one.reason for one in answers if isinstance(one, ServiceError)] == [Reason.SESSION_ROTATED] * 49
    old = await stores.sessions.read(PLAIN, DIGEST)
    assert old and int(old.successor) == answers.index(True)


async def test_the_heir_of_a_rotated_session_is_known_beyond_its_grace(stores: Stores) -> None:
    """heir names the successor, with grace and without; other sessions, ended and unknown ones have none."""
    await kept(stores)
    assert await stores.sessions.heir(PLAIN, DIGEST) == await stores.sessions.heir(PLAIN, UNKNOWN) == ""
    await stores.sessions.rotate(PLAIN, DIGEST, "1", HEIR, Millis(0))
    assert await stores.sessions.heir(PLAIN, DIGEST) == HEIR
    await stores.sessions.bury(PLAIN, DIGEST)
    assert await stores.sessions.heir(PLAIN, DIGEST) == ""


async def test_what_is_in_use_or_was_ended_is_taken(stores: Stores) -> None:
    """is_taken tells of living and of buried sessions, and of no others."""
    assert not await stores.sessions.is_taken(PLAIN, DIGEST)
    await kept(stores)
    assert await stores.sessions.is_taken(PLAIN, DIGEST)
    await stores.sessions.bury(PLAIN, DIGEST)
    assert await stores.sessions.is_taken(PLAIN, DIGEST)


async def test_a_discarded_session_leaves_its_digest_free(stores: Stores) -> None:
    """discard removes everything, and the digest may be used again."""
    await kept(stores)
    await stores.sessions.discard(PLAIN, DIGEST)
    assert not await stores.sessions.is_taken(PLAIN, DIGEST)
    await kept(stores)


async def test_a_tombstone_lasts_until_the_absolute_end(stores: Stores, empty_store: Store) -> None:
    """Redis keeps the bar at least until the session's absolute end, and not for ever."""
    session = await kept(stores)
    await stores.sessions.bury(PLAIN, DIGEST)
    key = session_key(PLAIN.name, DIGEST)
    assert holder(empty_store, key).hgetall(key) == {"ended": "1"}
    assert session.absolute_end <= holder(empty_store, key).pexpiretime(key) <= session.absolute_end + HOUR


async def test_a_second_burial_changes_nothing(stores: Stores, empty_store: Store) -> None:
    """bury may be repeated without harm."""
    await kept(stores)
    await stores.sessions.bury(PLAIN, DIGEST)
    key = session_key(PLAIN.name, DIGEST)
    until = holder(empty_store, key).pexpiretime(key)
    await stores.sessions.bury(PLAIN, DIGEST)
    assert holder(empty_store, key).pexpiretime(key) == until


@pytest.mark.parametrize(("fields", "to_absolute_end"), [({}, False), ({"caller_made": True}, True)])
async def test_redis_forgets_a_session_no_earlier_than_it_may(
    stores: Stores, empty_store: Store, fields: dict[str, Any], to_absolute_end: bool
) -> None:
    """The key of a session expires by itself after its end; that of a caller-made id only after its absolute end, for it may come again."""
    session, key = await kept(stores, **fields), session_key(PLAIN.name, DIGEST)
    least = session.absolute_end if to_absolute_end else session.expire_time
    assert least <= holder(empty_store, key).pexpiretime(key) <= least + HOUR
    await stores.sessions.rotate(PLAIN, DIGEST, "1", HEIR, Millis(SECOND))
    assert holder(empty_store, key).pexpiretime(key) >= session.absolute_end


async def test_an_expired_caller_made_id_stays_barred(stores: Stores) -> None:
    """An id that can come again is taken after its session has expired."""
    session = await kept(stores, caller_made=True, idle_timeout=Millis(50))
    await ends(stores.sessions)
    assert await stores.sessions.is_taken(PLAIN, DIGEST)
    assert not await stores.sessions.create(PLAIN, DIGEST, session, Millis(session.create_time + HOUR))
