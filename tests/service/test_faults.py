"""A store that is down, frozen, read-only, full or set up wrongly gives an error with its reason in good time, and nothing half done."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.eventually import eventually
from tests.servers import Store

from .client import Service
from .conftest import Serve
from .faults import CLOSED, FAULTS, SILENT, WRITE_PROTECTED, frozen, primary
from .refusals import Refusal, refusal, refusal_of
from .values import CLAIMS

NOT_DONE = {"STORE_UNAVAILABLE", "STORE_REFUSED", "STORE_FULL"}
CODES = {
    "STORE_UNAVAILABLE": grpc.StatusCode.UNAVAILABLE,
    "STORE_REFUSED": grpc.StatusCode.UNAVAILABLE,
    "OUTCOME_UNKNOWN": grpc.StatusCode.UNAVAILABLE,
    "STORE_FULL": grpc.StatusCode.RESOURCE_EXHAUSTED,
}
WITHOUT_DEADLINE = 1.0
"""Seconds that a caller without a deadline waits at most."""


@dataclass(frozen=True)
class Calls:
    """One call of every RPC, each about things of its own; *checks* are answered from memory."""

    checks: Mapping[str, Mapping[str, Any]]
    reads: Mapping[str, Mapping[str, Any]]
    writes: Mapping[str, Mapping[str, Any]]

    @property
    def of_the_store(self) -> Mapping[str, Mapping[str, Any]]:
        return {**self.reads, **self.writes}


async def prepared(service: Service) -> Calls:
    """Makes the sessions that the calls are about."""
    ids = {rpc: (await service.call("CreateSession", user_id=rpc)).session_id for rpc in ("Get", "Update", "Rotate", "End")}
    checks: Mapping[str, Mapping[str, Any]] = {"CheckToken": {"claims": CLAIMS}, "BatchCheckTokens": {"claims": [CLAIMS]}}
    reads: Mapping[str, Mapping[str, Any]] = {
        "ListRevocations": {},
        "GetSession": {"session_id": ids["Get"]},
        "ListSessions": {"user_id": "Get"},
    }
    writes: Mapping[str, Mapping[str, Any]] = {
        "RevokeToken": {"jti": "faulty"},
        "RevokeUser": {"user_id": "faulty"},
        "RevokeSession": {"sid": "faulty"},
        "RevokeClient": {"client_id": "faulty"},
        "RevokeKey": {"kid": "faulty"},
        "RevokeRealm": {"realm": "scrap"},
        "AllowToken": {"realm": "strict", "jti": "faulty"},
        "CreateSession": {"user_id": "Create"},
        "UpdateSession": {"session_id": ids["Update"], "data": b"new"},
        "RotateSession": {"session_id": ids["Rotate"]},
        "EndSession": {"session_id": ids["End"]},
    }
    return Calls(checks, reads, writes)


async def refused_in_time(service: Service, rpc: str, fields: Mapping[str, Any], deadline: float | None) -> Refusal:
    """Returns how a call is refused, which must be at least a tenth before the caller's deadline."""
    began = time.monotonic()
    refused = await refusal(service.call(rpc, timeout=deadline, **fields))
    took = time.monotonic() - began
    assert took <= 0.9 * (deadline or WITHOUT_DEADLINE), f"{rpc} took {took:.3f} s of {deadline}"
    assert refused.code is CODES.get(refused.reason), (rpc, refused)
    assert set(refused.metadata) == ({"store_error"} if refused.reason in ("STORE_REFUSED", "STORE_FULL") else set())
    return refused


async def all_refused(service: Service, calls: Mapping[str, Mapping[str, Any]], deadline: float | None) -> dict[str, Refusal]:
    """Calls everything at once and returns how each is refused."""
    refused = await asyncio.gather(*(refused_in_time(service, rpc, fields, deadline) for rpc, fields in calls.items()))
    return dict(zip(calls, refused, strict=True))


@pytest.mark.parametrize("deadline", [0.5, 1.0, None])
@pytest.mark.parametrize("fault", [*SILENT, *CLOSED])
async def test_every_call_fails_in_time(lone_service: Service, fault: str, deadline: float | None) -> None:
    """Each RPC gives a documented reason a tenth before its deadline; what only reads was certainly not done."""
    calls = await prepared(lone_service)
    with FAULTS[fault](primary(lone_service.store)):
        for _ in range(2):
            refused = await all_refused(lone_service, calls.of_the_store, deadline)
            assert {refused[rpc].reason for rpc in calls.reads} <= NOT_DONE
        for rpc, fields in calls.checks.items():
            await answered_or_refused(lone_service, rpc, fields)


