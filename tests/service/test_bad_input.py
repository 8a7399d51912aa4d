"""What the caller gets wrong is an error that names the field; what is wrong with a token is a verdict; nothing harms the service."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from revocation_client.v1 import claims_pb2, verdict_pb2

from .client import Service
from .refusals import Refusal, refusal
from .rpcs import RPCS
from .values import AT_FAULT, BAD, BAD_CLAIMS, CLAIMS, GOOD, NEEDS
from .wire import texts_that_are_not_utf8

FIELDS = [f"{rpc.name}.{field.name}" for rpc in RPCS.values() for field in rpc.fields]
NOT_UTF8 = [(rpc.name, path, raw) for rpc in RPCS.values() for path, raw in texts_that_are_not_utf8(rpc.request.DESCRIPTOR)]
ANSWERS = {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "ABORTED", "ALREADY_EXISTS"}


@pytest.fixture(scope="module")
def service(standalone_service: Service) -> Service:
    """What is refused never gets as far as the store, so one kind of it is enough."""
    return standalone_service


@pytest.fixture(autouse=True)
async def still_answers(service: Service) -> Any:
    """After each of these tests the service gives a good answer to a good call."""
    yield
    assert await service.state(**CLAIMS) == "ACTIVE"


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_that_breaks_a_rule_is_named(service: Service, name: str) -> None:
    """INVALID_ARGUMENT, INVALID_FIELD, and one violation that names the field; a field without an entry in the table fails."""
    rpc, field = name.split(".")
    for value in BAD[name]:
        refused = await refusal(service.call(rpc, **{**GOOD[rpc], **NEEDS.get(name, {}), field: value}))
        assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD"), (value, refused)
        at_fault = AT_FAULT.get(name, field)
        assert [one.partition("[")[0] for one in refused.fields] == [at_fault], (value, refused)
        assert refused.metadata == {"field": refused.fields[0]}
        assert refused.message.startswith(refused.fields[0])


@pytest.mark.parametrize("rpc", RPCS)
async def test_an_undeclared_realm_is_not_found(service: Service, rpc: str) -> None:
    """Whatever it looks like: a misspelt realm would answer ACTIVE for ever."""
    for realm in ("Default", "default ", "nowhere", "__proto__", "\U0001f512"):
        refused = await refusal(service.call(rpc, **{**GOOD[rpc], "realm": realm}))
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "REALM_NOT_FOUND")
        assert refused.metadata == {"realm": realm}


@pytest.mark.parametrize(("rpc", "path", "raw"), NOT_UTF8, ids=[f"{rpc}.{path}" for rpc, path, _ in NOT_UTF8])
async def test_text_that_is_not_utf8_is_malformed(service: Service, rpc: str, path: str, raw: bytes) -> None:
    """In whichever text of the request it stands: INVALID_ARGUMENT, not gRPC's own INTERNAL."""
    refused = await refusal(service.send(rpc, raw))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "MALFORMED_REQUEST")


@pytest.mark.parametrize("rpc", RPCS)
@given(raw=st.binary(max_size=200))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_random_bytes_are_answered(service: Service, rpc: str, raw: bytes) -> None:
    """Never with INTERNAL or UNKNOWN, and every error has its reason."""
    assert await outcome(service, rpc, raw) in ANSWERS


@pytest.mark.parametrize("rpc", RPCS)
async def test_a_cut_message_is_answered(service: Service, rpc: str) -> None:
    """A good request that ends too early is malformed or another request, never a fault of the service."""
    whole = RPCS[rpc].request(**{"realm": "strict", **GOOD[rpc]}).SerializeToString()
    for end in range(len(whole)):
        assert await outcome(service, rpc, whole[:end]) in ANSWERS


async def outcome(service: Service, rpc: str, raw: bytes) -> str:
    """Returns the code that *raw* is answered with."""
    try:
        await service.send(rpc, raw)
    except grpc.aio.AioRpcError as error:
        assert error.code().name == "OK" or "grpc-status-details-bin" in dict(error.trailing_metadata() or ()), error
        return error.code().name
    return "OK"


@pytest.mark.parametrize("rpc", RPCS)
async def test_a_message_beyond_the_limit_is_refused(service: Service, rpc: str) -> None:
    """RESOURCE_EXHAUSTED beyond 4 MiB, before any of it is parsed."""
    refused = await refusal(service.send(rpc, b"\0" * (4 * 1024 * 1024 + 1)))
    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_an_unknown_rpc_is_unimplemented(service: Service) -> None:
    """And a known one of a misspelt service too."""
    for path in ("/revocation.v1.RevocationService/UnrevokeToken", "/revocation.v2.RevocationService/CheckToken", "/"):
        refused = await refusal(service.channel.unary_unary(path)(b"", timeout=5))
        assert refused.code is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("claim", claims_pb2.Claims.DESCRIPTOR.fields_by_name)
