"""Composition root: settings in, running server out, everything closed in reverse."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

import structlog
from pydantic import SecretStr
from revocation_client.judgement.millis import Millis

from . import logs
from .domain.errors import ServiceError
from .domain.realms import SECOND, Realms
from .realms_file import load_realms
from .replica.acknowledged import AcknowledgingStore
from .replica.replicas import MemoryReplicas
from .rpc.checking import TokenChecks
from .rpc.revocation_servicer import RevocationServicer
from .rpc.server import GrpcServer, Listening, Services, build
from .rpc.session_servicer import SessionServicer
from .rpc.watching import WatchStreams
from .service.checks import Checks
from .service.living import LivingSessions
from .service.session_list import SessionList
from .service.sessions import Sessions
from .settings import Settings, SettingsError
from .store.stores import Stores, open_stores
from .tokens.verifier import Verifier
from .workers import number_of_workers, supervise

PULSE: Final = 0.1
"""Seconds between two looks at the replicas, for health."""

TRIM_EVERY: Final = 5.0
"""Seconds between two rounds of housekeeping."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Share:
    """What makes a server one of several on the port: the *embedded* Valkey of all, if any, and a pipe that ends with the *parent*."""

    embedded: SecretStr | None
    parent: int


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    logs.configure(settings.log_format, settings.log_level)
    return asyncio.run(supervise(settings) if number_of_workers(settings) > 1 else _serve_until_told(settings))


def serve_share(settings: Settings, share: Share) -> int:
    """Serve as one of several, until SIGTERM or SIGINT or the parent's end; returns the exit code."""
    logs.configure(settings.log_format, settings.log_level)
    return asyncio.run(_serve_until_told(settings, share))


def initialize(settings: Settings) -> list[str]:
    """Open every declared realm in the store by the operator's will, even one that was lost; returns their names."""
    return asyncio.run(_initialize(settings))


@asynccontextmanager
async def running(settings: Settings, share: Share | None = None) -> AsyncIterator[GrpcServer]:
    """A started server, which is drained at the end."""
    realms = load_realms(settings.realms_file)
    async with AsyncExitStack() as stack:
        url = share.embedded.get_secret_value() if share and share.embedded else None
        stores = await stack.enter_async_context(open_stores(settings, url))
        verifier = await stack.enter_async_context(Verifier(realms))
        replicas = MemoryReplicas(realms, stores.revocations, time.monotonic, _now, serve_stale=settings.serve_stale)
        listening = Listening(settings.listen, reuse_port=share is not None, fast=_is_fast(settings))
        server = _bound(listening, _services(settings, realms, stores, replicas, verifier))
        await server.health.begin()
        await server.start()
        async with _owned(replicas.follow(), _pulse(server, replicas), _trim(realms, stores)):
            try:
                yield server
            finally:
                await server.drain(settings.drain_delay / SECOND, settings.drain_grace / SECOND)


def _services(settings: Settings, realms: Realms, stores: Stores, replicas: MemoryReplicas, verifier: Verifier) -> Services:
    pepper = settings.session_pepper.get_secret_value().encode() if settings.session_pepper else b""
    revocations = AcknowledgingStore(stores.revocations, replicas)
    living = LivingSessions(stores.sessions, replicas, pepper)
    sessions, lists = Sessions(stores.sessions, revocations, living), SessionList(stores.sessions, living)
    checks = TokenChecks(realms, Checks(replicas, verifier, _now))
    return Services(
        checks,
        RevocationServicer(realms, revocations, checks, WatchStreams(replicas, _now)),
        SessionServicer(realms, sessions, lists, settings.session_data_limit),
        settings.reflection,
    )


def _bound(listening: Listening, services: Services) -> GrpcServer:
    try:
        return build(listening, services)
    except (OSError, RuntimeError) as error:  # of which gRPC says no more
        raise SettingsError(f"REVOCATION_LISTEN: {listening.address} is in use, or is no address of this machine") from error


def _is_fast(settings: Settings) -> bool:
    """Whether checks take the fast lane."""
    installed = find_spec("pygrpc_native") is not None
    if settings.fast_lane == "on" and not installed:
        raise SettingsError("REVOCATION_FAST_LANE: on needs the package pygrpc-native; pip install 'revocation[native]' brings it")
    return installed and settings.fast_lane != "off"


@asynccontextmanager
async def _owned(*jobs: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Runs *jobs* for as long as the block, and cancels them at its end."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve_until_told(settings: Settings, share: Share | None = None) -> int:
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    if share:
        loop.add_reader(share.parent, _orphaned, share.parent, told)
    async with running(settings, share) as server:
        lane, store = "native" if server.lane else "grpcio", "embedded" if settings.embedded else "redis"
        log.info("serving", listen=settings.listen, port=server.port, lane=lane, store=store)
        await told.wait()
        log.info("draining")
    log.info("stopped")
    return 0


def _orphaned(parent: int, told: asyncio.Event) -> None:
    asyncio.get_running_loop().remove_reader(parent)
    told.set()


async def _pulse(server: GrpcServer, replicas: MemoryReplicas) -> None:
    """Let health say, again and again, whether every replica keeps up with the store."""
    while True:
        trouble, ready = replicas.trouble, replicas.ready
        if await server.health.set(trouble is None and ready):
            if trouble is not None:
                log.warning("unhealthy", error=trouble.reason.value, why=trouble.message)
            else:
                log.info("healthy" if ready else "loading")
        await asyncio.sleep(PULSE)


async def _trim(realms: Realms, stores: Stores) -> None:
    """Forget in the store what can match nothing any more, again and again."""
    while True:
        for realm in realms:
            with suppress(ServiceError):  # the replicas report a store that is out of reach
                await stores.revocations.trim(realm)
        await asyncio.sleep(TRIM_EVERY)


async def _initialize(settings: Settings) -> list[str]:
    realms = load_realms(settings.realms_file)
    async with open_stores(settings) as stores:
        for realm in realms:
            await stores.epochs.open(realm, by_operator=True)
    return [realm.name for realm in realms]


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
