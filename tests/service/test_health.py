"""Health says per service and overall whether calls can be served."""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.servers import Store

from .client import Service
from .conftest import Serve

NAMES = ("", "revocation.v1.RevocationService", "revocation.v1.SessionService")


@pytest.mark.parametrize("name", NAMES)
async def test_each_service_is_serving(service: Service, name: str) -> None:
    """With a store that can be reached everything serves."""
    assert await service.health(name) == "SERVING"


async def test_an_unknown_service_is_not_found(standalone_service: Service) -> None:
    """As grpc.health.v1 lays down."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await standalone_service.health("revocation.v1.Nothing")
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_watch_begins_with_what_is(standalone_service: Service) -> None:
    """A watcher is told at once."""
    watch = health_pb2_grpc.HealthStub(standalone_service.channel).Watch(health_pb2.HealthCheckRequest(), timeout=5)
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()


async def test_nothing_serves_before_the_store_was_seen(standalone_server: Store, serve: Serve) -> None:
    """From the first moment on: a balancer must not send calls to a server that cannot answer them."""
    standalone_server.nodes[0].kill()
    async with serve(standalone_server, healthy=False) as service:
        assert [await service.health(name) for name in NAMES] == ["NOT_SERVING"] * 3
