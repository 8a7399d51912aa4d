"""Domain values as messages, and claims the other way."""

from google.protobuf.timestamp_pb2 import Timestamp
from revocation_client.judgement import claims as judged
from revocation_client.judgement.judge import Verdict
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import Revocation
from revocation_client.v1 import claims_pb2, revocation_pb2, session_pb2, verdict_pb2

from ..domain.sessions import StoredSession


def claims_of(message: claims_pb2.Claims) -> judged.Claims:
    """Returns the claims of *message*, as they are: what is wrong with them is for the judge to say."""
    return judged.Claims(
        iss=message.iss,
        sub=message.sub,
        jti=message.jti,
        iat=message.iat if message.HasField("iat") else None,
        exp=message.exp if message.HasField("exp") else None,
        sid=message.sid,
        client_id=message.client_id,
        kid=message.kid,
    )


def timestamp(time: Millis) -> Timestamp:
    """Returns *time* as a message, no later than the last that a Timestamp can hold."""
    seconds, milliseconds = divmod(min(time, 253402300799_999), 1000)
    return Timestamp(seconds=seconds, nanos=milliseconds * 1_000_000)


def revocation_message(revocation: Revocation) -> revocation_pb2.Revocation:
    """Returns *revocation*; times that are never or always are absent."""
    return revocation_pb2.Revocation(
        scope=revocation_pb2.Scope.ValueType(revocation.scope),
        value=revocation.value,
        issued_before=None if revocation.issued_before == ALWAYS else timestamp(revocation.issued_before),
        kept_sessions=[
            revocation_pb2.KeptSession(handle=handle, issued_before=timestamp(floor) if floor else None)
            for handle, floor in revocation.kept.items()
        ],
        expire_time=None if revocation.expire_time == NEVER else timestamp(revocation.expire_time),
        create_time=timestamp(revocation.create_time),
        reason=revocation.reason,
    )


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
