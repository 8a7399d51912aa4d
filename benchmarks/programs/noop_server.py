"""A grpc.aio server that does nothing: the limit of what any CheckToken can reach on grpcio. Words: the answer in hex."""

import asyncio
import sys
from typing import Any

import grpc
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import revocation_service_pb2_grpc as pb_grpc

from .serving import serve


class Noop(pb_grpc.RevocationServiceServicer):
    """Gives every CheckToken the same *answer*."""

    def __init__(self, answer: pb.CheckTokenResponse) -> None:
        self._answer = answer

    async def CheckToken(self, request: pb.CheckTokenRequest, context: Any) -> pb.CheckTokenResponse:  # noqa: N802 # gRPC's name
        return self._answer


async def main() -> None:
    server = grpc.aio.server()
    noop = Noop(pb.CheckTokenResponse.FromString(bytes.fromhex(sys.argv[1])))  # type: ignore[abstract] # the rest is UNIMPLEMENTED
    pb_grpc.add_RevocationServiceServicer_to_server(noop, server)
    await serve(server)


asyncio.run(main())
