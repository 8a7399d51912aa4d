"""A server that streams large snapshots and bursts of changes to watchers, with the service's own index and encoding, but without a store.

Filling a store with 10 M revocations would take longer than the whole bench. Words: how many exact values, how many fingerprints.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from revocation_client.judgement.index import RevocationIndex
from revocation_client.judgement.judge import Rules
from revocation_client.judgement.millis import Millis
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import revocation_service_pb2_grpc as pb_grpc
from revocation_client.v1 import watch_pb2
from revocation_client.wire import changes_message, rules_message, snapshot_parts

from ..worker import say
from .indexes import KEY, changes, exact_index, print_index

EPOCH = "0123456789abcdef"
RULES = Rules(allowlist=False, leeway=Millis(60_000), longest_token_life=Millis(30 * 86_400_000), issuer="")
MAX_STALENESS = Millis(60_000)
BEAT_EVERY = 0.5
CHANGES_AT_ONCE = 64


class Snapshots(pb_grpc.RevocationServiceServicer):
    """Serves each realm from its index in *indexes*. Changes go to its latest watcher alone: the next one gets the same snapshot again."""

    def __init__(self, indexes: dict[str, RevocationIndex]) -> None:
        self._indexes = indexes
        self._bursts: dict[str, asyncio.Queue[int]] = {}

    def burst(self, realm: str, size: int) -> None:
        """Let the latest watcher of *realm* be told *size* changes, as fast as it reads."""
        self._bursts[realm].put_nowait(size)

    async def WatchRevocations(  # noqa: N802 # gRPC's name
        self, request: pb.WatchRevocationsRequest, context: Any
    ) -> AsyncIterator[pb.WatchRevocationsResponse]:
        bursts = self._bursts[request.realm] = asyncio.Queue[int]()
        yield pb.WatchRevocationsResponse(rules=rules_message(RULES, MAX_STALENESS, KEY))
        for part in snapshot_parts(self._indexes[request.realm], _now()):
            yield pb.WatchRevocationsResponse(revision=f"{EPOCH}.0" if part.last else "", snapshot_part=part)
        sequence = 0
        while True:
            yield pb.WatchRevocationsResponse(revision=f"{EPOCH}.{sequence}", heartbeat=watch_pb2.Heartbeat())
            for first in range(0, await _next_burst(bursts), CHANGES_AT_ONCE):
                sequence += CHANGES_AT_ONCE
                some = changes_message(changes(request.realm, first, CHANGES_AT_ONCE, _now()))
                yield pb.WatchRevocationsResponse(revision=f"{EPOCH}.{sequence}", changes=some)


async def _next_burst(bursts: "asyncio.Queue[int]") -> int:
    try:
        return await asyncio.wait_for(bursts.get(), BEAT_EVERY)
    except TimeoutError:
        return 0


async def main(exact: int, many: int) -> None:
    now = _now()
    indexes = {"small": exact_index(1, now), "exact": exact_index(exact, now)}
    indexes |= {realm: print_index(realm, many, now) for realm in ("tokens", "users")}
    snapshots, server = Snapshots(indexes), grpc.aio.server()  # type: ignore[abstract] # the rest is UNIMPLEMENTED
    pb_grpc.add_RevocationServiceServicer_to_server(snapshots, server)
    healthy = health.aio.HealthServicer()
    await healthy.set(pb.DESCRIPTOR.services_by_name["RevocationService"].full_name, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    say(port=port)
    while line := await asyncio.to_thread(sys.stdin.readline):
        snapshots.burst(**json.loads(line))
        say()
    await server.stop(0)


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)


asyncio.run(main(*map(int, sys.argv[1:])))
