"""How calls fail."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final, Never

import grpc

from .status_details import TRAILER, Details, read_details

_AWAY: Final = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
_NOT_DONE: Final = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)


class RevocationError(Exception):
    """A call failed.

    *reason* is the name of an ErrorReason of the service, such as "ERROR_REASON_SESSION_NOT_FOUND", or empty when the failure is not the
    service's own: no connection, no answer in time. *metadata* and *violations* (pairs of field and rule) are documented with the reason.
    """

    def __init__(self, code: grpc.StatusCode, message: str, details: Details | None = None, *, writes: bool = False) -> None:
        details = details or Details()
        self.code: Final = code
        self.message: Final = message
        self.reason: Final = details.reason
        self.metadata: Final[Mapping[str, str]] = details.metadata
        self.violations: Final[Sequence[tuple[str, str]]] = details.violations
        self._writes: Final = writes
        super().__init__(f"{details.reason or code.name}: {message}")

    @property
    def outcome_unknown(self) -> bool:
        """Whether the write may have happened. Repeating a revocation does no harm; a session that began unseen ends by itself."""
        if self.reason:
            return self.reason in ("ERROR_REASON_OUTCOME_UNKNOWN", "ERROR_REASON_INTERNAL")
        return self._writes and self.code not in _NOT_DONE

    @property
    def away(self) -> bool:
        """Whether the service could not be reached, or could not say in time."""
        return self.code in _AWAY


class ForkedError(RuntimeError):
    """This process was forked from one in which the client was open, and gRPC does not survive that. Open clients after forking."""


class ClosedError(RuntimeError):
    """The client was closed."""


def error_of(failure: grpc.aio.AioRpcError, *, writes: bool) -> RevocationError:
    """Returns what a call says by failing."""
    trailers = failure.trailing_metadata() or ()
    status = next((value for key, value in trailers if key == TRAILER and isinstance(value, bytes)), b"")
    return RevocationError(failure.code(), failure.details() or "", read_details(status), writes=writes)


def raise_if_ours(cancelled: asyncio.CancelledError, *, writes: bool) -> Never:
    """Raise *cancelled* again when this task was cancelled. grpc.aio raises the same when the other side cancels: that is an error."""
    task = asyncio.current_task()
    if task is None or task.cancelling():
        raise cancelled
    raise RevocationError(grpc.StatusCode.CANCELLED, "the call was cancelled by the other side", writes=writes) from cancelled
