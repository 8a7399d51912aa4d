"""What a revoking call asks for: a revocation but for the times that only the store's clock knows."""

from dataclasses import dataclass

from revocation_client.judgement.millis import Millis, millis_of
from revocation_client.judgement.revocations import Scope

from .realms import CLOCK_SKEW, SECOND, Realm

FARTHEST_CUTOFF = Millis(5 * SECOND)
"""How far ahead of the store's clock a caller may set a cut-off."""


@dataclass(frozen=True, slots=True)
class Order:
    """One revocation to put in force.

    *issued_before* is the caller's cut-off; None: the store's time plus *margin*. Scopes without cut-offs always match and ignore both.
    *expire_time* is when it can match nothing any more; None: *life* after the cut-off, or after the store's time where there is none;
    both None: never.
    """

    scope: Scope
    value: str
    reason: str = ""
    issued_before: Millis | None = None
    margin: Millis = Millis(0)
    keep: tuple[str, ...] = ()
    expire_time: Millis | None = None
    life: Millis | None = None


def token_order(realm: Realm, jti: str, exp: float | None, reason: str) -> Order:
    """Ends one token. It is remembered until *exp* has passed on every clock; without exp, for the longest life of a token."""
    return Order(Scope.TOKEN, jti, reason, expire_time=token_end(realm, exp), life=token_life(realm))


def session_order(realm: Realm, sid: str, reason: str) -> Order:
    """Ends one session, and the tokens that carry its handle."""
    return Order(Scope.SESSION, sid, reason, life=realm.cutoff_life)


def key_order(kid: str, reason: str) -> Order:
    """Ends what one key has signed and ever will. It never lapses: whoever stole the key writes any iat."""
    return Order(Scope.KEY, kid, reason)


def cutoff_order(realm: Realm, scope: Scope, value: str, issued_before: Millis | None, reason: str, keep: tuple[str, ...] = ()) -> Order:
    """Ends what a user, a client or the realm was issued before a time, but for the sessions to *keep*."""
    return Order(scope, value, reason, issued_before, realm.cutoff_margin, keep, life=realm.cutoff_life)


def token_end(realm: Realm, exp: float | None) -> Millis | None:
    """Returns when a token of this *exp* is expired on every clock, in whole seconds rounded up; None without exp."""
    if exp is None:
        return None
    return Millis(-(-(millis_of(exp) + realm.rules.leeway + CLOCK_SKEW) // SECOND) * SECOND)


def token_life(realm: Realm) -> Millis:
    """Returns how long after now a token of unknown exp may live on any clock."""
    return Millis(realm.rules.longest_token_life + realm.rules.leeway + CLOCK_SKEW)
