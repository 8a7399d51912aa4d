"""Every scope of revocation against every way to ask: what it matches is refused, with that cause, and nothing else is."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from revocation_client.v1 import revocation_pb2, verdict_pb2

from .client import Service
from .realms import AUDIENCE, ISSUER, OTHER_SIGNER, SIGNER
from .refusals import refusal

Claims = Mapping[str, Any]
Ask = Callable[[Service, str, Claims], Awaitable[Any]]


async def by_claims(service: Service, realm: str, claims: Claims) -> Any:
    return await service.call("CheckToken", realm=realm, claims=claims)


async def by_batch(service: Service, realm: str, claims: Claims) -> Any:
    answer = await service.call("BatchCheckTokens", realm=realm, claims=[{"jti": "bystander", "iat": time.time() + 60}, claims])
    bystander, verdict = answer.verdicts
    assert bystander.active
    return verdict


async def by_jwt(service: Service, realm: str, claims: Claims) -> Any:
    said = dict(claims)
    signer = {signer.kid: signer for signer in (SIGNER, OTHER_SIGNER)}[said.pop("kid")]
    return await service.call("CheckToken", realm=realm, jwt=signer.mint({"iss": ISSUER, "aud": AUDIENCE, **said}))


WAYS: Mapping[str, tuple[Ask, str]] = {"claims": (by_claims, "default"), "batch": (by_batch, "default"), "jwt": (by_jwt, "signed-scrap")}
"""How to ask, and the realm to ask in."""

SCOPES: Mapping[str, tuple[str, str, str]] = {
    "TOKEN": ("RevokeToken", "jti", "jti"),
    "USER": ("RevokeUser", "user_id", "sub"),
    "SESSION": ("RevokeSession", "sid", "sid"),
    "CLIENT": ("RevokeClient", "client_id", "client_id"),
    "KEY": ("RevokeKey", "kid", "kid"),
}
"""For each scope with a value: the RPC, its field, and the claim."""


def token(name: str, kid: str, **claims: Any) -> dict[str, Any]:
    """Returns claims that name every scope."""
    named = {claim: f"{name}-{claim}" for claim in ("sub", "jti", "sid", "client_id")}
    return {**named, "kid": kid, "iat": time.time() - 60, "exp": time.time() + 3600, **claims}


def assert_revoked(verdict: Any, scope: str, value: str, why: str) -> None:
    assert (verdict.active, verdict.state) == (False, verdict_pb2.TOKEN_STATE_REVOKED), verdict
    cause = verdict.cause
    assert (revocation_pb2.Scope.Name(cause.scope), cause.value, cause.reason) == (f"SCOPE_{scope}", value, why)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scope", [scope for scope in SCOPES if scope != "KEY"])
async def test_a_revocation_refuses_what_it_matches(service: Service, scope: str, way: str) -> None:
    """REVOKED with that cause for the token that it matches by this claim alone; a token that differs in it is ACTIVE."""
    ask, realm = WAYS[way]
    rpc, field, claim = SCOPES[scope]
    matched = token(f"{scope}-{way}", SIGNER.kid)
    others = token(f"{scope}-{way}-other", SIGNER.kid)
    assert (await ask(service, realm, matched)).active
    await service.call(rpc, realm=realm, **{field: matched[claim]}, reason="why")
    assert_revoked(await ask(service, realm, matched), scope, matched[claim], "why")
    assert_revoked(await ask(service, realm, {**others, claim: matched[claim]}), scope, matched[claim], "why")
    assert (await ask(service, realm, {**matched, claim: others[claim]})).active
    assert (await ask(service, realm, {name: value for name, value in matched.items() if name != claim})).active


@pytest.mark.parametrize("way", WAYS)
async def test_a_key_revocation_refuses_whatever_it_signed(service: Service, way: str) -> None:
    """Whatever iat says, of whichever user; what another key signed is ACTIVE."""
    ask, realm = WAYS[way]
    await service.call("RevokeKey", realm=realm, kid=OTHER_SIGNER.kid, reason="leaked")
    for iat in (time.time() - 60, time.time() + 3600):
        verdict = await ask(service, realm, token(f"key-{way}", OTHER_SIGNER.kid, iat=iat, exp=time.time() + 7200))
        assert_revoked(verdict, "KEY", OTHER_SIGNER.kid, "leaked")
    assert (await ask(service, realm, token(f"key-{way}", SIGNER.kid))).active


@pytest.mark.parametrize("way", WAYS)
async def test_a_realm_revocation_refuses_what_is_older(service: Service, way: str) -> None:
    """Every token of the realm that was issued before, and none that is issued later."""
    ask, realm = WAYS[way][0], f"ended-{way}"
    await service.call("RevokeRealm", realm=realm, reason="all")
    assert_revoked(await ask(service, realm, token(f"realm-{way}", SIGNER.kid)), "REALM", "", "all")
    assert (await ask(service, realm, token(f"realm-{way}", SIGNER.kid, iat=time.time() + 3600, exp=time.time() + 7200))).active


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scope", ["USER", "CLIENT"])
async def test_a_cut_off_spares_what_is_younger(service: Service, scope: str, way: str) -> None:
    """An iat that is not lower than the cut-off is ACTIVE, a millisecond earlier or none at all is REVOKED."""
    ask, realm = WAYS[way]
    rpc, field, claim = SCOPES[scope]
    matched = token(f"younger-{scope}-{way}", SIGNER.kid)
    cutoff = int(time.time()) - 30
    await service.call(rpc, realm=realm, **{field: matched[claim]}, issued_before=Timestamp(seconds=cutoff))
    assert_revoked(await ask(service, realm, matched | {"iat": cutoff - 0.001}), scope, matched[claim], "")
    assert (await ask(service, realm, matched | {"iat": cutoff})).active
    assert_revoked(await ask(service, realm, {k: v for k, v in matched.items() if k != "iat"}), scope, matched[claim], "")


@pytest.mark.parametrize("way", WAYS)
async def test_a_kept_session_keeps_its_tokens(service: Service, way: str) -> None:
    """A user's cut-off spares tokens that carry a kept handle, until another one no longer names it."""
    ask, realm = WAYS[way]
    mine = token(f"kept-{way}", SIGNER.kid)
    await service.call("RevokeUser", realm=realm, user_id=mine["sub"], keep_session_handles=[mine["sid"]])
    assert (await ask(service, realm, mine)).active
    assert_revoked(await ask(service, realm, mine | {"sid": "elsewhere"}), "USER", mine["sub"], "")
    await service.call("RevokeUser", realm=realm, user_id=mine["sub"], reason="again")
    assert_revoked(await ask(service, realm, mine), "USER", mine["sub"], "again")


