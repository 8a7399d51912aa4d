"""What is acknowledged survives a planned failover, which loses thousands of writes that only the primary, or one replica, had."""

import asyncio
import itertools
from dataclasses import dataclass, field

import pytest
from revocation_client.judgement.revocations import Scope

from revocation.domain.errors import Reason, ServiceError
from revocation.domain.orders import key_order
from revocation.domain.realms import Realm
from revocation.store.stores import Stores, open_stores
from tests.conftest import Start
from tests.eventually import eventually
from tests.servers import Process, Store
from tests.settings import settings_of

REALM = Realm("default")
WRITERS = 32


@dataclass
class Load:
    """Revokes keys as fast as it is allowed to, and knows which were acknowledged and how the others failed."""

    acknowledged: list[str] = field(default_factory=list)
    failed: list[Reason] = field(default_factory=list)

    async def run(self, stores: Stores, done: asyncio.Event) -> None:
        numbers = itertools.count()
        await asyncio.gather(*(self._write(stores, numbers, done) for _ in range(WRITERS)))

    async def _write(self, stores: Stores, numbers: "itertools.count[int]", done: asyncio.Event) -> None:
        while not done.is_set():
            value = f"k{next(numbers)}"
            try:
                await stores.revocations.revoke(REALM, [key_order(value, "")])
            except ServiceError as error:
                self.failed.append(error.reason)
            else:
                self.acknowledged.append(value)


async def lost(stores: Stores, values: list[str]) -> list[str]:
    """Which of *values* the store does not have."""
    missing = []
    for first in range(0, len(values), 500):
        chunk = values[first : first + 500]
        reading = await stores.revocations.read(REALM, [(Scope.KEY, value) for value in chunk])
        missing += [value for value in chunk if (Scope.KEY, value) not in reading.revocations]
    return missing


def primary_of(store: Store) -> Process:
    (primary,) = store.primaries()
    return primary


async def fail_over(store: Store, during: Load) -> None:
    """A planned failover under load; returns when the former primary has been demoted, and the new one takes writes."""
    before = primary_of(store)
    await eventually(lambda: len(during.acknowledged) > 500, within=20)
    await eventually(lambda: _told_to_fail_over(store), within=20)
    await eventually(lambda: [node is not before for node in store.primaries()] == [True], within=60)
    reached = len(during.acknowledged)
    await eventually(lambda: len(during.acknowledged) > reached + 50, within=30)


def _told_to_fail_over(store: Store) -> bool:
    try:
        return bool(store.sentinels[0].client().execute_command("SENTINEL", "FAILOVER", "mymaster"))
    except Exception:  # a Sentinel that is not ready yet says NOGOODSLAVE or INPROG
        return False


@pytest.mark.parametrize("level", ["replicated", "local"])
async def test_a_planned_failover(start_store: Start, level: str) -> None:
    """Loses nothing that every replica that could be promoted acknowledged; the control, acknowledged by the primary alone, loses."""
    losses = []
    for _ in range(3 if level == "local" else 1):
        store = start_store("sentinel")
        async with open_stores(settings_of(store, acknowledge=level)) as stores:
            await stores.epochs.open(REALM)
            load, done = Load(), asyncio.Event()
            running = asyncio.ensure_future(load.run(stores, done))
            await fail_over(store, load)
            done.set()
            await running
            losses.append(len(await lost(stores, load.acknowledged)))
        if level == "local" and losses[-1]:
            break
    assert (sum(losses) == 0) == (level == "replicated"), losses


async def test_a_replica_that_freezes_makes_the_outcome_unknown(start_store: Start) -> None:
    """Until most Sentinels hold it to be down; then the write waits for the others alone."""
    store = start_store("sentinel")
    async with open_stores(settings_of(store)) as stores:
        await stores.epochs.open(REALM)
        frozen = next(node for node in store.nodes if node is not primary_of(store))
        frozen.freeze()
        with pytest.raises(ServiceError) as refused:
            await stores.revocations.revoke(REALM, [key_order("during", "")])
        assert refused.value.reason is Reason.OUTCOME_UNKNOWN
        await eventually(lambda: _is_acknowledged(stores, "after"), within=30)
        frozen.thaw()


async def _is_acknowledged(stores: Stores, value: str) -> bool:
    try:
        await stores.revocations.revoke(REALM, [key_order(value, "")])
    except ServiceError:
        return False
    return True


async def test_a_number_of_replicas_can_be_demanded(standalone_server: Store) -> None:
    """Whatever is known of them: with too few, no write is acknowledged, and nothing is proved."""
    async with open_stores(settings_of(standalone_server, replicas=1)) as stores:
        await stores.epochs.open(REALM)
        with pytest.raises(ServiceError) as refused:
            await stores.revocations.revoke(REALM, [key_order("k", "")])
        assert refused.value.reason is Reason.OUTCOME_UNKNOWN
        with pytest.raises(ServiceError) as unproved:
            await stores.revocations.tail(REALM, 0, 10)
        assert unproved.value.reason is Reason.STORE_UNAVAILABLE


async def test_durable_needs_the_disk(start_store: Start) -> None:
    """Without an append-only file the store refuses, and says so; with one the write is acknowledged."""
    for appendonly in (True, False):
        store = start_store("standalone", appendonly=appendonly, config={"appendfsync": "always"})
        async with open_stores(settings_of(store, acknowledge="durable")) as stores:
            await stores.epochs.open(REALM)
            assert await _is_acknowledged(stores, "k") is appendonly
