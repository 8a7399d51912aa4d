"""What holds for every call: a deadline for the work, bytes that are parsed by us, errors as statuses, one log line for each write."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable
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


class CallGuard(grpc.aio.ServerInterceptor):
    """Wraps the handlers of this API's methods, and leaves those of others alone."""

    async def intercept_service(self, continuation: Any, details: grpc.HandlerCallDetails) -> Any:
        handler = await continuation(details)
        method = METHODS.get(details.method)
        if handler is None or method is None:
            return handler
        guarded = _guarded(method, handler.unary_unary, handler.request_deserializer)
        return grpc.unary_unary_rpc_method_handler(guarded, None, handler.response_serializer)


def _guarded(method: Method, behaviour: Behaviour, parse: Callable[[bytes], Message]) -> Behaviour:
    async def call(raw: bytes, context: Any) -> Any:
        request_id = _request_id(context)
        request: Message | None = None
        try:
            deadline.set(_work_ends(context))
            request = _parsed(parse, raw)
            response = await behaviour(request, context)
        except ServiceError as error:
            _log_failure(method, request, context, request_id, error)
            await _abort(context, error)
        except Exception:
            log.exception("call failed", method=method.name, request_id=request_id)
            message = f"internal error; the service's log has it under request id {request_id}"
            await _abort(context, ServiceError(Reason.INTERNAL, message, {"request_id": request_id}))
        else:
            if method.writes:
                log.info("write", **_words(method, request, context, request_id), revision=getattr(response, "revision", ""))
            return response

    return call


def _parsed(parse: Callable[[bytes], Message], raw: bytes) -> Message:
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


def _log_failure(method: Method, request: Message | None, context: Any, request_id: str, error: ServiceError) -> None:
    if method.writes or code_of(error) in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED):
        log.warning("call refused", **_words(method, request, context, request_id), error=error.reason.value)


def _words(method: Method, request: Message | None, context: Any, request_id: str) -> dict[str, str]:
    """Who asked for what: of the request only fields that are no secret."""
    subjects = {name: getattr(request, name, "") for name in _SUBJECTS}
    return {
        "method": method.name,
        "peer": context.peer(),
        "request_id": request_id,
        **{name: word for name, word in subjects.items() if word},
    }
