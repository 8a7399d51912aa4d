"""Every RPC of the API as its descriptors name it, so that tests cover what is added later."""

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from revocation.rpc.methods import SERVICES


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC: its path on the wire and the classes of its messages."""

    name: str
    path: str
    request: type[Message]
    response: type[Message]

    @property
    def fields(self) -> tuple[FieldDescriptor, ...]:
        """The fields of its request."""
        return tuple(self.request.DESCRIPTOR.fields)


def _rpc(method: MethodDescriptor) -> Rpc:
    path = f"/{method.containing_service.full_name}/{method.name}"
    return Rpc(method.name, path, GetMessageClass(method.input_type), GetMessageClass(method.output_type))


RPCS: Mapping[str, Rpc] = {method.name: _rpc(method) for service in SERVICES for method in service.methods if not method.server_streaming}
"""The unary ones by their names, which no two services share. Streams have tests of their own."""
