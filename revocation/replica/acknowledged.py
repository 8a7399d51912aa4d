"""A store whose writes count as done when this server's own memory has them, too."""

from collections.abc import Collection, Sequence

from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Revocation, Scope

from ..domain.errors import Reason, ServiceError
from ..domain.orders import Order
from ..domain.realms import Realm
from ..domain.revisions import Revision
from ..domain.stores import Cursor, Name, Page, Reading, RevocationStore, Tail, Written
from .replicas import MemoryReplicas


class AcknowledgingStore:
    """A `RevocationStore`: *store*, but that `revoke` returns when the replica holds all of it, so that no check here misses it."""

    def __init__(self, store: RevocationStore, replicas: MemoryReplicas) -> None:
        self._store = store
        self._replicas = replicas

    async def revoke(self, realm: Realm, orders: Sequence[Order]) -> Written:
        written = await self._store.revoke(realm, orders)
        try:
            await self._replicas.of(realm).reach(written.revision)
        except ServiceError as error:
            message = "the store has the write, but this server could not read it back, so others may not enforce it yet; repeat it"
            raise ServiceError(Reason.OUTCOME_UNKNOWN, message) from error
        return written

    async def restore(self, realm: Realm, revocations: Sequence[Revocation], included: Revision | None) -> None:
        await self._store.restore(realm, revocations, included)

    async def allow(self, realm: Realm, jti: str, expire_time: Millis | None, life: Millis) -> Millis:
        return await self._store.allow(realm, jti, expire_time, life)

    async def read(self, realm: Realm, names: Collection[Name], jtis: Collection[str] = ()) -> Reading:
        return await self._store.read(realm, names, jtis)

    async def page(self, realm: Realm, scope: Scope | None, after: Cursor | None, limit: int) -> Page:
        return await self._store.page(realm, scope, after, limit)

    async def tail(self, realm: Realm, behind: int, limit: int) -> Tail:
        return await self._store.tail(realm, behind, limit)

    async def wait_for_change(self, realm: Realm, behind: int, seconds: float) -> None:
        await self._store.wait_for_change(realm, behind, seconds)

    async def trim(self, realm: Realm) -> int:
        return await self._store.trim(realm)
