"""What the property tests draw from: few names, so that they meet, times that lie close together, and every odd value."""

import math
from collections.abc import Sequence
from typing import Final

from hypothesis import settings
from hypothesis import strategies as st
from revocation_client.judgement.claims import Claims
from revocation_client.judgement.judge import Rules
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import MAX_KEPT, Revocation, Scope

from revocation.domain.revisions import Position, Revision
from revocation.domain.stores import Name, Reading

MANY: Final = settings(deadline=None, max_examples=400)
SOME: Final = settings(deadline=None, max_examples=120)

NOW: Final = 1_700_000_000_000
HANDLES: Final = ("h1", "h2", "h3")
ODD_NUMBERS: Final = (math.nan, math.inf, -math.inf, 1e308, -1e308, 1e11, 5e-324, 0.0, -0.0, -1.0, -1e9, 253402300799.999)
ODD_TEXTS: Final = ("x" * 256, "x" * 257, "é" * 128, "é" * 129, "𝄞" * 64, "a\x00", "a\n", "\x7f", "\x85", "\ud800", "\u2028", " ")


def near(milliseconds: int) -> st.SearchStrategy[Millis]:
    """Times at, right beside, and up to some seconds around one."""
    offsets = [*range(-2, 3), *range(-4000, 4001, 1000), -2999, -1001, -123, 123, 999, 2001, 3500]
    return st.sampled_from([Millis(milliseconds + offset) for offset in offsets])


def numeric_dates() -> st.SearchStrategy[float | None]:
    """Mostly times around NOW, whole, with milliseconds and with more; sometimes none, sometimes odd ones."""
    exact = [time / 1000 for time in range(NOW - 4000, NOW + 4001, 500)]
    beside = [(NOW + offset) / 1000 for offset in (-2001, -1000.6, -1.4, -1, -0.6, -0.25, 0.1, 0.6, 0.9, 1, 1.9, 999, 2001)]
    return st.one_of(st.sampled_from(exact), st.sampled_from(beside), st.none(), st.sampled_from(ODD_NUMBERS), st.floats(0, 1e11))


def names(*ordinary: str) -> st.SearchStrategy[str]:
    """Mostly ordinary names or none; now and then an odd text."""
    return st.sampled_from(["", *ordinary] * 60 + list(ODD_TEXTS))


claims: Final = st.builds(
    Claims,
    iss=st.sampled_from(["", "", "https://a", "https://b"]),
    sub=names("u1", "u2"),
    jti=names("t1", "t2"),
    iat=numeric_dates(),
    exp=numeric_dates(),
    sid=names(*HANDLES),
    client_id=names("c1"),
    kid=names("k1"),
)

plain_claims: Final = st.builds(
    Claims,
    sub=st.sampled_from(["u1", "u2"]),
    jti=st.sampled_from(["", "t1"]),
    iat=st.none() | near(NOW - 1000).map(lambda time: time / 1000),
    exp=st.just((NOW + 3_600_000) / 1000),
    sid=st.sampled_from(["", *HANDLES]),
    client_id=st.sampled_from(["", "c1"]),
    kid=st.sampled_from(["", "k1"]),
)
"""Claims that are fit and not expired for an hour."""

rules: Final = st.builds(
    Rules,
    allowlist=st.booleans(),
    leeway=st.sampled_from([Millis(0), Millis(1), Millis(1000), Millis(60_000)]),
    longest_token_life=st.sampled_from([Millis(1), Millis(1000), Millis(3000), Millis(30 * 86_400_000)]),
    issuer=st.sampled_from(["", "", "https://a"]),
)

_VALUES: Final = {
    Scope.TOKEN: ("t1", "t2"),
    Scope.USER: ("u1", "u2"),
    Scope.SESSION: HANDLES,
    Scope.CLIENT: ("c1",),
    Scope.KEY: ("k1",),
    Scope.REALM: ("",),
}

_expiries: Final = st.one_of(near(NOW), st.just(Millis(NOW + 30 * 86_400_000)), st.just(NEVER))


@st.composite
def revocations(draw: st.DrawFn, scopes: tuple[Scope, ...] = tuple(Scope)) -> Revocation:
    """A revocation as the store could hold it: cut-offs only where there are any, kept sessions only of users, floors below the cut-off."""
    scope = draw(st.sampled_from(scopes))
    issued_before = draw(near(NOW)) if scope.has_cutoff else ALWAYS
    kept: dict[str, Millis] = {}
    if scope is Scope.USER:
        floors = st.one_of(st.just(Millis(0)), near(NOW - 1000))
        drawn = draw(st.dictionaries(st.sampled_from(HANDLES), floors, max_size=3))
        kept = {handle: floor for handle, floor in drawn.items() if floor < issued_before}
    return Revocation(
        scope=scope,
        value=draw(st.sampled_from(_VALUES[scope])),
        issued_before=issued_before,
        expire_time=NEVER if scope is Scope.KEY else draw(_expiries),
        kept=kept,
        create_time=draw(near(NOW)),
        reason=draw(st.sampled_from(["", "lost phone", "leaked", "é"])),
    )


def cutoff_of(issued_before: int, floors: Sequence[int], expire_time: int, create_time: int, reason: str) -> Revocation:
    """Returns a cut-off of the user u. It keeps the n-th handle if the n-th floor is below *issued_before*, and no more than it may."""
    kept = [(f"h{number}", Millis(floor)) for number, floor in enumerate(floors) if floor < issued_before]
    return Revocation(Scope.USER, "u", Millis(issued_before), Millis(expire_time), dict(kept[:MAX_KEPT]), Millis(create_time), reason)


cutoffs: Final = st.builds(
    cutoff_of,
    issued_before=st.integers(1, 6),
    floors=st.lists(st.integers(0, 6), min_size=MAX_KEPT + 4, max_size=MAX_KEPT + 4),
    expire_time=st.sampled_from([8, 9, NEVER]),
    create_time=st.integers(0, 2),
    reason=st.sampled_from(["", "a", "b"]),
)

allowed: Final = st.dictionaries(st.sampled_from(["t1", "t2"]), near(NOW), max_size=2)


def index_of(revocations: dict[Name, Revocation], allowed: dict[str, Millis] | None = None) -> Reading:
    """Returns an index that holds these."""
    return Reading(revocations, allowed or {}, Position(Revision("0" * 16, 0)), Millis(NOW))
