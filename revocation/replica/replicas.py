"""The replicas of all realms: each follows its log in a task of its own."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Collection
from typing import Final

import structlog
from revocation_client.judgement.claims import is_claim
from revocation_client.judgement.millis import Millis

from ..domain.errors import Reason, ServiceError
from ..domain.realms import Realm, Realms
from ..domain.replicas import View
from ..domain.revisions import Revision
from ..domain.stores import RevocationStore
from ..domain.watching import Event
from .feed import watch
from .realm_replica import RealmReplica

PROOF_EVERY: Final = 0.5
"""Seconds without news after which freshness is proved anew."""

_LONGEST_PAUSE: Final = 0.25

log = structlog.get_logger()


class MemoryReplicas:
    """`Replicas` and `Watching`, and the tasks that keep them up. *serve_stale*: answer from a stale one, marked, rather than refuse."""

    def __init__(
        self, realms: Realms, store: RevocationStore, monotonic: Callable[[], float], wall: Callable[[], Millis], *, serve_stale: bool
    ) -> None:
        self._store = store
        self._serve_stale = serve_stale
        self._monotonic = monotonic
        self._wall = wall
        self._replicas = {realm.name: RealmReplica(realm, store, monotonic, wall) for realm in realms}
        self._troubles: dict[str, ServiceError] = {}

    def of(self, realm: Realm) -> RealmReplica:
        """Returns the replica of *realm*."""
        return self._replicas[realm.name]

    def fingerprint_key(self, realm: Realm) -> bytes:
        index = self.of(realm).index
        if index is None:
            raise ServiceError(Reason.STALE, "this server has not loaded the realm yet", {"realm": realm.name})
        return index.index.fingerprint_key

    def watch(self, realm: Realm, resume: Revision | None) -> AsyncIterator[Event]:
        return watch(self.of(realm), resume, self._monotonic)

    async def view(self, realm: Realm, at_least: Revision | None = None) -> View:
        return await self.of(realm).view(at_least, serve_stale=self._serve_stale)

    def glance(self, realm: Realm, at_least: Revision | None = None) -> View | None:
        return self._replicas[realm.name].glance(at_least, serve_stale=self._serve_stale)

    def knows_allowed(self, realm: Realm, jtis: Collection[str]) -> bool:
        return not self._unknown(realm, jtis)

    async def learn_allowed(self, realm: Realm, jtis: Collection[str]) -> None:
        index, unknown = self.of(realm).index, self._unknown(realm, jtis)
        if index is None or not unknown:
            return
        for jti, until in (await self._store.read(realm, (), [jti for jti in unknown if is_claim(jti)])).allowed.items():
            index.allow(jti, until)

    def _unknown(self, realm: Realm, jtis: Collection[str]) -> list[str]:
        index, now = self.of(realm).index, self._wall()
        return [jti for jti in jtis if index is not None and (index.allowed_until(jti) or now) <= now]

    @property
    def trouble(self) -> ServiceError | None:
        """Why one of the replicas cannot keep up; None: all do."""
        return next(iter(self._troubles.values()), None)

    @property
    def ready(self) -> bool:
        """Whether every realm is loaded and fresh enough to be served."""
        return not any(replica.is_stale for replica in self._replicas.values())

    async def follow(self) -> None:
        """Keep every replica up with its log, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for replica in self._replicas.values():
                tasks.create_task(self._follow(replica))

    async def _follow(self, replica: RealmReplica) -> None:
        name = replica.realm.name
        while True:
            try:
                await replica.advance()
                self._troubles.pop(name, None)
                behind = replica.position.revision.sequence if replica.position else 0
                await self._store.wait_for_change(replica.realm, behind, PROOF_EVERY)
            except ServiceError as trouble:
                if name not in self._troubles:
                    log.warning("replica cannot follow", realm=name, error=trouble.reason.value, why=trouble.message)
                self._troubles[name] = trouble
                await asyncio.sleep(random.uniform(0.02, _LONGEST_PAUSE))  # noqa: S311 # spreads servers out, decides nothing
