"""A gRPC server on a real socket that answers as it is told and counts what it is asked."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from revocation_client.methods import METHODS
from revocation_client.v1 import revocation_service_pb2 as pb

Answer = Callable[[bytes], Any]


@dataclass(slots=True)
class Scripted:
    """*fail* holds the statuses of the next calls, *answer* makes the message of all others."""

    address: str = ""
    fail: list[tuple[grpc.StatusCode, bytes]] = field(default_factory=list)
    answer: Answer | None = None
    calls: Counter[str] = field(default_factory=Counter)
    batches: list[int] = field(default_factory=list)
    deadlines: list[float] = field(default_factory=list)
    held: asyncio.Event | None = None


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, script: Scripted) -> None:
        self._script = script

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        name = details.method.rpartition("/")[2]

        async def serve(raw: bytes, context: Any) -> bytes:
            return await _serve(self._script, name, raw, context)

        return grpc.unary_unary_rpc_method_handler(serve) if name in METHODS else None


async def _serve(script: Scripted, name: str, raw: bytes, context: Any) -> bytes:
    script.calls[name] += 1
    script.deadlines.append(context.time_remaining())
    if name == "BatchCheckTokens":
        script.batches.append(len(pb.BatchCheckTokensRequest.FromString(raw).claims))
    if script.held is not None:
        await script.held.wait()
    if script.fail:
        code, details = script.fail.pop(0)
        await context.abort(code, "as told", (("grpc-status-details-bin", details),) if details else ())
    if name == "BatchCheckTokens" and script.answer is None:
        good = {"active": True, "state": "TOKEN_STATE_ACTIVE"}
        return pb.BatchCheckTokensResponse(verdicts=[good] * script.batches[-1]).SerializeToString()
    return script.answer(raw) if script.answer else METHODS[name].response().SerializeToString()


@asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    """Runs such a server."""
    script = Scripted()
    server = grpc.aio.server(handlers=[_Handler(script)])
    script.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        yield script
    finally:
        if script.held is not None:
            script.held.set()
        await server.stop(None)
