"""The gRPC server: every service on one port, with what holds for all calls."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc
from revocation_client.v1 import revocation_service_pb2_grpc, session_service_pb2_grpc

from .calls import guard
from .draining import drain_streams
from .handlers import Handlers
from .health import NAMES, Health
from .revocation_servicer import RevocationServicer
from .session_servicer import SessionServicer

MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024

OPTIONS: Final = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),  # a second server on the port is an error, not a silent half of the calls
)


@dataclass(frozen=True, slots=True)
class GrpcServer:
    """A server that can be started and drained."""

    server: grpc.aio.Server
    health: Health
    draining: asyncio.Event
    port: int

    async def drain(self, delay: float, grace: float) -> None:
        """Say NOT_SERVING, accept calls for *delay* seconds more, then none; let those in flight end within *grace* seconds."""
        await self.health.drain()
        await asyncio.sleep(delay)
        self.draining.set()
        await self.server.stop(grace)


def build(address: str, revocations: RevocationServicer, sessions: SessionServicer, *, reflect: bool) -> GrpcServer:
    """Returns a server bound to *address*, not yet started. RuntimeError when the address cannot be had."""
    draining, health = asyncio.Event(), Health()
    server = grpc.aio.server(options=OPTIONS)
    handlers: Any = Handlers(server, guard, drain_streams(draining))
    revocation_service_pb2_grpc.add_RevocationServiceServicer_to_server(revocations, handlers)
    session_service_pb2_grpc.add_SessionServiceServicer_to_server(sessions, handlers)
    health_pb2_grpc.add_HealthServicer_to_server(health.servicer, handlers)
    if reflect:
        names = (*NAMES[1:], "grpc.health.v1.Health", reflection.SERVICE_NAME)
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflection.aio.ReflectionServicer(names), handlers)
    return GrpcServer(server, health, draining, server.add_insecure_port(address))
