"""The calls that an application makes, each as a function from plain values to a request. An empty realm is the client's own.

Times are aware datetimes, lengths are timedeltas, *exp* is a NumericDate as it stands in the token.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from .judgement.revocations import Scope
from .methods import Request
from .v1 import revocation_pb2, session_pb2
from .v1 import revocation_service_pb2 as pb
from .v1 import session_service_pb2 as sb


def revoke_token(jti: str, *, exp: float | None = None, reason: str = "", realm: str = "") -> Request[pb.RevokeTokenResponse]:
    """End one token. *exp* is its own; without it the revocation is kept for the realm's longest token life."""
    message = pb.RevokeTokenRequest(realm=realm, jti=jti, exp=exp, reason=reason)
    return Request("RevokeToken", message, pb.RevokeTokenResponse)


def revoke_user(
    user_id: str, *, issued_before: datetime | None = None, keep_session_handles: Sequence[str] = (), reason: str = "", realm: str = ""
) -> Request[pb.RevokeUserResponse]:
    """End every token and session of a user that began before now (or *issued_before*), except those of the kept sessions.

    Mint the next token with an iat of at least *tokens_valid_from* of the response, or name its session in *keep_session_handles*.
    """
    message = pb.RevokeUserRequest(
        realm=realm, user_id=user_id, issued_before=_time(issued_before), keep_session_handles=keep_session_handles, reason=reason
    )
    return Request("RevokeUser", message, pb.RevokeUserResponse)


def revoke_session(sid: str, *, reason: str = "", realm: str = "") -> Request[pb.RevokeSessionResponse]:
    """End the session with this handle and every token that carries it in sid."""
    return Request("RevokeSession", pb.RevokeSessionRequest(realm=realm, sid=sid, reason=reason), pb.RevokeSessionResponse)


def revoke_client(
    client_id: str, *, issued_before: datetime | None = None, reason: str = "", realm: str = ""
) -> Request[pb.RevokeClientResponse]:
    """End every token of an OAuth client that was issued before now (or *issued_before*)."""
    message = pb.RevokeClientRequest(realm=realm, client_id=client_id, issued_before=_time(issued_before), reason=reason)
    return Request("RevokeClient", message, pb.RevokeClientResponse)


def revoke_key(kid: str, *, reason: str = "", realm: str = "") -> Request[pb.RevokeKeyResponse]:
    """End every token signed with a key, for ever."""
    return Request("RevokeKey", pb.RevokeKeyRequest(realm=realm, kid=kid, reason=reason), pb.RevokeKeyResponse)


def revoke_realm(*, realm: str, issued_before: datetime | None = None, reason: str = "") -> Request[pb.RevokeRealmResponse]:
    """End every token and session of a realm. Spell the realm, even "default": that is the confirmation."""
    if not realm:
        raise ValueError("spell the realm out, even when it is the client's own: that is the confirmation")
    message = pb.RevokeRealmRequest(realm=realm, issued_before=_time(issued_before), reason=reason)
    return Request("RevokeRealm", message, pb.RevokeRealmResponse)


def allow_token(jti: str, *, exp: float | None = None, realm: str = "") -> Request[pb.AllowTokenResponse]:
    """Put a token on the realm's allowlist. To take it off again, revoke it."""
    return Request("AllowToken", pb.AllowTokenRequest(realm=realm, jti=jti, exp=exp), pb.AllowTokenResponse)


def list_revocations(
    scope: Scope | None = None, value: str = "", *, page_size: int = 0, page_token: str = "", realm: str = ""
) -> Request[pb.ListRevocationsResponse]:
    """List the revocations in force, a page at a time: those that end first come first."""
    number = revocation_pb2.Scope.ValueType(scope or 0)
    message = pb.ListRevocationsRequest(realm=realm, scope=number, value=value, page_size=page_size, page_token=page_token)
    return Request("ListRevocations", message, pb.ListRevocationsResponse)


