"""Many watchers in one process, and the one who revokes: how long until the last of them knows. Words: the service's address."""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

import grpc
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import revocation_service_pb2_grpc as pb_grpc

from ..worker import Answer, say

OPTIONS = (("grpc.use_local_subchannel_pool", 1),)
"""A connection for each, as applications in processes of their own would have."""

WARM_UP = 5
"""Revocations that do not count: a hundred connections have just been made."""


class Watcher:
    """Reads a stream, and notes when it was told of each user."""

    def __init__(self, stub: Any) -> None:
        self.told: dict[str, float] = {}
        self.ready = asyncio.Event()
        self.news = asyncio.Event()
        self._stub = stub

    async def read(self) -> None:
        async for message in self._stub.WatchRevocations(pb.WatchRevocationsRequest()):
            for revocation in message.changes.revocations:
                self.told[revocation.value] = time.perf_counter()
            self.news.set()
            if message.revision:
                self.ready.set()

    async def knows(self, user: str) -> float:
        """Returns when this watcher was told of *user*."""
        while user not in self.told:
            self.news.clear()
            await self.news.wait()
        return self.told[user]


async def measure(address: str, watchers: int, revocations: int) -> Answer:
    """Returns, for each of *revocations*, the milliseconds from call and acknowledgement to the last of *watchers*."""
    async with AsyncExitStack() as stack:
        all_watchers = [Watcher(await _stub(stack, address)) for _ in range(watchers)]
        readings = [asyncio.create_task(watcher.read()) for watcher in all_watchers]
        try:
            async with asyncio.timeout(60):
                await asyncio.gather(*(watcher.ready.wait() for watcher in all_watchers))
                stub = await _stub(stack, address)
                times = [await _revoke(stub, all_watchers, f"{time.time_ns()}-{number}") for number in range(WARM_UP + revocations)][
                    WARM_UP:
                ]
                return {"from_call": [one for one, _ in times], "from_acknowledgement": [one for _, one in times]}
        finally:
            for reading in readings:
                reading.cancel()
            await asyncio.gather(*readings, return_exceptions=True)


async def _revoke(stub: Any, watchers: list[Watcher], user: str) -> tuple[float, float]:
    began = time.perf_counter()
    await stub.RevokeUser(pb.RevokeUserRequest(user_id=user), timeout=10)
    acknowledged = time.perf_counter()
    last = max(await asyncio.gather(*(watcher.knows(user) for watcher in watchers)))
    return (max(last, acknowledged) - began) * 1000, max(0.0, last - acknowledged) * 1000


async def _stub(stack: AsyncExitStack, address: str) -> Any:
    return pb_grpc.RevocationServiceStub(await stack.enter_async_context(grpc.aio.insecure_channel(address, options=OPTIONS)))


async def main() -> None:
    say(ready=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        say(**await measure(sys.argv[1], **json.loads(line)))


asyncio.run(main())
