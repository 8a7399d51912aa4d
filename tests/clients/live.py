"""The verdict cases against a service whose clock nobody sets: moved to the present, without those that cannot be played so.

Whole seconds are added to every time of a set, so that its now becomes the present. What lies more than ten years from it (0, 1e308) stays.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from math import isfinite
from typing import Any, Final

from revocation_client.judgement.claims import Claims
from revocation_client.judgement.judge import Rules, judge, named
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope

from .conformance import ListedIndex, Spelled, VerdictSet, claims_of

FAR: Final = 10 * 365 * 86_400_000
FARTHEST_CUTOFF: Final = 5_000
SESSION_LIFE: Final = 30 * 86_400_000

SKEW: Final = 60_000
"""For how long after exp and leeway a service remembers a token, milliseconds."""

WINDOW: Final = Millis(60_000)
"""For how long the answer must stand: the service's clock goes on while a set is played."""


def unplayable(spelled: Spelled, one: VerdictSet) -> str | None:
    """Returns why a case cannot be played, of the reasons in the README the first that holds."""
    claims = claims_of(spelled)
    names = set(named(claims))
    known = [each for each in one.revocations if (each.scope, each.value) in names]
    remembered = max(one.rules.longest_token_life, SESSION_LIFE)
    if any(is_ahead(each, one.now) for each in known):
        return "ahead"
    if any(each.scope is not Scope.TOKEN and _end(each, known) <= one.now for each in known):
        return "lapsed"
    if any(each.scope.has_cutoff and each.issued_before + remembered <= one.now + WINDOW for each in known):
        return "old"
    return "clock" if _answer(claims, one, one.now) != _answer(claims, one, Millis(one.now + WINDOW)) else None


def is_ahead(revocation: Revocation, now: Millis) -> bool:
    """Whether no service takes this cut-off from a caller."""
    return revocation.scope.has_cutoff and revocation.issued_before > now + FARTHEST_CUTOFF


def moved(one: VerdictSet, shift: int) -> VerdictSet:
    """Returns a set, but for its cases, *shift* milliseconds later."""
    return replace(
        one,
        now=Millis(one.now + shift),
        revocations=tuple(_moved_revocation(each, one.now, shift) for each in one.revocations),
        allowed={jti: _moved_time(until, one.now, shift) for jti, until in one.allowed.items()},
    )


def moved_claims(spelled: Spelled, one: VerdictSet, shift: int) -> dict[str, Any]:
    """Returns the claims of a case of *one*, *shift* milliseconds later; decimals are added, so that fractions keep their digits."""
    claims = {name: value for name, value in claims_of(spelled)._asdict().items() if value not in ("", None)}
    for name in ("iat", "exp"):
        if name in claims and isfinite(claims[name]) and abs(claims[name] * 1000 - one.now) <= FAR:
            claims[name] = float(Decimal(repr(claims[name])) + shift // 1000)
    return claims


def requests(one: VerdictSet) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yields the calls that put a set in force, RPC and fields, whoever is called: the service, or something that behaves like it.

    Cut-offs too far ahead are left out, as are the cases that they name; `issued_before` is in milliseconds.
    """
    for revocation in one.revocations:
        if not is_ahead(revocation, one.now):
            yield from (revoking(each, one.rules) for each in _writes(revocation))
    for jti, until in one.allowed.items() if one.rules.allowlist else ():
        yield "AllowToken", {"jti": jti, "exp": _exp(until, one.rules)}


def revoking(revocation: Revocation, rules: Rules) -> tuple[str, dict[str, Any]]:
    """Returns the call that puts one revocation in force, whose kept sessions all have the floor 0."""
    match revocation.scope:
        case Scope.TOKEN:
            end = {} if revocation.expire_time == NEVER else {"exp": _exp(revocation.expire_time, rules)}
            return "RevokeToken", {"jti": revocation.value, **end}
        case Scope.SESSION:
            return "RevokeSession", {"sid": revocation.value}
        case Scope.KEY:
            return "RevokeKey", {"kid": revocation.value}
        case Scope.USER:
            keep = list(revocation.kept)
            return "RevokeUser", {"user_id": revocation.value, "issued_before": revocation.issued_before, "keep_session_handles": keep}
        case Scope.CLIENT:
            return "RevokeClient", {"client_id": revocation.value, "issued_before": revocation.issued_before}
        case Scope.REALM:
            return "RevokeRealm", {"issued_before": revocation.issued_before}


def _writes(revocation: Revocation) -> Iterator[Revocation]:
    """Yields the cut-offs that, written one after the other, make this one: callers set no floors, earlier cut-offs do."""
    for floor in sorted({*revocation.kept.values()} - {0}):
        yield replace(revocation, issued_before=floor, kept={sid: Millis(0) for sid, own in revocation.kept.items() if own < floor})
    yield revocation


def _exp(until: Millis, rules: Rules) -> float:
    """Returns the exp for which a service, which rounds up to seconds, remembers a token until then or up to two seconds less."""
    return (until - rules.leeway - SKEW) // 1000 - 1


def _end(revocation: Revocation, known: list[Revocation]) -> Millis:
    return max(each.expire_time for each in known if (each.scope, each.value) == (revocation.scope, revocation.value))


def _answer(claims: Claims, one: VerdictSet, now: Millis) -> Any:
    index = ListedIndex(b"", 1000, one.allowed)
    for each in one.revocations:
        index.put(each, one.now)
    return judge(claims, index, one.rules, now=now)


def _moved_revocation(revocation: Revocation, now: Millis, shift: int) -> Revocation:
    return replace(
        revocation,
        issued_before=_moved_time(revocation.issued_before, now, shift),
        expire_time=_moved_time(revocation.expire_time, now, shift),
        kept={sid: _moved_time(floor, now, shift) for sid, floor in revocation.kept.items()},
    )


def _moved_time(time: Millis, now: Millis, shift: int) -> Millis:
    return time if time in (ALWAYS, NEVER) or abs(time - now) > FAR else Millis(time + shift)
