"""The client against the service in this process, over standalone stores."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from revocation.server import running
from revocation.settings import Settings
from tests.eventually import eventually
from tests.servers import Store
from tests.service.client import Service, channel_to
from tests.service.realms import write_realms

Serve = Callable[..., AbstractAsyncContextManager[Service]]


@pytest.fixture(scope="session")
def realms_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The realms of all tests of the client."""
    return write_realms(tmp_path_factory.mktemp("realms"))


@pytest.fixture(scope="session")
def serve(realms_file: Path) -> Serve:
    """Runs a service over a store: async with serve(store, listen="127.0.0.1:5001") as service. It is healthy then."""

    @asynccontextmanager
    async def serving(store: Store, **settings: Any) -> AsyncIterator[Service]:
        env = {name.removeprefix("REVOCATION_").lower(): value for name, value in store.env.items()}
        said = {"listen": "127.0.0.1:0", "realms_file": realms_file, "drain_delay": "0s"} | env | settings
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(running(Settings(**said)))
            address = f"127.0.0.1:{server.port}"
            service = Service(address, await stack.enter_async_context(channel_to(address)), store)
            await eventually(service.is_serving, within=10)
            yield service

    return serving


@pytest.fixture(scope="module")
async def service(store_servers: Callable[[str], Store], serve: Serve) -> AsyncIterator[Service]:
    """A service over the session's standalone store, for tests that leave it running: each of them speaks of names of its own."""
    store = store_servers("standalone")
    store.flush()
    async with serve(store) as service:
        yield service
