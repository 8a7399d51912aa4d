"""The client for threads, against a real service: it waits for nobody else's loop, and a fork never makes it hang."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from revocation_client import ClosedError, Revocation, Source, State

from tests.service.client import Service

from .test_aio import payload

T = TypeVar("T")


async def aside(work: Callable[..., T], *args: Any) -> T:
    """Runs *work* in a thread: the service lives in this loop."""
    return await asyncio.to_thread(work, *args)


@pytest.fixture
async def client(service: Service) -> AsyncIterator[Revocation]:
    client = Revocation(service.address, timeout=5.0, check_timeout=5.0)
    assert await aside(client.wait_ready)
    yield client
    await aside(client.close)


async def test_checks_and_writes(client: Revocation) -> None:
    """The same calls as for asyncio, in any thread."""

    def use() -> None:
        verdict = client.check(payload(sub="threaded", jti="t"))
        assert (verdict.active, verdict.source) == (True, Source.REPLICA)
        revision = client.revoke_token("threaded-token").revision
        refused = client.check_remote(payload(jti="threaded-token"), at_least_revision=revision)
        assert refused.state is State.REVOKED
        assert [one.state for one in client.check_batch([payload(sub="a"), {}])] == [State.ACTIVE, State.INVALID]

    await aside(use)


async def test_many_threads_share_calls(service: Service) -> None:
    """Checks of many threads that meet become few calls, and each gets its own answer."""
    client = Revocation(service.address, replica=False, check_timeout=5.0)
    tokens = [payload(sub=f"u{number}") if number % 2 else {} for number in range(400)]

    def check_all() -> list[State | None]:
        with ThreadPoolExecutor(50) as threads:
            return [verdict.state for verdict in threads.map(client.check, tokens)]

    assert await aside(check_all) == [State.ACTIVE if number % 2 else State.INVALID for number in range(400)]
    assert client.stats.calls < 200
    await aside(client.close)


async def test_closing_ends_the_thread(service: Service) -> None:
    """And using the client afterwards says so."""
    client = Revocation(service.address)

    def use() -> None:
        with client:
            assert client.wait_ready(10)
        with pytest.raises(ClosedError):
            client.check(payload(sub="late"))

    await aside(use)
    assert not [thread for thread in threading.enumerate() if thread.name == "revocation-client"]


FORKED = """
import os, sys, time
from revocation_client import ForkedError, Revocation

def status(work):
    child = os.fork()
    if child == 0:
        try:
            work()
        except ForkedError:
            {leave}(7)
        {leave}(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

now = int(time.time())
token = {{"sub": "u", "iat": now, "exp": now + 60}}
client = Revocation(sys.argv[1])

def fresh():
    with Revocation(sys.argv[1]) as own:
        assert own.wait_ready(10)
        assert own.check(token).active

before = status(fresh)
assert client.wait_ready(10)
assert client.check(token).active
answers = [status(lambda: client.check(token)), status(lambda: client.revoke_token("x")), status(client.close)]
assert client.check(token).active
client.close()
print(before, *answers)
"""


@pytest.mark.parametrize("leave", ["os._exit", "sys.exit"])
async def test_forks(service: Service, leave: str) -> None:
    """Before its first use a client may be forked; after it a child gets a clear error, no hang, and the parent goes on."""
    ran = await aside(forked, service, leave, {"GRPC_ENABLE_FORK_SUPPORT": "0"})
    assert (ran.returncode, ran.stdout.split()) == (0, ["0", "7", "7", "0"]), ran.stderr


async def test_forks_under_grpcs_own_handlers(service: Service) -> None:
    """These start gRPC's threads again in the child, over broken state: the child may crash, but nobody hangs."""
    ran = await aside(forked, service, "os._exit", {})
    assert (ran.returncode, ran.stdout.split()[0]) == (0, "0"), ran.stderr
    assert set(ran.stdout.split()[1:]) <= {"7", "0", "-11", "-6"}


def forked(service: Service, leave: str, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    program = [sys.executable, "-c", FORKED.format(leave=leave), service.address]
    return subprocess.run(program, capture_output=True, text=True, timeout=60, env={**os.environ, **env}, check=False)
