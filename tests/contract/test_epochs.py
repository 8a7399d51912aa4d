"""Epochs: what a restart, a lost realm and a second server do to the history of a realm."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Scope

from revocation.domain.errors import Reason, ServiceError
from revocation.domain.orders import key_order
from revocation.domain.realms import HOUR
from revocation.domain.stores import RevocationStore
from revocation.store.epochs import Epochs
from revocation.store.exchange import Argument
from revocation.store.keys import DEPLOYMENT, RealmKeys
from revocation.store.scripts import ScriptRunner, script
from revocation.store.stores import Stores, open_stores
from revocation.store.topology import acknowledgement, close, connect
from tests.conftest import Start
from tests.eventually import eventually
from tests.servers import Store
from tests.settings import settings_of

from .raw import all_keys, holder, log_of, meta_of, sequences
from .realms import OTHER, PLAIN


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers on one store, both of which have joined its epoch."""

    server: Store
    first: Stores
    second: Stores


@asynccontextmanager
async def pair_on(server: Store) -> AsyncIterator[Pair]:
    async with open_stores(settings_of(server)) as first, open_stores(settings_of(server)) as second:
        for stores in (first, second):
            await stores.revocations.revoke(PLAIN, [key_order("before", "")])
        yield Pair(server, first, second)


@pytest.fixture
async def pair(empty_store: Store) -> AsyncIterator[Pair]:
    async with pair_on(empty_store) as opened:
        yield opened


@pytest.fixture
async def mortal(start_store: Start) -> AsyncIterator[Pair]:
    """Two servers on a standalone store that keeps what it has on disk, and may be killed."""
    async with pair_on(start_store("standalone", appendonly=True)) as opened:
        yield opened


async def revoke_again(store: RevocationStore, kid: str) -> int:
    """Revokes *kid* as soon as the store answers again; returns the revision's sequence."""

    async def attempt() -> int:
        try:
            return (await store.revoke(PLAIN, [key_order(kid, "")])).revision.sequence
        except ServiceError as error:
            assert error.reason in (Reason.STORE_UNAVAILABLE, Reason.OUTCOME_UNKNOWN)
            return 0

    return await eventually(attempt, within=5)


def restart(server: Store) -> None:
    server.nodes[0].kill()
    server.nodes[0].restart()


async def test_two_servers_share_an_epoch(pair: Pair) -> None:
    """Servers on one life of one primary write one history."""
    written = [await stores.revocations.revoke(PLAIN, [key_order(f"k{n}", "")]) for n, stores in enumerate((pair.first, pair.second))]
    assert [one.revision.sequence for one in written] == [2, 3]
    assert len({one.revision.epoch for one in written}) == 1


async def test_realms_have_epochs_of_their_own(pair: Pair) -> None:
    """No two realms are in one epoch, so that a revision of one is never taken for the other's."""
    readings = [await pair.first.revocations.read(realm, ()) for realm in (PLAIN, OTHER)]
    assert readings[0].position.revision.epoch != readings[1].position.revision.epoch
    assert not readings[1].position.includes(readings[0].position.revision)


async def test_a_restart_begins_a_new_epoch_that_includes_the_old_one(mortal: Pair) -> None:
    """Another life of the primary is another epoch; what the former one had written up to its end is included, and no more."""
    before = await mortal.first.revocations.revoke(PLAIN, [key_order("k", "")])
    identity = meta_of(mortal.server, PLAIN)["identity"]
    restart(mortal.server)
    await revoke_again(mortal.first.revocations, "after")
    position = (await mortal.first.revocations.read(PLAIN, ())).position
    assert position.revision.epoch != before.revision.epoch
    assert dict(position.lineage) == {before.revision.epoch: before.revision.sequence}
    assert position.includes(before.revision)
    assert not position.includes(type(before.revision)(before.revision.epoch, before.revision.sequence + 1))
    assert meta_of(mortal.server, PLAIN)["identity"] != identity