@pytest.mark.parametrize("way", ["claims", "batch", "jwt"])
async def test_an_allowlist_refuses_what_was_never_allowed(service: Service, way: str) -> None:
    """NOT_ALLOWED until it is allowed, and REVOKED when it is revoked after all, however often it is allowed again."""
    ask, realm = WAYS[way][0], "signed-strict"
    mine = token(f"allowed-{way}", SIGNER.kid)
    assert (await ask_alone(service, ask, realm, mine)).state == verdict_pb2.TOKEN_STATE_NOT_ALLOWED
    await service.call("AllowToken", realm=realm, jti=mine["jti"], exp=mine["exp"])
    assert (await ask_alone(service, ask, realm, mine)).active
    await service.call("RevokeToken", realm=realm, jti=mine["jti"])
    await service.call("AllowToken", realm=realm, jti=mine["jti"], exp=mine["exp"])
    assert_revoked(await ask_alone(service, ask, realm, mine), "TOKEN", mine["jti"], "")


async def ask_alone(service: Service, ask: Ask, realm: str, claims: Claims) -> Any:
    if ask is by_batch:
        return (await service.call("BatchCheckTokens", realm=realm, claims=[claims])).verdicts[0]
    return await ask(service, realm, claims)


@pytest.mark.parametrize("scope", ["USER", "SESSION", "REALM"])
async def test_a_revocation_ends_the_sessions_that_it_matches(service: Service, scope: str) -> None:
    """GetSession judges by the same rules: that session is gone, with its tokens, and another user's lives, but for a realm's end."""
    mine, other = [await service.call("CreateSession", realm="scrap", user_id=f"{scope}-{who}") for who in ("mine", "other")]
    requests: Mapping[str, tuple[str, Mapping[str, Any]]] = {
        "USER": ("RevokeUser", {"user_id": f"{scope}-mine"}),
        "SESSION": ("RevokeSession", {"sid": mine.session.handle}),
        "REALM": ("RevokeRealm", {}),
    }
    rpc, fields = requests[scope]
    await service.call(rpc, realm="scrap", **fields)
    assert (await refusal(service.call("GetSession", realm="scrap", session_id=mine.session_id))).reason == "SESSION_NOT_FOUND"
    claims = {"sub": f"{scope}-mine", "sid": mine.session.handle, "iat": mine.session.auth_time.seconds}
    assert await service.state("scrap", **claims) == "REVOKED"
    if scope == "REALM":
        assert (await refusal(service.call("GetSession", realm="scrap", session_id=other.session_id))).code is grpc.StatusCode.NOT_FOUND
    else:
        assert (await service.call("GetSession", realm="scrap", session_id=other.session_id)).session.handle == other.session.handle


