"""The port to the replicas: the revocations in force, in this process's memory."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from revocation_client.judgement.judge import Index
from revocation_client.judgement.millis import Millis

from .realms import Realm
from .revisions import Revision


@dataclass(frozen=True, slots=True)
class View:
    """The revocations in force as of *revision*: all that were acknowledged before *as_of*, the store's time.

    *stale*: that is longer ago than the realm's bound. *now* is the store's time at present, by this process's monotonic clock.
    """

    index: Index
    revision: Revision
    as_of: Millis
    now: Millis
    stale: bool


class Replicas(Protocol):
    """What is known in memory of each realm."""

    def glance(self, realm: Realm, at_least: Revision | None = None) -> View | None:
        """Return what `view` would return at once; None when it would wait or raise. Any thread may ask."""

    async def view(self, realm: Realm, at_least: Revision | None = None) -> View:
        """Return what is known of *realm*, at once unless it lacks *at_least*, which is then fetched.

        Raises STALE when the store has not been heard of for longer than the realm's bound, unless stale views are to be served, and
        REVISION_UNREACHABLE when *at_least* is ahead of the store, of another realm, or of a history that was lost.
        """

    def knows_allowed(self, realm: Realm, jtis: Collection[str]) -> bool:
        """Tell whether `learn_allowed` has nothing to fetch. Any thread may ask."""

    async def learn_allowed(self, realm: Realm, jtis: Collection[str]) -> None:
        """Make views of *realm* know until when *jtis* are allowed. What was allowed once stays so, because to disallow is to revoke."""
