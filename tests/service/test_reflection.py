"""Reflection tells a generic client everything that it needs, and can be switched off."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_reflection.v1alpha import reflection_pb2 as pb
from grpc_reflection.v1alpha import reflection_pb2_grpc

from tests.servers import Store

from .client import Client, Service
from .conftest import Serve
from .rpcs import RPCS


async def ask(client: Client, *requests: pb.ServerReflectionRequest) -> Sequence[Any]:
    stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    return [answer async for answer in stub.ServerReflectionInfo(iter(requests), timeout=5)]


async def files_of(client: Client, symbols: Iterable[str]) -> Mapping[str, descriptor_pb2.FileDescriptorProto]:
    """Returns the files that define *symbols*, and all that those import, by their names."""
    found: dict[str, descriptor_pb2.FileDescriptorProto] = {}
    wanted = [pb.ServerReflectionRequest(file_containing_symbol=symbol) for symbol in symbols]
    while wanted:
        for answer in await ask(client, *wanted):
            for raw in answer.file_descriptor_response.file_descriptor_proto:
                file = descriptor_pb2.FileDescriptorProto.FromString(raw)
                found[file.name] = file
        missing = {name for file in found.values() for name in file.dependency} - found.keys()
        wanted = [pb.ServerReflectionRequest(file_by_filename=name) for name in missing]
    return found


def pool_of(files: Mapping[str, descriptor_pb2.FileDescriptorProto]) -> descriptor_pool.DescriptorPool:
    """Returns a pool of nothing but *files*, imported ones first."""
    pool, added = descriptor_pool.DescriptorPool(), set[str]()

    def add(name: str) -> None:
        if name not in added:
            added.add(name)
            for imported in files[name].dependency:
                add(imported)
            pool.Add(files[name])

    for name in files:
        add(name)
    return pool


async def test_list_names_every_service(standalone_service: Service) -> None:
    """Those of the API, health, and reflection itself."""
    (answer,) = await ask(standalone_service, pb.ServerReflectionRequest(list_services=""))
    assert {found.name for found in answer.list_services_response.service} == {
        "revocation.v1.RevocationService",
        "revocation.v1.SessionService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    }


async def test_describe_gives_files_that_build_every_rpc(standalone_service: Service) -> None:
    """From the files alone a client that has no stubs knows each method and the fields of its messages."""
    services = {rpc.path.split("/")[1] for rpc in RPCS.values()}
    pool = pool_of(await files_of(standalone_service, services))
    for rpc in RPCS.values():
        method = pool.FindMethodByName(rpc.path[1:].replace("/", "."))
        assert {field.name for field in method.input_type.fields} == {field.name for field in rpc.fields}


async def test_an_unknown_symbol_is_an_answer(standalone_service: Service) -> None:
    """NOT_FOUND within the stream, which goes on."""
    requests = (pb.ServerReflectionRequest(file_containing_symbol="no.such.Thing"), pb.ServerReflectionRequest(list_services=""))
    first, second = await ask(standalone_service, *requests)
    assert first.error_response.error_code == grpc.StatusCode.NOT_FOUND.value[0]
    assert second.HasField("list_services_response")


async def test_reflection_can_be_switched_off(standalone_server: Store, serve: Serve) -> None:
    """Then nobody answers for it, and the API is served as before."""
    async with serve(standalone_server, reflection=False) as service:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await ask(service, pb.ServerReflectionRequest(list_services=""))
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
        assert await service.state(jti="t", exp=4e9) == "ACTIVE"
