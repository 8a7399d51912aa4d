"""WatchRevocations keeps the six words of its comment: ordered, unique, reliable, atomic, resumable, bookmarkable."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import grpc
import pytest
from revocation_client.judgement.revocations import Scope
from revocation_client.v1 import revocation_service_pb2 as pb

from revocation.replica import ring
from tests.eventually import eventually
from tests.servers import Store

from .client import Service
from .conftest import Serve
from .watcher import watching


def sequence(revision: str) -> int:
    return int(revision.partition(".")[2])


async def revoke_tokens(service: Service, prefix: str, count: int) -> str:
    """Revokes that many tokens at once; returns a revision that includes them all."""
    answers = await asyncio.gather(*(service.call("RevokeToken", jti=f"{prefix}-{number}") for number in range(count)))
    return max((answer.revision for answer in answers), key=sequence)


async def test_a_stream_begins_with_rules_and_a_snapshot(service: Service) -> None:
    """Which is complete with the part that says last, the first message with a revision."""
    await service.call("RevokeToken", jti="before")
    await service.call("RevokeUser", user_id="before", keep_session_handles=["kept"])
    async with watching(service) as watcher:
        await watcher.until("heartbeat")
    parts = watcher.kinds().count("snapshot_part")
    assert watcher.kinds()[: parts + 1] == ["rules"] + ["snapshot_part"] * parts
    assert [message.snapshot_part.last for message in watcher.events[1 : parts + 1]] == [False] * (parts - 1) + [True]
    assert [bool(message.revision) for message in watcher.events[: parts + 1]] == [False] * parts + [True]
    assert watcher.knows(Scope.TOKEN, "before")
    found = watcher.index.find(Scope.USER, "before")
    assert found is not None
    assert set(found.kept) == {"kept"}


async def test_ordered(service: Service) -> None:
    """Changes come in the order of their revisions, and the revision never goes back."""
    async with watching(service) as watcher:
        await watcher.until("heartbeat")
        for number in range(20):
            await service.call("RevokeToken", jti=f"ordered-{number}")
        await eventually(lambda: (Scope.TOKEN, "ordered-19") in watcher.changes(), within=10)
    values = [value for _, value in watcher.changes() if value.startswith("ordered-")]
    assert values == [f"ordered-{number}" for number in range(20)]
    revisions = [sequence(message.revision) for message in watcher.events if message.revision]
    assert revisions == sorted(revisions)


async def test_unique_and_reliable(service: Service) -> None:
    """Every change comes once, however many come at the same time."""
    async with watching(service) as watcher:
        await watcher.until("heartbeat")
        await revoke_tokens(service, "each", 300)
        await watcher.until("heartbeat", watcher.kinds().count("heartbeat") + 2)
    values = [value for _, value in watcher.changes() if value.startswith("each-")]
    assert sorted(values) == sorted(f"each-{number}" for number in range(300))


async def test_atomic(service: Service) -> None:
    """The changes of one write come in one message: sessions that make room are ended together."""
    made = [await service.call("CreateSession", user_id="atomic") for _ in range(5)]
    async with watching(service) as watcher:
        await watcher.until("heartbeat")
        await service.call("CreateSession", user_id="atomic", max_sessions=1, when_full="WHEN_FULL_EVICT_OLDEST")
        handles = {answer.session.handle for answer in made}
        await eventually(lambda: handles <= {value for _, value in watcher.changes()}, within=10)
    together = [handles & {one.value for one in message.changes.revocations} for message in watcher.events]
    assert [found for found in together if found] == [handles]


async def test_resumable(service: Service) -> None:
    """With the last revision everything since comes, and no snapshot."""
    async with watching(service) as watcher:
        await watcher.until("heartbeat")
    await revoke_tokens(service, "missed", 10)
    async with watching(service, resume=watcher.revision) as again:
        await again.until("heartbeat")
    assert "snapshot_part" not in again.kinds()
    assert sorted(value for _, value in again.changes()) == sorted(f"missed-{number}" for number in range(10))


async def test_resumable_on_another_server_and_after_a_restart(store_server: Store, serve: Serve) -> None:
    """What one server told the next one goes on from; a server that has just begun sends a snapshot instead, and nothing is missed."""
    async with serve(store_server) as first, serve(store_server) as second:
        async with watching(first) as watcher:
            await watcher.until("heartbeat")
        await revoke_tokens(first, "elsewhere", 10)
        async with watching(second, resume=watcher.revision) as other:
            await eventually(lambda: len(other.changes()) >= 10, within=10)
        assert "snapshot_part" not in other.kinds()
    async with serve(store_server) as restarted:
        await revoke_tokens(restarted, "afterwards", 3)
        async with watching(restarted, resume=watcher.revision) as late:
            await late.until("heartbeat")
        assert all(late.knows(Scope.TOKEN, f"elsewhere-{number}") for number in range(10))
        assert all(late.knows(Scope.TOKEN, f"afterwards-{number}") for number in range(3))


async def test_a_revision_that_nobody_knows_gives_a_snapshot(service: Service) -> None:
    """Of another realm, or of a history that was lost."""
    await service.call("RevokeToken", jti="known")
    foreign = (await service.call("RevokeToken", realm="scrap", jti="foreign")).revision
    async with watching(service, resume=foreign) as watcher:
        await watcher.until("heartbeat")
    assert "snapshot_part" in watcher.kinds()
    assert watcher.knows(Scope.TOKEN, "known")


async def test_bookmarkable(service: Service) -> None:
    """Whoever has merged everything up to a message holds everything up to its revision, heartbeats included."""
    async with watching(service) as watcher:
        await watcher.until("heartbeat")
        revision = await revoke_tokens(service, "marked", 50)
        await eventually(lambda: watcher.revision and sequence(watcher.revision) >= sequence(revision), within=10)
        assert all(watcher.knows(Scope.TOKEN, f"marked-{number}") for number in range(50))


async def test_heartbeats_come_about_every_second_with_the_age_of_the_proof(service: Service) -> None:
    """The lag is how old the server's own knowledge is: far less than the bound while the store answers."""
    async with watching(service) as watcher:
        await watcher.until("heartbeat", 3)
    lags = [message.heartbeat.store_lag for message in watcher.events if message.HasField("heartbeat")]
    assert all(lag.seconds < 2 for lag in lags)


