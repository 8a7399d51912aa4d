"""The error table: total, the same as the contract, and told in the details that google.rpc defines."""

import re
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from revocation_client.v1 import error_reason_pb2

from revocation.domain.errors import InvalidFieldError, Reason, ServiceError, SessionNotFoundError
from revocation.rpc.errors import CODES, DOMAIN, code_of, details_of

PREFIX = "ERROR_REASON_"
PROTO = Path(__file__).parents[2] / "protos" / "revocation" / "v1" / "error_reason.proto"


def comments() -> dict[str, str]:
    """Returns the comment of each value of ErrorReason, by the name of the value."""
    found: dict[str, str] = {}
    comment: list[str] = []
    for line in PROTO.read_text(encoding="utf-8").split("enum ErrorReason {")[1].splitlines():
        if text := re.match(r"\s*//\s?(.*)", line):
            comment.append(text[1])
        elif value := re.match(r"\s*([A-Z_]+) = \d+;", line):
            found[value[1].removeprefix(PREFIX)] = " ".join(comment)
            comment = []
    return found


def test_every_reason_is_in_the_contract() -> None:
    """The domain's reasons are the values of ErrorReason by name, none missing and none more."""
    assert {f"{PREFIX}{reason}" for reason in Reason} == set(error_reason_pb2.ErrorReason.keys()) - {f"{PREFIX}UNSPECIFIED"}
    assert set(comments()) == {*Reason, "UNSPECIFIED"}


def test_every_reason_has_a_code() -> None:
    """The table of codes is total, and no error is OK or left UNKNOWN."""
    assert set(CODES) == set(Reason)
    assert not set(CODES.values()) & {grpc.StatusCode.OK, grpc.StatusCode.UNKNOWN}


@pytest.mark.parametrize("reason", Reason)
def test_the_contract_names_the_code(reason: Reason) -> None:
    """The comment of each reason in the proto begins with the code that callers get, and documents the metadata."""
    comment = comments()[reason]
    assert comment.startswith(f"{CODES[reason].name}. ")
    assert re.search(r" Metadata: [a-z]", comment)


def unpacked(error: ServiceError) -> tuple[status_pb2.Status, error_details_pb2.ErrorInfo, error_details_pb2.BadRequest | None]:
    """Returns the status of *error* and its details."""
    status = status_pb2.Status.FromString(details_of(error))
    info, bad_request = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    assert status.details[0].Unpack(info)
    if len(status.details) == 1:
        return status, info, None
    assert status.details[1].Unpack(bad_request)
    assert len(status.details) == 2
    return status, info, bad_request


@pytest.mark.parametrize("reason", Reason)
def test_every_error_tells_its_reason(reason: Reason) -> None:
    """The details hold an ErrorInfo with the full name of the reason, the domain and the metadata."""
    error = ServiceError(reason, "for people", {"realm": "r"})
    status, info, bad_request = unpacked(error)
    assert (status.code, status.message) == (code_of(error).value[0], "for people")
    assert (info.reason, info.domain, dict(info.metadata)) == (f"{PREFIX}{reason}", DOMAIN, {"realm": "r"})
    assert error_reason_pb2.ErrorReason.Value(info.reason)
    assert bad_request is None


def test_an_invalid_field_is_named() -> None:
    """The error about a field has a BadRequest, too, with the field and its rule."""
    error = InvalidFieldError("claims[3].jti", "is required")
    status, info, bad_request = unpacked(error)
    assert status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert status.message == str(error) == "claims[3].jti is required"
    assert dict(info.metadata) == {"field": "claims[3].jti"}
    assert bad_request is not None
    assert [(one.field, one.description) for one in bad_request.field_violations] == [("claims[3].jti", "is required")]


def test_why_no_session_answers_is_not_told() -> None:
    """All errors about sessions that are not there are one and the same."""
    status, info, bad_request = unpacked(SessionNotFoundError())
    assert (status.code, info.reason) == (grpc.StatusCode.NOT_FOUND.value[0], f"{PREFIX}SESSION_NOT_FOUND")
    assert not info.metadata
    assert bad_request is None
    assert details_of(SessionNotFoundError()) == details_of(SessionNotFoundError())


def test_metadata_is_as_documented() -> None:
    """Errors that the domain itself makes carry the metadata keys that the contract documents."""
    for error in (InvalidFieldError("f", "is bad"), SessionNotFoundError()):
        documented = comments()[error.reason].split("Metadata: ")[1].rstrip(".")
        assert (", ".join(error.metadata) or "none") == documented
