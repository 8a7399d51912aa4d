"""Calls: repeated by the idempotency level and by nothing else, each with a deadline, and errors that do not lie about the outcome."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2, status_pb2
from revocation_client import AsyncRevocation, FailureMode, RevocationError, Source, Standing
from revocation_client.calling import ATTEMPTS
from revocation_client.methods import METHODS
from revocation_client.pauses import pauses
from revocation_client.status_details import read_details
from revocation_client.v1 import revocation_service_pb2 as pb

from tests.eventually import eventually

from .scripted import scripted
from .test_aio import payload

Use = Callable[[AsyncRevocation], Awaitable[Any]]

USES: dict[str, Use] = {
    "CheckToken": lambda client: client.check_remote(payload(sub="u")),
    "RevokeToken": lambda client: client.revoke_token("t"),
    "RevokeUser": lambda client: client.revoke_user("u"),
    "RevokeSession": lambda client: client.revoke_session("s"),
    "RevokeClient": lambda client: client.revoke_client("c"),
    "RevokeKey": lambda client: client.revoke_key("k"),
    "RevokeRealm": lambda client: client.revoke_realm(realm="default"),
    "AllowToken": lambda client: client.allow_token("t"),
    "ListRevocations": lambda client: client.list_revocations(),
    "CreateSession": lambda client: client.create_session("u"),
    "GetSession": lambda client: client.get_session("x"),
    "UpdateSession": lambda client: client.update_session("x"),
    "RotateSession": lambda client: client.rotate_session("x"),
    "EndSession": lambda client: client.end_session("x"),
    "ListSessions": lambda client: client.list_sessions("u"),
}
ONCE = {"CreateSession", "UpdateSession", "RotateSession"}


def details(reason: str) -> bytes:
    packed = AnyMessage()
    packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain="revocation.v1", metadata={"realm": "r"}))
    status: bytes = status_pb2.Status(code=14, message="m", details=[packed]).SerializeToString()
    return status


@pytest.mark.parametrize("rpc", USES)
async def test_repeats_what_may_be_repeated(rpc: str) -> None:
    """UNAVAILABLE twice, then an answer: calls without side effects and idempotent ones get it, others are never sent again."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, timeout=5.0) as client:
        script.fail = [(grpc.StatusCode.UNAVAILABLE, b"")] * 2
        if rpc in ONCE:
            with pytest.raises(RevocationError) as caught:
                await USES[rpc](client)
            assert (script.calls[rpc], caught.value.outcome_unknown) == (1, True)
        else:
            await USES[rpc](client)
            assert script.calls[rpc] == 3


def test_every_rpc_is_tried() -> None:
    """And the once-only ones are those whose idempotency level is unknown."""
    assert USES.keys() == METHODS.keys() - {"WatchRevocations", "BatchCheckTokens"}
    assert {name for name, method in METHODS.items() if not method.repeatable} == ONCE


@pytest.mark.parametrize("code", [code for code in grpc.StatusCode if code.name not in ("OK", "UNAVAILABLE")], ids=lambda code: code.name)
async def test_repeats_nothing_but_unavailable(code: grpc.StatusCode) -> None:
    """Every other status is the answer."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, timeout=5.0) as client:
        script.fail = [(code, b"")]
        with pytest.raises(RevocationError) as caught:
            await client.revoke_token("t")
        assert (script.calls["RevokeToken"], caught.value.code) == (1, code)


async def test_gives_up_after_some_attempts() -> None:
    """A service that goes on refusing is not asked for ever, and its last words are the error."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, timeout=30.0) as client:
        script.fail = [(grpc.StatusCode.UNAVAILABLE, details("ERROR_REASON_STORE_UNAVAILABLE"))] * 50
        with pytest.raises(RevocationError) as caught:
            await client.revoke_token("t")
        assert script.calls["RevokeToken"] == ATTEMPTS
        assert (caught.value.reason, dict(caught.value.metadata)) == ("ERROR_REASON_STORE_UNAVAILABLE", {"realm": "r"})
        assert not caught.value.outcome_unknown


async def test_deadlines_travel() -> None:
    """The server knows how long the caller waits, and the caller waits no longer; whether the write happened is unknown."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, timeout=0.3) as client:
        script.held = asyncio.Event()
        with pytest.raises(RevocationError) as caught:
            await client.revoke_token("t")
        assert caught.value.code is grpc.StatusCode.DEADLINE_EXCEEDED
        assert caught.value.outcome_unknown
        assert 0 < script.deadlines[0] <= 0.3


@pytest.mark.parametrize(
    ("reason", "unknown"),
    [("ERROR_REASON_OUTCOME_UNKNOWN", True), ("ERROR_REASON_DRAINING", False), ("ERROR_REASON_STORE_UNAVAILABLE", False), ("", True)],
)
async def test_outcome_unknown(reason: str, unknown: bool) -> None:
    """What the service says of the outcome is believed; a connection that broke says nothing."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, timeout=5.0) as client:
        script.fail = [(grpc.StatusCode.UNAVAILABLE, details(reason) if reason else b"")]
        with pytest.raises(RevocationError) as caught:
            await client.create_session("u")
        assert caught.value.outcome_unknown is unknown


