"""A caller of the service: every RPC by its name, with keywords for its fields."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.servers import Store

from .rpcs import RPCS

PATIENCE = 10.0
"""Seconds for a call whose test does not look at the deadline."""


@dataclass(frozen=True, slots=True)
class Client:
    """A channel to a running service."""

    address: str
    channel: grpc.aio.Channel

    def call(self, rpc: str, *, timeout: float | None = PATIENCE, **fields: Any) -> Any:
        """Starts the call with a request of *fields*; await its response."""
        method = RPCS[rpc]
        invoke = self.channel.unary_unary(method.path, method.request.SerializeToString, method.response.FromString)
        return invoke(method.request(**fields), timeout=timeout)

    def send(self, rpc: str, raw: bytes) -> Any:
        """Starts the call with *raw* bytes for a request; await the bytes of its response."""
        return self.channel.unary_unary(RPCS[rpc].path)(raw, timeout=PATIENCE)

    async def state(self, realm: str = "", **claims: Any) -> str:
        """Returns the state of a token, such as "ACTIVE"; `active` must be true for that one and no other."""
        answer = await self.call("CheckToken", realm=realm, claims=claims)
        name = type(answer).DESCRIPTOR.fields_by_name["state"].enum_type.values_by_number[answer.state].name
        assert answer.active == (name == "TOKEN_STATE_ACTIVE")
        return name.removeprefix("TOKEN_STATE_")

    async def health(self, name: str = "") -> str:
        """Returns what health says of the service *name*; empty: of all."""
        stub = health_pb2_grpc.HealthStub(self.channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=PATIENCE)
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)

    async def is_serving(self) -> bool:
        return await self.health() == "SERVING"


@dataclass(frozen=True, slots=True)
class Service(Client):
    """A running service with the store behind it."""

    store: Store


@asynccontextmanager
async def channel_to(address: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel of its own connection, so that no test meets another's."""
    options = (("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1))
    async with grpc.aio.insecure_channel(address, options=options) as channel:
        yield channel
