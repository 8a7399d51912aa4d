"""SessionService: each handler reads its request, asks a use case, and writes the answer."""

from typing import Any

from revocation_client.judgement.millis import Millis
from revocation_client.v1 import session_pb2
from revocation_client.v1 import session_service_pb2 as pb
from revocation_client.v1 import session_service_pb2_grpc as pb_grpc

from ..domain.errors import InvalidFieldError, Reason, ServiceError
from ..domain.realms import SECOND, Realm, Realms
from ..domain.sessions import Change
from ..service.living import Found
from ..service.session_list import SessionList
from ..service.sessions import NewSession, Sessions
from . import fields
from .messages import session_message
from .page_tokens import sessions_after, sessions_token


class SessionServicer(pb_grpc.SessionServiceServicer):
    """Serves the realms of *realms* with the use cases given; *data_limit* is in bytes."""

    def __init__(self, realms: Realms, sessions: Sessions, lists: SessionList, data_limit: int) -> None:
        self._realms = realms
        self._sessions = sessions
        self._lists = lists
        self._data_limit = data_limit

    async def CreateSession(self, request: pb.CreateSessionRequest, context: Any) -> pb.CreateSessionResponse:
        realm = self._realm(request.realm)
        created = await self._sessions.create(realm, self._new_session(realm, request))
        return pb.CreateSessionResponse(
            session=session_message(created.session),
            session_id=created.session_id,
            evicted_handles=created.evicted,
            revision=str(created.revision),
        )

    async def GetSession(self, request: pb.GetSessionRequest, context: Any) -> pb.GetSessionResponse:
        realm, session_id = self._realm(request.realm), fields.session_id("session_id", request.session_id)
        at_least = fields.revision("at_least_revision", request.at_least_revision)
        session = await self._sessions.get(realm, session_id, peek=request.peek, at_least=at_least)
        return pb.GetSessionResponse(session=session_message(session))

    async def UpdateSession(self, request: pb.UpdateSessionRequest, context: Any) -> pb.UpdateSessionResponse:
        realm, session_id = self._realm(request.realm), fields.session_id("session_id", request.session_id)
        session = await self._sessions.update(realm, session_id, self._change(realm, request))
        return pb.UpdateSessionResponse(session=session_message(session))

    async def RotateSession(self, request: pb.RotateSessionRequest, context: Any) -> pb.RotateSessionResponse:
        realm, session_id = self._realm(request.realm), fields.session_id("session_id", request.session_id)
        grace = fields.grace("grace", request.grace)
        wanted = _caller_made(realm, "new_session_id", request.new_session_id)
        session, secret = await self._sessions.rotate(realm, session_id, grace, wanted)
        return pb.RotateSessionResponse(session=session_message(session), session_id=secret)

    async def EndSession(self, request: pb.EndSessionRequest, context: Any) -> pb.EndSessionResponse:
        realm, reason = self._realm(request.realm), fields.optional_text("reason", request.reason)
        ended, revision = await self._sessions.end(realm, await self._to_end(realm, request), reason)
        return pb.EndSessionResponse(ended=ended, revision=str(revision))

    async def ListSessions(self, request: pb.ListSessionsRequest, context: Any) -> pb.ListSessionsResponse:
        realm, user_id = self._realm(request.realm), fields.identifier("user_id", request.user_id)
        current = fields.session_id("current_session_id", request.current_session_id) if request.current_session_id else ""
        size = fields.page_size("page_size", request.page_size, default=50, most=100)
        after = sessions_after(realm.name, user_id, request.page_token)
        page = await self._lists.page(realm, user_id, current, after, size)
        shown = (session_message(one, current=one.handle == page.current, with_data=False) for one in page.sessions)
        return pb.ListSessionsResponse(sessions=shown, next_page_token=sessions_token(realm.name, user_id, page.next))

    def _realm(self, name: str) -> Realm:
        return self._realms.get(fields.optional_text("realm", name))

    def _new_session(self, realm: Realm, request: pb.CreateSessionRequest) -> NewSession:
        return NewSession(
            user_id=fields.optional_text("user_id", request.user_id),
            data=fields.session_data("data", request.data, self._data_limit),
            attributes=fields.attributes("attributes", request.attributes),
            idle_timeout=_timeout(realm, "idle_timeout", request),
            absolute_timeout=_timeout(realm, "absolute_timeout", request),
            max_sessions=fields.between("max_sessions", request.max_sessions, 0, 1000),
            evict_oldest=_evicts(request),
            session_id=_caller_made(realm, "session_id", request.session_id),
        )

    def _change(self, realm: Realm, request: pb.UpdateSessionRequest) -> Change:
        return Change(
            etag=fields.optional_text("etag", request.etag),
            data=fields.session_data("data", request.data, self._data_limit) if request.HasField("data") else None,
            attributes=fields.attributes("attributes", request.attributes, removing=True),
            user_id=fields.optional_text("user_id", request.user_id),
            idle_timeout=_timeout(realm, "idle_timeout", request),
        )

    async def _to_end(self, realm: Realm, request: pb.EndSessionRequest) -> Found | None:
        if bool(request.session_id) == bool(request.handle or request.user_id):
            raise InvalidFieldError("session_id", "or handle and user_id must be given, and not both")
        if request.session_id:
            return await self._sessions.by_id(realm, fields.session_id("session_id", request.session_id))
        handle, user_id = fields.identifier("handle", request.handle), fields.identifier("user_id", request.user_id)
        return await self._sessions.by_handle(realm, handle, user_id)


def _timeout(realm: Realm, field: str, request: pb.CreateSessionRequest | pb.UpdateSessionRequest) -> Millis | None:
    """A timeout of the request: at least a second, and no longer than a session of the realm may live. None: not given."""
    if not request.HasField(field):  # type: ignore[arg-type] # a name that both requests have
        return None
    return fields.duration(field, getattr(request, field), least=SECOND, most=realm.sessions.longest_life)


def _evicts(request: pb.CreateSessionRequest) -> bool:
    if request.when_full not in session_pb2.WhenFull.values():
        raise InvalidFieldError("when_full", "must be one of WhenFull's values")
    return request.when_full == session_pb2.WHEN_FULL_EVICT_OLDEST


def _caller_made(realm: Realm, field: str, text: str) -> str:
    if text and not realm.sessions.caller_ids:
        message = f"realm {realm.name!r} makes its own session ids; set `caller_ids = true` in REVOCATION_REALMS_FILE to bring yours"
        raise ServiceError(Reason.CALLER_IDS_DISABLED, message, {"realm": realm.name})
    return fields.caller_made_id(field, text) if text else ""
