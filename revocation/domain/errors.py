"""Errors as the domain knows them: a reason and its details, no status code."""

from collections.abc import Mapping
from enum import StrEnum, auto
from types import MappingProxyType
from typing import Final

_NO_METADATA: Final[Mapping[str, str]] = MappingProxyType({})


class Reason(StrEnum):
    """Why a call failed; spelled as in the proto's ErrorReason, whose comments tell more."""

    @staticmethod
    def _generate_next_value_(name: str, start: int, count: int, last_values: list[str]) -> str:
        return name

    INVALID_FIELD = auto()
    MALFORMED_REQUEST = auto()
    REALM_NOT_FOUND = auto()
    SESSION_NOT_FOUND = auto()
    SESSION_ID_TAKEN = auto()
    SESSION_LIMIT_REACHED = auto()
    SESSION_CHANGED = auto()
    SESSION_ROTATED = auto()
    SESSION_BOUND = auto()
    LOGIN_CUT_OFF = auto()
    REVISION_UNREACHABLE = auto()
    KEYS_NOT_CONFIGURED = auto()
    KEYS_UNAVAILABLE = auto()
    ALLOWLIST_DISABLED = auto()
    CALLER_IDS_DISABLED = auto()
    REALM_NOT_OPEN = auto()
    STORE_UNAVAILABLE = auto()
    STORE_REFUSED = auto()
    STORE_FULL = auto()
    OUTCOME_UNKNOWN = auto()
    DRAINING = auto()
    INTERNAL = auto()
    STALE = auto()


class ServiceError(Exception):
    """A call that failed for a *reason* that the API documents.

    *message* is for people and holds no secret; *metadata* is for programs, with the keys that the reason documents.
    """

    def __init__(self, reason: Reason, message: str, metadata: Mapping[str, str] = _NO_METADATA) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.metadata = metadata


class InvalidFieldError(ServiceError):
    """A field of the request breaks a rule: *rule* completes the sentence that begins with the field's name."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(Reason.INVALID_FIELD, f"{field} {rule}", {"field": field})
        self.field = field
        self.rule = rule


class SessionNotFoundError(ServiceError):
    """No living session answers; why is not told."""

    def __init__(self) -> None:
        super().__init__(Reason.SESSION_NOT_FOUND, "no living session answers to this session_id")
