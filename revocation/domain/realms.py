"""Realms: what each issuer's namespace lays down, and the registry of those that are declared."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from revocation_client.judgement.judge import Rules
from revocation_client.judgement.millis import Millis

from .errors import Reason, ServiceError

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

CLOCK_SKEW = Millis(MINUTE)
"""How far apart the clocks of a store and of a checker may be, for a revocation to outlive what it revokes on both."""


@dataclass(frozen=True, slots=True)
class TokenRules:
    """How a raw jwt of the realm is verified. *jwks* is an https URL or a file's path; empty: the realm has no keys."""

    audiences: frozenset[str] = frozenset()
    algorithms: frozenset[str] = frozenset({"ES256", "EdDSA", "RS256"})
    types: frozenset[str] = frozenset({"jwt", "at+jwt"})
    jwks: str = ""


@dataclass(frozen=True, slots=True)
class SessionRules:
    """How long the realm's sessions live and how many a user may have (0: any number).

    *absolute_timeout* is what a session gets that asks for none, *longest_life* the most that it may ask for.
    """

    idle_timeout: Millis = Millis(30 * MINUTE)
    absolute_timeout: Millis = Millis(12 * HOUR)
    longest_life: Millis = Millis(30 * DAY)
    max_sessions: int = 0
    caller_ids: bool = False


@dataclass(frozen=True, slots=True)
class Realm:
    """One issuer's namespace, and the unit of ordering."""

    name: str
    rules: Rules = Rules(allowlist=False, leeway=Millis(0), longest_token_life=Millis(30 * DAY), issuer="")
    tokens: TokenRules = field(default_factory=TokenRules)
    sessions: SessionRules = field(default_factory=SessionRules)
    cutoff_margin: Millis = Millis(250)
    max_staleness: Millis = Millis(5 * SECOND)

    @property
    def cutoff_life(self) -> Millis:
        """How long after a cut-off something older than it may still live, so that the cut-off must be remembered."""
        return Millis(max(self.rules.longest_token_life, self.sessions.longest_life) + self.rules.leeway + CLOCK_SKEW)


DEFAULT_REALM = "default"


class Realms:
    """The declared realms. Any other is an error, because a misspelt realm would answer ACTIVE for ever."""

    def __init__(self, realms: Mapping[str, Realm]) -> None:
        self._realms = dict(realms)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(self._realms.values())

    def get(self, name: str) -> Realm:
        """Returns the realm of this *name*; empty means "default". REALM_NOT_FOUND when it is not declared."""
        name = name or DEFAULT_REALM
        if name not in self._realms:
            raise ServiceError(Reason.REALM_NOT_FOUND, f"realm {name!r} is not declared; see REVOCATION_REALMS_FILE", {"realm": name})
        return self._realms[name]
