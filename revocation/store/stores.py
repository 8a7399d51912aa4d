"""The stores of one server, on clients that are opened and closed with them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ..settings import Settings
from .embedded import EmbeddedValkey
from .epochs import Epochs
from .log_waiter import LogWaiter
from .revocations import RedisRevocationStore
from .scripts import ScriptRunner
from .sessions import RedisSessionStore
from .topology import acknowledgement, close, connect


@dataclass(frozen=True, slots=True)
class Stores:
    """What a server keeps its state in."""

    revocations: RedisRevocationStore
    sessions: RedisSessionStore
    epochs: Epochs


@asynccontextmanager
async def open_stores(settings: Settings, embedded_url: str | None = None) -> AsyncIterator[Stores]:
    """The stores that *settings* name; without a URL, in an embedded Valkey: that at *embedded_url*, or one that ends with them."""
    if settings.embedded and embedded_url is None:
        async with EmbeddedValkey(settings.data_dir) as embedded, _on(settings, embedded.url.get_secret_value()) as stores:
            yield stores
    else:
        async with _on(settings, embedded_url) as stores:
            yield stores


@asynccontextmanager
async def _on(settings: Settings, url: str | None = None) -> AsyncIterator[Stores]:
    client, waiting = connect(settings, url), connect(settings, url)
    try:
        runner = ScriptRunner(client, acknowledgement(settings, client), settings.redis_max_connections)
        epochs = Epochs(runner)
        yield Stores(RedisRevocationStore(epochs, LogWaiter(waiting), settings.log_retention), RedisSessionStore(runner), epochs)
    finally:
        await close(waiting)
        await close(client)