async def test_reading_has_no_outcome() -> None:
    """A check that failed changed nothing."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, timeout=0.2) as client:
        script.held = asyncio.Event()
        with pytest.raises(RevocationError) as caught:
            await client.check_remote(payload(sub="u"))
        assert not caught.value.outcome_unknown


async def test_checks_gather_while_calls_are_under_way() -> None:
    """At most four calls at once; what comes meanwhile goes together into the next, at most a thousand in one."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, check_timeout=10.0) as client:
        script.held = asyncio.Event()
        checks = []
        for _ in range(4):
            checks.append(asyncio.create_task(client.check(payload(sub="u"))))
            await eventually(lambda: len(script.batches) == len(checks), within=5)
        checks += [asyncio.create_task(client.check(payload(sub="u"))) for _ in range(1500)]
        await asyncio.sleep(0)
        script.held.set()
        verdicts = await asyncio.gather(*checks)
        assert all(verdict.active and verdict.source is Source.SERVER for verdict in verdicts)
        assert sorted(script.batches) == [1, 1, 1, 1, 500, 1000]


async def test_a_cancelled_check_takes_nobody_along() -> None:
    """Others in the same call get their answers."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, check_timeout=10.0) as client:
        script.held = asyncio.Event()
        first, second = (asyncio.create_task(client.check(payload(sub=sub))) for sub in "ab")
        await eventually(lambda: script.batches, within=5)
        first.cancel()
        script.held.set()
        assert (await second).active
        assert (first.cancelled() or first.cancelling(), script.batches) == (1, [2])


@pytest.mark.parametrize("mode", FailureMode)
async def test_only_an_absent_service_lets_pass(mode: FailureMode) -> None:
    """An error that says something is wrong with the question refuses in every mode; one that says nobody is there asks the mode."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, failure_mode=mode, check_timeout=5.0) as client:
        script.fail = [(grpc.StatusCode.NOT_FOUND, details("ERROR_REASON_REALM_NOT_FOUND"))]
        verdict = await client.check(payload(sub="u"))
        assert (verdict.active, verdict.state, verdict.source) == (False, None, Source.FAILURE_MODE)
        assert verdict.error is not None
        assert verdict.error.reason == "ERROR_REASON_REALM_NOT_FOUND"
        script.fail = [(grpc.StatusCode.UNAVAILABLE, b"")] * ATTEMPTS
        verdict = await client.check(payload(sub="u"))
        allowed = mode is FailureMode.ALLOW
        assert (verdict.active, verdict.state) == (allowed, None)
        assert (client.stats.allowed_blindly, client.stats.standing) == (allowed, Standing.UNDECIDED)


async def test_unknown_states_refuse() -> None:
    """A verdict of a newer service that is not understood here is no leave to pass."""
    async with scripted() as script, AsyncRevocation(script.address, replica=False, check_timeout=5.0) as client:
        newer = pb.BatchCheckTokensResponse(verdicts=[{"active": True, "state": 99}])  # type: ignore[list-item]
        script.answer = lambda raw: newer.SerializeToString()
        assert not await client.check(payload(sub="u"))


def test_details_that_are_none() -> None:
    """Bytes that are no google.rpc.Status give no reason."""
    assert read_details(b"\xff\xff").reason == ""
    assert read_details(b"").metadata == {}


def test_pauses_are_fully_jittered() -> None:
    """Each is somewhere between nothing and a span that doubles up to its bound."""
    spans = [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    drawn = [[pause for pause, _ in zip(pauses(0.1, 1.0), spans, strict=False)] for _ in range(300)]
    for number, span in enumerate(spans):
        column = [row[number] for row in drawn]
        assert 0 <= min(column) < span * 0.1
        assert span * 0.9 < max(column) <= span


@pytest.mark.parametrize("targets", [[], ["a:1", "b:2"], ["127.0.0.1:1", "[::1]:2"], ["127.0.0.1", "127.0.0.2"]])
def test_targets_that_cannot_be_used(targets: list[str]) -> None:
    """Are refused where the client is made, not at its first call."""
    with pytest.raises(ValueError, match="target"):
        AsyncRevocation(targets)


async def test_calls_go_round_the_targets() -> None:
    """Each of two servers answers some of the calls."""
    async with scripted() as one, scripted() as other, AsyncRevocation([one.address, other.address], replica=False) as client:
        await eventually(lambda: _revoked_on(client, one.calls, other.calls), within=5)


async def _revoked_on(client: AsyncRevocation, *calls: Counter[str]) -> bool:
    await client.revoke_token("t")
    return all(count["RevokeToken"] for count in calls)
