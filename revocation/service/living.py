"""Finding the session behind an id, and judging whether it still lives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from revocation_client.judgement.judge import refusal
from revocation_client.judgement.millis import Millis

from ..domain.errors import SessionNotFoundError
from ..domain.realms import Realm
from ..domain.replicas import Replicas
from ..domain.revisions import Revision
from ..domain.session_ids import digest_of
from ..domain.sessions import Place, StoredSession
from ..domain.stores import SessionStore

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
    """Finds sessions by their ids, which are digested with *pepper*, and judges them by the revocations in force."""

    def __init__(self, sessions: SessionStore, replicas: Replicas, pepper: bytes) -> None:
        self._sessions = sessions
        self._replicas = replicas
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

    async def judge(self, realm: Realm, session: StoredSession, at_least: Revision | None = None) -> Millis:
        """Returns the store's time if no revocation refuses *session*, else raises SESSION_NOT_FOUND."""
        now, (lives,) = await self.which_live(realm, (session,), at_least)
        if not lives:
            raise SessionNotFoundError
        return now

    async def which_live(
        self, realm: Realm, sessions: Sequence[StoredSession], at_least: Revision | None = None
    ) -> tuple[Millis, tuple[bool, ...]]:
        """Returns the store's time, and for each session whether no revocation in force refuses it."""
        view = await self._replicas.view(realm, at_least)
        return view.now, tuple(refusal(session.claims, view.index, now=view.now) is None for session in sessions)