async def test_no_heartbeat_without_proof(lone_service: Service) -> None:
    """While the store is frozen nothing claims to be fresh, and the stream stays."""
    async with watching(lone_service) as watcher:
        await watcher.until("heartbeat")
        lone_service.store.nodes[0].freeze()
        await eventually(lambda: _is_unhealthy(lone_service), within=10)
        told = len(watcher.events)
        lone_service.store.nodes[0].thaw()
        await watcher.until("heartbeat", watcher.kinds().count("heartbeat") + 1)
        assert watcher.ended is None
        assert told <= len(watcher.events)


async def _is_unhealthy(service: Service) -> bool:
    return not await service.is_serving()


async def test_a_slow_watcher_is_told_to_resync(lone_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """When what it has not read yet is no longer held; what it knows it keeps, and the next stream brings the rest."""
    monkeypatch.setattr(ring, "MOST_CHANGES", 50)
    invoke = lone_service.channel.unary_stream("/revocation.v1.RevocationService/WatchRevocations")
    stream = invoke(b"")
    await stream.read()
    reason = "x" * 200
    for round_ in range(40):
        await asyncio.gather(
            *(lone_service.call("RevokeUser", user_id=f"{round_}-{number}-" + "u" * 200, reason=reason) for number in range(20))
        )
    kinds = []
    while (raw := await asyncio.wait_for(stream.read(), 10)) is not grpc.aio.EOF:
        kinds.append(_kind(raw))
        if kinds[-1] in ("resync", "heartbeat"):
            break
    stream.cancel()
    assert kinds[-1] in ("resync", "heartbeat")
    async with watching(lone_service) as again:
        await again.until("heartbeat")
    assert all(again.knows(Scope.USER, f"39-{number}-" + "u" * 200) for number in range(20))


def _kind(raw: bytes) -> str:
    return str(pb.WatchRevocationsResponse.FromString(raw).WhichOneof("event"))


async def test_a_thousand_watchers(store_servers: Callable[[str], Store], serve: Serve) -> None:
    """All of them are told of one revocation, and a caller beside them is served."""
    store = store_servers("standalone")
    async with serve(store) as service, AsyncExitStack() as stack:
        watchers = [await stack.enter_async_context(watching(service)) for _ in range(1000)]
        await eventually(lambda: all("snapshot_part" in watcher.kinds() for watcher in watchers), within=60)
        await service.call("RevokeUser", user_id="of-a-thousand")
        assert await service.state(sub="of-a-thousand", iat=1, exp=4e9) in ("REVOKED", "EXPIRED")
        await eventually(lambda: all(watcher.knows(Scope.USER, "of-a-thousand") for watcher in watchers), within=60)


async def test_bad_requests(service: Service) -> None:
    """A malformed revision and an undeclared realm are the caller's errors."""
    for fields, code in (({"resume": "x"}, grpc.StatusCode.INVALID_ARGUMENT), ({"realm": "nowhere"}, grpc.StatusCode.NOT_FOUND)):
        async with watching(service, **fields) as watcher:
            await eventually(lambda: watcher.ended is not None, within=5)
        assert isinstance(watcher.ended, grpc.aio.AioRpcError)
        assert watcher.ended.code() is code