async def test_every_life_is_in_the_lineage(mortal: Pair) -> None:
    """After several restarts each earlier epoch is included where it ended."""
    written = [await mortal.first.revocations.revoke(PLAIN, [key_order("k0", "")])]
    for n in range(1, 4):
        restart(mortal.server)
        await revoke_again(mortal.first.revocations, f"k{n}")
        written.append(await mortal.first.revocations.revoke(PLAIN, [key_order(f"k{n}", "")]))
    position = (await mortal.second.revocations.read(PLAIN, ())).position
    assert len({one.revision.epoch for one in written}) == 4
    assert all(position.includes(one.revision) for one in written)


async def test_a_reader_may_be_the_first_to_see_a_new_life(mortal: Pair) -> None:
    """A read begins the new epoch as a write would, and the numbering goes on behind the old one."""
    restart(mortal.server)

    async def read() -> int:
        try:
            return (await mortal.first.revocations.read(PLAIN, ())).position.revision.sequence
        except ServiceError:
            return 0

    assert await eventually(read, within=5) == 1
    assert len((await mortal.first.revocations.read(PLAIN, ())).position.lineage) == 1
    assert (await mortal.first.revocations.revoke(PLAIN, [key_order("k", "")])).revision.sequence == 2


async def test_a_fenced_write_lands_once_in_the_new_epoch(mortal: Pair) -> None:
    """A server that joined a former epoch writes into the new one: nothing is lost, and nothing is doubled."""
    restart(mortal.server)
    await revoke_again(mortal.first.revocations, "first")
    written = await mortal.second.revocations.revoke(PLAIN, [key_order("second", "")])
    assert (await mortal.first.revocations.read(PLAIN, ())).position.revision == written.revision
    entries = log_of(mortal.server, PLAIN)
    assert sequences(entries) == [1, 2, 3]
    assert [fields["n"] for _, fields in entries] == ["key:before", "key:first", "key:second"]


async def test_many_fenced_writes_at_once_all_land_once(mortal: Pair) -> None:
    """Writes of both servers that meet the new epoch together are each done exactly once."""
    restart(mortal.server)
    await revoke_again(mortal.first.revocations, "first")
    writes = [stores.revocations.revoke(PLAIN, [key_order(f"{n}", "")]) for n in range(40) for stores in (mortal.first, mortal.second)]
    await asyncio.gather(*writes)
    names = [fields["n"] for _, fields in log_of(mortal.server, PLAIN)]
    assert sorted(names) == sorted({"key:before", "key:first", *(f"key:{n}" for n in range(40))})


async def test_the_script_itself_refuses_a_former_epoch(pair: Pair) -> None:
    """A write that names another epoch than the realm's is answered with the realm's, and writes nothing."""
    settings = settings_of(pair.server)
    client = connect(settings)
    runner = ScriptRunner(client, acknowledgement(settings, client), 4)
    epochs = Epochs(runner)
    try:
        await epochs.open(PLAIN)
        answer = await epochs._enter(PLAIN, script("trim", writes=True, prelude="_realm"), "f" * 16, "", (500, HOUR))
        assert answer == [b"FENCED", meta_of(pair.server, PLAIN)["epoch"].encode()]
    finally:
        await close(runner._client)


def lose(server: Store, *, everything: bool) -> None:
    """Deletes the realm's meta, or all of its keys, while the deployment remembers it."""
    keys = RealmKeys.of(PLAIN.name)
    for key in set(keys if everything else (keys.meta,)) & all_keys(server):
        holder(server, key).delete(key)


@pytest.mark.parametrize("everything", [True, False])
async def test_a_lost_realm_is_not_taken_for_a_new_one(pair: Pair, everything: bool) -> None:
    """A server that never joined the realm answers REALM_NOT_OPEN, to reads and writes, and writes nothing."""
    lose(pair.server, everything=everything)
    keys = all_keys(pair.server)
    async with open_stores(settings_of(pair.server)) as fresh:
        for call in (fresh.revocations.read(PLAIN, ()), fresh.revocations.revoke(PLAIN, [key_order("k", "")])):
            with pytest.raises(ServiceError) as refused:
                await call
            assert (refused.value.reason, refused.value.metadata) == (Reason.REALM_NOT_OPEN, {"realm": "default"})
    assert all_keys(pair.server) == keys


