"""Streams that must not hold up a shutdown: those of health and reflection, which their clients never end."""

import asyncio
import inspect
from typing import Any

import grpc

from ..domain.errors import Reason, ServiceError
from .errors import DETAILS_KEY, code_of, details_of
from .handlers import Handler, Wrap


def drain_streams(draining: asyncio.Event) -> Wrap:
    """Returns what makes a stream end, and be refused, once *draining* is set; it leaves other handlers as they are."""

    def wrap(path: str, handler: Handler) -> Handler:
        if not handler.response_streaming:
            return handler
        make = grpc.stream_stream_rpc_method_handler if handler.request_streaming else grpc.unary_stream_rpc_method_handler
        behaviour = handler.stream_stream if handler.request_streaming else handler.unary_stream
        return make(_ending(behaviour, draining), handler.request_deserializer, handler.response_serializer)

    return wrap


def _ending(behaviour: Any, draining: asyncio.Event) -> Any:
    async def stream(request: Any, context: Any) -> None:
        serving = asyncio.ensure_future(_serve(behaviour, request, context))
        waiting = asyncio.ensure_future(draining.wait())
        try:
            await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            ended = await _ended(serving)
        if not ended:
            error = draining_error()
            await context.abort(code_of(error), error.message, ((DETAILS_KEY, details_of(error)),))

    return stream


def draining_error() -> ServiceError:
    """What callers are told who come too late."""
    return ServiceError(Reason.DRAINING, "this server is shutting down; ask another one")


async def _serve(behaviour: Any, request: Any, context: Any) -> None:
    if inspect.isasyncgenfunction(behaviour):
        async for message in behaviour(request, context):
            await context.write(message)
    else:
        await behaviour(request, context)


async def _ended(serving: "asyncio.Future[None]") -> bool:
    """Ends *serving*; whether it had ended by itself, and if so with what it raised."""
    if serving.done():
        serving.result()
        return True
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)
    return False
