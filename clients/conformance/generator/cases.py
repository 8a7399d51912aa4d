"""Sets of verdict cases: one world, and the tokens that are judged in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import Any

from .live import live
from .model import Claims, Expectation, Record, Rules, World, verdict

NOW = 1_700_000_000_000
"""The `now_ms` of most sets: a whole second."""

DAY = 86_400_000


@dataclass(frozen=True)
class Case:
    """A token, the sentence that its answer shows (chance has none), and the answer as a person wrote it down (None: as the model says)."""

    claims: Claims
    why: str = ""
    expected: Expectation | None = None


@dataclass(frozen=True)
class CaseSet:
    """Tokens that are judged in one world."""

    name: str
    world: World
    cases: Sequence[Case]


def t(offset: float, now: int = NOW) -> float:
    """Returns the NumericDate that lies *offset* milliseconds after now: the double nearest to that decimal."""
    exact = (now + Decimal(str(offset))) / 1000
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def revoked(scope: str, value: str = "") -> Expectation:
    """Returns the answer that names a cause."""
    return {"state": "REVOKED", "cause": {"scope": scope, "value": value}}


def invalid(reason: str) -> Expectation:
    """Returns the answer that names a fault."""
    return {"state": "INVALID", "invalid_reason": reason}


ACTIVE: Expectation = {"state": "ACTIVE"}
EXPIRED: Expectation = {"state": "EXPIRED"}
NOT_ALLOWED: Expectation = {"state": "NOT_ALLOWED"}


def spelled_set(one: CaseSet) -> dict[str, Any]:
    """Returns a set as its file spells it."""
    return {
        "name": one.name,
        "now_ms": one.world.now,
        "rules": spelled_rules(one.world.rules),
        "revocations": [spelled_record(record) for record in one.world.records],
        "allowed": dict(one.world.allowed),
        "cases": [_spelled_case(case, one) for case in one.cases],
    }


def spelled_rules(rules: Rules) -> dict[str, Any]:
    """Returns a realm's rules as files spell them."""
    return {
        "allowlist": rules.allowlist,
        "leeway_ms": rules.leeway,
        "longest_token_life_ms": rules.life,
        "issuer": rules.issuer,
    }


def spelled_record(record: Record) -> dict[str, Any]:
    """Returns a revocation as files spell it."""
    return {
        "scope": record.scope,
        "value": record.value,
        "issued_before_ms": record.before,
        "kept": dict(record.kept),
        "expire_time_ms": record.end,
    }


def spelled_claims(claims: Claims) -> dict[str, Any]:
    """Returns claims as files spell them: JSON has no word for what is not a finite number."""
    return {name: _number(value) if isinstance(value, float) else value for name, value in claims.items()}


def _number(value: float) -> float | str:
    if isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"


def _spelled_case(case: Case, one: CaseSet) -> Mapping[str, Any]:
    answer = verdict(case.claims, one.world)
    if case.expected is not None and case.expected != answer:
        raise AssertionError(f"{one.name}: {case.why} {case.claims}: written {case.expected}, the model says {answer}")
    spelled = {"claims": spelled_claims(case.claims), "expect": answer, "live": live(case.claims, one.world)}
    return {"why": case.why, **spelled} if case.why else spelled