@pytest.mark.parametrize("fault", WRITE_PROTECTED)
async def test_writes_to_a_protected_store_are_refused(lone_service: Service, fault: str) -> None:
    """With the store's own word for it and nothing done; reads are answered, or fail with a reason."""
    calls = await prepared(lone_service)
    with FAULTS[fault](primary(lone_service.store)):
        refused = await all_refused(lone_service, calls.writes, 1.0)
        word = {"read-only": "READONLY", "full": "OOM", "failing to persist": "MISCONF", "without replicas": "NOREPLICAS"}[fault]
        reason = "STORE_FULL" if fault == "full" else "STORE_REFUSED"
        assert {(one.reason, one.metadata["store_error"]) for one in refused.values()} == {(reason, word)}, refused
        for rpc, fields in {**calls.checks, **calls.reads}.items():
            await answered_or_refused(lone_service, rpc, fields)
    await nothing_was_done(lone_service, calls)


async def answered_or_refused(service: Service, rpc: str, fields: Mapping[str, Any]) -> None:
    began = time.monotonic()
    try:
        await service.call(rpc, timeout=1, **fields)
    except grpc.aio.AioRpcError as error:
        assert refusal_of(error).reason in (*NOT_DONE, "STALE")
    assert time.monotonic() - began <= 0.9


async def nothing_was_done(service: Service, calls: Calls) -> None:
    """Fails unless everything is as before the writes of *calls*."""
    await eventually(service.is_serving, within=15)
    for realm in ("default", "scrap", "strict"):
        assert not (await service.call("ListRevocations", realm=realm)).revocations
    assert await service.state("strict", jti="faulty", exp=4e9) == "NOT_ALLOWED"
    assert not (await service.call("ListSessions", user_id="Create")).sessions
    for rpc in ("UpdateSession", "RotateSession", "EndSession"):
        session = (await service.call("GetSession", session_id=calls.writes[rpc]["session_id"])).session
        assert (session.etag, session.data) == ("1", b"")


@pytest.mark.parametrize("fault", CLOSED)
async def test_a_store_that_refuses_does_nothing(lone_service: Service, fault: str) -> None:
    """The reason names the store's word, and when the store is open again everything is as before."""
    calls = await prepared(lone_service)
    word = {"without rights": "NOPERM", "with another password": "WRONGPASS"}[fault]
    with FAULTS[fault](primary(lone_service.store)):
        await all_refused(lone_service, calls.reads, 1.0)  # connections that the fault has cut are noticed
        refused = await all_refused(lone_service, calls.writes, 1.0)
        assert {(one.reason, one.metadata.get("store_error")) for one in refused.values()} == {("STORE_REFUSED", word)}, refused
    await nothing_was_done(lone_service, calls)


async def test_a_wrong_password_from_the_start_is_refused(start_store: Any, serve: Serve) -> None:
    """The service starts, says NOT_SERVING, and gives the reason to each call."""
    store = start_store("standalone", password="right")
    url = store.env["REVOCATION_REDIS_URL"].replace("right", "wrong")
    async with serve(store, healthy=False, redis_url=url) as service:
        refused = await refused_in_time(service, "ListRevocations", {}, 1.0)
        assert (refused.reason, refused.metadata) == ("STORE_REFUSED", {"store_error": "WRONGPASS"})
        assert "wrong" not in refused.message
        assert await service.health() == "NOT_SERVING"


@pytest.mark.parametrize("fault", [*SILENT, *CLOSED])
async def test_health_follows_the_store(lone_service: Service, fault: str) -> None:
    """NOT_SERVING while nothing can be read, without a flicker, and SERVING when the store is back."""
    names = ("", "revocation.v1.RevocationService", "revocation.v1.SessionService")
    with FAULTS[fault](primary(lone_service.store)):
        await eventually(lambda: is_down(lone_service), within=10)
        watched = time.monotonic() + 1
        while time.monotonic() < watched:
            assert [await lone_service.health(name) for name in names] == ["NOT_SERVING"] * 3
    await eventually(lone_service.is_serving, within=10)
    assert await lone_service.state(**CLAIMS) == "ACTIVE"


async def is_down(service: Service) -> bool:
    return await service.health() == "NOT_SERVING"


async def test_a_write_to_a_frozen_store_is_unknown(lone_service: Service) -> None:
    """OUTCOME_UNKNOWN, because the store may have it: what was answered otherwise is not done when it thaws."""
    calls = await prepared(lone_service)
    with frozen(primary(lone_service.store)):
        refused = await all_refused(lone_service, calls.writes, 0.5)
    revokes = [rpc for rpc in calls.writes if rpc.startswith("Revoke")]
    assert {refused[rpc].reason for rpc in revokes} == {"OUTCOME_UNKNOWN"}
    await eventually(lone_service.is_serving, within=10)
    not_done = {rpc for rpc in refused if refused[rpc].reason in NOT_DONE}
    assert not not_done & await done(lone_service, calls)


async def done(service: Service, calls: Calls) -> set[str]:
    """Returns the RPCs whose effects are to be seen."""
    seen = set()
    listed = [(await service.call("ListRevocations", realm=realm)).revocations for realm in ("default", "scrap")]
    scopes = ("Token", "User", "Session", "Client", "Key", "Realm")
    seen |= {f"Revoke{scopes[one.scope - 1]}" for revocations in listed for one in revocations if one.value in ("faulty", "")}
    if await service.state("strict", jti="faulty", exp=4e9) == "ACTIVE":
        seen.add("AllowToken")
    if (await service.call("ListSessions", user_id="Create")).sessions:
        seen.add("CreateSession")
    for rpc in ("UpdateSession", "RotateSession", "EndSession"):
        try:
            etag = (await service.call("GetSession", session_id=calls.writes[rpc]["session_id"])).session.etag
        except grpc.aio.AioRpcError:
            etag = "gone"
        seen |= {rpc} if etag != "1" else set()
    return seen


