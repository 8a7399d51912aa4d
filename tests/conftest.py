"""The store servers that tests run against: `pytest --store standalone,sentinel,cluster,redis7`."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers import KINDS, MissingServerError, Options, Store, start

Start = Callable[..., Store]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--store",
        default="standalone,sentinel,cluster",
        type=_kinds,
        metavar="KIND[,KIND]",
        help=f"the kinds of store that tests run over, of {', '.join(KINDS)}; default: %(default)s",
    )

    parser.addoption(
        "--lane",
        type=_lanes,
        metavar="LANE[,LANE]",
        help="lanes on which every test of the service runs, of grpcio and native; default: both for what a lane could change, over the "
        "first kind of store, and grpcio for the rest",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leaves out what needs more than every machine has, unless it is asked for, as in: pytest tests/grpcurl."""
    for name in ("compat", "grpcurl"):
        if collection_path == Path(__file__).parent / name and not any(name in argument for argument in config.args):
            return True
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store_server" in metafunc.fixturenames:
        metafunc.parametrize("store_server", metafunc.config.getoption("--store"), indirect=True, scope="session")


def _kinds(written: str) -> list[str]:
    kinds = written.split(",")
    if unknown := set(kinds) - set(KINDS):
        raise argparse.ArgumentTypeError(f"no such kind: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    return kinds


def _lanes(written: str) -> list[str]:
    lanes = written.split(",")
    if unknown := set(lanes) - {"grpcio", "native"}:
        raise argparse.ArgumentTypeError(f"no such lane: {', '.join(sorted(unknown))}; there are grpcio, native")
    return lanes


@pytest.fixture(scope="session")
def store_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Store]]:
    """Returns the session's store of a kind, which is started when it is first asked for."""
    started: dict[str, Store] = {}
    with ExitStack() as stack:

        def of_kind(kind: str) -> Store:
            if kind not in started:
                started[kind] = _start(stack, kind, tmp_path_factory.mktemp(kind))
            return started[kind]

        yield of_kind


@pytest.fixture(scope="session")
def store_server(request: pytest.FixtureRequest, store_servers: Callable[[str], Store]) -> Store:
    """The session's store of each selected kind in turn. It keeps what earlier tests wrote: flush it, and leave it running."""
    return store_servers(request.param)


@pytest.fixture
def empty_store(store_server: Store) -> Store:
    """`store_server` without any key."""
    store_server.flush()
    return store_server


@pytest.fixture
def start_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a store of the test's own: start_store(kind, appendonly=True, password="...", maxmemory="8mb", tls=True, config={...})."""
    with ExitStack() as stack:
        yield lambda kind, **options: _start(stack, kind, tmp_path_factory.mktemp(kind), Options(**options))


@pytest.fixture
def standalone_server(start_store: Start) -> Store:
    """A fresh standalone Valkey of the test's own, to be frozen, killed and filled."""
    return start_store("standalone")


def _start(stack: ExitStack, kind: str, folder: Path, options: Options | None = None) -> Store:
    try:
        return stack.enter_context(start(kind, folder, options or Options()))
    except MissingServerError as missing:
        pytest.fail(str(missing), pytrace=False)
