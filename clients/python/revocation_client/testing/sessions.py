"""SessionService in memory."""

import secrets
from dataclasses import dataclass, field, replace

from google.protobuf.duration_pb2 import Duration

from ..judgement.claims import Claims
from ..judgement.judge import refusal
from ..judgement.millis import Millis
from ..judgement.revocations import Scope
from ..v1 import session_pb2
from ..v1 import session_service_pb2 as sb
from ..wire import length_of, timestamp
from .revoking import Revoking
from .world import World, fault, identifier


@dataclass(frozen=True, slots=True)
class Kept:
    """One session; *auth_time* is None until a user is bound."""

    handle: str
    user_id: str
    data: bytes
    attributes: dict[str, str] = field(default_factory=dict)
    version: int = 1
    create_time: Millis = Millis(0)
    auth_time: Millis | None = None
    use_time: Millis = Millis(0)
    idle_timeout: int = 0
    absolute_end: Millis = Millis(0)

    @property
    def expire_time(self) -> Millis:
        return Millis(min(self.use_time + self.idle_timeout, self.absolute_end))


class Sessions:
    """Answers what SessionService would; each method is an RPC's."""

    def __init__(self, world: World, revoking: Revoking) -> None:
        self._world = world
        self._revoking = revoking
        self._kept: dict[str, Kept] = {}
        self._rotated: dict[str, tuple[str, Millis]] = {}
        self._ended: set[str] = set()

    def CreateSession(self, request: sb.CreateSessionRequest) -> sb.CreateSessionResponse:  # noqa: N802
        realm, secret = self._world.realm, self._secret(request.session_id)
        limit = min([limit for limit in (request.max_sessions, realm.max_sessions) if limit], default=0)
        evicted = self._room(request.user_id, limit, evict=request.when_full == session_pb2.WHEN_FULL_EVICT_OLDEST)
        now = self._login_time(request.user_id)
        self._kept[secret] = session = Kept(
            handle=secrets.token_urlsafe(16),
            user_id=request.user_id,
            data=request.data,
            attributes=dict(request.attributes),
            create_time=now,
            auth_time=now if request.user_id else None,
            use_time=now,
            idle_timeout=_length(request.idle_timeout, realm.idle_timeout),
            absolute_end=Millis(now + _length(request.absolute_timeout, realm.absolute_timeout)),
        )
        revision = self._world.revision
        return sb.CreateSessionResponse(session=_message(session), session_id=secret, evicted_handles=evicted, revision=revision)

    def GetSession(self, request: sb.GetSessionRequest) -> sb.GetSessionResponse:  # noqa: N802
        secret, session = self._living(request.session_id)
        if not request.peek:
            session = self._kept[secret] = replace(session, use_time=self._world.now)
        return sb.GetSessionResponse(session=_message(session))

    def UpdateSession(self, request: sb.UpdateSessionRequest) -> sb.UpdateSessionResponse:  # noqa: N802
        secret, session = self._living(request.session_id)
        if request.etag and request.etag != str(session.version):
            raise fault("ABORTED", "SESSION_CHANGED", "the etag is not the session's current one")
        if request.user_id and request.user_id != session.user_id:
            session = self._bound(session, request.user_id)
        merged = {**session.attributes, **request.attributes}
        session = self._kept[secret] = replace(
            session,
            data=request.data if request.HasField("data") else session.data,
            attributes={name: value for name, value in merged.items() if value},
            idle_timeout=_length(request.idle_timeout, session.idle_timeout),
            use_time=max(self._world.now, session.use_time),
            version=session.version + 1,
        )
        return sb.UpdateSessionResponse(session=_message(session))

    def RotateSession(self, request: sb.RotateSessionRequest) -> sb.RotateSessionResponse:  # noqa: N802
        secret, session = self._living(request.session_id)
        if secret != request.session_id:
            raise fault("ABORTED", "SESSION_ROTATED", "this session_id was rotated away")
        renewed, grace = self._secret(request.new_session_id), _length(request.grace, 0)
        del self._kept[secret]
        self._ended.add(secret)
        self._rotated[secret] = (renewed, Millis(self._world.now + grace))
        self._kept[renewed] = session = replace(session, version=session.version + 1, use_time=self._world.now)
        return sb.RotateSessionResponse(session=_message(session), session_id=renewed)

    def EndSession(self, request: sb.EndSessionRequest) -> sb.EndSessionResponse:  # noqa: N802
        secret = self._behind(request.session_id) if request.session_id else self._by_handle(request.handle, request.user_id)
        session = self._kept.get(secret)
        if session is None or not self._lives(session):
            return sb.EndSessionResponse(ended=False, revision=self._world.revision)
        revision = self._revoking.end_sessions([session.handle], request.reason)
        self._forget(secret)
        return sb.EndSessionResponse(ended=True, revision=revision)

    def ListSessions(self, request: sb.ListSessionsRequest) -> sb.ListSessionsResponse:  # noqa: N802
        """All in pages whose tokens are numbers."""
        found = self._of(identifier("user_id", request.user_id))
        first = int(request.page_token or 0)
        behind = first + (request.page_size or 50)
        current = self._behind(request.current_session_id)
        shown = [_message(replace(self._kept[one], data=b""), current=one == current) for one in found[first:behind]]
        return sb.ListSessionsResponse(sessions=shown, next_page_token=str(behind) if behind < len(found) else "")

    def _living(self, secret: str) -> tuple[str, Kept]:
        secret = self._behind(identifier("session_id", secret))
        session = self._kept.get(secret)
        if session is None or not self._lives(session):
            raise fault("NOT_FOUND", "SESSION_NOT_FOUND", "no living session answers to this id")
        return secret, session

    def _behind(self, secret: str) -> str:
        """Returns the secret that a rotated one leads to while its grace lasts."""
        renewed, until = self._rotated.get(secret, ("", Millis(0)))
        return renewed if self._world.now < until else secret

    def _lives(self, session: Kept) -> bool:
        began = session.create_time if session.auth_time is None else session.auth_time
        claims = Claims(sub=session.user_id, sid=session.handle, iat=began / 1000)
        return self._world.now < session.expire_time and refusal(claims, self._world, now=self._world.now) is None

    def _of(self, user_id: str) -> list[str]:
        """The secrets of a user's living sessions, the oldest first."""
        found = [secret for secret, one in self._kept.items() if one.user_id == user_id and self._lives(one)]
        return sorted(found, key=lambda secret: (self._kept[secret].create_time, self._kept[secret].handle))

    def _by_handle(self, handle: str, user_id: str) -> str:
        return next((secret for secret in self._of(user_id) if self._kept[secret].handle == handle), "")

    def _room(self, user_id: str, limit: int, *, evict: bool) -> list[str]:
        """Make room for one more session; returns the handles of those that were ended for it."""
        living = self._of(user_id) if user_id else []
        surplus = living[: len(living) - limit + 1] if limit and len(living) >= limit else []
        if surplus and not evict:
            raise fault("FAILED_PRECONDITION", "SESSION_LIMIT_REACHED", "the user has enough sessions", {"max_sessions": str(limit)})
        handles = [self._kept[secret].handle for secret in surplus]
        self._revoking.end_sessions(handles, "made room for a newer session")
        for secret in surplus:
            self._forget(secret)
        return handles

    def _bound(self, session: Kept, user_id: str) -> Kept:
        if session.user_id:
            raise fault("FAILED_PRECONDITION", "SESSION_BOUND", "the session already belongs to a user")
        self._room(user_id, self._world.realm.max_sessions, evict=False)
        now = self._login_time(user_id)
        return replace(session, user_id=user_id, auth_time=now, use_time=now)

    def _login_time(self, user_id: str) -> Millis:
        """When the user may log in: the service waits until a cut-off that lies a moment ahead is past; here that moment passes at once."""
        cutoffs = [self._world.find(Scope.REALM, ""), self._world.find(Scope.USER, user_id) if user_id else None]
        return max(self._world.now, *(one.issued_before for one in cutoffs if one), Millis(0))

    def _secret(self, wanted: str) -> str:
        if wanted and not self._world.realm.caller_ids:
            raise fault("FAILED_PRECONDITION", "CALLER_IDS_DISABLED", "the realm makes its own ids", {"realm": self._world.realm.name})
        if wanted in self._kept or wanted in self._ended:
            raise fault("ALREADY_EXISTS", "SESSION_ID_TAKEN", "this session_id is in use or was ended")
        return wanted or secrets.token_urlsafe(32)

    def _forget(self, secret: str) -> None:
        del self._kept[secret]
        self._ended.add(secret)


def _length(message: Duration, otherwise: int) -> int:
    return length_of(message) or otherwise


def _message(session: Kept, *, current: bool = False) -> session_pb2.Session:
    return session_pb2.Session(
        handle=session.handle,
        user_id=session.user_id,
        data=session.data,
        attributes=session.attributes,
        etag=str(session.version),
        create_time=timestamp(session.create_time),
        auth_time=None if session.auth_time is None else timestamp(session.auth_time),
        last_use_time=timestamp(session.use_time),
        expire_time=timestamp(session.expire_time),
        absolute_expire_time=timestamp(session.absolute_end),
        current=current,
    )
