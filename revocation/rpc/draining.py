"""Streams that must not hold up a shutdown: those of health and reflection, which their clients never end."""

import asyncio
import inspect
from typing import Any

import grpc

from ..domain.errors import Reason, ServiceError
from .errors import DETAILS_KEY, code_of, details_of


class DrainStreams(grpc.aio.ServerInterceptor):
    """Ends every stream, and refuses new ones, once *draining* is set."""

    def __init__(self, draining: asyncio.Event) -> None:
        self._draining = draining

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        handler = await continuation(details)
        if handler is None or not handler.response_streaming:
            return handler
        make = grpc.stream_stream_rpc_method_handler if handler.request_streaming else grpc.unary_stream_rpc_method_handler
        behaviour = handler.stream_stream if handler.request_streaming else handler.unary_stream
        return make(self._ending(behaviour), handler.request_deserializer, handler.response_serializer)

    def _ending(self, behaviour: Any) -> Any:
        async def stream(request: Any, context: Any) -> None:
            serving = asyncio.ensure_future(_serve(behaviour, request, context))
            waiting = asyncio.ensure_future(self._draining.wait())
            try:
                await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                ended = await _ended(serving)
            if not ended:
                error = ServiceError(Reason.DRAINING, "this server is shutting down; ask another one")
                await context.abort(code_of(error), error.message, ((DETAILS_KEY, details_of(error)),))

        return stream


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