def create_session(
    user_id: str = "",
    *,
    data: bytes = b"",
    attributes: Mapping[str, str] | None = None,
    idle_timeout: timedelta | None = None,
    absolute_timeout: timedelta | None = None,
    max_sessions: int = 0,
    evict_oldest: bool = False,
    session_id: str = "",
    realm: str = "",
) -> Request[sb.CreateSessionResponse]:
    """Begin a session; *session_id* of the response is the secret for the cookie, and nobody can ask for it again.

    It is never repeated by itself: when its outcome is unknown, begin another one; the unseen one ends with its idle timeout.
    """
    full = session_pb2.WHEN_FULL_EVICT_OLDEST if evict_oldest else session_pb2.WHEN_FULL_REJECT
    message = sb.CreateSessionRequest(
        realm=realm,
        user_id=user_id,
        data=data,
        attributes=attributes,
        idle_timeout=_length(idle_timeout),
        absolute_timeout=_length(absolute_timeout),
        max_sessions=max_sessions,
        when_full=full,
        session_id=session_id,
    )
    return Request("CreateSession", message, sb.CreateSessionResponse)


def get_session(session_id: str, *, peek: bool = False, at_least_revision: str = "", realm: str = "") -> Request[sb.GetSessionResponse]:
    """Return a living session and count as its use, unless *peek* is set. ERROR_REASON_SESSION_NOT_FOUND when it does not live."""
    message = sb.GetSessionRequest(realm=realm, session_id=session_id, peek=peek, at_least_revision=at_least_revision)
    return Request("GetSession", message, sb.GetSessionResponse)


def update_session(
    session_id: str,
    *,
    etag: str = "",
    data: bytes | None = None,
    attributes: Mapping[str, str] | None = None,
    user_id: str = "",
    idle_timeout: timedelta | None = None,
    realm: str = "",
) -> Request[sb.UpdateSessionResponse]:
    """Change a living session, all of it or nothing; what is left out stays. An attribute with an empty value is removed."""
    message = sb.UpdateSessionRequest(
        realm=realm,
        session_id=session_id,
        etag=etag,
        data=data,
        attributes=attributes,
        user_id=user_id,
        idle_timeout=_length(idle_timeout),
    )
    return Request("UpdateSession", message, sb.UpdateSessionResponse)


def rotate_session(
    session_id: str, *, grace: timedelta | None = None, new_session_id: str = "", realm: str = ""
) -> Request[sb.RotateSessionResponse]:
    """Give a living session a new secret: at log-in, and whenever rights change. The old one works for *grace* more."""
    message = sb.RotateSessionRequest(realm=realm, session_id=session_id, grace=_length(grace), new_session_id=new_session_id)
    return Request("RotateSession", message, sb.RotateSessionResponse)


def end_session(
    session_id: str = "", *, handle: str = "", user_id: str = "", reason: str = "", realm: str = ""
) -> Request[sb.EndSessionResponse]:
    """End a session and the tokens that carry its handle in sid: by its secret, or by *handle* and *user_id*."""
    message = sb.EndSessionRequest(realm=realm, session_id=session_id, handle=handle, user_id=user_id, reason=reason)
    return Request("EndSession", message, sb.EndSessionResponse)


def list_sessions(
    user_id: str, *, current_session_id: str = "", page_size: int = 0, page_token: str = "", realm: str = ""
) -> Request[sb.ListSessionsResponse]:
    """List the living sessions of a user, oldest first, a page at a time."""
    message = sb.ListSessionsRequest(
        realm=realm, user_id=user_id, current_session_id=current_session_id, page_size=page_size, page_token=page_token
    )
    return Request("ListSessions", message, sb.ListSessionsResponse)


def _time(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    if time.tzinfo is None:
        raise ValueError("a datetime without a time zone could mean any moment; write datetime.now(UTC)")
    message = Timestamp()
    message.FromDatetime(time)
    return message


def _length(length: timedelta | None) -> Duration | None:
    if length is None:
        return None
    message = Duration()
    message.FromTimedelta(length)
    return message
