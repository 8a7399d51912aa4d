"""A process that dies, or a store that fails, between any two steps of a use case leaves nothing alive that should be dead."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import pytest
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Scope

from revocation.domain.errors import Reason, ServiceError
from revocation.domain.realms import MINUTE, SECOND
from revocation.domain.sessions import Change
from tests.servers import Store

from .raw import age_places, holder, place_counts, sessions_of
from .realms import CAPPED
from .service import Service

CAP = CAPPED.sessions.max_sessions
MOST_STEPS = 25


class Fault(Enum):
    """What becomes of one call to the store."""

    CRASH = auto()
    """It is not made, nor is any after it: the process is dead."""
    REFUSED = auto()
    """It is not done, and says so."""
    UNKNOWN = auto()
    """It is done, but its answer is lost."""


class CrashError(Exception):
    """The end of the process, as far as its steps are concerned."""


@dataclass(slots=True)
class Steps:
    """Counts the calls to both stores, and lets the one numbered *at* go wrong."""

    fault: Fault
    at: int
    count: int = 0

    async def run(self, call: Callable[[], Awaitable[Any]]) -> Any:
        self.count += 1
        if self.fault is Fault.CRASH and self.count >= self.at:
            raise CrashError
        if self.count != self.at:
            return await call()
        if self.fault is Fault.REFUSED:
            raise ServiceError(Reason.STORE_UNAVAILABLE, "not done")
        await call()
        raise ServiceError(Reason.OUTCOME_UNKNOWN, "done, or not")


class Faulty:
    """A store whose every call is a step; all else is the real one's."""

    def __init__(self, store: Any, steps: Steps) -> None:
        self._store = store
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        return lambda *args: self._steps.run(lambda: method(*args))


@dataclass(slots=True)
class Scene:
    """A user with sessions, whose secrets are all known, and those that must be dead once a call has said that they are."""

    service: Service
    user: str
    secrets: list[str] = field(default_factory=list)
    handles: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)

    async def create(self, user_id: str) -> None:
        created = await self.service.create(CAPPED, user_id)
        self.secrets.append(created.session_id)
        self.handles.append(created.session.handle)


async def create(scene: Scene, faulty: Service) -> None:
    scene.secrets.append((await faulty.create(CAPPED, scene.user)).session_id)


async def create_evicting(scene: Scene, faulty: Service) -> None:
    created = await faulty.create(CAPPED, scene.user, evict_oldest=True)
    scene.secrets.append(created.session_id)
    scene.dead.update(created.evicted)


async def use(scene: Scene, faulty: Service) -> None:
    await faulty.sessions.get(CAPPED, scene.secrets[0], peek=False, at_least=None)


async def update(scene: Scene, faulty: Service) -> None:
    await faulty.sessions.update(CAPPED, scene.secrets[0], Change(data=b"new"))


async def bind(scene: Scene, faulty: Service) -> None:
    await faulty.sessions.update(CAPPED, scene.secrets[-1], Change(user_id=scene.user))


async def rotate(scene: Scene, faulty: Service) -> None:
    scene.secrets.append((await faulty.sessions.rotate(CAPPED, scene.secrets[0], Millis(10 * SECOND), ""))[1])


async def rotate_at_once(scene: Scene, faulty: Service) -> None:
    scene.secrets.append((await faulty.sessions.rotate(CAPPED, scene.secrets[0], Millis(0), ""))[1])


async def end_by_id(scene: Scene, faulty: Service) -> None:
    await faulty.end(CAPPED, scene.secrets[0])
    scene.dead.add(scene.handles[0])


async def end_by_handle(scene: Scene, faulty: Service) -> None:
    await faulty.end_handle(CAPPED, scene.handles[0], scene.user)
    scene.dead.add(scene.handles[0])


async def listing(scene: Scene, faulty: Service) -> None:
    await faulty.listed(CAPPED, scene.user)


