"""What holds for every call: a deadline for the work, bytes that are parsed by us, errors as statuses, one log line for each write."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc
import structlog
from google.protobuf.message import DecodeError, Message

from ..domain.deadline import deadline
from ..domain.errors import Reason, ServiceError
from .errors import DETAILS_KEY, code_of, details_of
from .methods import METHODS, Method

DEFAULT_PATIENCE: Final = 1.0
"""Seconds that a call may take whose caller sets no deadline."""

SHARE: Final = 0.75
"""Of the caller's time, what the work may take: the answer must be there at least a tenth before the deadline, on a busy machine too."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SUBJECTS: Final = ("realm", "jti", "user_id", "sid", "client_id", "kid", "handle")

log = structlog.get_logger()

Behaviour = Callable[[Any, Any], Awaitable[Any]]
Parse = Callable[[bytes], Message]


class CallGuard(grpc.aio.ServerInterceptor):
    """Wraps the handlers of this API's methods, and leaves those of others alone."""

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        handler = await continuation(details)
        method = METHODS.get(details.method)
        if handler is None or method is None:
            return handler
        if handler.response_streaming:
            stream = _guarded_stream(method, handler.unary_stream, handler.request_deserializer)
            return grpc.unary_stream_rpc_method_handler(stream, None, _ready_or(handler.response_serializer))
        call = _guarded(method, handler.unary_unary, handler.request_deserializer)
        return grpc.unary_unary_rpc_method_handler(call, None, handler.response_serializer)


def _guarded(method: Method, behaviour: Behaviour, parse: Parse) -> Behaviour:
    async def call(raw: bytes, context: Any) -> Any:
        deadline.set(_work_ends(context))
        async with _guard(method, context) as known:
            known.request = _parsed(parse, raw)
            response = await behaviour(known.request, context)
            if method.writes:
                log.info("write", **known.words(), revision=getattr(response, "revision", ""))
            return response

    return call


def _guarded_stream(method: Method, behaviour: Any, parse: Parse) -> Any:
    async def stream(raw: bytes, context: Any) -> AsyncIterator[Any]:
        async with _guard(method, context) as known:
            known.request = _parsed(parse, raw)
            async for message in behaviour(known.request, context):
                yield message

    return stream


@dataclass(slots=True)
class _Known:
    """What is known of a call, for the log."""

    method: Method
    context: Any
    request_id: str
    request: Message | None = None

    def words(self) -> dict[str, str]:
        """Who asked for what: of the request only fields that are no secret."""
        subjects = {name: getattr(self.request, name, "") for name in _SUBJECTS}
        who = {"method": self.method.name, "peer": self.context.peer(), "request_id": self.request_id}
        return who | {name: word for name, word in subjects.items() if word}


@asynccontextmanager
async def _guard(method: Method, context: Any) -> AsyncIterator[_Known]:
    """Ends the call with the status of whatever is raised."""
    known = _Known(method, context, _request_id(context))
    try:
        yield known
    except ServiceError as error:
        if method.writes or code_of(error) in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
            log.warning("call refused", **known.words(), error=error.reason.value)
        await _abort(context, error)
    except grpc.aio.AbortError:
        raise
    except Exception:
        log.exception("call failed", method=method.name, request_id=known.request_id)
        message = f"internal error; the service's log has it under request id {known.request_id}"
        await _abort(context, ServiceError(Reason.INTERNAL, message, {"request_id": known.request_id}))


def _ready_or(serialize: Callable[[Message], bytes]) -> Callable[[Message | bytes], bytes]:
    """Returns a serializer that lets messages pass that were serialized before, once for many streams."""
    return lambda message: message if isinstance(message, bytes) else serialize(message)


def _parsed(parse: Parse, raw: bytes) -> Message:
    try:
        return parse(raw)
    except DecodeError:
        raise ServiceError(Reason.MALFORMED_REQUEST, "the request is not a message of its type, or has text that is not UTF-8") from None


def _work_ends(context: Any) -> float:
    remaining = context.time_remaining()
    patience = DEFAULT_PATIENCE if remaining is None else max(0.0, remaining)
    return asyncio.get_running_loop().time() + patience * SHARE


async def _abort(context: Any, error: ServiceError) -> None:
    await context.abort(code_of(error), error.message, ((DETAILS_KEY, details_of(error)),))


def _request_id(context: Any) -> str:
    given = dict(context.invocation_metadata() or ()).get("x-request-id", "")
    return given if isinstance(given, str) and _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
