"""What stands in for grpcurl on machines without it: `list`, and calls with JSON, for the services that the transcripts use."""

import sys

import grpc
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import MethodDescriptor
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from revocation_client.v1 import revocation_service_pb2, session_service_pb2

SERVICES = {
    **revocation_service_pb2.DESCRIPTOR.services_by_name,
    **session_service_pb2.DESCRIPTOR.services_by_name,
}


def main(words: list[str]) -> None:
    """Does what `grpcurl -plaintext [-d JSON] ADDRESS list|SERVICE/RPC` would do."""
    data = words[words.index("-d") + 1] if "-d" in words else "{}"
    address, what = words[-2:]
    with grpc.insecure_channel(address) as channel:
        print("\n".join(_listed(channel)) if what == "list" else _called(channel, what, data))  # noqa: T201


def _listed(channel: grpc.Channel) -> list[str]:
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    answer = next(stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=10))
    return sorted(service.name for service in answer.list_services_response.service)


def _called(channel: grpc.Channel, name: str, data: str) -> str:
    service, _, rpc = name.rpartition("/")
    method: MethodDescriptor = SERVICES[service.rpartition(".")[2]].methods_by_name[rpc]
    request, response = message_factory.GetMessageClass(method.input_type), message_factory.GetMessageClass(method.output_type)
    call = channel.unary_unary(f"/{name}", request.SerializeToString, response.FromString)
    return json_format.MessageToJson(call(json_format.Parse(data, request()), timeout=10), preserving_proto_field_name=True)


if __name__ == "__main__":
    main(sys.argv[1:])
