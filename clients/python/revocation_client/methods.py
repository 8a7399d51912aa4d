"""The RPCs, as the protos describe them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from .v1 import revocation_service_pb2, session_service_pb2

R = TypeVar("R", bound=Message)

_SERVICES: Final = (
    revocation_service_pb2.DESCRIPTOR.services_by_name["RevocationService"],
    session_service_pb2.DESCRIPTOR.services_by_name["SessionService"],
)


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC. It is *repeatable* when its idempotency level says so, and *reads* when it has no side effects."""

    path: str
    repeatable: bool
    reads: bool
    response: type[Message]


@dataclass(frozen=True, slots=True)
class Request(Generic[R]):
    """A call to be made: the RPC's name, its message, and the type of what comes back."""

    rpc: str
    message: Any
    response: type[R]


def _method(descriptor: MethodDescriptor) -> Method:
    level = descriptor.GetOptions().idempotency_level
    return Method(
        f"/{descriptor.containing_service.full_name}/{descriptor.name}",
        level in (MethodOptions.NO_SIDE_EFFECTS, MethodOptions.IDEMPOTENT),
        level == MethodOptions.NO_SIDE_EFFECTS,
        GetMessageClass(descriptor.output_type),
    )


METHODS: Final[Mapping[str, Method]] = {descriptor.name: _method(descriptor) for service in _SERVICES for descriptor in service.methods}
"""By name: no two services share one."""
