"""The conformance cases as the values of `revocation_client`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from json import loads
from pathlib import Path
from typing import Any, Final

import pytest
from revocation_client.judgement.claims import Claims
from revocation_client.judgement.index import EXACT_LIMIT, RevocationIndex
from revocation_client.judgement.judge import Rules, Verdict
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope

FOLDER: Final = Path(__file__).parents[2] / "clients" / "conformance"

KEY: Final = bytes(range(16))

EXACT_LIMITS: Final = pytest.mark.parametrize("exact_limit", [0, 1, EXACT_LIMIT])
"""How many values an index keeps: only fingerprints, a mixture, and no fingerprints."""

Spelled = Mapping[str, Any]


@cache
def read(path: str) -> Any:
    """Returns the content of the file *path*."""
    return loads((FOLDER / path).read_text(encoding="ascii"), parse_constant=_refuse)


def counts() -> Mapping[str, Spelled]:
    """Returns how many cases the index promises for each file."""
    return dict(read("index.json")["counts"])


@dataclass(frozen=True, slots=True)
class VerdictSet:
    """One world, and the cases in it. It is an index for the judge once *index* was filled."""

    path: str
    name: str
    now: Millis
    rules: Rules
    revocations: tuple[Revocation, ...]
    allowed: Mapping[str, Millis]
    cases: Sequence[Spelled]


def verdict_sets() -> Iterator[VerdictSet]:
    """Yields the sets of all verdict files."""
    for path in counts():
        for one in read(path).get("sets", ()):
            rules = one["rules"]
            yield VerdictSet(
                path,
                one["name"],
                Millis(one["now_ms"]),
                Rules(rules["allowlist"], Millis(rules["leeway_ms"]), Millis(rules["longest_token_life_ms"]), rules["issuer"]),
                tuple(revocation_of(each["scope"], each["value"], each) for each in one["revocations"]),
                {jti: Millis(until) for jti, until in one["allowed"].items()},
                one["cases"],
            )


def revocation_of(scope: str, value: str, spelled: Spelled) -> Revocation:
    """Returns a revocation as cases spell it; null is always, and never."""
    before, end = spelled["issued_before_ms"], spelled["expire_time_ms"]
    return Revocation(
        Scope[scope],
        value,
        ALWAYS if before is None else Millis(before),
        NEVER if end is None else Millis(end),
        {handle: Millis(floor) for handle, floor in spelled["kept"].items()},
        Millis(spelled.get("create_time_ms", 0)),
        spelled.get("reason", ""),
    )


def claims_of(spelled: Spelled) -> Claims:
    """Returns claims as cases spell them: NaN and Infinity are strings."""
    times = {name: float(spelled[name]) for name in ("iat", "exp") if name in spelled}
    return Claims(**{**spelled, **times})


def expectation_of(verdict: Verdict) -> dict[str, Any]:
    """Returns *verdict* as cases spell it."""
    answer: dict[str, Any] = {"state": verdict.state.name}
    if verdict.cause is not None:
        answer["cause"] = {"scope": verdict.cause.scope.name, "value": verdict.cause.value}
    if verdict.invalid_reason is not None:
        answer["invalid_reason"] = verdict.invalid_reason.name
    return answer


class ListedIndex(RevocationIndex):
    """An index that holds an allowlist, too, as the server does."""

    def __init__(self, fingerprint_key: bytes, exact_limit: int, allowed: Mapping[str, Millis]) -> None:
        super().__init__(fingerprint_key, exact_limit)
        self._allowed = allowed

    def allowed_until(self, jti: str) -> Millis | None:
        return self._allowed.get(jti)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
