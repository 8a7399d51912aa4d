"""Domain values as messages."""

from dataclasses import replace

from hypothesis import given
from revocation_client.judgement import claims as judged
from revocation_client.judgement.judge import ACTIVE, EXPIRED, State, Verdict
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope
from revocation_client.v1 import claims_pb2, revocation_pb2, verdict_pb2
from revocation_client.wire import claims_of, revocation_message, timestamp

from revocation.domain.sessions import StoredSession
from revocation.rpc.messages import session_message, verdict_message

from .strategies import SOME, plain_claims

CUTOFF = Revocation(Scope.USER, "u", Millis(5123), Millis(9000), {"h1": Millis(0), "h2": Millis(1500)}, Millis(4000), "why")
SESSION = StoredSession(
    handle="h1",
    user_id="u",
    data=b"secret",
    attributes={"device": "phone"},
    version=3,
    create_time=Millis(1000),
    auth_time=Millis(2000),
    use_time=Millis(3000),
    idle_timeout=Millis(4000),
    absolute_end=Millis(9000),
)


@SOME
@given(plain_claims)
def test_claims_come_as_they_are(claims: judged.Claims) -> None:
    """Each claim of the message is the judge's claim of the same name; what was not sent is absent, and nought is not."""
    sent = {name: value for name, value in claims._asdict().items() if value is not None}
    assert claims_of(claims_pb2.Claims(**sent)) == claims
    assert claims_of(claims_pb2.Claims(iat=0.0)).iat == 0.0
    assert claims_of(claims_pb2.Claims()) == judged.Claims()


def test_every_claim_of_the_contract_is_judged() -> None:
    """The contract and the judge know the same claims."""
    assert list(claims_pb2.Claims.DESCRIPTOR.fields_by_name) == list(judged.Claims._fields)


def test_a_revocation_in_the_contracts_words() -> None:
    """All that is known of a revocation is told; a kept session without an earlier cut-off has no floor."""
    message = revocation_message(CUTOFF)
    assert (message.scope, message.value, message.reason) == (revocation_pb2.SCOPE_USER, "u", "why")
    assert message.issued_before.ToMilliseconds() == 5123
    assert message.expire_time.ToMilliseconds() == 9000
    assert message.create_time.ToMilliseconds() == 4000
    assert [(one.handle, one.HasField("issued_before"), one.issued_before.ToMilliseconds()) for one in message.kept_sessions] == [
        ("h1", False, 0),
        ("h2", True, 1500),
    ]


def test_always_and_never_are_absent() -> None:
    """A revocation that always matches has no cut-off, and one that never lapses no expiry."""
    message = revocation_message(Revocation(Scope.KEY, "k", ALWAYS, NEVER))
    assert not message.HasField("issued_before")
    assert not message.HasField("expire_time")


def test_times_end_with_the_year_9999() -> None:
    """A time beyond what a Timestamp can hold is the last one that it can."""
    assert timestamp(Millis(10**15)).ToJsonString() == "9999-12-31T23:59:59.999Z"
    assert timestamp(Millis(1700000000123)).ToJsonString() == "2023-11-14T22:13:20.123Z"


def test_only_active_is_active() -> None:
    """active is true for ACTIVE and for nothing else, and each verdict names its cause or its fault."""
    assert verdict_message(ACTIVE) == verdict_pb2.Verdict(active=True, state=verdict_pb2.TOKEN_STATE_ACTIVE)
    assert verdict_message(EXPIRED) == verdict_pb2.Verdict(state=verdict_pb2.TOKEN_STATE_EXPIRED)
    revoked = verdict_message(Verdict(State.REVOKED, cause=CUTOFF))
    assert revoked == verdict_pb2.Verdict(state=verdict_pb2.TOKEN_STATE_REVOKED, cause=revocation_message(CUTOFF))
    invalid = verdict_message(Verdict(State.INVALID, invalid_reason=judged.InvalidReason.TYPE))
    assert invalid == verdict_pb2.Verdict(state=verdict_pb2.TOKEN_STATE_INVALID, invalid_reason=verdict_pb2.INVALID_REASON_TYPE)


def test_a_session_in_the_contracts_words() -> None:
    """A session is told with its data to whoever has its secret, and without to whoever lists it; never with the secret."""
    message = session_message(SESSION, current=True)
    assert (message.handle, message.user_id, message.data, message.etag, message.current) == ("h1", "u", b"secret", "3", True)
    assert dict(message.attributes) == {"device": "phone"}
    times = (message.create_time, message.auth_time, message.last_use_time, message.expire_time, message.absolute_expire_time)
    assert [time.ToMilliseconds() for time in times] == [1000, 2000, 3000, 7000, 9000]
    assert session_message(SESSION, with_data=False).data == b""
    assert not session_message(replace(SESSION, auth_time=None)).HasField("auth_time")
