"""The server's own values as messages. What the client knows too is spelled in `revocation_client.wire`."""

from revocation_client.judgement.judge import Verdict
from revocation_client.v1 import session_pb2, verdict_pb2
from revocation_client.wire import revocation_message, timestamp

from ..domain.sessions import StoredSession


def verdict_message(verdict: Verdict) -> verdict_pb2.Verdict:
    """Returns *verdict* with what caused it."""
    return verdict_pb2.Verdict(
        active=verdict.active,
        state=verdict_pb2.TokenState.ValueType(verdict.state),
        cause=revocation_message(verdict.cause) if verdict.cause else None,
        invalid_reason=verdict_pb2.InvalidReason.ValueType(verdict.invalid_reason or 0),
    )


def session_message(session: StoredSession, *, current: bool = False, with_data: bool = True) -> session_pb2.Session:
    """Returns *session* as callers see it."""
    return session_pb2.Session(
        handle=session.handle,
        user_id=session.user_id,
        data=session.data if with_data else b"",
        attributes=dict(session.attributes),
        etag=session.etag,
        create_time=timestamp(session.create_time),
        auth_time=None if session.auth_time is None else timestamp(session.auth_time),
        last_use_time=timestamp(session.use_time),
        expire_time=timestamp(session.expire_time),
        absolute_expire_time=timestamp(session.absolute_end),
        current=current,
    )
