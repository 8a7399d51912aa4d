"""What a verdict ought to be, as plainly as can be: every revocation is looked at, none is merged, times are exact fractions.

It shares nothing with the judges of the clients and of the server, so that they and it can only agree by both being right.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor, isfinite
from typing import Any

Claims = Mapping[str, Any]
"""The claims of a token as its case spells them, with real numbers for NaN and Infinity. What is absent is left out."""

Expectation = dict[str, Any]

CLAIM_OF = {"TOKEN": "jti", "SESSION": "sid", "USER": "sub", "CLIENT": "client_id", "KEY": "kid"}
"""The claim that each scope matches, in the order in which a cause is chosen. REALM, which matches every token, comes last."""

TEXTS = ("iss", "sub", "jti", "sid", "client_id", "kid")


class UndecidedError(ValueError):
    """A time so close to half a microsecond that doubles may round it either way: no case may hang on it."""


@dataclass(frozen=True)
class Record:
    """One revocation. *before* None: it matches whatever iat; *end* None: it never lapses. Times are milliseconds since the epoch."""

    scope: str
    value: str = ""
    before: int | None = None
    end: int | None = None
    kept: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> tuple[str, str]:
        """What it revokes."""
        return self.scope, self.value


@dataclass(frozen=True)
class Rules:
    """What a realm lays down; an empty issuer is any."""

    allowlist: bool = False
    leeway: int = 0
    life: int = 30 * 86_400_000
    issuer: str = ""


@dataclass(frozen=True)
class World:
    """All that a verdict depends on but for the token."""

    now: int
    records: Sequence[Record] = ()
    rules: Rules = field(default_factory=Rules)
    allowed: Mapping[str, int] = field(default_factory=dict)

    def later(self, milliseconds: int) -> "World":
        """Returns the world after a while in which nothing was revoked."""
        return replace(self, now=self.now + milliseconds)

    def lapsed(self, record: Record) -> bool:
        """A revocation lapses when the last one of its name does."""
        ends = [other.end for other in self.records if other.name == record.name]
        return all(end is not None and end <= self.now for end in ends)


def verdict(token: Claims, world: World) -> Expectation:
    """Returns what must be answered: the first of INVALID, EXPIRED, REVOKED, NOT_ALLOWED, ACTIVE that holds."""
    for reason in faults(token, world):
        return {"state": "INVALID", "invalid_reason": reason}
    if any(end <= world.now for end in ends(token, world)):
        return {"state": "EXPIRED"}
    for scope, value in causes(token, world):
        return {"state": "REVOKED", "cause": {"scope": scope, "value": value}}
    if world.rules.allowlist and not any(jti == token.get("jti") and world.now < until for jti, until in world.allowed.items()):
        return {"state": "NOT_ALLOWED"}
    return {"state": "ACTIVE"}


def faults(token: Claims, world: World) -> Iterator[str]:
    """Yields what makes a token INVALID, the fault that must be named first."""
    if any(len(text.encode()) > 256 or any(is_control(one) for one in text) for text in (token.get(name, "") for name in TEXTS)):
        yield "MALFORMED_CLAIM"
    if not any(token.get(name) for name in ("sub", "jti", "sid", "client_id")):
        yield "NO_SUBJECT"
    times = [token[name] for name in ("iat", "exp") if name in token]
    if not times:
        yield "NO_TIME"
    if not all(isfinite(time) for time in times):
        yield "NOT_A_NUMBER"
    if token.get("iss") and world.rules.issuer and token["iss"] != world.rules.issuer:
        yield "ISSUER"


def is_control(character: str) -> bool:
    """C0, DEL and C1."""
    return ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F


def ends(token: Claims, world: World) -> Iterator[int]:
    """Yields the times at which the token's life is over; the first one counts."""
    if "exp" in token:
        yield milliseconds(token["exp"]) + world.rules.leeway
    if "iat" in token:
        yield milliseconds(token["iat"]) + world.rules.life


def causes(token: Claims, world: World) -> Iterator[tuple[str, str]]:
    """Yields the names of all revocations that refuse the token, the narrowest first."""
    for scope in (*CLAIM_OF, "REALM"):
        for record in world.records:
            if record.scope == scope and is_named(record, token) and not world.lapsed(record) and is_too_old(record, token):
                yield record.name


def is_named(record: Record, token: Claims) -> bool:
    """Whether the token is one that the revocation speaks of; a claim that is empty names nothing."""
    if record.scope == "REALM":
        return True
    claim = token.get(CLAIM_OF[record.scope])
    return bool(claim) and claim == record.value


def is_too_old(record: Record, token: Claims) -> bool:
    """Whether such a token was issued too early, or may have been."""
    if record.before is None or "iat" not in token:
        return True
    before = record.kept[token["sid"]] if token.get("sid") in record.kept else record.before
    return milliseconds(token["iat"]) < before


def milliseconds(numeric_date: float) -> int:
    """A NumericDate in milliseconds: the nearest microsecond (halves go up), of which what is less than a millisecond is dropped."""
    exact = Fraction(numeric_date) * 1_000_000 + Fraction(1, 2)
    if abs(numeric_date) < 1e10 and floor(exact - Fraction(1, 4)) // 1000 != floor(exact + Fraction(1, 4)) // 1000:
        raise UndecidedError(f"{numeric_date!r} is too close to half a microsecond")
    return floor(exact) // 1000
