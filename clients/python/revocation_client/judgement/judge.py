"""The one place where a verdict is made."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from .claims import Claims, InvalidReason, fault
from .millis import NEVER, Millis, millis_of
from .revocations import Revocation, Scope


class State(IntEnum):
    """What a token is; numbered as in the proto."""

    ACTIVE = 1
    REVOKED = 2
    NOT_ALLOWED = 3
    EXPIRED = 4
    INVALID = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision about one token, with the revocation or the fault that caused it."""

    state: State
    cause: Revocation | None = None
    invalid_reason: InvalidReason | None = None

    @property
    def active(self) -> bool:
        """Whether to accept the token."""
        return self.state is State.ACTIVE


@dataclass(frozen=True, slots=True)
class Rules:
    """What a realm lays down for its tokens. *issuer* may be empty: any."""

    allowlist: bool
    leeway: Millis
    longest_token_life: Millis
    issuer: str


class Index(Protocol):
    """The revocations in force in one realm."""

    def find(self, scope: Scope, value: str) -> Revocation | None:
        """Returns the revocation of *value*, which may have expired, or None."""

    def allowed_until(self, jti: str) -> Millis | None:
        """Returns until when the token *jti* is on the allowlist, or None when it was never allowed."""


ACTIVE: Final = Verdict(State.ACTIVE)
EXPIRED: Final = Verdict(State.EXPIRED)
NOT_ALLOWED: Final = Verdict(State.NOT_ALLOWED)

_TOKEN, _USER, _SESSION, _CLIENT, _KEY, _REALM = Scope  # spelled out, each would take Python 3.11 as long as a look-up


def judge(claims: Claims, index: Index, rules: Rules, *, now: Millis) -> Verdict:
    """Decides about one token from what is known of it; *now* is the checker's clock and serves for expiry only."""
    if (reason := fault(claims, rules.issuer)) is not None:
        return Verdict(State.INVALID, invalid_reason=reason)
    if now >= end_of_life(claims, rules):
        return EXPIRED
    if (cause := refusal(claims, index, now=now)) is not None:
        return Verdict(State.REVOKED, cause=cause)
    if rules.allowlist and now >= (index.allowed_until(claims.jti) or now):
        return NOT_ALLOWED
    return ACTIVE


def refusal(claims: Claims, index: Index, *, now: Millis) -> Revocation | None:
    """Returns a revocation in force that refuses *claims*, the narrowest scope first, or None. Every scope that they name is looked up."""
    for scope, value in named(claims):
        found = index.find(scope, value)
        if found is not None and now < found.expire_time:
            iat = None if claims.iat is None else millis_of(claims.iat)
            if found.refuses(iat, claims.sid):
                return found
    return None


def named(claims: Claims) -> Iterator[tuple[Scope, str]]:
    """Yields what could revoke *claims*: each scope that they name, with its value."""
    if claims.jti:
        yield _TOKEN, claims.jti
    if claims.sid:
        yield _SESSION, claims.sid
    if claims.sub:
        yield _USER, claims.sub
    if claims.client_id:
        yield _CLIENT, claims.client_id
    if claims.kid:
        yield _KEY, claims.kid
    yield _REALM, ""


def end_of_life(claims: Claims, rules: Rules) -> Millis:
    """Returns when a token ends: exp plus leeway, or iat plus the longest token life, whichever comes first (RFC 7519 section 4.1.4)."""
    by_exp = NEVER if claims.exp is None else millis_of(claims.exp) + rules.leeway
    by_age = NEVER if claims.iat is None else millis_of(claims.iat) + rules.longest_token_life
    return Millis(by_exp if by_exp < by_age else by_age)
