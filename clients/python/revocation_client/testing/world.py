"""What the fake knows: its realm, its clock, and the revocations in force."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import grpc

from ..errors import RevocationError
from ..judgement.claims import is_claim
from ..judgement.index import RevocationIndex
from ..judgement.judge import Rules
from ..judgement.millis import Millis
from ..judgement.revocations import Revocation, Scope
from ..status_details import Details

DAY = 86_400_000
SKEW = 60_000


@dataclass(frozen=True, slots=True)
class FakeRealm:
    """How the realm is declared; lengths in milliseconds. What is not here is as the service has it by default."""

    name: str = "default"
    allowlist: bool = False
    issuer: str = ""
    leeway: int = 0
    longest_token_life: int = 30 * DAY
    cutoff_margin: int = 250
    idle_timeout: int = 30 * 60_000
    absolute_timeout: int = DAY // 2
    longest_session_life: int = 30 * DAY
    max_sessions: int = 0
    caller_ids: bool = False

    @property
    def rules(self) -> Rules:
        """What the judge needs of it."""
        return Rules(self.allowlist, Millis(self.leeway), Millis(self.longest_token_life), self.issuer)


class World:
    """The state of one fake. *clock* returns seconds since the epoch; what `advance` adds comes on top."""

    def __init__(self, realm: FakeRealm, clock: Callable[[], float] = time.time) -> None:
        self.realm = realm
        self.index = RevocationIndex(bytes(16))
        self.allowed: dict[str, Millis] = {}
        self._records: dict[tuple[Scope, str], Revocation] = {}
        self._clock = clock
        self._ahead = 0.0
        self._sequence = 0

    @property
    def now(self) -> Millis:
        """The time, in milliseconds."""
        return Millis(round((self._clock() + self._ahead) * 1000))

    @property
    def revision(self) -> str:
        """The last write's revision."""
        return f"fake.{self._sequence}"

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead += seconds

    def put(self, revocation: Revocation) -> Revocation:
        """Merge *revocation* in and return what is in force."""
        name = (revocation.scope, revocation.value)
        known = self.index.find(*name)
        self.index.put(revocation, self.now)
        merged = self.index.find(*name)
        if merged is None:
            raise AssertionError("what was put is there")
        self._sequence += merged != known
        self._records[name] = Revocation(
            *name, merged.issued_before, merged.expire_time, dict(merged.kept), revocation.create_time, revocation.reason
        )
        return self._records[name]

    def in_force(self) -> list[Revocation]:
        """Returns the revocations in force, those that end first coming first."""
        alive = [one for one in self._records.values() if one.expire_time > self.now]
        return sorted(alive, key=lambda one: (one.expire_time, one.scope, one.value))

    def find(self, scope: Scope, value: str) -> Revocation | None:
        """As the judge's index does."""
        return self.index.find(scope, value)

    def allowed_until(self, jti: str) -> Millis | None:
        """As the judge's index does, with the allowlist."""
        return self.allowed.get(jti)

    def check_realm(self, name: str) -> None:
        """Raise REALM_NOT_FOUND for any realm but this one."""
        if (name or self.realm.name) != self.realm.name:
            raise fault("NOT_FOUND", "REALM_NOT_FOUND", f"realm {name!r} is not declared", {"realm": name})


def fault(code: str, reason: str, message: str, metadata: Mapping[str, str] | None = None) -> RevocationError:
    """Returns an error as the service would send it."""
    return RevocationError(grpc.StatusCode[code], message, Details(f"ERROR_REASON_{reason}", metadata or {}), writes=True)


def identifier(field: str, text: str) -> str:
    """Returns *text*, which must be there and fit."""
    if not text or not is_claim(text):
        rule = "must be at most 256 bytes of UTF-8 without control characters" if text else "is required"
        details = Details("ERROR_REASON_INVALID_FIELD", {"field": field}, ((field, rule),))
        raise RevocationError(grpc.StatusCode.INVALID_ARGUMENT, f"{field} {rule}", details, writes=True)
    return text
