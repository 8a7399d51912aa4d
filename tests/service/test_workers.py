"""Workers share one port and one store, come back when they die, and leave with the process that started them, whatever ends it."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import grpc
import pytest

from tests.eventually import eventually
from tests.servers import Store

from .client import Client, channel_to
from .conftest import LANES
from .process import ServiceProcess, command, environment, service_process
from .refusals import refusal
from .values import CLAIMS

CONNECTIONS = 32
"""Enough that the kernel gives each of two workers some: it fails once in two thousand million runs."""


@pytest.fixture
async def process(tmp_path: Path, lane: str) -> AsyncIterator[ServiceProcess]:
    """Two workers over an embedded store."""
    with service_process({"REVOCATION_WORKERS": "2", "REVOCATION_FAST_LANE": LANES[lane]}, folder=tmp_path) as process:
        await eventually(lambda: len(workers_of(process)) == 2 and len(process.lines("serving")) == 2, within=20)
        yield process


def children_of(pid: int) -> dict[int, str]:
    """Returns the processes that *pid* has started, with their command lines."""
    lines = subprocess.run(["ps", "-A", "-ww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split(None, 2) for line in lines]
    return {int(row[0]): row[2] for row in rows if int(row[1]) == pid and "<defunct>" not in row[2]}


def workers_of(process: ServiceProcess) -> set[int]:
    return {pid for pid, words in children_of(process.process.pid).items() if "revocation.worker" in words}


def is_alive(pid: int) -> bool:
    """Whether the process runs; what nobody has waited for yet does not."""
    return bool(subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip(" Z+s\n"))


async def clients_of(process: ServiceProcess, stack: AsyncExitStack) -> list[Client]:
    """Callers on many connections, so that every worker has some."""
    clients = [Client(process.address, await stack.enter_async_context(channel_to(process.address))) for _ in range(CONNECTIONS)]
    for client in clients:
        await eventually(client.is_serving, within=10)
    return clients


def connections_of(pid: int) -> int:
    """Returns how many sockets the process has open."""
    links = []
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(descriptor.readlink()))
        except FileNotFoundError:
            continue
    return sum(link.startswith("socket:") for link in links)


async def test_all_of_them_serve_one_store(process: ServiceProcess) -> None:
    """Every connection sees at once what was revoked on another, whichever worker it belongs to; each has some of them."""
    idle = {pid: connections_of(pid) for pid in workers_of(process)}
    async with AsyncExitStack() as stack:
        first, *others = await clients_of(process, stack)
        revision = (await first.call("RevokeToken", jti="t")).revision
        answers = await asyncio.gather(*(other.call("CheckToken", claims=CLAIMS, at_least_revision=revision) for other in others))
        assert not any(answer.active for answer in answers)
        assert all(connections_of(pid) > before for pid, before in idle.items())


async def test_a_worker_that_dies_comes_back(process: ServiceProcess) -> None:
    """The other one serves meanwhile, and the log says what happened."""
    before = workers_of(process)
    os.kill(min(before), signal.SIGKILL)
    await eventually(lambda: len(workers_of(process)) == 2 and min(before) not in workers_of(process), within=10)
    await eventually(lambda: len(process.lines("serving")) == 3, within=20)
    assert len(process.lines("worker has died")) == 1
    async with AsyncExitStack() as stack:
        clients = await clients_of(process, stack)
        assert {await client.state(**CLAIMS) for client in clients} == {"ACTIVE"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_them_all_with_zero(process: ServiceProcess, number: signal.Signals) -> None:
    """They drain, and neither they nor their store remain."""
    family = children_of(process.process.pid)
    process.signal(number)
    assert await asyncio.to_thread(process.exit_code, within=15) == 0
    assert len(process.lines('"stopped"')) == 2 and "Traceback" not in process.stderr
    assert not any(map(is_alive, family))


async def test_none_outlives_its_parent(process: ServiceProcess) -> None:
    """Not even one that was killed: no worker, no store."""
    family = children_of(process.process.pid)
    assert len(family) == 3  # with the guard of the store
    process.signal(signal.SIGKILL)
    await eventually(lambda: not any(map(is_alive, family)), within=15)
    async with channel_to(process.address) as channel:
        assert (await refusal(Client(process.address, channel).call("CheckToken", claims=CLAIMS))).code is grpc.StatusCode.UNAVAILABLE


async def test_the_port_is_theirs_alone(process: ServiceProcess, tmp_path: Path) -> None:
    """Another service cannot join them, with workers or without."""
    for workers in ("1", "2"):
        words = command("serve", "--listen", process.address, "--workers", workers, "--data-dir", str(tmp_path / "other"))
        failed = await asyncio.to_thread(subprocess.run, words, env=environment({}), capture_output=True, text=True, timeout=20)
        assert failed.returncode == 2
        assert process.address in failed.stderr and "Traceback" not in failed.stderr


def test_port_0_is_one_port(standalone_server: Store, tmp_path: Path) -> None:
    """It is chosen once, and the log tells which."""
    with service_process({**standalone_server.env, "REVOCATION_WORKERS": "2"}, folder=tmp_path, listen="127.0.0.1:0") as process:
        port = process.lines("starting workers")[0].partition('"port": ')[2].partition(",")[0]
        assert f'"port": {port}' in process.lines("serving")[0]
        with socket.create_connection(("127.0.0.1", int(port)), timeout=5):
            pass


@pytest.mark.parametrize(
    ("env", "word"), [({"REVOCATION_REALMS_FILE": "missing.toml"}, "missing.toml"), ({"REVOCATION_WORKERS": "-1"}, "WORKERS")]
)
def test_what_no_worker_could_do_is_a_clear_error(standalone_server: Store, tmp_path: Path, env: dict[str, str], word: str) -> None:
    """They are not started again and again for it."""
    env = {**standalone_server.env, "REVOCATION_WORKERS": "2", **env}
    words = command("serve", "--listen", "127.0.0.1:0")
    failed = subprocess.run(words, env=environment(env), cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert failed.returncode == 2
    assert word in failed.stderr and "Traceback" not in failed.stderr
