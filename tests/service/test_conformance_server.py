"""The server passes the verdict cases of `clients/conformance` over gRPC, each set in a realm of its own.

What cannot be played against a service whose clock nobody sets is left out, exactly where the cases say so.
"""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import grpc
import pytest
from revocation_client.judgement.judge import Rules
from revocation_client.v1 import revocation_pb2, verdict_pb2
from revocation_client.wire import timestamp

from tests.clients.conformance import VerdictSet, counts, verdict_sets
from tests.clients.live import is_ahead, moved, moved_claims, requests, revoking, unplayable
from tests.servers import Store

from .client import Service
from .conftest import Serve

SETS: Final = {f"conformance-{number}": one for number, one in enumerate(verdict_sets())}


@pytest.fixture(scope="module")
async def conformance_service(
    store_servers: Callable[[str], Store], serve: Serve, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Service]:
    """A service over a standalone store whose realms are the sets."""
    store = store_servers("standalone")
    store.flush()
    path = tmp_path_factory.mktemp("conformance") / "realms.toml"
    path.write_text("\n".join(_table(realm, one.rules) for realm, one in SETS.items()), encoding="utf-8")
    async with serve(store, realms_file=path) as service:
        yield service


@pytest.mark.parametrize("realm", SETS, ids=lambda realm: SETS[realm].name)
async def test_verdicts(conformance_service: Service, realm: str) -> None:
    """State, cause and fault are as expected, in a batch, and of the first token when it is asked about alone."""
    one = SETS[realm]
    shift = _shift(one)
    for rpc, fields in requests(moved(one, shift)):
        await _call(conformance_service, realm, rpc, fields)
    playable = [case for case in one.cases if case["live"] == "run"]
    tokens = [moved_claims(case["claims"], one, shift) for case in playable]
    batch = await conformance_service.call("BatchCheckTokens", realm=realm, claims=tokens)
    for case, token, verdict in zip(playable, tokens, batch.verdicts, strict=True):
        assert _expectation(verdict) == case["expect"], (case, token)
    alone = await conformance_service.call("CheckToken", realm=realm, claims=tokens[0])
    assert _expectation(alone) == playable[0]["expect"]


def test_nothing_is_left_out_silently() -> None:
    """The cases that say that they cannot be played are those for which the rule holds, and as many as the index says."""
    for one in SETS.values():
        assert [case["live"] for case in one.cases] == [unplayable(case["claims"], one) or "run" for case in one.cases], one.name
    left_out = Counter(case["live"] for one in SETS.values() for case in one.cases)
    assert left_out == sum((Counter(count["live"]) for path, count in counts().items() if path.startswith("verdicts/")), Counter())


async def test_cutoffs_far_ahead_cannot_be_written(conformance_service: Service) -> None:
    """What is left out as "ahead" is what the API refuses."""
    ahead = [(realm, one, each) for realm, one in SETS.items() for each in one.revocations if is_ahead(each, one.now)]
    assert ahead
    for realm, one, each in ahead:
        (late,) = (late for late in moved(one, _shift(one)).revocations if (late.scope, late.value) == (each.scope, each.value))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await _call(conformance_service, realm, *revoking(late, one.rules))
        assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def _table(realm: str, rules: Rules) -> str:
    issuer = f'issuer = "{rules.issuer}"\n' if rules.issuer else ""
    lengths = f'leeway = "{rules.leeway}ms"\nlongest_token_life = "{rules.longest_token_life}ms"\n'
    return f"[realms.{realm}]\nallowlist = {str(rules.allowlist).lower()}\n{lengths}{issuer}"


def _shift(one: VerdictSet) -> int:
    """Returns how much later than the set it is, in whole seconds, so that fractions of seconds stay what they are."""
    return int(time.time() * 1000 - one.now) // 1000 * 1000


async def _call(service: Service, realm: str, rpc: str, fields: dict[str, Any]) -> None:
    if "issued_before" in fields:
        fields = {**fields, "issued_before": timestamp(fields["issued_before"])}
    await service.call(rpc, realm=realm, **fields)


def _expectation(verdict: Any) -> dict[str, Any]:
    """Returns a verdict, or the response of CheckToken, as cases spell it."""
    answer: dict[str, Any] = {"state": verdict_pb2.TokenState.Name(verdict.state).removeprefix("TOKEN_STATE_")}
    assert verdict.active == (answer["state"] == "ACTIVE")
    if verdict.HasField("cause"):
        answer["cause"] = {"scope": revocation_pb2.Scope.Name(verdict.cause.scope).removeprefix("SCOPE_"), "value": verdict.cause.value}
    if verdict.invalid_reason:
        answer["invalid_reason"] = verdict_pb2.InvalidReason.Name(verdict.invalid_reason).removeprefix("INVALID_REASON_")
    return answer
