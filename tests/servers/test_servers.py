"""The launcher itself: what the tests of promises rest on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from tests.conftest import Start
from tests.eventually import eventually, until
from tests.servers import Process, Store

HOLD = """
import sys, pathlib
from tests.servers import start
with start("standalone", pathlib.Path(sys.argv[1])) as store:
    print(store.nodes[0].pid, flush=True)
    sys.stdin.read()
"""


def test_every_kind_takes_writes_and_is_emptied(store_server: Store) -> None:
    """Every primary takes a write, and flush deletes them all."""
    for primary in store_server.primaries():
        primary.client().set(_own_key(primary), "value")
    assert all(primary.client().dbsize() for primary in store_server.primaries())
    store_server.flush()
    assert not any(primary.client().dbsize() for primary in store_server.primaries())


def test_frozen_server_answers_nothing_until_thawed(standalone_server: Store) -> None:
    """freeze leaves the port open and the server mute; thaw brings it back with its data."""
    (node,) = standalone_server.nodes
    node.client().set("key", "kept")
    node.freeze()
    with pytest.raises(redis.TimeoutError):
        node.client().ping()
    node.thaw()
    assert node.client().get("key") == "kept"


def test_restart_reads_the_append_only_file(start_store: Start) -> None:
    """A server with an append-only file comes back with its data, one without comes back empty."""
    for appendonly in (True, False):
        (node,) = start_store("standalone", appendonly=appendonly, password="secret").nodes
        node.client().set("key", "value")
        node.kill()
        node.restart()
        assert node.client().exists("key") == appendonly


async def test_sentinels_promote_a_replica(start_store: Start) -> None:
    """When the primary is killed, another node takes writes."""
    store = start_store("sentinel")
    store.nodes[0].kill()
    await eventually(store.primaries, within=15)
    assert store.primaries()[0] in store.nodes[1:]


def test_no_server_outlives_a_killed_test_run(tmp_path: Path) -> None:
    """kill -9 of the process that started a server ends the server too."""
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        pid = int(holder.stdout.readline())
        os.kill(holder.pid, signal.SIGKILL)
    until(lambda: not _runs(pid), within=5)


def _own_key(primary: Process) -> str:
    """A key that lies in a slot of this node; outside a Cluster any key does."""
    for key in map(str, range(1000)):
        try:
            primary.client().get(key)
        except redis.ResponseError:
            continue
        return key
    raise AssertionError(f"{primary.name} owns no slot")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
