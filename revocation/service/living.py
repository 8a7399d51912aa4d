"""Finding the session behind an id, and judging whether it still lives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from revocation_client.judgement.judge import named, refusal

from ..domain.errors import SessionNotFoundError
from ..domain.realms import Realm
from ..domain.revisions import Revision
from ..domain.session_ids import digest_of
from ..domain.sessions import Place, StoredSession
from ..domain.stores import Reading, RevocationStore, SessionStore
from .checks import demand

_LONGEST_CHAIN: Final = 4
"""How many rotations, each in the grace of the one before, an id may lead through."""


@dataclass(frozen=True, slots=True)
class Found:
    """A session, and the digest that it is under."""

    digest: str
    session: StoredSession

    @property
    def place(self) -> Place:
        """The entry of it in its user's list."""
        session = self.session
        began = session.create_time if session.auth_time is None else session.auth_time
        return Place(session.handle, self.digest, session.create_time, began, session.expire_time)


class LivingSessions:
    """Finds sessions by their ids, and judges them by the revocations in force. Ids are digested with *pepper*."""

    def __init__(self, sessions: SessionStore, revocations: RevocationStore, pepper: bytes) -> None:
        self._sessions = sessions
        self._revocations = revocations
        self._pepper = pepper

    def digest(self, realm: Realm, session_id: str) -> str:
        """Returns what the session of *session_id* is kept under."""
        return digest_of(realm.name, session_id, self._pepper)

    async def find(self, realm: Realm, session_id: str) -> Found:
        """Returns the session of *session_id*, whose rotations in grace are followed, or raises SESSION_NOT_FOUND."""
        digest = self.digest(realm, session_id)
        for _ in range(_LONGEST_CHAIN):
            session = await self._sessions.read(realm, digest)
            if session is None:
                break
            if not session.successor:
                return Found(digest, session)
            digest = session.successor
        raise SessionNotFoundError

    async def judge(self, realm: Realm, session: StoredSession, at_least: Revision | None = None) -> Reading:
        """Returns what was read to find that no revocation refuses *session*, or raises SESSION_NOT_FOUND."""
        reading, (lives,) = await self.which_live(realm, (session,))
        demand(reading.position, at_least)
        if not lives:
            raise SessionNotFoundError
        return reading

    async def which_live(self, realm: Realm, sessions: Sequence[StoredSession]) -> tuple[Reading, tuple[bool, ...]]:
        """Returns for each session whether no revocation in force refuses it, and what was read to tell."""
        names = {name for session in sessions for name in named(session.claims)}
        reading = await self._revocations.read(realm, names)
        return reading, tuple(refusal(session.claims, reading, now=reading.time) is None for session in sessions)
