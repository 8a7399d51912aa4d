"""Places in users' lists: taking one under the cap, and freeing those whose sessions are gone."""

import asyncio
from collections.abc import Collection
from contextlib import suppress

from ..domain.errors import Reason, ServiceError
from ..domain.orders import session_order
from ..domain.realms import Realm
from ..domain.revisions import Revision
from ..domain.sessions import Place
from ..domain.stores import RevocationStore, SessionStore
from .living import LivingSessions
from .logins import Admission
from .pruning import living_of


class Places:
    """Takes places and ends the sessions that had to make room."""

    def __init__(self, sessions: SessionStore, revocations: RevocationStore, living: LivingSessions) -> None:
        self._sessions = sessions
        self._living = living
        self._revocations = revocations

    async def take(self, realm: Realm, user_id: str, place: Place, limit: int, evict: bool, admission: Admission) -> tuple[Place, ...]:
        """Take *place* and return those that had to make room and must be ended now. Raises SESSION_LIMIT_REACHED.

        No living session makes room before every dead one has.
        """
        taken = await self._sessions.take_place(realm, user_id, place, limit, False, admission.floors)
        if not taken.taken:
            await self.prune(realm, user_id)
            taken = await self._sessions.take_place(realm, user_id, place, limit, evict, admission.floors)
        if not taken.taken:
            raise ServiceError(Reason.SESSION_LIMIT_REACHED, f"the user has {limit} sessions already", {"max_sessions": str(limit)})
        return taken.evicted

    async def end_evicted(self, realm: Realm, user_id: str, evicted: Collection[Place]) -> Revision:
        """End the sessions of *evicted* places, with their tokens, in one write. A crash before it is made good by the next call."""
        orders = [session_order(realm, place.handle, "made room for a newer session") for place in evicted]
        written = await self._revocations.revoke(realm, orders)
        with suppress(ServiceError):  # they are dead by the revocation; what is left of them expires by itself
            await asyncio.gather(*(self._sessions.bury(realm, place.digest) for place in evicted))
            await self._sessions.forget(realm, user_id, [place.handle for place in evicted])
        return written.revision

    async def prune(self, realm: Realm, user_id: str) -> None:
        """Free the places whose sessions are dead or gone."""
        await living_of(self._sessions, self._living, realm, user_id, await self._sessions.places(realm, user_id))
