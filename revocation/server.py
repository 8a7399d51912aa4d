"""Composition root: settings in, running server out, everything closed in reverse."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import structlog
from revocation_client.judgement.millis import Millis

from . import logs
from .domain.errors import ServiceError
from .domain.realms import SECOND, Realms
from .realms_file import load_realms
from .rpc.revocation_servicer import RevocationServicer
from .rpc.server import GrpcServer, build
from .rpc.session_servicer import SessionServicer
from .service.checks import Checks
from .service.living import LivingSessions
from .service.session_list import SessionList
from .service.sessions import Sessions
from .settings import Settings
from .store.stores import Stores, open_stores
from .tokens.verifier import Verifier

PULSE: Final = 0.5
"""Seconds between two looks at the store."""

TRIM_EVERY: Final = 10
"""Looks between two rounds of housekeeping."""

log = structlog.get_logger()


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    logs.configure(settings.log_format, settings.log_level)
    return asyncio.run(_serve_until_told(settings))


def initialize(settings: Settings) -> list[str]:
    """Open every declared realm in the store by the operator's will, even one that was lost; returns their names."""
    return asyncio.run(_initialize(settings))


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[GrpcServer]:
    """A started server, which is drained at the end."""
    realms = load_realms(settings.realms_file)
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(settings))
        verifier = await stack.enter_async_context(Verifier(realms))
        server = _assembled(settings, realms, stores, verifier)
        await server.health.begin()
        await server.server.start()
        pulse = asyncio.create_task(_pulse(server, realms, stores))
        stack.callback(pulse.cancel)
        try:
            yield server
        finally:
            pulse.cancel()
            await server.drain(settings.drain_delay / SECOND, settings.drain_grace / SECOND)


def _assembled(settings: Settings, realms: Realms, stores: Stores, verifier: Verifier) -> GrpcServer:
    pepper = settings.session_pepper.get_secret_value().encode() if settings.session_pepper else b""
    living = LivingSessions(stores.sessions, stores.revocations, pepper)
    sessions = Sessions(stores.sessions, stores.revocations, living)
    checks = Checks(stores.revocations, verifier, _now)
    return build(
        settings.listen,
        RevocationServicer(realms, stores.revocations, checks),
        SessionServicer(realms, sessions, SessionList(stores.sessions, living), settings.session_data_limit),
        reflect=settings.reflection,
    )


async def _serve_until_told(settings: Settings) -> int:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with running(settings) as server:
        log.info("serving", listen=settings.listen, port=server.port, store="embedded" if settings.embedded else "redis")
        await told.wait()
        log.info("draining")
    log.info("stopped")
    return 0


async def _pulse(server: GrpcServer, realms: Realms, stores: Stores) -> None:
    """Look at the store again and again: health says what was seen, and what has ended is forgotten."""
    looks = 0
    while True:
        trouble = await _look(realms, stores, trim=looks % TRIM_EVERY == 0)
        if await server.health.set(trouble is None):
            log.info("healthy") if trouble is None else log.warning("unhealthy", error=trouble.reason.value, why=trouble.message)
        looks += 1
        await asyncio.sleep(PULSE)


async def _look(realms: Realms, stores: Stores, *, trim: bool) -> ServiceError | None:
    try:
        for realm in realms:
            await (stores.revocations.trim(realm) if trim else stores.revocations.read(realm, ()))
    except ServiceError as trouble:
        return trouble
    return None


async def _initialize(settings: Settings) -> list[str]:
    realms = load_realms(settings.realms_file)
    async with open_stores(settings) as stores:
        for realm in realms:
            await stores.epochs.open(realm, by_operator=True)
    return [realm.name for realm in realms]


def _now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)
