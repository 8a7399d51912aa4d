"""What the store has lost and this server still knows: it is written back before anything counts as fresh (PROTOCOL section 6)."""

from collections import deque
from typing import Final

import structlog
from revocation_client.judgement.revocations import Scope

from ..domain.realms import Realm
from ..domain.revisions import Revision
from ..domain.stores import RevocationStore
from ..domain.watching import Batch
from .texts import ExplainedIndex

AT_ONCE: Final = 1000
"""Revocations in one write."""

log = structlog.get_logger()


class Debt:
    """The revocations that a realm's store must be given back. It is paid in batches, and stays until they are all confirmed."""

    def __init__(self, realm: Realm, store: RevocationStore) -> None:
        self._realm = realm
        self._store = store
        self._names: deque[tuple[Scope, str]] = deque()
        self._included: Revision | None = None

    def __bool__(self) -> bool:
        return self._included is not None

    def owe(self, index: ExplainedIndex, held: Revision, lost: list[Batch] | None) -> None:
        """Owe what *lost* holds or, when that is not known, all that is in force, so that everything up to *held* is in the store again."""
        names = {(one.scope, one.value) for batch in lost for one in batch.revocations} if lost is not None else set(_all(index))
        self._names = deque(names)
        self._included = held
        log.error(
            "the store lost what it had acknowledged; it is written back", realm=self._realm.name, revision=str(held), entries=len(names)
        )
        if lost is None and (unknown := sum(len(index.index.prints(scope) or ()) for scope in Scope)):
            log.error("only known by their fingerprints, so nobody here can write them back", realm=self._realm.name, entries=unknown)

    async def pay(self, index: ExplainedIndex) -> None:
        """Write everything back. What fails is still owed."""
        while self._included is not None:
            names = [self._names[place] for place in range(min(AT_ONCE, len(self._names)))]
            found = [revocation for name in names if (revocation := index.find(*name)) is not None]
            last = len(names) == len(self._names)
            # No marker of inclusion yet: in the lineage it would tell readers where to go on, which it does not know.
            await self._store.restore(self._realm, found, None)
            for _ in names:
                self._names.popleft()
            if last:
                log.warning(
                    "what the store lost is there again; its sessions are not", realm=self._realm.name, revision=str(self._included)
                )
                self._included = None


def _all(index: ExplainedIndex) -> list[tuple[Scope, str]]:
    exact = [(scope, value) for scope in Scope for value, _ in index.index.exact(scope)]
    return exact + [(one.scope, one.value) for one in index.index.with_kept_sessions()]
