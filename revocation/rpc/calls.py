"""What holds for every call: a deadline for the work, bytes that are parsed by us, errors as statuses, one log line for each write."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Final

import grpc
import structlog
from google.protobuf.message import DecodeError, Message

from ..domain.deadline import deadline
from ..domain.errors import Reason, ServiceError
from .errors import DETAILS_KEY, code_of, details_of
from .handlers import Handler
from .methods import METHODS, Method

DEFAULT_PATIENCE: Final = 1.0
"""Seconds that a call may take whose caller sets no deadline."""

SHARE: Final = 0.6
"""Of the caller's time, what the work may take: the answer must be there at least a tenth before the deadline, on a busy machine too."""

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SUBJECTS: Final = ("realm", "jti", "user_id", "sid", "client_id", "kid", "handle")

log = structlog.get_logger()

Behaviour = Callable[[Any, Any], Awaitable[Any]]
Parse = Callable[[bytes], Message]


def guard(path: str, handler: Handler) -> Handler:
    """Returns *handler* with all that this module is for, if *path* is a method of this API; the others' as they are."""
    method = METHODS.get(path)
    if method is None:
        return handler
    if handler.response_streaming:
        stream = _guarded_stream(method, handler.unary_stream, handler.request_deserializer)
        return grpc.unary_stream_rpc_method_handler(stream, None, ready_or(handler.response_serializer))
    call = guarded(method, handler.unary_unary, handler.request_deserializer)
    return grpc.unary_unary_rpc_method_handler(call, None, ready_or(handler.response_serializer))


def guarded(method: Method, behaviour: Behaviour, parse: Parse) -> Behaviour:
    """Returns *behaviour* as one that takes the request's bytes."""

    async def call(raw: bytes, context: Any) -> Any:
        request = None
        try:
            request = parsed(parse, raw)
            deadline.set(_work_ends(context))
            response = await behaviour(request, context)
        except grpc.aio.AbortError:
            raise
        except Exception as error:
            await _refuse(method, context, request, error)
        if method.writes:
            log.info("write", **_words(method, context, request), revision=getattr(response, "revision", ""))
        return response

    return call


def _guarded_stream(method: Method, behaviour: Any, parse: Parse) -> Any:
    async def stream(raw: bytes, context: Any) -> AsyncIterator[Any]:
        request = None
        try:
            request = parsed(parse, raw)
            deadline.set(_work_ends(context))
            async for message in behaviour(request, context):
                yield message
        except grpc.aio.AbortError:
            raise
        except Exception as error:
            await _refuse(method, context, request, error)

    return stream


def parsed(parse: Parse, raw: bytes) -> Message:
    """Returns what *parse* makes of a request's bytes, or raises MALFORMED_REQUEST; gRPC's own answer would be INTERNAL."""
    try:
        return parse(raw)
    except DecodeError:
        raise ServiceError(Reason.MALFORMED_REQUEST, "the request is not a message of its type, or has text that is not UTF-8") from None


def ready_or(serialize: Callable[[Message], bytes]) -> Callable[[Message | bytes], bytes]:
    """Returns a serializer that lets messages pass that were serialized before."""
    return lambda message: message if isinstance(message, bytes) else serialize(message)


async def _refuse(method: Method, context: Any, request: Message | None, error: Exception) -> None:
    """Ends the call with the status of *error*; what nobody foresaw is told to the log alone."""
    words = _words(method, context, request)
    if not isinstance(error, ServiceError):
        log.error("call failed", method=method.name, request_id=words["request_id"], exc_info=error)
        message = f"internal error; the service's log has it under request id {words['request_id']}"
        error = ServiceError(Reason.INTERNAL, message, {"request_id": words["request_id"]})
    elif method.writes or code_of(error) in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
        log.warning("call refused", **words, error=error.reason.value)
    await context.abort(code_of(error), error.message, ((DETAILS_KEY, details_of(error)),))


def _words(method: Method, context: Any, request: Message | None) -> dict[str, str]:
    """Who asked for what: of the request only fields that are no secret."""
    subjects = {name: getattr(request, name, "") for name in _SUBJECTS}
    who = {"method": method.name, "peer": context.peer(), "request_id": _request_id(context)}
    return who | {name: word for name, word in subjects.items() if word}


def _work_ends(context: Any) -> float:
    remaining = context.time_remaining()
    patience = DEFAULT_PATIENCE if remaining is None else max(0.0, remaining)
    return asyncio.get_running_loop().time() + patience * SHARE


def _request_id(context: Any) -> str:
    given = dict(context.invocation_metadata() or ()).get("x-request-id", "")
    return given if isinstance(given, str) and _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
