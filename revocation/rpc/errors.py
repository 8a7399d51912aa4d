"""Domain errors as gRPC statuses: one table, and the details that google.rpc defines."""

from collections.abc import Mapping
from typing import Final

import grpc
from google.protobuf.any_pb2 import Any
from google.rpc import error_details_pb2, status_pb2

from ..domain.errors import InvalidFieldError, Reason, ServiceError

DOMAIN: Final = "revocation.v1"
DETAILS_KEY: Final = "grpc-status-details-bin"

CODES: Final[Mapping[Reason, grpc.StatusCode]] = {
    Reason.INVALID_FIELD: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.MALFORMED_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.REALM_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.SESSION_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.SESSION_ID_TAKEN: grpc.StatusCode.ALREADY_EXISTS,
    Reason.SESSION_LIMIT_REACHED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.SESSION_CHANGED: grpc.StatusCode.ABORTED,
    Reason.SESSION_ROTATED: grpc.StatusCode.ABORTED,
    Reason.SESSION_BOUND: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.LOGIN_CUT_OFF: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.REVISION_UNREACHABLE: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.KEYS_NOT_CONFIGURED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.KEYS_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.ALLOWLIST_DISABLED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.CALLER_IDS_DISABLED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.REALM_NOT_OPEN: grpc.StatusCode.UNAVAILABLE,
    Reason.STORE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.STORE_REFUSED: grpc.StatusCode.UNAVAILABLE,
    Reason.STORE_FULL: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.OUTCOME_UNKNOWN: grpc.StatusCode.UNAVAILABLE,
    Reason.DRAINING: grpc.StatusCode.UNAVAILABLE,
    Reason.INTERNAL: grpc.StatusCode.INTERNAL,
    Reason.STALE: grpc.StatusCode.UNAVAILABLE,
}


def code_of(error: ServiceError) -> grpc.StatusCode:
    """Returns the status code of *error*."""
    return CODES[error.reason]


def details_of(error: ServiceError) -> bytes:
    """Returns the google.rpc.Status of *error*, serialized: with ErrorInfo, and with BadRequest where a field is at fault."""
    code: int = code_of(error).value[0]
    status = status_pb2.Status(code=code, message=error.message)
    info = error_details_pb2.ErrorInfo(reason=f"ERROR_REASON_{error.reason}", domain=DOMAIN, metadata=dict(error.metadata))
    status.details.append(_packed(info))
    if isinstance(error, InvalidFieldError):
        violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=error.rule)
        status.details.append(_packed(error_details_pb2.BadRequest(field_violations=[violation])))
    serialized: bytes = status.SerializeToString()
    return serialized


def _packed(detail: error_details_pb2.ErrorInfo | error_details_pb2.BadRequest) -> Any:
    packed = Any()
    packed.Pack(detail)
    return packed
