"""An application with the client: how long until its replica is ready, what it weighs, what a check costs. Words: address, realm."""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from revocation_client import AsyncRevocation

from ..worker import Answer, say
from .checking import time_checks, time_decodes, time_finds

TICK = 0.001
READY_WITHIN = 60.0


class Application:
    """A process that follows a realm, and orders that it can be given. It is idle between orders, as others are measured then."""

    def __init__(self, client: AsyncRevocation) -> None:
        self._client = client

    async def load(self, before: int) -> Answer:
        """Returns how long it took, how much memory grew from *before* on, and how long the event loop stood still at most."""
        began = time.perf_counter()
        loading = asyncio.create_task(self._client.wait_ready(READY_WITHIN))
        pause = await _longest_pause(loading.done)
        if not await loading:
            raise RuntimeError(f"no replica within {READY_WITHIN:g} s")
        seconds = time.perf_counter() - began
        gc.collect()
        return {"seconds": seconds, "bytes": resident_bytes() - before, "pause": pause}

    async def order(self, name: str, number: int) -> Answer:
        """Returns the answer to an order of the bench."""
        match name:
            case "expect":
                return {"pause": await _longest_pause(lambda: self._client.stats.revision.endswith(f".{number}"))}
            case "check":
                swift = self._client._engine.replica.swift  # noqa: SLF001 # the one look-up inside a check, which nothing public names
                found = await time_finds(swift.find_token, number) if swift else 0.0
                return {"check": await time_checks(self._client, number), "find": found}
        return await time_decodes(self._client, number)


async def _ticks(true: Callable[[], bool]) -> AsyncIterator[float]:
    """Yields the time every millisecond until *true*."""
    while not true():
        yield time.perf_counter()
        await asyncio.sleep(TICK)


async def _longest_pause(true: Callable[[], bool]) -> float:
    """Returns by how many milliseconds a tick came too late, at most, until *true*."""
    longest, before = 0.0, time.perf_counter()
    async for now in _ticks(true):
        longest, before = max(longest, now - before - TICK), now
    return longest * 1000


def resident_bytes() -> int:
    """Returns what the operating system says that this process holds in memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def main(address: str, realm: str) -> None:
    async with AsyncRevocation(address, realm="small") as warmed_up:  # what gRPC itself takes is not the replica's
        await warmed_up.wait_ready(READY_WITHIN)
        before = resident_bytes()
    async with AsyncRevocation(address, realm=realm) as client:
        application = Application(client)
        say(**await application.load(before))
        while line := await asyncio.to_thread(sys.stdin.readline):
            say(**await application.order(**json.loads(line)))


asyncio.run(main(*sys.argv[1:]))
