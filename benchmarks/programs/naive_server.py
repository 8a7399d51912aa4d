"""CheckToken as it is written first: one GET for each call, in a grpc.aio handler. Words: the URL of the store."""

import asyncio
import sys
import time
from typing import Any

import grpc
import redis.asyncio
from google.protobuf.timestamp_pb2 import Timestamp
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import revocation_service_pb2_grpc as pb_grpc
from revocation_client.v1 import verdict_pb2

from .serving import serve

REVISION = "0123456789abcdef.1"
"""As long as the service's, so that the answers are of one size."""


class Naive(pb_grpc.RevocationServiceServicer):
    """Asks *store* at each call."""

    def __init__(self, store: "redis.asyncio.Redis") -> None:
        self._store = store

    async def CheckToken(self, request: pb.CheckTokenRequest, context: Any) -> pb.CheckTokenResponse:  # noqa: N802 # gRPC's name
        revoked = await self._store.get(f"revoked:{request.realm}:{request.claims.jti}") is not None
        state = verdict_pb2.TOKEN_STATE_REVOKED if revoked else verdict_pb2.TOKEN_STATE_ACTIVE
        seconds, nanos = divmod(time.time_ns(), 1_000_000_000)
        return pb.CheckTokenResponse(
            active=not revoked, state=state, revision=REVISION, as_of_time=Timestamp(seconds=seconds, nanos=nanos // 1_000_000 * 1_000_000)
        )


async def main() -> None:
    server = grpc.aio.server()
    async with redis.asyncio.Redis.from_url(sys.argv[1]) as store:
        pb_grpc.add_RevocationServiceServicer_to_server(Naive(store), server)  # type: ignore[abstract] # the rest is UNIMPLEMENTED
        await serve(server)


asyncio.run(main())
