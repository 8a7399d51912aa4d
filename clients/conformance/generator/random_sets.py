"""Verdict cases by seeded chance: few names, so that they meet, and times that lie close together."""

from collections.abc import Iterator
from math import inf, nan
from typing import Any

from .cases import DAY, NOW, Case, CaseSet, t
from .chance import Chance
from .model import Record, Rules, World

SETS = 30
TOKENS = 18

USERS, CLIENTS, SESSIONS, TOKEN_IDS, KEYS = ("u1", "u2", "u3"), ("c1", "c2"), ("h1", "h2", "h3", "h4"), ("t1", "t2", "t3"), ("k1", "k2")
NAMES = {"TOKEN": TOKEN_IDS, "SESSION": SESSIONS, "USER": USERS, "CLIENT": CLIENTS, "KEY": KEYS, "REALM": ("",)}
OFFSETS = (
    -9_000,
    -6_000,
    -5_001,
    -5_000,
    -4_999,
    -4_877,
    -4_001,
    -4_000,
    -3_123,
    -2_500,
    -2_000,
    -1_001,
    -1_000,
    -999,
    -877,
    -1,
    0,
    1,
    3_000,
)
"""Milliseconds from now at which tokens are issued and cut-offs lie."""

ENDS = (-1, 0, 1, 999, 1_000, 70_000, 600_000, 600_000, 600_000, DAY)
ODD_NUMBERS = (nan, inf, -inf, 0, -1, 1e308, 1e11)
ODD_TEXTS = ("x" * 257, "a\n", "\x7f", "\U0001f512", "\u00e9" * 129, "\u2028")


def random_sets(seed: int) -> Iterator[CaseSet]:
    """Yields the sets that *seed* determines."""
    chance = Chance(seed)
    for number in range(SETS):
        now = NOW + chance.below(7 * DAY)
        world = World(now, _records(chance, now), _rules(chance, number), _allowed(chance, now))
        yield CaseSet(f"chance {number}", world, [Case(_claims(chance, now)) for _ in range(TOKENS)])


def _records(chance: Chance, now: int) -> list[Record]:
    """Revocations; those of one name have lapsed together, or not at all."""
    ends: dict[tuple[str, str], int | None] = {}
    records = []
    for _ in range(2 + chance.below(9)):
        scope = chance.one_of([*NAMES] if chance.below(8) == 0 else [*NAMES][:5])
        value = chance.one_of(NAMES[scope])
        end = ends.setdefault((scope, value), None if scope == "KEY" else now + chance.one_of((*ENDS, 5 * DAY, 5 * DAY)))
        if end is not None and end > now + DAY:
            end += chance.below(DAY)
        before = now + chance.one_of(OFFSETS) if scope in ("USER", "CLIENT", "REALM") else None
        records.append(Record(scope, value, before, end, _kept(chance, scope, before)))
    return records


def _kept(chance: Chance, scope: str, before: int | None) -> dict[str, int]:
    if scope != "USER" or before is None:
        return {}
    floors = {handle: chance.one_of((0, 0, before - 1, before - 2_000, before - 500)) for handle in chance.some_of(SESSIONS, 3)}
    return dict(sorted(floors.items()))


def _rules(chance: Chance, number: int) -> Rules:
    return Rules(
        allowlist=number % 5 == 4,
        leeway=chance.one_of((0, 0, 1, 1_000, 60_000)),
        life=chance.one_of((5_000, 3_600_000, 30 * DAY, 30 * DAY)),
        issuer=chance.one_of(("", "", "https://a")),
    )


def _allowed(chance: Chance, now: int) -> dict[str, int]:
    return {jti: now + chance.one_of((*ENDS, DAY, DAY)) for jti in sorted(chance.some_of(TOKEN_IDS, 3))}


def _claims(chance: Chance, now: int) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    for claim, values, of in (
        ("iss", ("https://a", "https://a", "https://b"), 3),
        ("sub", USERS, 5),
        ("jti", TOKEN_IDS, 4),
        ("sid", SESSIONS, 4),
        ("client_id", CLIENTS, 3),
        ("kid", KEYS, 2),
    ):
        if chance.below(6) < of:
            claims[claim] = chance.one_of(values)
    if chance.below(40) == 0:
        claims[chance.one_of(("iss", "sub", "jti", "sid", "client_id", "kid"))] = chance.one_of(ODD_TEXTS)
    if chance.below(8):
        claims["iat"] = _time(chance, now, OFFSETS)
    if chance.below(8):
        claims["exp"] = _time(chance, now, ENDS)
    return claims


def _time(chance: Chance, now: int, offsets: tuple[int, ...]) -> float:
    if chance.below(40) == 0:
        return chance.one_of(ODD_NUMBERS)
    offset = now + chance.one_of(offsets)
    return t(chance.one_of((0, 0, 0, -0.3, 0.3)), offset if chance.below(3) else offset // 1000 * 1000)
