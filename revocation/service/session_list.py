"""Listing a user's sessions."""

from dataclasses import dataclass

from revocation_client.judgement.millis import Millis

from ..domain.errors import SessionNotFoundError
from ..domain.realms import Realm
from ..domain.sessions import Place, StoredSession
from ..domain.stores import SessionStore
from .living import LivingSessions
from .pruning import living_of


@dataclass(frozen=True, slots=True, order=True)
class After:
    """Where a list stopped: the last session's creation and handle."""

    create_time: Millis
    handle: str


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Some living sessions, the oldest first, the handle of the asking one, and where the next page begins."""

    sessions: tuple[StoredSession, ...]
    current: str
    next: After | None


class SessionList:
    """Lists the living sessions of users, and frees the places of dead ones that it comes across."""

    def __init__(self, sessions: SessionStore, living: LivingSessions) -> None:
        self._sessions = sessions
        self._living = living

    async def page(self, realm: Realm, user_id: str, current_session_id: str, after: After | None, size: int) -> SessionPage:
        """Returns up to *size* living sessions of the user behind *after*."""
        places = [place for place in await self._sessions.places(realm, user_id) if after is None or _position(place) > after]
        living: list[StoredSession] = []
        while places and len(living) <= size:
            chunk, places = places[: size + 1], places[size + 1 :]
            living += await living_of(self._sessions, self._living, realm, user_id, chunk)
        shown = tuple(living[:size])
        more = After(shown[-1].create_time, shown[-1].handle) if len(living) > size else None
        return SessionPage(shown, await self._current(realm, current_session_id), more)

    async def _current(self, realm: Realm, session_id: str) -> str:
        if not session_id:
            return ""
        try:
            return (await self._living.find(realm, session_id)).session.handle
        except SessionNotFoundError:
            return ""


def _position(place: Place) -> After:
    return After(place.create_time, place.handle)
