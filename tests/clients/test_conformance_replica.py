"""The Python client's replica passes the conformance cases: the scenarios of streams, and the verdicts by its quick look."""

from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from revocation_client.judgement.claims import Claims
from revocation_client.judgement.judge import State
from revocation_client.judgement.millis import Millis, millis_of
from revocation_client.replica import Replica
from revocation_client.swift import Swift, SwiftIndex
from revocation_client.v1 import revocation_service_pb2 as pb

from .conformance import EXACT_LIMITS, KEY, Spelled, VerdictSet, claims_of, expectation_of, read, verdict_sets


@EXACT_LIMITS
@pytest.mark.parametrize("scenario", read("streams/streams.json")["scenarios"], ids=lambda scenario: scenario["name"])
def test_streams(scenario: dict[str, Any], exact_limit: int) -> None:
    """After each step the replica knows what it must, and how fresh that is."""
    watcher = Watcher(exact_limit, scenario["origin_ms"])
    for step in scenario["steps"]:
        for kind, content in step.items():
            watcher.at_ms = content["at_ms"]
            getattr(watcher, kind)(content)


@EXACT_LIMITS
@pytest.mark.parametrize("one", [*verdict_sets()], ids=lambda one: one.name)
def test_quick_look(one: VerdictSet, exact_limit: int) -> None:
    """Whatever the quick look lets pass is ACTIVE."""
    index = SwiftIndex(KEY, exact_limit)
    for revocation in one.revocations:
        index.put(revocation, one.now)
    swift = Swift(index, one.rules, lambda: one.now / 1000, lambda: 0.0)
    if not one.rules.allowlist:
        swift.fresh_until = 1.0
    for case in one.cases:
        claims = claims_of(case["claims"])
        payload = {name: value for name, value in claims._asdict().items() if name in case["claims"] and name != "kid"}
        if swift.passes(payload, claims.kid):
            assert case["expect"] == {"state": "ACTIVE"} or _ends_within_this_millisecond(claims, one.now), case


class Watcher:
    """A replica that lives through a scenario; it has no clock but *at_ms*."""

    def __init__(self, exact_limit: int, origin_ms: int) -> None:
        self.at_ms = 0
        self._origin_ms = origin_ms
        self._replica = Replica(lambda index, rules: Swift(index, rules, lambda: self._wall / 1000, lambda: self._now), exact_limit)

    def connect(self, step: dict[str, Any]) -> None:
        assert self._replica.revision == step["resume_revision"]
        self._replica.begin(self._now)

    def receive(self, step: dict[str, Any]) -> None:
        for _ in self._replica.receive(ParseDict(step["message"], pb.WatchRevocationsResponse()), self._now, self._wall):
            pass

    def end(self, step: dict[str, Any]) -> None:
        """A stream that ends tells a replica nothing."""

    def check(self, step: dict[str, Any]) -> None:
        staleness = self._replica.staleness(self._now)
        assert self._replica.ready is step["ready"]
        assert (None if staleness is None else round(staleness * 1000)) == step["staleness_ms"]
        assert self._replica.is_fresh(self._now) is step["may_answer"]
        assert self._replica.revision == step["resume_revision"]
        for case in step["verdicts"]:
            assert self._answer(case["claims"]) == case["expect"], case
            if self._passes(case["claims"]):
                assert step["may_answer"], case
                assert case["expect"] == {"state": "ACTIVE"}, case

    def _answer(self, spelled: Spelled) -> dict[str, Any]:
        """Returns the verdict; a replica of a realm with an allowlist does not hold the list, and must ask."""
        verdict = self._replica.judge(claims_of(spelled), self._wall)
        assert verdict is not None
        assert self._replica.rules is not None
        asks = self._replica.rules.allowlist and verdict.state in (State.ACTIVE, State.NOT_ALLOWED)
        return {"state": "ASK"} if asks else expectation_of(verdict)

    def _passes(self, spelled: Spelled) -> bool:
        payload = {name: value for name, value in claims_of(spelled)._asdict().items() if name in spelled and name != "kid"}
        return self._replica.passes(payload, spelled.get("kid", ""))

    @property
    def _now(self) -> float:
        return self.at_ms / 1000

    @property
    def _wall(self) -> Millis:
        return Millis(self._origin_ms + self.at_ms)


def _ends_within_this_millisecond(claims: Claims, now: Millis) -> bool:
    """Whether less than a millisecond is left, which the judge rounds down to none and the quick look does not."""
    return claims.exp is not None and claims.exp * 1000 > now == millis_of(claims.exp)
