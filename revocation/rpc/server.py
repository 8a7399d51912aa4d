"""The gRPC server: every service on one port, with what holds for all calls."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import revocation_service_pb2_grpc, session_service_pb2_grpc

from .calls import guard, guarded
from .checking import TokenChecks
from .draining import drain_streams
from .handlers import Handlers
from .health import NAMES, Health
from .limits import MAX_MESSAGE_BYTES
from .methods import METHODS
from .revocation_servicer import RevocationServicer
from .session_servicer import SessionServicer

if TYPE_CHECKING:
    from .fast_lane import FastLane, Route

_CHECKS: Final = "/revocation.v1.RevocationService"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where to serve. *reuse_port*: other processes share the port. *fast*: check tokens in the fast lane."""

    address: str
    reuse_port: bool = False
    fast: bool = False


@dataclass(frozen=True, slots=True)
class GrpcServer:
    """A server that can be started and drained."""

    server: grpc.aio.Server
    health: Health
    draining: asyncio.Event
    port: int
    lane: "FastLane | None" = None

    async def start(self) -> None:
        """Take calls."""
        await self.server.start()
        if self.lane:
            self.lane.start()

    async def drain(self, delay: float, grace: float) -> None:
        """Say NOT_SERVING, accept calls for *delay* seconds more, then none; let those in flight end within *grace* seconds."""
        await self.health.drain()
        await asyncio.sleep(delay)
        self.draining.set()
        if self.lane:
            await asyncio.gather(self.server.stop(grace), self.lane.finish(grace))
            await self.lane.close()
        else:
            await self.server.stop(grace)


@dataclass(frozen=True, slots=True)
class Services:
    """What is served."""

    checks: TokenChecks
    revocations: RevocationServicer
    sessions: SessionServicer
    reflect: bool


def build(listening: Listening, services: Services) -> GrpcServer:
    """Returns a server that is bound, not yet started. OSError or RuntimeError when the address cannot be had."""
    draining, health = asyncio.Event(), Health()
    # without the port's reuse, a second server on the port is an error, not a silent half of the calls
    options = (("grpc.max_receive_message_length", MAX_MESSAGE_BYTES), ("grpc.so_reuseport", int(listening.reuse_port)))
    server = grpc.aio.server(options=options)
    handlers: Any = Handlers(server, guard, drain_streams(draining))
    revocation_service_pb2_grpc.add_RevocationServiceServicer_to_server(services.revocations, handlers)
    session_service_pb2_grpc.add_SessionServiceServicer_to_server(services.sessions, handlers)
    health_pb2_grpc.add_HealthServicer_to_server(health.servicer, handlers)
    if services.reflect:
        names = (*NAMES[1:], "grpc.health.v1.Health", reflection.SERVICE_NAME)
        reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflection.aio.ReflectionServicer(names), handlers)
    if not listening.fast:
        return GrpcServer(server, health, draining, server.add_insecure_port(listening.address))
    lane = _lane(listening, services)
    server.add_insecure_port(lane.behind)
    return GrpcServer(server, health, draining, lane.port, lane)


def _lane(listening: Listening, services: Services) -> "FastLane":
    from .fast_lane import FastLane  # an extra that may be missing

    return FastLane(listening.address, _routes(services), reuse_port=listening.reuse_port)


def _routes(services: Services) -> "list[Route]":
    from .fast_lane import Route

    checks, one, many = services.checks, pb.CheckTokenRequest.FromString, pb.BatchCheckTokensRequest.FromString
    path, batch = f"{_CHECKS}/CheckToken", f"{_CHECKS}/BatchCheckTokens"
    return [
        Route(path, lambda raw: checks.one_at_once(one(raw)), guarded(METHODS[path], services.revocations.CheckToken, one)),
        Route(batch, lambda raw: checks.many_at_once(many(raw)), guarded(METHODS[batch], services.revocations.BatchCheckTokens, many)),
    ]