@pytest.mark.parametrize("scope", ["TOKEN", "CLIENT", "KEY"])
async def test_other_revocations_leave_sessions_alone(service: Service, scope: str) -> None:
    """A session has no jti, client or key, even where a value is spelled like its handle."""
    made = await service.call("CreateSession", user_id=f"alone-{scope}")
    rpc, field, _ = SCOPES[scope]
    await service.call(rpc, **{field: made.session.handle})
    assert (await service.call("GetSession", session_id=made.session_id)).session.handle == made.session.handle


async def test_logging_out_everywhere_else_keeps_this_session(service: Service) -> None:
    """RevokeUser with the handle to keep ends all of the user's sessions but that one, in one write."""
    mine, *others = [await service.call("CreateSession", user_id="everywhere") for _ in range(4)]
    revoked = await service.call("RevokeUser", user_id="everywhere", keep_session_handles=[mine.session.handle])
    kept = await service.call("GetSession", session_id=mine.session_id, at_least_revision=revoked.revision)
    assert kept.session.handle == mine.session.handle
    for other in others:
        assert (await refusal(service.call("GetSession", session_id=other.session_id))).reason == "SESSION_NOT_FOUND"
    listed = await service.call("ListSessions", user_id="everywhere", current_session_id=mine.session_id)
    assert [(one.handle, one.current) for one in listed.sessions] == [(mine.session.handle, True)]


async def test_ending_a_session_ends_its_tokens(service: Service) -> None:
    """EndSession revokes the handle that tokens carry as sid, and no other session's."""
    mine, other = [await service.call("CreateSession", user_id="ending") for _ in range(2)]
    assert (await service.call("EndSession", session_id=mine.session_id)).ended
    states = [await service.state(sub="ending", sid=one.session.handle, iat=time.time() + 60) for one in (mine, other)]
    assert states == ["REVOKED", "ACTIVE"]
    assert not (await service.call("EndSession", session_id=mine.session_id)).ended


@pytest.mark.parametrize(
    ("realm", "reason", "code"),
    [
        ("default", "KEYS_NOT_CONFIGURED", grpc.StatusCode.FAILED_PRECONDITION),
        ("broken-keys", "KEYS_UNAVAILABLE", grpc.StatusCode.UNAVAILABLE),
    ],
)
async def test_a_jwt_needs_keys(service: Service, realm: str, reason: str, code: grpc.StatusCode) -> None:
    """A realm without keys, or whose keys cannot be read, gives an error that says so, never a verdict."""
    refused = await refusal(service.call("CheckToken", realm=realm, jwt=SIGNER.mint({"sub": "u", "exp": time.time() + 60})))
    assert (refused.code, refused.reason, refused.metadata) == (code, reason, {"realm": realm})


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": "https://other.example"}, "ISSUER"),
        ({"iss": None}, "ISSUER"),
        ({"aud": "https://other.example"}, "AUDIENCE"),
        ({"aud": None}, "AUDIENCE"),
        ({"nbf": 4e9}, "NOT_YET_VALID"),
        ({"sub": 7}, "MALFORMED_CLAIM"),
        ({"exp": "soon"}, "NOT_A_NUMBER"),
        ({"exp": None, "iat": None}, "NO_TIME"),
    ],
)
async def test_a_bad_jwt_is_a_verdict(service: Service, claims: Claims, reason: str) -> None:
    """INVALID with the reason and without the payload: what comes from a token is never an error."""
    said = {**token("bad", SIGNER.kid), "iss": ISSUER, "aud": AUDIENCE, **claims}
    jwt = SIGNER.mint({name: value for name, value in said.items() if value is not None})
    answer = await service.call("CheckToken", realm="signed", jwt=jwt)
    assert (answer.active, answer.state) == (False, verdict_pb2.TOKEN_STATE_INVALID)
    assert verdict_pb2.InvalidReason.Name(answer.invalid_reason) == f"INVALID_REASON_{reason}"


@pytest.mark.parametrize("jwt", ["x", "a.b", "..", "\U0001f512", "a" * 9000, "a.b.c.d", "\n"])
async def test_what_is_no_jwt_is_a_verdict(service: Service, jwt: str) -> None:
    """INVALID, whatever the text is."""
    answer = await service.call("CheckToken", realm="signed", jwt=jwt)
    assert (answer.active, verdict_pb2.InvalidReason.Name(answer.invalid_reason)) == (False, "INVALID_REASON_MALFORMED_TOKEN")


async def test_a_good_jwt_brings_its_payload(service: Service) -> None:
    """The verified claims as JSON, whatever else they say; a claims check brings none."""
    jwt = SIGNER.mint({"iss": ISSUER, "aud": [AUDIENCE, "x"], "sub": "u", "exp": int(time.time()) + 60, "scope": "a b"})
    answer = await service.call("CheckToken", realm="signed", jwt=jwt)
    assert answer.active and '"scope": "a b"' in answer.payload
    assert (await service.call("CheckToken", realm="signed", claims={"sub": "u", "exp": time.time() + 60})).payload == ""
