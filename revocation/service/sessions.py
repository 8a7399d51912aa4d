"""Keeping sessions: what each call of SessionService does, in an order of steps in which every crash is safe."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from revocation_client.judgement.millis import Millis

from ..domain.errors import Reason, ServiceError, SessionNotFoundError
from ..domain.orders import session_order
from ..domain.realms import Realm
from ..domain.revisions import Revision
from ..domain.session_ids import new_handle, new_session_id
from ..domain.sessions import CREATION_TIME, Change, StoredSession
from ..domain.stores import RevocationStore, SessionStore
from .living import Found, LivingSessions
from .logins import Admission, admit
from .places import Places
from .pruning import behind


@dataclass(frozen=True, slots=True)
class NewSession:
    """The session that a caller asks for. A *session_id* of its own is one that the realm accepts; None timeouts are the realm's."""

    user_id: str = ""
    data: bytes = field(default=b"", repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict)
    idle_timeout: Millis | None = None
    absolute_timeout: Millis | None = None
    max_sessions: int = 0
    evict_oldest: bool = False
    session_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Created:
    """A new session with its secret, and the handles of those that were ended to make room."""

    session: StoredSession
    session_id: str = field(repr=False)
    evicted: tuple[str, ...]
    revision: Revision


class Sessions:
    """The use cases of SessionService, but for lists."""

    def __init__(self, sessions: SessionStore, revocations: RevocationStore, living: LivingSessions) -> None:
        self._sessions = sessions
        self._revocations = revocations
        self._living = living
        self._places = Places(sessions, revocations, living)

    async def create(self, realm: Realm, new: NewSession) -> Created:
        """Begin a session: admit the log-in, take a place, end those that make room, and only then keep the session."""
        session_id = new.session_id or new_session_id()
        digest = self._living.digest(realm, session_id)
        if new.session_id and await self._sessions.is_taken(realm, digest):
            raise _id_taken()
        admission = await admit(self._revocations, realm, new.user_id)
        found = Found(digest, _begun(realm, new, admission.time))
        evicted, revision = await self._settle(realm, found, new, admission) if new.user_id else ((), admission.revision)
        try:
            await self._keep(realm, found, admission.time)
        except ServiceError as error:
            await self._release(realm, found, new.user_id, error)
            raise
        return Created(found.session, session_id, evicted, revision)

    async def get(self, realm: Realm, session_id: str, *, peek: bool, at_least: Revision | None) -> StoredSession:
        """Return a living session, and record its use unless that was recorded a moment ago."""
        found = await self._living.find(realm, session_id)
        now = await self._living.judge(realm, found.session, at_least)
        if peek or not found.session.worth_touching(now):
            return found.session
        used = Found(found.digest, replace(found.session, use_time=now))
        await self._renew_place(realm, used)
        await self._sessions.touch(realm, used.digest)
        return used.session

    async def update(self, realm: Realm, session_id: str, change: Change) -> StoredSession:
        """Change a living session, all of it or nothing."""
        found = await self._living.find(realm, session_id)
        now = await self._living.judge(realm, found.session)
        if change.user_id and change.user_id != found.session.user_id:
            return await self._bind(realm, found, change)
        idle_timeout = change.idle_timeout or found.session.idle_timeout
        await self._renew_place(realm, Found(found.digest, replace(found.session, use_time=now, idle_timeout=idle_timeout)))
        return await self._update(realm, found, change)

    async def rotate(self, realm: Realm, session_id: str, grace: Millis, new_session_id_: str) -> tuple[StoredSession, str]:
        """Give a living session a new secret: prepare it under the new digest, hand over, and point its place there."""
        found = await self._living.find(realm, session_id)
        if found.digest != self._living.digest(realm, session_id):
            raise ServiceError(Reason.SESSION_ROTATED, "this session_id was rotated away; use the new one")
        now = await self._living.judge(realm, found.session)
        secret = new_session_id_ or new_session_id()
        session = replace(found.session, version=found.session.version + 1, use_time=now, caller_made=bool(new_session_id_))
        successor = Found(self._living.digest(realm, secret), session)
        await self._keep(realm, successor, now)
        await self._hand_over(realm, found, successor, grace)
        await self._renew_place(realm, successor)
        return session, secret

    async def end(self, realm: Realm, found: Found | None, reason: str) -> tuple[bool, Revision]:
        """End a session: it is dead once its handle is revoked, whatever happens to the steps behind that."""
        if found is None:
            return False, (await self._revocations.read(realm, ())).position.revision
        written = await self._revocations.revoke(realm, [session_order(realm, found.session.handle, reason)])
        with suppress(ServiceError):
            await self._sessions.bury(realm, found.digest)
            if found.session.user_id:
                await self._sessions.forget(realm, found.session.user_id, [found.session.handle])
        return True, written.revision

    async def by_id(self, realm: Realm, session_id: str) -> Found | None:
        """Returns the living session of *session_id*, or None."""
        try:
            found = await self._living.find(realm, session_id)
            await self._living.judge(realm, found.session)
        except SessionNotFoundError:
            return None
        return found

    async def by_handle(self, realm: Realm, handle: str, user_id: str) -> Found | None:
        """Returns the living session of *user_id* with this *handle*, or None."""
        for place in await self._sessions.places(realm, user_id):
            found = await behind(self._sessions, realm, user_id, place) if place.handle == handle else None
            if found is not None:
                _, (lives,) = await self._living.which_live(realm, (found.session,))
                return found if lives else None
        return None

    async def _settle(self, realm: Realm, found: Found, new: NewSession, admission: Admission) -> tuple[tuple[str, ...], Revision]:
        limits = [limit for limit in (new.max_sessions, realm.sessions.max_sessions) if limit]
        limit = min(limits, default=0)
        evicted = await self._places.take(realm, new.user_id, found.place, limit, new.evict_oldest, admission)
        if not evicted:
            return (), admission.revision
        revision = await self._places.end_evicted(realm, new.user_id, evicted)
        return tuple(place.handle for place in evicted), revision

    async def _bind(self, realm: Realm, found: Found, change: Change) -> StoredSession:
        if found.session.user_id:
            raise ServiceError(Reason.SESSION_BOUND, "the session already belongs to a user")
        admission = await admit(self._revocations, realm, change.user_id)
        change = replace(change, auth_time=admission.time)
        idle_timeout = change.idle_timeout or found.session.idle_timeout
        bound = Found(found.digest, replace(found.session, auth_time=admission.time, use_time=admission.time, idle_timeout=idle_timeout))
        evicted = await self._places.take(realm, change.user_id, bound.place, realm.sessions.max_sessions, False, admission)
        if evicted:  # by a call that did not come to end them
            await self._places.end_evicted(realm, change.user_id, evicted)
        try:
            return await self._update(realm, found, change)
        except ServiceError as error:
            await self._release(realm, found, change.user_id, error)
            raise

    async def _release(self, realm: Realm, found: Found, user_id: str, error: ServiceError) -> None:
        """Free the place that was taken for a session which *error* kept from belonging to the user."""
        if error.reason is Reason.OUTCOME_UNKNOWN or not user_id:  # it may yet come to belong; if it does not, its place is pruned
            return
        with suppress(ServiceError):
            session = await self._sessions.read(realm, found.digest)
            if session is None or (session.handle, session.user_id) != (found.session.handle, user_id):
                await self._sessions.forget(realm, user_id, [found.session.handle])

    async def _keep(self, realm: Realm, found: Found, now: Millis) -> None:
        if not await self._sessions.create(realm, found.digest, found.session, Millis(now + CREATION_TIME)):
            raise _id_taken()

    async def _update(self, realm: Realm, found: Found, change: Change) -> StoredSession:
        session = await self._sessions.update(realm, found.digest, change)
        if session is None:
            raise SessionNotFoundError
        return session

    async def _hand_over(self, realm: Realm, found: Found, successor: Found, grace: Millis) -> None:
        try:
            handed = await self._sessions.rotate(realm, found.digest, found.session.etag, successor.digest, grace)
            if not handed:
                raise SessionNotFoundError
        except ServiceError as error:
            if error.reason is not Reason.OUTCOME_UNKNOWN:
                with suppress(ServiceError):
                    await self._sessions.discard(realm, successor.digest)
            raise

    async def _renew_place(self, realm: Realm, found: Found) -> None:
        """Keep the place at least as long as the session: it is renewed before the session is."""
        if found.session.user_id:
            await self._sessions.renew_place(realm, found.session.user_id, found.place)


def _begun(realm: Realm, new: NewSession, now: Millis) -> StoredSession:
    rules = realm.sessions
    return StoredSession(
        handle=new_handle(),
        user_id=new.user_id,
        data=new.data,
        attributes=new.attributes,
        version=1,
        create_time=now,
        auth_time=now if new.user_id else None,
        use_time=now,
        idle_timeout=new.idle_timeout or rules.idle_timeout,
        absolute_end=Millis(now + (new.absolute_timeout or rules.absolute_timeout)),
        caller_made=bool(new.session_id),
    )


def _id_taken() -> ServiceError:
    return ServiceError(Reason.SESSION_ID_TAKEN, "this session_id is in use or was ended")