@pytest.mark.parametrize("everything", [True, False])
async def test_a_server_that_had_joined_opens_a_lost_realm(pair: Pair, everything: bool) -> None:
    """It does so in a new epoch, which includes nothing of the lost one, and takes writes; then others may join."""
    before = (await pair.first.revocations.read(PLAIN, ())).position.revision
    lose(pair.server, everything=everything)
    for n in range(3):
        await pair.first.revocations.revoke(PLAIN, [key_order(f"k{n}", "")])
    async with open_stores(settings_of(pair.server)) as fresh:
        position = (await fresh.revocations.read(PLAIN, ())).position
        assert position.revision.epoch != before.epoch and not position.includes(before)
        written = await fresh.revocations.revoke(PLAIN, [key_order("k", "")])
        assert written.revision.sequence == position.revision.sequence + 1


@pytest.mark.parametrize("everything", [True, False])
async def test_an_operator_opens_a_lost_realm(pair: Pair, everything: bool) -> None:
    """By the operator's will a server that knows nothing may open the realm, and takes writes from then on."""
    lose(pair.server, everything=everything)
    async with open_stores(settings_of(pair.server)) as fresh:
        await fresh.epochs.open(PLAIN, by_operator=True)
        assert (await fresh.revocations.revoke(PLAIN, [key_order("k", "")])).revision.epoch
        reading = await fresh.revocations.read(PLAIN, [(Scope.KEY, "k")])
        assert reading.find(Scope.KEY, "k")


async def test_opening_again_changes_nothing(pair: Pair) -> None:
    """An operator who opens a realm that is not lost leaves its epoch and its history alone."""
    before = (await pair.first.revocations.read(PLAIN, ())).position
    await pair.first.epochs.open(PLAIN, by_operator=True)
    assert (await pair.first.revocations.read(PLAIN, ())).position == before


async def test_a_store_that_never_held_the_deployment_opens_by_itself(empty_store: Store) -> None:
    """The first server of all opens the realm, and the deployment remembers that."""
    async with open_stores(settings_of(empty_store)) as stores:
        epoch = (await stores.revocations.read(PLAIN, ())).position.revision.epoch
    assert holder(empty_store, DEPLOYMENT).hgetall(DEPLOYMENT) == {"default": epoch}


class Forgetful(ScriptRunner):
    """Loses the connection at the moment of the first plain write."""

    lost = False

    async def command(self, *words: Argument, writes: bool = False) -> object:
        if writes and not self.lost:
            self.lost = True
            raise ServiceError(Reason.OUTCOME_UNKNOWN, "lost")
        return await super().command(*words, writes=writes)


async def test_a_realm_counts_as_joined_only_once_the_deployment_remembers_it(empty_store: Store) -> None:
    """When remembering fails the call fails, and the next one makes it good, so that a later loss is noticed."""
    settings = settings_of(empty_store)
    client = connect(settings)
    runner = Forgetful(client, acknowledgement(settings, client), 4)
    epochs = Epochs(runner)
    try:
        with pytest.raises(ServiceError):
            await epochs.open(PLAIN)
        await epochs.run(PLAIN, script("read", writes=False, prelude="_realm"), "[]", "[]")
        assert DEPLOYMENT in all_keys(empty_store)
    finally:
        await close(runner._client)


async def test_allowing_is_fenced_too(mortal: Pair) -> None:
    """Every write of a realm finds its way into the new epoch."""
    restart(mortal.server)
    await revoke_again(mortal.first.revocations, "first")
    until = await mortal.second.revocations.allow(PLAIN, "t", None, Millis(HOUR))
    assert (await mortal.first.revocations.read(PLAIN, (), ["t"])).allowed == {"t": until}
    assert await mortal.second.revocations.trim(PLAIN) == 0