async def test_a_bad_claim_is_a_verdict(service: Service, claim: str) -> None:
    """INVALID with its reason, alone and in a batch, where its neighbours are good; a claim without an entry in the table fails."""
    bad = [{**CLAIMS, claim: value} for value, _ in BAD_CLAIMS[claim]]
    expected = [f"INVALID_REASON_{reason}" for _, reason in BAD_CLAIMS[claim]]
    alone = [await service.call("CheckToken", claims=claims) for claims in bad]
    assert [reason_of(verdict) for verdict in alone] == expected
    batch = await service.call("BatchCheckTokens", claims=[CLAIMS, *bad, CLAIMS])
    first, *verdicts, last = batch.verdicts
    assert [reason_of(verdict) for verdict in verdicts] == expected
    assert first.active and last.active


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({}, "NO_SUBJECT"),
        ({"iss": "i", "kid": "k", "exp": 4e9}, "NO_SUBJECT"),
        ({"jti": "t"}, "NO_TIME"),
        ({"sub": "u", "exp": math.nan}, "NOT_A_NUMBER"),
    ],
)
async def test_claims_that_say_too_little_are_a_verdict(service: Service, claims: Mapping[str, Any], reason: str) -> None:
    """What nothing could ever revoke, or what never ends, is INVALID."""
    assert reason_of(await service.call("CheckToken", claims=claims)) == f"INVALID_REASON_{reason}"


@pytest.mark.parametrize(
    ("claims", "state"),
    [
        ({"jti": "t", "exp": -1.0}, "EXPIRED"),
        ({"jti": "t", "exp": -1.7e308}, "EXPIRED"),
        ({"jti": "t", "exp": 1.7e308, "iat": 4e9}, "ACTIVE"),
        ({"jti": "t", "exp": 1.7e308}, "ACTIVE"),
        ({"jti": "t", "iat": -1.7e308}, "EXPIRED"),
        ({"jti": "t", "iat": 1.7e308}, "ACTIVE"),
        ({"jti": "t", "exp": 5e-324}, "EXPIRED"),
        ({"jti": "\U0001f512 \u2028 {}%:", "exp": 4e9}, "ACTIVE"),
    ],
)
async def test_absurd_claims_are_judged(service: Service, claims: Mapping[str, Any], state: str) -> None:
    """Finite numbers are times, however far away."""
    assert await service.state(**claims) == state


async def test_a_batch_of_one_thousand_is_judged(service: Service) -> None:
    """The largest that is allowed, with every claim as long as it may be."""
    long = dict.fromkeys(("iss", "sub", "jti", "sid", "client_id", "kid"), f"{'x' * 250}")
    answer = await service.call("BatchCheckTokens", claims=[{**long, "sub": f"{number:0256}", "exp": 4e9} for number in range(1000)])
    assert [verdict.active for verdict in answer.verdicts] == [True] * 1000


@pytest.mark.parametrize("name", [name for name in GOOD if name != "RevokeRealm"])
async def test_the_good_requests_are_good(service: Service, name: str) -> None:
    """The table's requests break no rule, so that each refusal above is due to the field that it is about."""
    try:
        await service.call(name, **GOOD[name])
    except grpc.aio.AioRpcError as error:
        assert error.code() is grpc.StatusCode.NOT_FOUND, "only a session that does not exist"


async def test_forged_page_tokens_are_refused(service: Service) -> None:
    """Tokens of another realm, scope or user, and tokens whose words were changed."""
    for number in range(3):
        await service.call("RevokeToken", jti=f"page-{number}")
        await service.call("CreateSession", user_id="pages")
    revocations = (await service.call("ListRevocations", scope="SCOPE_TOKEN", page_size=1)).next_page_token
    sessions = (await service.call("ListSessions", user_id="pages", page_size=1)).next_page_token
    assert revocations and sessions
    forged: Sequence[tuple[str, Mapping[str, Any]]] = [
        ("ListRevocations", {"page_token": revocations}),
        ("ListRevocations", {"page_token": revocations, "scope": "SCOPE_USER"}),
        ("ListRevocations", {"page_token": revocations, "scope": "SCOPE_TOKEN", "realm": "strict"}),
        ("ListRevocations", {"page_token": sessions, "scope": "SCOPE_TOKEN"}),
        ("ListSessions", {"page_token": sessions, "user_id": "others"}),
        ("ListSessions", {"page_token": revocations, "user_id": "pages"}),
        *(("ListRevocations", {"scope": "SCOPE_TOKEN", "page_token": token}) for token in tokens("default", 1)),
        *(("ListSessions", {"user_id": "pages", "page_token": token}) for token in tokens("default", "pages")),
    ]
    for rpc, fields in forged:
        assert_is_page_token(await refusal(service.call(rpc, **fields)))


def tokens(*of_list: object) -> list[str]:
    """Returns page tokens of this list that go on where no list can."""
    places: list[list[object]] = [
        [1, "\ud800", 1],
        [1, "x", -1],
        [1, "x", 10**30],
        [1, "x\0", 1],
        [1, "x" * 257, 1],
        [99, "x", 1],
        [True, "x", 1],
        [1, None, 1],
        [2**70, "x"],
        [-1, "x"],
        ["x", "x"],
        [1, "\ud800"],
    ]
    return [base64.urlsafe_b64encode(json.dumps([*of_list, *place]).encode()).decode().rstrip("=") for place in places]


def assert_is_page_token(refused: Refusal) -> None:
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("page_token",)), refused


def reason_of(verdict: Any) -> str:
    """Returns why a token is INVALID; the test fails when it is anything else."""
    assert (verdict.active, verdict.state) == (False, verdict_pb2.TOKEN_STATE_INVALID), verdict
    return verdict_pb2.InvalidReason.Name(verdict.invalid_reason)