USE_CASES = [
    (create, ["user"]),
    (create, ["user", "user"]),
    (create_evicting, ["user", "user"]),
    (use, ["user", "user"]),
    (update, ["user", "user"]),
    (bind, ["user", ""]),
    (bind, ["user", "user", ""]),
    (rotate, ["user", "user"]),
    (rotate_at_once, ["user", "user"]),
    (end_by_id, ["user", "user"]),
    (end_by_handle, ["user", "user"]),
    (listing, ["user", "user"]),
]


def _name(one: object) -> str:
    return getattr(one, "__name__", str(len(one)) if isinstance(one, list) else str(one))


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.name)
@pytest.mark.parametrize(("use_case", "users"), USE_CASES, ids=_name)
async def test_a_fault_at_any_step_does_no_harm(
    service: Service, empty_store: Store, use_case: Callable[[Scene, Service], Awaitable[None]], users: list[str], fault: Fault
) -> None:
    """Whichever step fails: the cap holds, what was said to be dead is dead, and the next use leaves exactly the living in the list."""
    for at in range(1, MOST_STEPS):
        scene, steps = Scene(service, f"user{at}"), Steps(fault, at)
        for user in users:
            await scene.create(user and scene.user)
        faulty = service.over(Faulty(service.stores.sessions, steps), Faulty(service.revocations, steps))
        with suppress(CrashError, ServiceError):
            await use_case(scene, faulty)
        await check(scene, empty_store)
        await sweep(scene, empty_store)
        if steps.count < at:
            return
    raise AssertionError(f"more than {MOST_STEPS} steps")


async def living(scene: Scene, store: Store) -> set[str]:
    """The handles of the user's sessions that stand in the store, and that no revocation refuses."""
    found = sessions_of(store, CAPPED)
    handles = {session["handle"] for session in found if session["user"] == scene.user and "successor" not in session}
    reading = await scene.service.stores.revocations.read(CAPPED, [(Scope.SESSION, handle) for handle in handles])
    cutoff = (await scene.service.stores.revocations.read(CAPPED, [(Scope.USER, scene.user)])).find(Scope.USER, scene.user)
    floor = cutoff.issued_before if cutoff else 0
    began = {session["handle"]: int(session["auth"] or 0) for session in found if session["handle"] in handles}
    return {handle for handle in handles if not reading.find(Scope.SESSION, handle) and began[handle] >= floor}


async def check(scene: Scene, store: Store) -> None:
    """Right after the fault, and after the list has been used once all of it has settled."""
    alive = await living(scene, store)
    assert len(alive) <= CAP and not alive & scene.dead
    age_places(store, CAPPED, scene.user, MINUTE)
    listed = await scene.service.listed(CAPPED, scene.user)
    assert len(listed) == len(set(listed)) and set(listed) <= alive
    assert set(listed) == {handle for handle in alive if handle not in await evicted(scene, store)}
    assert place_counts(store, CAPPED, scene.user)[:2] == (len(listed), len(listed))


async def evicted(scene: Scene, store: Store) -> set[str]:
    """The handles that made room and wait to be ended."""
    key = f"rv1:{{{CAPPED.name}/u/{scene.user}}}:evicted"
    return set(holder(store, key).hkeys(key)) if place_counts(store, CAPPED, scene.user)[2] else set()


async def sweep(scene: Scene, store: Store) -> None:
    """The next log-in succeeds, makes good what is left undone, and the cap holds; then everything is ended."""
    await scene.service.create(CAPPED, scene.user, evict_oldest=True)
    alive = await living(scene, store)
    assert 1 <= len(alive) <= CAP and not alive & scene.dead
    assert alive == set(await scene.service.listed(CAPPED, scene.user))
    await scene.service.cut_off(CAPPED, value=scene.user)
    await scene.service.end(CAPPED, (await scene.service.create(CAPPED, scene.user)).session_id)
    assert place_counts(store, CAPPED, scene.user) == (0, 0, 0)
    assert not await living(scene, store)
