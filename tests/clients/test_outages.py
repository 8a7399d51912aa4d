"""The client while services freeze, end, come back and are replaced: it follows, resumes, asks, and refuses by default."""

import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from revocation_client import AsyncRevocation, FailureMode, Source, Standing, State, Verdict

from tests.eventually import eventually
from tests.servers import Store
from tests.servers.ports import free_port
from tests.service.process import ServiceProcess, service_process

from .conftest import Serve
from .test_aio import payload

RUINED = 30.0
"""Seconds that a client may take to notice and to recover on a busy machine: pauses of up to 5 s lie between its attempts."""


@asynccontextmanager
async def following(*addresses: str, **options: Any) -> AsyncIterator[AsyncRevocation]:
    """A client whose replica is fresh."""
    async with AsyncRevocation(addresses, check_timeout=0.5, timeout=5.0, **options) as client:
        assert await client.wait_ready(RUINED)
        yield client


@pytest.fixture
def process(standalone_server: Store, tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service in a process of its own, to be frozen."""
    with service_process(dict(standalone_server.env), folder=tmp_path) as process:
        yield process


async def judged(client: AsyncRevocation, source: Source, **claims: Any) -> Verdict:
    """Returns the first verdict from *source*."""
    found: list[Verdict] = []

    async def is_from_source() -> bool:
        found.append(await client.check(payload(**claims)))
        return found[-1].source is source

    await eventually(is_from_source, within=RUINED)
    return found[-1]


async def until_refused(client: AsyncRevocation, **claims: Any) -> None:
    """Waits until the replica knows that this token is revoked."""
    await eventually(lambda: (here := client.check_here(payload(**claims))) is not None and here.state is State.REVOKED, within=RUINED)


@pytest.mark.parametrize("mode", FailureMode)
async def test_a_frozen_service(process: ServiceProcess, mode: FailureMode, caplog: pytest.LogCaptureFixture) -> None:
    """While the replica is fresh it answers; then the failure mode does, but not for what is known to be revoked."""
    caplog.set_level("INFO", "revocation_client")
    async with following(process.address, failure_mode=mode) as client:
        revision = (await client.revoke_token("known")).revision
        await eventually(lambda: client.stats.revision == revision, within=5)
        process.signal(signal.SIGSTOP)
        assert (await client.check(payload(sub="u"))).source is Source.REPLICA
        verdict = await judged(client, Source.FAILURE_MODE, sub="u")
        assert client.stats.staleness is not None
        assert client.stats.staleness >= 5.0
        assert (verdict.active, verdict.state) == (mode is FailureMode.ALLOW, None)
        assert client.stats.allowed_blindly == (mode is FailureMode.ALLOW)
        assert (await client.check(payload(jti="known"))).state is State.REVOKED
        for _ in range(3):
            await client.check(payload(sub="u"))
        process.signal(signal.SIGCONT)
        assert (await judged(client, Source.REPLICA, sub="u")).active
        assert client.stats.standing is Standing.LOCAL
    said = [record.message for record in caplog.records if "nobody can judge" in record.message]
    assert len(said) == 1
    assert ("ALLOWED" if mode is FailureMode.ALLOW else "refused") in said[0]


async def test_a_killed_service(standalone_server: Store, tmp_path: Path) -> None:
    """Refused once the replica is stale; no check takes longer than its deadline."""
    with service_process(dict(standalone_server.env), folder=tmp_path) as process:
        async with following(process.address) as client:
            process.signal(signal.SIGKILL)
            process.exit_code(within=10)
            verdict = await judged(client, Source.FAILURE_MODE, sub="u")
            assert (verdict.active, verdict.state) == (False, None)
            began = time.monotonic()
            assert not await client.check(payload(sub="u"))
            assert time.monotonic() - began < 2.0


async def test_a_client_outlives_restarts(standalone_server: Store, serve: Serve) -> None:
    """One client follows three lives of a service, and misses nothing."""
    listen = f"127.0.0.1:{free_port()}"
    async with AsyncRevocation(listen, timeout=10.0, check_timeout=0.5) as client:
        for life in range(3):
            async with serve(standalone_server, listen=listen):
                await eventually(lambda: client.wait_ready(0.1), within=RUINED)
                await eventually(lambda: client.revoke_token(f"life-{life}"), within=RUINED)  # noqa: B023 - awaited at once
                await until_refused(client, jti=f"life-{life}")
        for life in range(3):
            await until_refused(client, jti=f"life-{life}")
        assert client.stats.streams >= 3


async def test_another_server_takes_over(standalone_server: Store, serve: Serve) -> None:
    """Of two addresses one ends: the stream goes on from the other, with what was revoked there since, and calls go on too."""
    async with serve(standalone_server) as second:
        async with serve(standalone_server) as first:
            client = AsyncRevocation([first.address, second.address], timeout=10.0, check_timeout=5.0)
            assert await client.wait_ready(RUINED)
        revision = (await client.revoke_user("after")).revision
        await eventually(lambda: client.stats.revision == revision, within=RUINED)
        assert (await client.check(payload(sub="after"))).state is State.REVOKED
        assert (await judged(client, Source.REPLICA, sub="other")).active
        await client.close()


async def test_a_stale_replica_asks(standalone_server: Store, serve: Serve) -> None:
    """While the replica loads, the service answers."""
    async with serve(standalone_server) as service, AsyncRevocation(service.address, check_timeout=5.0) as client:
        verdict = await client.check(payload(sub="early"))
        assert (verdict.active, verdict.source) == (True, Source.SERVER)


async def test_the_store_is_away(standalone_server: Store, serve: Serve) -> None:
    """A service without its store proves nothing, so the replica turns stale, and the service's UNAVAILABLE is refused."""
    async with serve(standalone_server) as service, following(service.address) as client:
        standalone_server.nodes[0].freeze()
        try:
            verdict = await judged(client, Source.FAILURE_MODE, sub="u")
            assert not verdict
        finally:
            standalone_server.nodes[0].thaw()
        assert (await judged(client, Source.REPLICA, sub="u")).active
