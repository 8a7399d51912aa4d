"""A model of the service that a reader can check at a glance: it remembers every write and merges nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CLAIM_OF = {"TOKEN": "jti", "SESSION": "sid", "USER": "sub", "CLIENT": "client_id", "KEY": "kid"}
LONGEST_TOKEN_LIFE = 30 * 86_400


@dataclass(frozen=True)
class Write:
    """One revocation as it was asked for; without *before* it refuses whatever it matches. *ends*: when it lapses."""

    scope: str
    value: str = ""
    before: float | None = None
    keep: frozenset[str] = frozenset()
    ends: float = math.inf

    def refuses(self, claims: Mapping[str, Any], now: float) -> bool:
        if now >= self.ends or (self.scope != "REALM" and claims.get(CLAIM_OF[self.scope]) != self.value):
            return False
        if self.before is None or "iat" not in claims:
            return True
        return claims.get("sid", "") not in self.keep and claims["iat"] < self.before


@dataclass
class Realm:
    """Every write to a realm, and until when each jti was ever allowed."""

    allowlist: bool
    writes: list[Write] = field(default_factory=list)
    allowed: list[tuple[str, float]] = field(default_factory=list)

    def state(self, claims: Mapping[str, Any], now: float) -> str:
        """Returns what a token is; the order of the lines is the order of precedence."""
        if not claims.keys() & {"sub", "jti", "sid", "client_id"} or not claims.keys() & {"iat", "exp"}:
            return "INVALID"
        if now >= min(claims.get("exp", math.inf), claims.get("iat", math.inf) + LONGEST_TOKEN_LIFE):
            return "EXPIRED"
        if self.causes(claims, now):
            return "REVOKED"
        if self.allowlist and not any(jti == claims.get("jti") and now < until for jti, until in self.allowed):
            return "NOT_ALLOWED"
        return "ACTIVE"

    def causes(self, claims: Mapping[str, Any], now: float) -> set[tuple[str, str]]:
        """Returns the scopes and values that refuse a token."""
        return {(write.scope, write.value) for write in self.writes if write.refuses(claims, now)}

    def in_force(self, now: float) -> set[tuple[str, str]]:
        """Returns what a list shows."""
        return {(write.scope, write.value) for write in self.writes if now < write.ends}
