"""What an application is told about a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .errors import RevocationError
from .judgement import judge as judged
from .judgement.claims import InvalidReason
from .judgement.judge import State
from .judgement.revocations import Revocation, Scope
from .v1 import revocation_service_pb2 as pb
from .v1 import verdict_pb2
from .wire import revocation_of


class Source(Enum):
    """Who made a verdict."""

    REPLICA = "replica"
    """This process, from the revocations that it holds."""

    SERVER = "server"
    """The service, which was asked."""

    FAILURE_MODE = "failure_mode"
    """Nobody could say: the replica is not fresh and the service did not answer, so the failure mode decided."""


class FailureMode(Enum):
    """What happens to a token that nobody can judge."""

    REFUSE = "refuse"
    """It is refused. The default: an outage ends no one's revocation."""

    ALLOW = "allow"
    """It is let through, a revoked one too, while the service is away. What is known to be revoked stays refused."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision about one token: *active* is all that an application needs.

    *state* is None when nobody could say, and *error* tells why. *cause* is the revocation that refuses it; its reason text stays with the
    server. *invalid_reason* is the fault of an INVALID token.
    """

    active: bool
    state: State | None
    source: Source
    cause: Revocation | None = None
    invalid_reason: InvalidReason | None = None
    error: RevocationError | None = None

    def __bool__(self) -> bool:
        """Whether the token is active, so that `if revocation.check(claims)` cannot let a refused token pass."""
        return self.active


_STATES: Final[Mapping[int, State]] = {state.value: state for state in State}
_SCOPES: Final = frozenset(scope.value for scope in Scope)
_FAULTS: Final = frozenset(reason.value for reason in InvalidReason)

ACTIVE: Final = Verdict(True, State.ACTIVE, Source.REPLICA)


def invalid(reason: InvalidReason) -> Verdict:
    """Returns the verdict about a token with this fault."""
    return Verdict(False, State.INVALID, Source.REPLICA, invalid_reason=reason)


def verdict_here(verdict: judged.Verdict) -> Verdict:
    """Returns what the judge in this process said."""
    return Verdict(verdict.active, verdict.state, Source.REPLICA, verdict.cause, verdict.invalid_reason)


def verdict_there(message: verdict_pb2.Verdict | pb.CheckTokenResponse) -> Verdict:
    """Returns what the service said. What is not known here refuses."""
    state = _STATES.get(message.state)
    known = message.HasField("cause") and message.cause.scope in _SCOPES
    return Verdict(
        active=message.active and state is State.ACTIVE,
        state=state,
        source=Source.SERVER,
        cause=revocation_of(message.cause) if known else None,
        invalid_reason=_fault(message.invalid_reason),
    )


def undecided(mode: FailureMode, error: RevocationError) -> Verdict:
    """Returns the verdict about a token that nobody could judge because of *error*. Only a service that is away lets one through."""
    return Verdict(mode is FailureMode.ALLOW and error.away, None, Source.FAILURE_MODE, error=error)


def _fault(number: int) -> InvalidReason | None:
    return InvalidReason(number) if number in _FAULTS else None
