"""What a verdict ought to be: section 5 of the design, written down once more and as plainly as can be.

It shares no code with the judge and is built otherwise: exact fractions for times, all writes that were ever made in place
of merged records, a predicate for each rule, and sets of everything that holds in place of the first that is found.
"""

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

Time = Fraction
"""Seconds since the epoch."""

FOREVER = None
ALL_TIME = None


@dataclass(frozen=True)
class Token:
    """The claims of a token, with "" and None for those that it has not."""

    iss: str
    sub: str
    jti: str
    iat: float | None
    exp: float | None
    sid: str
    client_id: str
    kid: str


@dataclass(frozen=True)
class Write:
    """One revocation as it was written. *cutoff* ALL_TIME matches whatever iat; *end* FOREVER never lapses."""

    scope: str
    value: str
    cutoff: Time | None
    end: Time | None
    kept: Mapping[str, Time] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """What a realm lays down, what was revoked and allowed in it, and the time."""

    now: Time
    writes: tuple[Write, ...]
    allowed: Mapping[str, Time]
    allowlist: bool
    leeway: Time
    longest_token_life: Time
    issuer: str


@dataclass(frozen=True)
class Expected:
    """The state, every (scope, value) that may be named as its cause, and every fault that may be."""

    state: str
    causes: frozenset[tuple[str, str]] = frozenset()
    faults: frozenset[str] = frozenset()


def verdict(token: Token, world: World) -> Expected:
    """Returns what the judge ought to say: the first state of the precedence (rule 1) that holds."""
    faults = frozenset(name for name, holds in FAULTS.items() if holds(token, world))
    if faults:
        return Expected("INVALID", faults=faults)
    if any(world.now >= end for end in ends(token, world)):
        return Expected("EXPIRED")
    causes = frozenset((write.scope, write.value) for write in world.writes if matches(write, token, world))
    if causes:
        return Expected("REVOKED", causes=causes)
    if world.allowlist and not (token.jti in world.allowed and world.now < world.allowed[token.jti]):
        return Expected("NOT_ALLOWED")
    return Expected("ACTIVE")


def matches(write: Write, token: Token, world: World) -> bool:
    """A write counts for what it names, while any write of that name is in force, against what is older than its cut-off."""
    siblings = [other for other in world.writes if (other.scope, other.value) == (write.scope, write.value)]
    in_force = any(other.end is FOREVER or world.now < other.end for other in siblings)
    return in_force and is_named(write, token) and is_too_old(write, token)


def is_named(write: Write, token: Token) -> bool:
    """Rule 1: every scope that the claims name; a claim that is absent names nothing."""
    if write.scope == "REALM":
        return True
    claim = {"TOKEN": token.jti, "USER": token.sub, "SESSION": token.sid, "CLIENT": token.client_id, "KEY": token.kid}[write.scope]
    return claim != "" and claim == write.value


def is_too_old(write: Write, token: Token) -> bool:
    """Rules 3 to 6."""
    if write.cutoff is ALL_TIME or token.iat is None:
        return True
    floor = write.kept.get(token.sid, write.cutoff)
    return moment(token.iat) < floor


def ends(token: Token, world: World) -> Iterable[Time]:
    """Rule 2: the times at which the token's life ends; the first one counts."""
    if token.exp is not None:
        yield moment(token.exp) + world.leeway
    if token.iat is not None:
        yield moment(token.iat) + world.longest_token_life


def moment(numeric_date: float) -> Time:
    """A NumericDate to the millisecond: whole microseconds first, the nearest, then what is over a millisecond is dropped."""
    microseconds = math.floor(Fraction(numeric_date) * 1_000_000 + Fraction(1, 2))
    return Fraction(microseconds - microseconds % 1000, 1_000_000)


def is_malformed(text: str) -> bool:
    """Control characters, halves of surrogate pairs, and what takes more than 256 bytes of UTF-8."""
    sizes = [1 if ord(character) < 0x80 else 2 if ord(character) < 0x800 else 3 if ord(character) < 0x10000 else 4 for character in text]
    return sum(sizes) > 256 or any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def is_odd(number: float | None) -> bool:
    """NaN compares false with everything, and would pass."""
    return number is not None and (number != number or number in (float("inf"), float("-inf")))


FAULTS: Mapping[str, Callable[[Token, World], bool]] = {
    "MALFORMED_CLAIM": lambda token, _: any(is_malformed(text) for text in vars(token).values() if isinstance(text, str)),
    "NO_SUBJECT": lambda token, _: {token.sub, token.jti, token.sid, token.client_id} == {""},
    "NO_TIME": lambda token, _: token.iat is None and token.exp is None,
    "NOT_A_NUMBER": lambda token, _: is_odd(token.iat) or is_odd(token.exp),
    "ISSUER": lambda token, world: "" not in (token.iss, world.issuer) and token.iss != world.issuer,
}
