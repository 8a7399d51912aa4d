"""The service in this process, on a port of its own, over every kind of store; and over standalone ones that a test may break."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from revocation.server import running
from revocation.settings import Settings
from tests.eventually import eventually
from tests.servers import Store

from .client import Service, channel_to
from .realms import write_realms

Serve = Callable[..., AbstractAsyncContextManager[Service]]

ON_BOTH_LANES = {"bad_input", "cancel_storm", "drain", "health", "isolation", "matrix", "reflection", "revisions_rpc", "watch", "workers"}
"""The modules about what a lane could change."""

LANES = {"grpcio": "off", "native": "on"}
"""What REVOCATION_FAST_LANE is on each lane."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "lane" in metafunc.fixturenames:
        is_about_lanes = metafunc.module.__name__.rpartition(".test_")[2] in ON_BOTH_LANES
        lanes = metafunc.config.getoption("--lane") or (list(LANES) if is_about_lanes else ["grpcio"])
        metafunc.parametrize("lane", lanes, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the second lane over the second kind of store, unless it is asked for."""
    first = config.getoption("--store")[0]
    if not config.getoption("--lane"):
        items[:] = [item for item in items if _params(item).get("lane") != "native" or _params(item).get("store_server", first) == first]


def _params(item: pytest.Item) -> Mapping[str, Any]:
    return item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}


@pytest.fixture(scope="session")
def realms_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The realms of all tests of the service."""
    return write_realms(tmp_path_factory.mktemp("realms"))


@pytest.fixture(scope="session")
def serve(realms_file: Path, lane: str) -> Serve:
    """Runs a service over a store: async with serve(store, log_retention="1h") as service. It is healthy then, unless told otherwise."""

    @asynccontextmanager
    async def serving(store: Store, *, healthy: bool = True, **settings: Any) -> AsyncIterator[Service]:
        env = {name.removeprefix("REVOCATION_").lower(): value for name, value in store.env.items()}
        said = {"fast_lane": LANES[lane]} | env | settings
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(running(Settings(listen="127.0.0.1:0", **({"realms_file": realms_file} | said))))
            address = f"127.0.0.1:{server.port}"
            service = Service(address, await stack.enter_async_context(channel_to(address)), store)
            if healthy:
                await eventually(service.is_serving, within=10)
            yield service

    return serving


@pytest.fixture(scope="module")
async def service(store_server: Store, serve: Serve) -> AsyncIterator[Service]:
    """A service over each selected kind of store in turn, for all tests of a module: each of them speaks of names of its own.

    Never empty the store under it: what it has seen it writes back.
    """
    store_server.flush()
    async with serve(store_server) as service:
        yield service


@pytest.fixture
async def lone_service(standalone_server: Store, serve: Serve) -> AsyncIterator[Service]:
    """A service over a standalone store of the test's own, to be frozen, killed and filled."""
    async with serve(standalone_server) as service:
        yield service


@pytest.fixture(scope="module")
async def standalone_service(store_servers: Callable[[str], Store], serve: Serve) -> AsyncIterator[Service]:
    """A service over the session's standalone store, for what no kind of store can change."""
    store = store_servers("standalone")
    store.flush()
    async with serve(store) as service:
        yield service
