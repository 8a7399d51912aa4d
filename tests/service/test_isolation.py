"""Nothing that is written in one realm is seen in another, whatever the names of realms and things contain."""

import time
from collections.abc import Sequence
from itertools import permutations
from secrets import token_hex
from typing import Any

import pytest

from .client import Service
from .realms import HOSTILE, HOSTILE_ENDED
from .refusals import refusal

NOW = time.time()
TOKEN = {"iat": NOW - 60, "exp": NOW + 3600}
NAMES = ("default", "scrap", HOSTILE)
VALUES = (
    "x",
    "a:b",
    "{b}",
    "}:records",
    "%7B",
    "%",
    "a/b",
    "{default}",
    "token:x",
    "user:{x}:y",
    "\U0001f512",
    "\u2028",
    "'\"\\",
    " ",
    "e\u0301",
    "\u00e9",
)

WRITES: Sequence[tuple[str, str, str]] = (
    ("RevokeToken", "jti", "jti"),
    ("RevokeUser", "user_id", "sub"),
    ("RevokeSession", "sid", "sid"),
    ("RevokeClient", "client_id", "client_id"),
    ("RevokeKey", "kid", "kid"),
)
"""Each RPC, its field, and the claim that it is compared with."""

SCOPES = {rpc: rpc.removeprefix("Revoke").upper() for rpc, _, _ in WRITES}


def naming(claim: str, value: str) -> dict[str, Any]:
    return {"sub": "somebody", **TOKEN, claim: value}


@pytest.fixture
def values() -> tuple[str, ...]:
    """VALUES as no other test has used them."""
    mark = token_hex(4)
    return tuple(value + mark for value in VALUES)


@pytest.mark.parametrize(("rpc", "field", "claim"), WRITES)
@pytest.mark.parametrize("realm", NAMES, ids=ascii)
async def test_a_revocation_stays_in_its_realm(
    service: Service, values: tuple[str, ...], realm: str, rpc: str, field: str, claim: str
) -> None:
    """It is refused there and good everywhere else, and only there is it listed."""
    for value in values:
        await service.call(rpc, realm=realm, **{field: value})
    for other in NAMES:
        answer = await service.call("BatchCheckTokens", realm=other, claims=[naming(claim, value) for value in values])
        assert [verdict.active for verdict in answer.verdicts] == [other != realm] * len(values)
        listed = await service.call("ListRevocations", realm=other, scope=f"SCOPE_{SCOPES[rpc]}", page_size=1000)
        assert set(values) & {one.value for one in listed.revocations} == (set(values) if other == realm else set())


@pytest.mark.parametrize(("rpc", "field", "claim"), WRITES)
async def test_a_value_is_compared_whole(service: Service, values: tuple[str, ...], rpc: str, field: str, claim: str) -> None:
    """None of these spellings stands for another one, in its own scope or in another."""
    for value in values[::2]:
        await service.call(rpc, **{field: value})
    for _, _, asked in WRITES:
        answer = await service.call("BatchCheckTokens", claims=[naming(asked, value) for value in values])
        refused = [value for value, verdict in zip(values, answer.verdicts, strict=True) if not verdict.active]
        assert refused == (list(values[::2]) if asked == claim else [])


async def test_the_end_of_a_realm_leaves_the_others(service: Service) -> None:
    """RevokeRealm refuses everything there and nothing elsewhere."""
    await service.call("RevokeRealm", realm=HOSTILE_ENDED)
    assert await service.state(HOSTILE_ENDED, sub="u", **TOKEN) == "REVOKED"
    assert {await service.state(realm, sub="u", **TOKEN) for realm in NAMES} == {"ACTIVE"}


async def test_an_allowance_stays_in_its_realm(service: Service, values: tuple[str, ...]) -> None:
    """Allowed in one allowlist realm is not allowed in another."""
    for value in values:
        await service.call("AllowToken", realm="strict", jti=value)
    states = [{await service.state(realm, jti=value, **TOKEN) for value in values} for realm in ("strict", "signed-strict")]
    assert states == [{"ACTIVE"}, {"NOT_ALLOWED"}]


@pytest.mark.parametrize(("mine", "other"), list(permutations(NAMES, 2)), ids=ascii)
async def test_a_session_stays_in_its_realm(service: Service, mine: str, other: str) -> None:
    """Its id, its handle and its user mean nothing in another realm."""
    user = "{u}:/" + token_hex(4)
    made = await service.call("CreateSession", realm=mine, user_id=user)
    for rpc in ("GetSession", "UpdateSession", "RotateSession"):
        assert (await refusal(service.call(rpc, realm=other, session_id=made.session_id))).reason == "SESSION_NOT_FOUND"
    assert not (await service.call("EndSession", realm=other, session_id=made.session_id)).ended
    assert not (await service.call("EndSession", realm=other, handle=made.session.handle, user_id=user)).ended
    assert not (await service.call("ListSessions", realm=other, user_id=user)).sessions
    await service.call("RevokeUser", realm=other, user_id=user)
    await service.call("RevokeSession", realm=other, sid=made.session.handle)
    assert (await service.call("GetSession", realm=mine, session_id=made.session_id)).session.user_id == user


async def test_a_user_has_the_sessions_of_that_name_only(service: Service, values: tuple[str, ...]) -> None:
    """Names that differ in a character that keys use are different users."""
    for value in values:
        await service.call("CreateSession", user_id=value)
    for value in values:
        listed = await service.call("ListSessions", user_id=value)
        assert [one.user_id for one in listed.sessions] == [value]


async def test_a_caller_made_id_is_its_realms_own(service: Service) -> None:
    """The same id may be in use in a realm that accepts it while another realm does not know it."""
    mine = "A-caller-made-id.with~128_bits" + token_hex(4)
    await service.call("CreateSession", realm="callers", user_id="u", session_id=mine)
    assert (await refusal(service.call("GetSession", session_id=mine))).reason == "SESSION_NOT_FOUND"
    refused = await refusal(service.call("CreateSession", user_id="u", session_id=mine))
    assert (refused.reason, refused.metadata) == ("CALLER_IDS_DISABLED", {"realm": "default"})
    assert (await refusal(service.call("CreateSession", realm="callers", user_id="u", session_id=mine))).reason == "SESSION_ID_TAKEN"