async def test_an_unknown_write_may_be_repeated(lone_service: Service) -> None:
    """Until it is acknowledged: then it is in force once, whether the lost attempts were done or not."""
    node = primary(lone_service.store)
    before = (await lone_service.call("RevokeKey", kid="first")).revision
    with frozen(node):
        for _ in range(3):
            refused = await refused_in_time(lone_service, "RevokeUser", {"user_id": "u"}, 0.5)
            assert refused.reason == "OUTCOME_UNKNOWN"
    await eventually(lone_service.is_serving, within=10)
    after = (await lone_service.call("RevokeUser", user_id="u")).revision
    assert int(after.partition(".")[2]) > int(before.partition(".")[2])
    assert [one.value for one in (await lone_service.call("ListRevocations", scope="SCOPE_USER")).revocations] == ["u"]


async def test_a_flood_at_a_frozen_store_does_not_pile_up(lone_service: Service) -> None:
    """Three hundred calls, more than there are connections, all end in time; after the thaw the next one is answered."""
    with frozen(primary(lone_service.store)):
        floods = await asyncio.gather(*(refusal(lone_service.call("ListRevocations", timeout=3)) for _ in range(300)))
    assert {one.reason for one in floods} == {"STORE_UNAVAILABLE"}
    await eventually(lone_service.is_serving, within=10)
    assert await lone_service.state(**CLAIMS) == "ACTIVE"


async def test_what_was_revoked_stays_revoked_over_faults(start_store: Any, serve: Serve) -> None:
    """Every acknowledged revocation is in force after the store was frozen, killed and started again."""
    store: Store = start_store("standalone", appendonly=True)
    async with serve(store) as service:
        for fault in ("frozen", "down"):
            await service.call("RevokeToken", jti=f"before-{fault}")
            with FAULTS[fault](primary(store)):
                await eventually(lambda: is_down(service), within=10)
            await eventually(service.is_serving, within=10)
            assert await service.state(jti=f"before-{fault}", exp=4e9) == "REVOKED"


@pytest.fixture
def impatient(tmp_path: Path) -> Path:
    """A realm whose answers are stale after a second."""
    path = tmp_path / "realms.toml"
    path.write_text('[realms.default]\nmax_staleness = "1s"\n')
    return path


@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"full"}))  # a full store still proves freshness: test_full_store.py
async def test_checks_are_answered_until_they_are_stale(standalone_server: Store, serve: Serve, impatient: Path, fault: str) -> None:
    """From memory while that is fresh; then STALE, which is an error, because nobody knows what was revoked since."""
    async with serve(standalone_server, realms_file=impatient) as service:
        await service.call("RevokeToken", jti="revoked")
        with FAULTS[fault](primary(standalone_server)):
            refused = await eventually(lambda: stale(service), within=5)
            assert (refused.code, refused.metadata) == (grpc.StatusCode.UNAVAILABLE, {"realm": "default"})
        await eventually(lambda: knows(service), within=10)


async def knows(service: Service) -> bool:
    """Whether checks are answered; then they must be right."""
    try:
        states = [await service.state(jti=jti, exp=4e9) for jti in ("revoked", "good")]
    except grpc.aio.AioRpcError:
        return False
    assert states == ["REVOKED", "ACTIVE"]
    return True


async def stale(service: Service) -> Refusal | None:
    """Returns the refusal of a check, or None when it was answered, which is no less right than before."""
    try:
        assert await service.state(jti="revoked", exp=4e9) == "REVOKED"
    except grpc.aio.AioRpcError as error:
        refused = refusal_of(error)
        return refused if refused.reason == "STALE" else None
    return None


async def test_stale_answers_can_be_served_and_say_so(standalone_server: Store, serve: Serve, impatient: Path) -> None:
    """With serve_stale a check is answered however old its knowledge is, with `stale` set and the time that it reflects."""
    async with serve(standalone_server, realms_file=impatient, serve_stale=True) as service:
        revoked = await service.call("RevokeToken", jti="revoked")
        with frozen(primary(standalone_server)):
            answer = await eventually(lambda: stale_answer(service), within=5)
        assert (answer.active, answer.revision) == (False, revoked.revision)
        assert answer.as_of_time.ToMilliseconds() < time.time() * 1000 - 1000
        await eventually(lambda: fresh_answer(service), within=10)


async def fresh_answer(service: Service) -> bool:
    return not (await service.call("CheckToken", claims=CLAIMS)).stale


async def stale_answer(service: Service) -> Any:
    answer = await service.call("CheckToken", claims={"jti": "revoked", "exp": 4e9}, timeout=1)
    return answer if answer.stale else None
