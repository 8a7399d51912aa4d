"""The use cases of sessions over real stores, composed as the server composes them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Scope

from revocation.domain.deadline import deadline
from revocation.domain.errors import SessionNotFoundError
from revocation.domain.orders import cutoff_order
from revocation.domain.realms import Realm, Realms
from revocation.domain.sessions import StoredSession
from revocation.replica.acknowledged import AcknowledgingStore
from revocation.replica.replicas import MemoryReplicas
from revocation.service.living import LivingSessions
from revocation.service.session_list import SessionList
from revocation.service.sessions import Created, NewSession, Sessions
from revocation.store.stores import Stores


@dataclass(frozen=True, slots=True)
class Service:
    """What SessionService and the revoking calls use."""

    stores: Stores
    revocations: Any
    replicas: MemoryReplicas
    living: LivingSessions
    sessions: Sessions
    listing: SessionList

    async def create(self, realm: Realm, user_id: str = "alice", **fields: Any) -> Created:
        return await self.sessions.create(realm, NewSession(user_id=user_id, **fields))

    async def peek(self, realm: Realm, session_id: str) -> StoredSession:
        return await self.sessions.get(realm, session_id, peek=True, at_least=None)

    async def lives(self, realm: Realm, session_id: str) -> bool:
        """Tells whether *session_id* answers, without using it."""
        try:
            return bool(await self.peek(realm, session_id))
        except SessionNotFoundError:
            return False

    async def end(self, realm: Realm, session_id: str) -> bool:
        return (await self.sessions.end(realm, await self.sessions.by_id(realm, session_id), ""))[0]

    async def end_handle(self, realm: Realm, handle: str, user_id: str = "alice") -> bool:
        return (await self.sessions.end(realm, await self.sessions.by_handle(realm, handle, user_id), ""))[0]

    async def cut_off(self, realm: Realm, scope: Scope = Scope.USER, value: str = "alice", keep: tuple[str, ...] = ()) -> None:
        await self.revocations.revoke(realm, [cutoff_order(realm, scope, value, None, "", keep)])

    async def listed(self, realm: Realm, user_id: str = "alice") -> list[str]:
        """The handles of the user's living sessions."""
        return [session.handle for session in (await self.listing.page(realm, user_id, "", None, 1000)).sessions]

    def over(self, sessions: Any, revocations: Any) -> "Service":
        """This service, but over other stores."""
        living = LivingSessions(sessions, self.replicas, b"pepper")
        fields = {"living": living, "sessions": Sessions(sessions, revocations, living), "listing": SessionList(sessions, living)}
        return replace(self, revocations=revocations, **fields)


@asynccontextmanager
async def serving(stores: Stores, *realms: Realm) -> AsyncIterator[Service]:
    """The service over *stores*, with replicas that follow the logs of *realms*."""
    named = Realms({realm.name: realm for realm in realms})
    replicas = MemoryReplicas(named, stores.revocations, time.monotonic, wall, serve_stale=False)
    for realm in realms:
        await replicas.of(realm).advance()
    following = asyncio.create_task(replicas.follow())
    revocations = AcknowledgingStore(stores.revocations, replicas)
    living = LivingSessions(stores.sessions, replicas, b"pepper")
    sessions, listing = Sessions(stores.sessions, revocations, living), SessionList(stores.sessions, living)
    try:
        yield Service(stores, revocations, replicas, living, sessions, listing)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


@contextmanager
def patience(seconds: float = 30) -> Iterator[None]:
    """Lets operations take *seconds*, for tests whose many tasks wait for one another on a busy machine."""
    token = deadline.set(asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        deadline.reset(token)


def wall() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
