"""Unary calls: a deadline for each, repeated where the RPC's idempotency level allows it."""

import asyncio
from typing import Any, Final, TypeVar, cast

import grpc
from google.protobuf.message import Message

from .errors import error_of, raise_if_ours
from .methods import METHODS, Method, Request
from .pauses import pauses

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0
ATTEMPTS: Final = 4

R = TypeVar("R", bound=Message)


class Calling:
    """Makes the calls of one realm over a channel."""

    def __init__(self, channel: grpc.aio.Channel, realm: str, metadata: tuple[tuple[str, str], ...] = ()) -> None:
        self._channel = channel
        self._realm = realm
        self._metadata = metadata
        self.attempts = 0

    async def call(self, request: Request[R], timeout: float) -> R:  # noqa: ASYNC109 - the deadline travels to the server
        """Returns the response within *timeout* seconds, or raises RevocationError."""
        method, message = METHODS[request.rpc], request.message
        if not message.realm:
            message.realm = self._realm
        ends = asyncio.get_running_loop().time() + timeout
        waits = pauses(FIRST_PAUSE, LONGEST_PAUSE)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return cast("R", await self._attempt(method, message, ends - asyncio.get_running_loop().time()))
            except grpc.aio.AioRpcError as failure:
                error, pause = error_of(failure, writes=not method.reads), next(waits)
                last = attempt == ATTEMPTS or asyncio.get_running_loop().time() + pause >= ends
                if last or not method.repeatable or error.code is not grpc.StatusCode.UNAVAILABLE:
                    raise error from failure
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(self, method: Method, message: Any, timeout: float) -> Message:  # noqa: ASYNC109
        self.attempts += 1
        invoke = self._channel.unary_unary(method.path, type(message).SerializeToString, method.response.FromString)
        call = invoke(message, timeout=timeout, metadata=self._metadata)
        try:
            return await call
        except asyncio.CancelledError as cancelled:
            raise_if_ours(cancelled, writes=not method.reads)
        finally:
            call.cancel()  # which does nothing when it is done; an abandoned call would never be collected
