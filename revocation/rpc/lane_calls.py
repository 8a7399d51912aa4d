"""Calls of the fast lane that take a while, on the event loop: by the same handlers as in the default lane, and with the same errors."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, NoReturn

import grpc
import structlog
from pygrpc_native import EVENT_CALL, NativeGrpcFront

from .calls import Behaviour
from .draining import draining_error
from .errors import DETAILS_KEY, code_of, details_of
from .limits import MAX_MESSAGE_BYTES

Metadata = Sequence[tuple[str, str | bytes]]
Event = tuple[int, int, int, bytes | None, bytes | str | None, tuple[tuple[tuple[str, str | bytes], ...], str, float | None] | None]
"""Of the front: kind, call, method, request, caller, and the call's metadata, peer and time left."""

_NO_DETAILS: Final = ((), "", None)

log = structlog.get_logger()


class LaneCalls:
    """The calls that wait. *handlers* are in the order of the front's methods."""

    def __init__(self, front: NativeGrpcFront, handlers: Sequence[Behaviour]) -> None:
        self._front = front
        self._handlers = handlers
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.finishing = False

    def take(self, events: Sequence[Event]) -> None:
        """Begin the calls of *events*, and end those that their callers gave up."""
        for event in events:
            if event[0] == EVENT_CALL:
                self._begin(event)
            elif (task := self._tasks.get(event[1])) is not None:
                task.cancel()

    async def finish(self, grace: float) -> None:
        """Refuse new calls, and end those that are not done within *grace* seconds."""
        self.finishing = True
        tasks = list(self._tasks.values())
        _, late = await asyncio.wait(tasks, timeout=grace) if tasks else (None, ())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    def _begin(self, event: Event) -> None:
        _, call_id, method, request, _, details = event
        context = LaneContext(self._front, call_id, *(details or _NO_DETAILS))
        if request is None or len(request) > MAX_MESSAGE_BYTES:
            text = f"SERVER: Received message larger than max ({len(request or b'')} vs. {MAX_MESSAGE_BYTES})"
            context.fail(grpc.StatusCode.RESOURCE_EXHAUSTED, text)
        elif self.finishing:
            error = draining_error()
            context.fail(code_of(error), error.message, ((DETAILS_KEY, details_of(error)),))
        else:
            task = asyncio.create_task(self._serve(self._handlers[method], request, context))
            self._tasks[call_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(call_id))

    async def _serve(self, handler: Behaviour, request: bytes, context: "LaneContext") -> None:
        try:
            self._front.respond(context.call_id, await handler(request, context))
        except grpc.aio.AbortError:
            return
        except asyncio.CancelledError:
            context.fail(grpc.StatusCode.CANCELLED, "")
            raise


class LaneContext:
    """What the handlers need of a `grpc.aio.ServicerContext`."""

    def __init__(self, front: NativeGrpcFront, call_id: int, metadata: Metadata, peer: str, remaining: float | None) -> None:
        self.call_id: Final = call_id
        self._front = front
        self._metadata = metadata
        self._peer = peer
        self._ends = None if remaining is None else time.monotonic() + remaining

    def invocation_metadata(self) -> Metadata:
        """Returns the call's metadata."""
        return self._metadata

    def peer(self) -> str:
        """Returns who calls."""
        return self._peer

    def time_remaining(self) -> float | None:
        """Returns the seconds left; None: the caller set no deadline."""
        return None if self._ends is None else max(0.0, self._ends - time.monotonic())

    async def abort(self, code: grpc.StatusCode, message: str, trailing_metadata: Metadata = ()) -> NoReturn:
        """End the call with a status."""
        self.fail(code, message, trailing_metadata)
        raise grpc.aio.AbortError

    def fail(self, code: grpc.StatusCode, message: str, trailing_metadata: Metadata = ()) -> None:
        """As `abort`, for those who have nothing to leave."""
        number: int = code.value[0]
        self._front.fail(self.call_id, number, message, trailing_metadata)
