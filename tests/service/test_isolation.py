"""Nothing that is written in one realm is seen in another, whatever the names of realms and things contain."""

import time
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from .client import Service
from .realms import HOSTILE
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


def naming(claim: str, value: str) -> dict[str, Any]:
    return {"sub": "somebody", **TOKEN, claim: value}


@pytest.fixture(autouse=True)
def empty(service: Service) -> None:
    service.store.flush()


@pytest.mark.parametrize(("rpc", "field", "claim"), WRITES)
@pytest.mark.parametrize("realm", NAMES, ids=ascii)
async def test_a_revocation_stays_in_its_realm(service: Service, realm: str, rpc: str, field: str, claim: str) -> None:
    """It is refused there and good everywhere else, and only there is it listed."""
    for value in VALUES:
        await service.call(rpc, realm=realm, **{field: value})
    for other in NAMES:
        answer = await service.call("BatchCheckTokens", realm=other, claims=[naming(claim, value) for value in VALUES])
        assert [verdict.active for verdict in answer.verdicts] == [other != realm] * len(VALUES)
        listed = await service.call("ListRevocations", realm=other)
        assert sorted(one.value for one in listed.revocations) == (sorted(VALUES) if other == realm else [])


@pytest.mark.parametrize(("rpc", "field", "claim"), WRITES)
async def test_a_value_is_compared_whole(service: Service, rpc: str, field: str, claim: str) -> None:
    """None of these spellings stands for another one, in its own scope or in another."""
    for value in VALUES[::2]:
        await service.call(rpc, **{field: value})
    for _, _, asked in WRITES:
        answer = await service.call("BatchCheckTokens", claims=[naming(asked, value) for value in VALUES])
        refused = [value for value, verdict in zip(VALUES, answer.verdicts, strict=True) if not verdict.active]
        assert refused == (list(VALUES[::2]) if asked == claim else [])


async def test_the_end_of_a_realm_leaves_the_others(service: Service) -> None:
    """RevokeRealm refuses everything there and nothing elsewhere."""
    await service.call("RevokeRealm", realm=HOSTILE)
    assert [await service.state(realm, sub="u", **TOKEN) for realm in NAMES] == ["ACTIVE", "ACTIVE", "REVOKED"]


async def test_an_allowance_stays_in_its_realm(service: Service) -> None:
    """Allowed in one allowlist realm is not allowed in another."""
    for value in VALUES:
        await service.call("AllowToken", realm="strict", jti=value)
    states = [{await service.state(realm, jti=value, **TOKEN) for value in VALUES} for realm in ("strict", "signed-strict")]
    assert states == [{"ACTIVE"}, {"NOT_ALLOWED"}]


@pytest.mark.parametrize(("mine", "other"), list(permutations(NAMES, 2)), ids=ascii)
async def test_a_session_stays_in_its_realm(service: Service, mine: str, other: str) -> None:
    """Its id, its handle and its user mean nothing in another realm."""
    made = await service.call("CreateSession", realm=mine, user_id="{u}:/")
    for rpc in ("GetSession", "UpdateSession", "RotateSession"):
        assert (await refusal(service.call(rpc, realm=other, session_id=made.session_id))).reason == "SESSION_NOT_FOUND"
    assert not (await service.call("EndSession", realm=other, session_id=made.session_id)).ended
    assert not (await service.call("EndSession", realm=other, handle=made.session.handle, user_id="{u}:/")).ended
    assert not (await service.call("ListSessions", realm=other, user_id="{u}:/")).sessions
    await service.call("RevokeUser", realm=other, user_id="{u}:/")
    await service.call("RevokeSession", realm=other, sid=made.session.handle)
    assert (await service.call("GetSession", realm=mine, session_id=made.session_id)).session.user_id == "{u}:/"


async def test_a_user_has_the_sessions_of_that_name_only(service: Service) -> None:
    """Names that differ in a character that keys use are different users."""
    for value in VALUES:
        await service.call("CreateSession", user_id=value)
    for value in VALUES:
        listed = await service.call("ListSessions", user_id=value)
        assert [one.user_id for one in listed.sessions] == [value]


async def test_a_caller_made_id_is_its_realms_own(service: Service) -> None:
    """The same id may be in use in a realm that accepts it while another realm does not know it."""
    mine = "A-caller-made-id.with~128_bits"
    await service.call("CreateSession", realm="callers", user_id="u", session_id=mine)
    assert (await refusal(service.call("GetSession", session_id=mine))).reason == "SESSION_NOT_FOUND"
    refused = await refusal(service.call("CreateSession", user_id="u", session_id=mine))
    assert (refused.reason, refused.metadata) == ("CALLER_IDS_DISABLED", {"realm": "default"})
    assert (await refusal(service.call("CreateSession", realm="callers", user_id="u", session_id=mine))).reason == "SESSION_ID_TAKEN"
