"""Many callers at once, counted exactly, over every kind of store."""

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

import pytest
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Scope

from revocation.domain.errors import Reason, ServiceError
from revocation.domain.orders import Order, token_order
from revocation.domain.realms import HOUR
from revocation.domain.sessions import Change
from revocation.store.stores import Stores, open_stores
from tests.servers import Store
from tests.settings import settings_of

from .raw import log_of, place_counts, sequences
from .realms import PLAIN
from .service import Service, patience
from .test_session_store import a_session, time_of


def reasons(answers: list[Any]) -> list[Reason]:
    """The reasons of the answers that are errors, every one of which must be the domain's."""
    errors = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(error, ServiceError) for error in errors), errors
    return [error.reason for error in errors if isinstance(error, ServiceError)]


async def all_of(*calls: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_concurrent_cutoffs_leave_one_the_latest(stores: Stores, empty_store: Store) -> None:
    """200 cut-offs of one user in any order leave one record, with the latest of them, and only those that moved it are in the log."""
    time = await time_of(stores)
    cutoffs = random.sample(range(time - 1000, time), 200)
    orders = [Order(Scope.USER, "alice", issued_before=Millis(cutoff), life=Millis(HOUR)) for cutoff in cutoffs]
    with patience():
        written = await asyncio.gather(*(stores.revocations.revoke(PLAIN, [order]) for order in orders))
    page = await stores.revocations.page(PLAIN, None, None, 10)
    assert [one.issued_before for one in page.revocations] == [max(cutoffs)]
    assert all(one.revocations[0].issued_before >= cutoff for one, cutoff in zip(written, cutoffs, strict=True))
    entries = log_of(empty_store, PLAIN)
    assert sequences(entries) == list(range(1, max(one.revision.sequence for one in written) + 1))


async def test_concurrent_cutoffs_of_the_stores_time_leave_the_latest(stores: Stores) -> None:
    """So do 200 cut-offs at the store's own time."""
    with patience():
        order = Order(Scope.USER, "alice", life=Millis(HOUR))
        written = await asyncio.gather(*(stores.revocations.revoke(PLAIN, [order]) for _ in range(200)))
    (one,) = (await stores.revocations.page(PLAIN, None, None, 10)).revocations
    assert one.issued_before == max(answer.time for answer in written) + 1


@pytest.mark.parametrize("evicts", [False, True])
async def test_concurrent_log_ins_keep_the_cap(service: Service, empty_store: Store, evicts: bool) -> None:
    """Of 100 log-ins at once under a cap of 5 exactly 5 sessions are left, whether the others are refused or make room."""
    with patience():
        answers = await all_of(*(service.create(PLAIN, max_sessions=5, evict_oldest=evicts) for _ in range(100)))
    assert reasons(answers) == [] if evicts else [Reason.SESSION_LIMIT_REACHED] * 95
    created = [answer for answer in answers if not isinstance(answer, BaseException)]
    alive = {one.session.handle for one in created if await service.lives(PLAIN, one.session_id)}
    assert len(alive) == 5 and sorted(alive) == sorted(await service.listed(PLAIN))
    gone = {handle for one in created for handle in one.evicted}
    assert gone == {one.session.handle for one in created} - alive
    assert place_counts(empty_store, PLAIN, "alice") == (5, 5, 0)


async def test_of_concurrent_updates_with_one_etag_exactly_one_wins(service: Service) -> None:
    """99 of 100 are SESSION_CHANGED, and the session holds what the winner wrote."""
    created = await service.create(PLAIN)
    changes = [Change(created.session.etag, f"{n}".encode()) for n in range(100)]
    with patience():
        answers = await all_of(*(service.sessions.update(PLAIN, created.session_id, change) for change in changes))
    assert reasons(answers) == [Reason.SESSION_CHANGED] * 99
    (won,) = [n for n, answer in enumerate(answers) if not isinstance(answer, BaseException)]
    session = await service.peek(PLAIN, created.session_id)
    assert (session.data, session.version) == (f"{won}".encode(), 2)


async def test_concurrent_updates_without_etag_all_count(service: Service) -> None:
    """Attributes that are merged at once are all there, and each change has a version."""
    created = await service.create(PLAIN)
    with patience():
        updates = [service.sessions.update(PLAIN, created.session_id, Change(attributes={f"k{n % 16}": f"{n}"})) for n in range(64)]
        versions = {session.version for session in await asyncio.gather(*updates)}
    session = await service.peek(PLAIN, created.session_id)
    assert versions == set(range(2, 66)) and session.version == 65 and len(session.attributes) == 16


async def test_no_log_in_slips_past_a_cut_off(service: Service) -> None:
    """Log-ins racing a cut-off are before it, and dead, or behind it: none that was authenticated before it is alive."""
    for round_ in range(12):
        user = f"user{round_}"
        with patience():
            calls: list[Awaitable[Any]] = [service.create(PLAIN, user) for _ in range(10)]
            calls.insert(round_ % 11, service.cut_off(PLAIN, value=user))
            answers = await asyncio.gather(*calls)
        cutoff = (await service.stores.revocations.read(PLAIN, [(Scope.USER, user)])).find(Scope.USER, user)
        assert cutoff
        created = [answer for answer in answers if answer]
        alive = [one.session for one in created if await service.lives(PLAIN, one.session_id)]
        assert {one.handle for one in alive} == {
            one.session.handle for one in created if (one.session.auth_time or 0) >= cutoff.issued_before
        }
        assert sorted(await service.listed(PLAIN, user)) == sorted(one.handle for one in alive)


async def test_everything_at_once_leaves_the_living_in_the_list(service: Service, empty_store: Store) -> None:
    """Log-ins, uses, rotations, ends and lists of one user at once, then a list: it holds exactly the sessions that answer."""
    with patience():
        created = [await service.create(PLAIN, max_sessions=20) for _ in range(20)]
        calls: list[Awaitable[Any]] = [service.end(PLAIN, one.session_id) for one in created[:8]]
        calls += [service.sessions.rotate(PLAIN, one.session_id, Millis(0), "") for one in created[4:12]]
        calls += [service.sessions.update(PLAIN, one.session_id, Change(data=b"x")) for one in created[6:16]]
        calls += [service.listed(PLAIN) for _ in range(5)]
        calls += [service.create(PLAIN, max_sessions=20, evict_oldest=True) for _ in range(5)]
        random.shuffle(calls)
        answers = await all_of(*calls)
    assert set(reasons(answers)) <= {Reason.SESSION_NOT_FOUND, Reason.SESSION_ROTATED, Reason.SESSION_CHANGED}
    secrets = [one.session_id for one in created]
    secrets += [answer[1] for answer in answers if isinstance(answer, tuple)]
    secrets += [answer.session_id for answer in answers if hasattr(answer, "session_id")]
    alive = {(await service.peek(PLAIN, secret)).handle for secret in secrets if await service.lives(PLAIN, secret)}
    assert sorted(await service.listed(PLAIN)) == sorted(alive)
    assert place_counts(empty_store, PLAIN, "alice")[2] == 0


@pytest.mark.parametrize("connections", [4, 64])
async def test_no_caller_gets_anothers_answer(empty_store: Store, connections: int) -> None:
    """While tasks are cancelled at random points, every answer that arrives is of what was asked (CVE-2023-28858)."""
    async with open_stores(settings_of(empty_store, redis_max_connections=connections)) as stores:
        time = await time_of(stores)
        for n in range(50):
            await stores.revocations.revoke(PLAIN, [token_order(PLAIN, f"t{n}", None, f"{n}")])
            await stores.sessions.create(PLAIN, f"{n:064}", a_session(time, handle=f"{n}"), Millis(time + HOUR))
        with patience():
            for _ in range(3):
                await storm(stores)
            assert await asyncio.gather(*(ask(stores, n) for n in range(50))) == [True] * 50


async def ask(stores: Stores, n: int) -> bool:
    """Reads the record and the session numbered *n*; tells whether both are."""
    reading = await stores.revocations.read(PLAIN, [(Scope.TOKEN, f"t{n}")])
    found = reading.find(Scope.TOKEN, f"t{n}")
    session = await stores.sessions.read(PLAIN, f"{n:064}")
    return bool(found and session) and (found.reason, session.handle) == (f"{n}", f"{n}")  # type: ignore[union-attr]


async def storm(stores: Stores) -> None:
    """Asks 300 times at once and cancels most of it after a random number of turns of the event loop."""
    tasks = [asyncio.create_task(ask(stores, n % 50)) for n in range(300)]
    for task in random.sample(tasks, 250):
        for _ in range(random.randrange(4)):  # noqa: S311 # decides nothing
            await asyncio.sleep(0)
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [answer for answer in answers if not isinstance(answer, asyncio.CancelledError)].count(True) >= 50
    assert all(answer is True or isinstance(answer, asyncio.CancelledError) for answer in answers)
