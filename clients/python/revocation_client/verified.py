"""A raw jwt, verified and judged."""

from dataclasses import dataclass
from typing import Any, Protocol

from .judgement.claims import InvalidReason
from .verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Signed:
    """What a trusted key has signed: the payload, and the name of that key."""

    payload: dict[str, Any]
    kid: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The verdict about a raw jwt, and its *payload* when it is active: there is nothing to read in a token that is refused."""

    verdict: Verdict
    payload: dict[str, Any] | None

    @property
    def active(self) -> bool:
        """Whether to accept the token."""
        return self.verdict.active

    def __bool__(self) -> bool:
        return self.verdict.active


class Verifier(Protocol):
    """Whatever tells whose words a jwt is; `verify.TokenVerifier` does."""

    def verify(self, token: str) -> Signed | InvalidReason:
        """Returns what a trusted key has signed, or why the token is INVALID. Expiry and revocation are judged afterwards."""
        ...
