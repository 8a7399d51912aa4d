"""The Python client passes the conformance cases: judge, merge, fingerprints and index."""

from typing import Any

import pytest
from revocation_client.judgement.fingerprints import fingerprints_of
from revocation_client.judgement.judge import judge
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Revocation, Scope, merge

from .conformance import EXACT_LIMITS, KEY, ListedIndex, VerdictSet, claims_of, counts, expectation_of, read, revocation_of, verdict_sets


@EXACT_LIMITS
@pytest.mark.parametrize("one", [*verdict_sets()], ids=lambda one: one.name)
def test_verdicts(one: VerdictSet, exact_limit: int) -> None:
    """State, cause and fault are as expected, in whatever order the revocations came."""
    for revocations in (one.revocations, one.revocations[::-1], one.revocations * 2):
        index = ListedIndex(KEY, exact_limit, one.allowed)
        for revocation in revocations:
            index.put(revocation, one.now)
        for case in one.cases:
            verdict = judge(claims_of(case["claims"]), index, one.rules, now=one.now)
            assert expectation_of(verdict) == case["expect"], case


@pytest.mark.parametrize("case", read("merges/merges.json")["cases"], ids=lambda case: case["name"])
def test_merges(case: dict[str, Any]) -> None:
    """Each order gives the one merged revocation, text included."""
    written = [revocation_of(case["scope"], case["value"], one) for one in case["revocations"]]
    expected = revocation_of(case["scope"], case["value"], case["expect"])
    for order in case["orders"]:
        merged = written[order[0]]
        for place in order[1:]:
            merged = merge(merged, written[place])
        assert merged == expected


@EXACT_LIMITS
@pytest.mark.parametrize("case", read("merges/merges.json")["cases"], ids=lambda case: case["name"])
def test_merges_in_an_index(case: dict[str, Any], exact_limit: int) -> None:
    """An index comes to the same, but for the text, which it does not keep."""
    written = [revocation_of(case["scope"], case["value"], one) for one in case["revocations"]]
    for order in case["orders"]:
        index = ListedIndex(KEY, exact_limit, {})
        for place in order:
            index.put(written[place], Millis(0))
        found = index.find(Scope[case["scope"]], case["value"])
        assert found is not None
        assert _without_text(found) == _without_text(revocation_of(case["scope"], case["value"], case["expect"]))


@pytest.mark.parametrize("case", read("fingerprints.json")["cases"], ids=lambda case: f"{case['scope']} {case['bytes']}")
def test_fingerprints(case: dict[str, str]) -> None:
    """The bytes, and the number that they are."""
    number = fingerprints_of(Scope[case["scope"]], bytes.fromhex(case["key"]))(case["value"])
    assert (number.to_bytes(8, "little").hex(), str(number)) == (case["bytes"], case["number"])


def test_everything_was_run() -> None:
    """As many cases as the index promises."""
    assert sum(len(one.cases) for one in verdict_sets()) == sum(
        count["cases"] for path, count in counts().items() if path.startswith("verdicts/")
    )


def _without_text(revocation: Revocation) -> tuple[Any, ...]:
    return revocation.issued_before, revocation.expire_time, dict(revocation.kept)
