"""The methods of the API, as the protos describe them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from revocation_client.v1 import revocation_service_pb2, session_service_pb2

SERVICES: Final = (
    revocation_service_pb2.DESCRIPTOR.services_by_name["RevocationService"],
    session_service_pb2.DESCRIPTOR.services_by_name["SessionService"],
)

_COUNTS_AS_READING: Final = frozenset({"GetSession"})
"""Its only effect is to record the use."""


@dataclass(frozen=True, slots=True)
class Method:
    """One RPC, and whether it writes: each write is logged."""

    name: str
    writes: bool


def _method(descriptor: MethodDescriptor) -> Method:
    reads = descriptor.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS
    return Method(descriptor.name, writes=not reads and descriptor.name not in _COUNTS_AS_READING)


METHODS: Final[Mapping[str, Method]] = {
    f"/{service.full_name}/{descriptor.name}": _method(descriptor) for service in SERVICES for descriptor in service.methods
}
"""By the path that a call names."""
