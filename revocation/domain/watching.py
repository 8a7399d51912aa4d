"""The port to whatever follows a realm for watchers, and what it tells them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from revocation_client.judgement.index import RevocationIndex
from revocation_client.judgement.revocations import Revocation

from .realms import Realm
from .revisions import Revision


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class State:
    """Everything in force as of *revision*, and perhaps some that came later: a watcher merges all of it. Shared by many watchers."""

    index: RevocationIndex
    revision: Revision


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Changes as they were read at once, without gaps: from the sequence *first* to that of *revision*."""

    first: int
    revision: Revision
    revocations: tuple[Revocation, ...]


@dataclass(frozen=True, slots=True)
class Beat:
    """That nothing is missing up to *revision*, and that this was known *lag* seconds ago."""

    revision: Revision
    lag: float


@dataclass(frozen=True, slots=True)
class Lost:
    """The watcher cannot be told what it missed: it must begin again."""


Event = State | Batch | Beat | Lost


class Watching(Protocol):
    """Follows realms for watchers."""

    def fingerprint_key(self, realm: Realm) -> bytes:
        """Return the key of the realm's fingerprints. Raises STALE before the realm was loaded."""

    def watch(self, realm: Realm, resume: Revision | None) -> AsyncIterator[Event]:
        """Yield a `State`, unless everything since *resume* is held, then every `Batch` as it happens, and a `Beat` about every second.

        No beat comes while this process is behind *resume*. `Lost` is the last event. May raise as `Replicas.view` does.
        """
