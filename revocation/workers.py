"""Several server processes on one port: this one starts them, starts again those that die, and ends them all. It never speaks gRPC itself.

Each worker is a new program (`python -m revocation.worker`), not a fork: gRPC does not survive one. It reads its orders from a pipe,
secrets included, and ends when the pipe does, so that none outlives this process, whatever ends it. An embedded Valkey runs here, once.
"""

import asyncio
import os
import pickle
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import structlog
from pydantic import SecretStr

from .addresses import Address
from .domain.realms import SECOND
from .settings import Settings, SettingsError
from .store.embedded import EmbeddedValkey

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 5.0
HEALTHY_AFTER: Final = 10.0
"""A worker that ran for so many seconds is started again after the first pause; one that keeps dying after ever longer ones."""

UNUSABLE: Final = 2
"""Exit code of a worker that cannot do as it is told."""

_STOP_WITHIN: Final = 5.0
"""Seconds beyond those of the drain after which a worker is killed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Orders:
    """What a worker is to serve, and where the embedded Valkey is, if there is one."""

    settings: Settings
    embedded: SecretStr | None


def number_of_workers(settings: Settings) -> int:
    """Returns how many processes *settings* ask for."""
    return settings.workers or os.cpu_count() or 1


async def supervise(settings: Settings) -> int:
    """Serve with workers until SIGTERM or SIGINT; returns the exit code."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    with _reserved(Address.parse(settings.listen)) as address:
        async with _embedded(settings) as url:
            line = pickle.dumps(Orders(settings.model_copy(update={"listen": str(address)}), url))
            count, patience = number_of_workers(settings), (settings.drain_delay + settings.drain_grace) / SECOND + _STOP_WITHIN
            log.info("starting workers", workers=count, listen=settings.listen, port=address.port)
            keepers = [_Keeper(line, told, patience) for _ in range(count)]
            codes = await asyncio.gather(*(keeper.run() for keeper in keepers))
    log.info("all workers have stopped")
    return max(codes)


class _Keeper:
    """Keeps one worker running until *told*."""

    def __init__(self, orders: bytes, told: asyncio.Event, patience: float) -> None:
        self._orders = orders
        self._told = told
        self._patience = patience

    async def run(self) -> int:
        """Returns an exit code when all workers are to end: UNUSABLE, which ends the others as well, if this one could never serve."""
        loop, pause, first = asyncio.get_running_loop(), FIRST_PAUSE, True
        while not self._told.is_set():
            began = loop.time()
            status = await self._worker()
            if self._told.is_set():
                break
            if first and status == UNUSABLE:
                self._told.set()
                return UNUSABLE
            first, lived = False, loop.time() - began
            pause = FIRST_PAUSE if lived > HEALTHY_AFTER else min(2 * pause, LONGEST_PAUSE)
            log.warning("worker has died, and is started again", status=status, lived=round(lived, 1), pause=pause)
            await self._told_within(pause)
        return 0

    async def _worker(self) -> int:
        """Runs a worker until it dies or is told to end, and returns its exit status."""
        words = (sys.executable, "-m", "revocation.worker")
        process = await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE, start_new_session=True)
        if process.stdin:
            process.stdin.write(self._orders)
        ended, told = asyncio.ensure_future(process.wait()), asyncio.ensure_future(self._told.wait())
        await asyncio.wait({ended, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not ended.done():
            process.terminate()
            if not (await asyncio.wait({ended}, timeout=self._patience))[0]:
                process.kill()
        return await ended

    async def _told_within(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._told.wait()


@contextmanager
def _reserved(wanted: Address) -> Iterator[Address]:
    """Keeps the port for the workers, who share it: a socket that does not listen. Port 0 becomes the one that they get."""
    try:
        kind, _, _, _, target = socket.getaddrinfo(wanted.host, wanted.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with _bound(kind, target, share=False) as alone:  # another service must not share it
            port: int = alone.getsockname()[1]
        with _bound(kind, (target[0], port, *target[2:]), share=True):
            yield Address(wanted.host, port)
    except OSError as error:
        raise SettingsError(f"REVOCATION_LISTEN: {wanted} is in use, or is no address of this machine") from error


def _bound(kind: int, target: tuple[object, ...], *, share: bool) -> socket.socket:
    bound = socket.socket(kind)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT if share else socket.SO_REUSEADDR, 1)
        bound.bind(target)
    except OSError:
        bound.close()
        raise
    return bound


@asynccontextmanager
async def _embedded(settings: Settings) -> AsyncIterator[SecretStr | None]:
    if settings.embedded:
        async with EmbeddedValkey(settings.data_dir) as embedded:
            yield embedded.url
    else:
        yield None
