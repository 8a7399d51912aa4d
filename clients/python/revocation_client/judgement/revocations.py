"""A revocation, and how two of the same thing become one.

The merge is a join (associative, commutative, idempotent), so revocations may arrive in any order and any number of times.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from .millis import ALWAYS, NEVER, Millis

MAX_KEPT: Final = 8
"""How many sessions one cut-off of a user spares."""


class Scope(IntEnum):
    """What a revocation matches; numbered as in the proto."""

    TOKEN = 1
    USER = 2
    SESSION = 3
    CLIENT = 4
    KEY = 5
    REALM = 6

    @property
    def has_cutoff(self) -> bool:
        """Whether its revocations let through what was issued later. The others always match."""
        return self in (Scope.USER, Scope.CLIENT, Scope.REALM)


@dataclass(frozen=True, slots=True)
class Revocation:
    """Tokens that *scope* and *value* match, issued before *issued_before*, are refused until *expire_time*.

    *kept* holds, for the scope USER, the sessions with a lower floor of their own: handle to cut-off.
    """

    scope: Scope
    value: str
    issued_before: Millis = ALWAYS
    expire_time: Millis = NEVER
    kept: Mapping[str, Millis] = field(default_factory=dict)
    create_time: Millis = Millis(0)
    reason: str = ""

    def floor(self, sid: str) -> Millis:
        """Returns the time before which tokens of the session *sid* (empty: of none) are refused."""
        return self.kept.get(sid, self.issued_before)

    def refuses(self, iat: Millis | None, sid: str) -> bool:
        """Tells whether a token that it matches is refused. A token without iat always is: it may be of any age."""
        return self.issued_before == ALWAYS or iat is None or iat < self.floor(sid)


def merge(a: Revocation, b: Revocation) -> Revocation:
    """Returns what holds when both hold: the later floor for each session and for all others, the later expiry, the newer text."""
    issued_before = max(a.issued_before, b.issued_before)
    floors = {sid: max(a.floor(sid), b.floor(sid)) for sid in {*a.kept, *b.kept}}
    newer = max(a, b, key=lambda one: (one.create_time, one.reason))
    return Revocation(
        scope=a.scope,
        value=a.value,
        issued_before=issued_before,
        expire_time=max(a.expire_time, b.expire_time),
        kept={sid: floor for sid, floor in sorted(floors.items()) if floor < issued_before},
        create_time=newer.create_time,
        reason=newer.reason,
    )
