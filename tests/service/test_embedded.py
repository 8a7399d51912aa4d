"""The embedded Valkey keeps what it acknowledged, is alone on its folder, comes back after a crash, and never outlives its parent."""

import contextlib
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

from revocation.store import embedded as module
from revocation.store.embedded import EmbeddedValkey
from revocation.store.folder import EmbeddedError, Folder, running_url
from tests.eventually import eventually, until

PARENT = """
import asyncio, sys
from pathlib import Path
from revocation.store.embedded import EmbeddedValkey

async def main():
    async with EmbeddedValkey(Path(sys.argv[1])) as embedded:
        print(embedded.url.get_secret_value(), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@contextlib.contextmanager
def parent_of(data_dir: Path) -> Iterator[tuple[subprocess.Popen[str], redis.Redis]]:
    """Another process with an embedded Valkey, and a client of that."""
    process = subprocess.Popen([sys.executable, "-c", PARENT, str(data_dir)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        with redis.Redis.from_url(process.stdout.readline().strip(), retry=Retry(NoBackoff(), 0)) as client, process.stdout:
            yield process, client
    finally:
        process.kill()
        process.wait()


def client_of(valkey: EmbeddedValkey) -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(valkey.url.get_secret_value(), retry=Retry(NoBackoff(), 0), decode_responses=True)


def server_pid(data_dir: Path) -> int:
    return int(Folder(data_dir).pid.read_text())


def command_lines() -> str:
    return subprocess.run(["ps", "-A", "-ww", "-o", "args"], capture_output=True, text=True, check=True).stdout


def alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def test_data_survives_a_restart(tmp_path: Path) -> None:
    """What one start wrote the next one reads, and nothing is left running or lying about in between."""
    async with EmbeddedValkey(tmp_path) as valkey, client_of(valkey) as client:
        await client.set("key", "value")
        pid = server_pid(tmp_path)
        assert running_url(tmp_path) == valkey.url
    assert not alive(pid)
    assert running_url(tmp_path) is None
    async with EmbeddedValkey(tmp_path) as valkey, client_of(valkey) as client:
        assert await client.get("key") == "value"


async def test_the_server_keeps_everything_and_is_private(tmp_path: Path) -> None:
    """Each write is on the disk before it is answered, nothing is evicted, and other users and machines cannot reach it."""
    async with EmbeddedValkey(tmp_path / "new") as valkey, client_of(valkey) as client:
        config = await client.config_get("*")
        assert (config["appendonly"], config["appendfsync"], config["maxmemory-policy"], config["port"]) == (
            "yes",
            "always",
            "noeviction",
            "0",
        )
        for path in (tmp_path / "new", *(tmp_path / "new").rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        password = valkey.url.get_secret_value().partition("@")[0].removeprefix("unix://:")
        assert password not in command_lines()
        stranger = redis.asyncio.Redis.from_url(valkey.url.get_secret_value().replace(password, "guess"))
        with pytest.raises(redis.ConnectionError, match="invalid username-password"):
            await stranger.ping()
        await stranger.aclose()


async def test_the_password_does_not_print(tmp_path: Path) -> None:
    """Neither with the server nor with its URL."""
    async with EmbeddedValkey(tmp_path) as valkey:
        assert valkey.url.get_secret_value() not in f"{valkey!r} {valkey.url!r} {valkey.url}"


async def test_nothing_outlives_a_killed_parent(tmp_path: Path) -> None:
    """Five seconds after kill -9 of the parent its server is gone, and the folder free with all its data."""
    with parent_of(tmp_path) as (parent, client):
        client.set("key", "value")
        pid = server_pid(tmp_path)
        parent.kill()
        parent.wait()
        await eventually(lambda: not alive(pid), within=5)
    async with EmbeddedValkey(tmp_path) as valkey, client_of(valkey) as client_again:
        assert await client_again.get("key") == "value"


async def test_a_start_waits_for_a_dying_predecessor(tmp_path: Path) -> None:
    """A restart right after a crash succeeds."""
    with parent_of(tmp_path) as (parent, _):
        parent.kill()
        async with EmbeddedValkey(tmp_path):
            pass


async def test_a_folder_has_one_server(tmp_path: Path) -> None:
    """The second start is refused, names the process that has the folder, and does not disturb it."""
    with parent_of(tmp_path) as (parent, client):
        with pytest.raises(EmbeddedError, match=rf"in use by process {parent.pid}\."):
            await EmbeddedValkey(tmp_path).__aenter__()
        assert client.ping()


async def test_a_killed_server_comes_back_with_its_data(tmp_path: Path) -> None:
    """At the same address, as often as it is killed."""
    async with EmbeddedValkey(tmp_path) as valkey:
        for turn in range(3):
            async with client_of(valkey) as client:
                await client.incr("turns")
                os.kill(server_pid(tmp_path), signal.SIGKILL)
                await eventually(partial(answers, client), within=5)
                assert await client.get("turns") == str(turn + 1)


async def answers(client: redis.asyncio.Redis) -> bool:
    with contextlib.suppress(redis.ConnectionError):
        return bool(await client.ping())
    return False


async def test_signals_to_the_group_do_not_stop_the_store(tmp_path: Path) -> None:
    """The guard and its server are in a session of their own, so that a Ctrl-C leaves them to the parent."""
    async with EmbeddedValkey(tmp_path):
        assert os.getsid(server_pid(tmp_path)) != os.getsid(0)


async def test_a_long_path_is_no_obstacle(tmp_path: Path) -> None:
    """The socket moves to a private folder, which is removed at the end."""
    data_dir = tmp_path / ("x" * 100) / 'with "quotes" and spaces'
    async with EmbeddedValkey(data_dir) as valkey, client_of(valkey) as client:
        socket = Path(str((await client.config_get("unixsocket"))["unixsocket"]))
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        assert await client.ping()
    assert not socket.parent.exists()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("#!/bin/sh\necho no luck today\nexit 3\n", "status 3.*no luck today"),
        (None, "No such file"),
        ("not a program", "Exec format error"),
    ],
)
async def test_a_server_that_does_not_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, words: str
) -> None:
    """With the last lines of its log."""
    binary = tmp_path / "valkey-server"
    if script is not None:
        binary.write_text(script)
        binary.chmod(0o700)
    monkeypatch.setattr(module, "get_binary_path", lambda: binary)
    with pytest.raises(EmbeddedError, match=rf"(?s)does not start: .*{words}"):
        await EmbeddedValkey(tmp_path / "data").__aenter__()


async def test_a_folder_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """Which names the setting."""
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="REVOCATION_DATA_DIR"):
        await EmbeddedValkey(tmp_path / "file").__aenter__()


async def test_a_killed_guard_leaves_no_server_behind(tmp_path: Path) -> None:
    """The parent stops the server itself when its guard is gone."""
    async with EmbeddedValkey(tmp_path) as valkey:
        pid = server_pid(tmp_path)
        assert valkey._guard
        valkey._guard.kill()
    until(lambda: not alive(pid), within=5)
