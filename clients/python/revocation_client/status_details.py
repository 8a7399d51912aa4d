"""google.rpc.Status and the two details that the service uses, as far as this client reads them.

googleapis-common-protos would bring them too, and with it one more version for every application to agree on. They live in a pool of their
own, so that an application may use both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

TRAILER: Final = "grpc-status-details-bin"

_MESSAGES: Final[Mapping[str, Mapping[str, tuple[int, str]]]] = {
    "Detail": {"type_url": (1, "string"), "value": (2, "bytes")},
    "Status": {"details": (3, "Detail[]")},
    "Pair": {"key": (1, "string"), "value": (2, "string")},
    "ErrorInfo": {"reason": (1, "string"), "metadata": (3, "Pair[]")},
    "Violation": {"field": (1, "string"), "description": (2, "string")},
    "BadRequest": {"field_violations": (1, "Violation[]")},
}
"""By name, each with its fields: number and type. A map travels as pairs."""

_SCALARS: Final = {"string": FieldDescriptorProto.TYPE_STRING, "bytes": FieldDescriptorProto.TYPE_BYTES}


@dataclass(frozen=True, slots=True)
class Details:
    """What a status says beside code and text. *violations* are fields with the rules that they break."""

    reason: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
    violations: Sequence[tuple[str, str]] = ()


def read_details(serialized: bytes) -> Details:
    """Returns what a serialized google.rpc.Status says; nothing when it is none."""
    try:
        return _read(serialized)
    except DecodeError:
        return Details()


def _read(serialized: bytes) -> Details:
    found = {detail.type_url.rpartition("/")[2]: detail.value for detail in _message("Status", serialized).details}
    info = _message("ErrorInfo", found.get("google.rpc.ErrorInfo", b""))
    request = _message("BadRequest", found.get("google.rpc.BadRequest", b""))
    return Details(
        reason=info.reason,
        metadata={pair.key: pair.value for pair in info.metadata},
        violations=tuple((violation.field, violation.description) for violation in request.field_violations),
    )


def _message(name: str, serialized: bytes) -> Any:
    return GetMessageClass(_pool().FindMessageTypeByName(f"revocation_client.{name}")).FromString(serialized)


@cache
def _pool() -> Any:
    file = FileDescriptorProto(name="revocation_client/status.proto", package="revocation_client", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind) in fields.items():
            _add(message.field.add(name=field_name, number=number), kind)
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _add(described: FieldDescriptorProto, kind: str) -> None:
    if kind in _SCALARS:
        described.type, described.label = _SCALARS[kind], FieldDescriptorProto.LABEL_OPTIONAL
    else:
        described.type, described.label = FieldDescriptorProto.TYPE_MESSAGE, FieldDescriptorProto.LABEL_REPEATED
        described.type_name = f".revocation_client.{kind.removesuffix('[]')}"
