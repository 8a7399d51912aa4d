"""Errors as callers see them: google.rpc.Status with its details."""

from collections.abc import Awaitable
from dataclasses import dataclass, field

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused call: its code, its reason without the prefix, and the fields at fault."""

    code: grpc.StatusCode
    reason: str
    message: str
    metadata: dict[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


async def refusal(call: Awaitable[object]) -> Refusal:
    """Returns how *call* is refused; the test fails when it is not."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return refusal_of(caught.value)


def refusal_of(error: grpc.aio.AioRpcError) -> Refusal:
    """Returns what *error* says; an error that is not of this service has no reason."""
    trailers = dict(error.trailing_metadata() or ())
    status = status_pb2.Status.FromString(trailers.get("grpc-status-details-bin", b""))
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        assert detail.Unpack(info) or detail.Unpack(bad), detail.type_url
    assert info.domain in ("", "revocation.v1")
    fields = tuple(violation.field for violation in bad.field_violations)
    return Refusal(error.code(), info.reason.removeprefix("ERROR_REASON_"), error.details() or "", dict(info.metadata), fields)
