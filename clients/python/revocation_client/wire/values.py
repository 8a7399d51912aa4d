"""Single values: times, claims, revocations, rules."""

from dataclasses import replace
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from ..judgement.claims import Claims
from ..judgement.judge import Rules
from ..judgement.millis import ALWAYS, NEVER, Millis
from ..judgement.revocations import Revocation, Scope
from ..v1 import claims_pb2, revocation_pb2, watch_pb2

_LAST_TIME: Final = 253402300799_999
"""The last millisecond that a Timestamp can hold."""


def timestamp(time: Millis) -> Timestamp:
    """Returns *time* as a message, no later than the last that a Timestamp can hold."""
    seconds, milliseconds = divmod(min(time, _LAST_TIME), 1000)
    return Timestamp(seconds=seconds, nanos=milliseconds * 1_000_000)


def time_of(message: Timestamp) -> Millis:
    """Returns the time of *message*, rounded down."""
    return Millis(message.seconds * 1000 + message.nanos // 1_000_000)


def duration(length: Millis) -> Duration:
    """Returns *length*, which is not negative, as a message."""
    seconds, milliseconds = divmod(length, 1000)
    return Duration(seconds=seconds, nanos=milliseconds * 1_000_000)


def length_of(message: Duration) -> Millis:
    """Returns the length of *message*, rounded down."""
    return Millis(message.seconds * 1000 + message.nanos // 1_000_000)


def claims_message(claims: Claims) -> claims_pb2.Claims:
    """Returns *claims*; what is absent there is absent here."""
    return claims_pb2.Claims(**claims._asdict())


def claims_of(message: claims_pb2.Claims) -> Claims:
    """Returns the claims of *message*, as they are: what is wrong with them is for the judge to say."""
    return Claims(
        iss=message.iss,
        sub=message.sub,
        jti=message.jti,
        iat=message.iat if message.HasField("iat") else None,
        exp=message.exp if message.HasField("exp") else None,
        sid=message.sid,
        client_id=message.client_id,
        kid=message.kid,
    )


def revocation_message(revocation: Revocation) -> revocation_pb2.Revocation:
    """Returns *revocation*; times that are never, always or unknown are absent."""
    return revocation_pb2.Revocation(
        scope=revocation_pb2.Scope.ValueType(revocation.scope),
        value=revocation.value,
        issued_before=None if revocation.issued_before == ALWAYS else timestamp(revocation.issued_before),
        kept_sessions=[
            revocation_pb2.KeptSession(handle=handle, issued_before=timestamp(floor) if floor else None)
            for handle, floor in revocation.kept.items()
        ],
        expire_time=None if revocation.expire_time == NEVER else timestamp(revocation.expire_time),
        create_time=timestamp(revocation.create_time) if revocation.create_time else None,
        reason=revocation.reason,
    )


def revocation_of(message: revocation_pb2.Revocation) -> Revocation:
    """Returns the revocation of *message*. ValueError when its scope is not known here."""
    return Revocation(
        Scope(message.scope),
        message.value,
        time_of(message.issued_before) if message.HasField("issued_before") else ALWAYS,
        time_of(message.expire_time) if message.HasField("expire_time") else NEVER,
        {one.handle: time_of(one.issued_before) for one in message.kept_sessions},
        time_of(message.create_time),
        message.reason,
    )


def bare_message(revocation: Revocation) -> revocation_pb2.Revocation:
    """Returns *revocation* for watchers: without what is for people."""
    return revocation_message(replace(revocation, create_time=Millis(0), reason=""))


def changes_message(revocations: list[Revocation]) -> watch_pb2.Changes:
    """Returns what one write changed, for watchers: without what is for people."""
    return watch_pb2.Changes(revocations=[bare_message(one) for one in revocations])


def rules_message(rules: Rules, max_staleness: Millis, fingerprint_key: bytes) -> watch_pb2.RealmRules:
    """Returns a realm's *rules*, for watchers."""
    return watch_pb2.RealmRules(
        allowlist=rules.allowlist,
        leeway=duration(rules.leeway),
        longest_token_life=duration(rules.longest_token_life),
        max_staleness=duration(max_staleness),
        issuer=rules.issuer,
        fingerprint_key=fingerprint_key,
    )


def rules_of(message: watch_pb2.RealmRules) -> Rules:
    """Returns the judge's part of a realm's rules."""
    return Rules(message.allowlist, length_of(message.leeway), length_of(message.longest_token_life), message.issuer)
