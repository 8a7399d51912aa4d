"""Every sentence of `RevocationStore`, over every kind of store."""

import asyncio
from copy import copy
from itertools import pairwise

import pytest
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope

from revocation.domain.errors import InvalidFieldError
from revocation.domain.orders import Order, cutoff_order, key_order, session_order, token_order
from revocation.domain.realms import HOUR, SECOND, Realm
from revocation.domain.stores import Cursor, RevocationStore
from revocation.store.keys import RealmKeys
from revocation.store.records import revocation_of
from revocation.store.stores import Stores
from tests.eventually import eventually
from tests.servers import Store

from .raw import holder, log_of, sequences
from .realms import ALLOWLIST, OTHER, PLAIN

USER = (Scope.USER, "alice")


def user_order(issued_before: int | None = None, keep: tuple[str, ...] = (), life: int = HOUR) -> Order:
    cutoff = None if issued_before is None else Millis(issued_before)
    return Order(Scope.USER, "alice", issued_before=cutoff, keep=keep, life=Millis(life))


async def time_of(store: RevocationStore, realm: Realm = PLAIN) -> Millis:
    """The store's own time."""
    return (await store.read(realm, ())).time


async def passes(store: RevocationStore, time: int, realm: Realm = PLAIN) -> None:
    """Waits until the store's clock has passed *time*."""

    async def has_passed() -> bool:
        return await time_of(store, realm) > time

    await eventually(has_passed, within=5)


async def in_force(store: RevocationStore, scope: Scope, value: str, realm: Realm = PLAIN) -> Revocation | None:
    return (await store.read(realm, [(scope, value)])).find(scope, value)


async def test_every_order_is_in_force_once_revoke_returns(stores: Stores) -> None:
    """All orders of a write are in force when it returns, and it answers with them in their order."""
    orders = [token_order(PLAIN, "t", None, "why"), session_order(PLAIN, "s", ""), key_order("k", ""), user_order(keep=("s",))]
    orders += [cutoff_order(PLAIN, Scope.CLIENT, "c", None, ""), cutoff_order(PLAIN, Scope.REALM, "", None, "")]
    written = await stores.revocations.revoke(PLAIN, orders)
    names = [(order.scope, order.value) for order in orders]
    reading = await stores.revocations.read(PLAIN, names)
    assert [(one.scope, one.value) for one in written.revocations] == names
    assert [reading.find(*name) for name in names] == list(written.revocations)
    assert (written.revocations[0].reason, written.revocations[0].create_time) == ("why", written.time)
    assert reading.position.revision == written.revision


async def test_the_same_name_twice_in_one_write(stores: Stores) -> None:
    """Orders of one write are merged with one another too, in their order."""
    time = await time_of(stores.revocations)
    written = await stores.revocations.revoke(PLAIN, [user_order(time - 10), user_order(time - 20), user_order(time - 5)])
    assert [one.issued_before for one in written.revocations] == [time - 10, time - 10, time - 5]
    assert written.revision.sequence == 2


async def test_one_refused_order_refuses_all(stores: Stores, empty_store: Store) -> None:
    """A cut-off too far ahead raises InvalidFieldError, and nothing of the write is done."""
    time = await time_of(stores.revocations)
    with pytest.raises(InvalidFieldError, match="issued_before"):
        await stores.revocations.revoke(PLAIN, [token_order(PLAIN, "t", None, ""), user_order(time + 30 * SECOND)])
    reading = await stores.revocations.read(PLAIN, [USER, (Scope.TOKEN, "t")])
    assert (reading.revocations, reading.position.revision.sequence) == ({}, 0)
    assert log_of(empty_store, PLAIN) == []


async def test_a_cutoff_a_little_ahead_is_taken(stores: Stores) -> None:
    """A cut-off less than FARTHEST_CUTOFF ahead of the store's time is what the caller said."""
    ahead = Millis(await time_of(stores.revocations) + 4 * SECOND)
    written = await stores.revocations.revoke(PLAIN, [user_order(ahead)])
    assert written.revocations[0].issued_before == ahead


async def test_a_cutoff_of_the_stores_own_lies_behind_every_earlier_time(stores: Stores) -> None:
    """Without a cut-off from the caller it is the next millisecond of the store's clock, plus the margin."""
    order = Order(Scope.USER, "alice", margin=Millis(250), life=Millis(HOUR))
    written = await stores.revocations.revoke(PLAIN, [order])
    assert written.revocations[0].issued_before == written.time + 1 + 250
    assert written.revocations[0].expire_time == written.time + 1 + 250 + HOUR


async def test_a_cutoff_never_moves_back(stores: Stores) -> None:
    """A second, earlier cut-off leaves the first in force."""
    time = await time_of(stores.revocations)
    await stores.revocations.revoke(PLAIN, [user_order(time)])
    written = await stores.revocations.revoke(PLAIN, [user_order(time - 1)])
    assert written.revocations[0].issued_before == time


async def test_an_expiry_never_moves_back(stores: Stores) -> None:
    """A second, shorter life leaves the longer one; none at all is the longest."""
    time = await time_of(stores.revocations)
    for expiry in (time + HOUR, time + SECOND, None, time + 2 * HOUR):
        end = None if expiry is None else Millis(expiry)
        await stores.revocations.revoke(PLAIN, [Order(Scope.TOKEN, "t", expire_time=end)])
        found = await in_force(stores.revocations, Scope.TOKEN, "t")
        assert found and found.expire_time == (time + HOUR if expiry in (time + HOUR, time + SECOND) else NEVER)


async def test_a_kept_session_keeps_the_floor_it_had(stores: Stores) -> None:
    """A session spared by a cut-off is refused what earlier cut-offs refused it, and no more."""
    time = await time_of(stores.revocations)
    await stores.revocations.revoke(PLAIN, [user_order(time - 20, keep=("phone",))])
    await stores.revocations.revoke(PLAIN, [user_order(time - 10, keep=("phone", "laptop"))])
    found = await in_force(stores.revocations, *USER)
    assert found and (found.issued_before, found.kept) == (time - 10, {"phone": 0, "laptop": time - 20})


async def test_a_session_is_spared_only_by_cutoffs_that_name_it(stores: Stores) -> None:
    """A later cut-off that does not keep a session refuses it like the others."""
    time = await time_of(stores.revocations)
    await stores.revocations.revoke(PLAIN, [user_order(time - 20, keep=("phone",))])
    await stores.revocations.revoke(PLAIN, [user_order(time - 10)])
    found = await in_force(stores.revocations, *USER)
    assert found and (found.issued_before, found.kept) == (time - 10, {})


async def test_tokens_sessions_and_keys_always_match(stores: Stores) -> None:
    """Their records have no cut-off, whatever the order says, and a key's never lapses."""
    orders = [Order(scope, "x", issued_before=Millis(5), keep=("h",)) for scope in (Scope.TOKEN, Scope.SESSION)]
    written = await stores.revocations.revoke(PLAIN, [*orders, key_order("x", "")])
    assert all((one.issued_before, one.kept, one.expire_time) == (ALWAYS, {}, NEVER) for one in written.revocations)


async def test_a_lapsed_record_is_not_merged_with(stores: Stores) -> None:
    """What has expired is in force no more: the next order begins anew."""
    time = await time_of(stores.revocations)
    await stores.revocations.revoke(PLAIN, [user_order(time, life=50)])
    await passes(stores.revocations, time + 50)
    written = await stores.revocations.revoke(PLAIN, [user_order(time - 10)])
    assert written.revocations[0].issued_before == time - 10


async def test_an_order_that_has_lapsed_already_changes_nothing(stores: Stores, empty_store: Store) -> None:
    """An order that can match nothing any more is neither kept nor logged."""
    written = await stores.revocations.revoke(PLAIN, [Order(Scope.TOKEN, "t", expire_time=Millis(1))])
    assert written.revision.sequence == 0
    assert await in_force(stores.revocations, Scope.TOKEN, "t") is None
    assert log_of(empty_store, PLAIN) == []


async def test_each_change_is_numbered_and_logged(stores: Stores, empty_store: Store) -> None:
    """The ids of the log are the sequences 1..n, and the last entry of a name is its state."""
    time = await time_of(stores.revocations)
    writes = [stores.revocations.revoke(PLAIN, [token_order(PLAIN, f"t{n}", None, ""), user_order(time - 100 + n)]) for n in range(40)]
    written = await asyncio.gather(*writes)
    entries = log_of(empty_store, PLAIN)
    assert sequences(entries) == list(range(1, len(entries) + 1))
    assert max(one.revision.sequence for one in written) == len(entries)
    state = {fields["n"]: fields["r"] for _, fields in entries}
    logged = [revocation_of(name.encode(), record.encode()) for name, record in state.items()]
    reading = await stores.revocations.read(PLAIN, [(one.scope, one.value) for one in logged])
    assert list(reading.revocations.values()) == logged
    assert len(logged) == 41


async def test_an_order_that_changes_nothing_is_neither_numbered_nor_logged(stores: Stores, empty_store: Store) -> None:
    """Its write returns the current revision, and still changes something, because WAIT waits only for changes."""
    order = user_order(await time_of(stores.revocations))
    first = await stores.revocations.revoke(PLAIN, [order, key_order("k", "")])
    primary = holder(empty_store, RealmKeys.of(PLAIN.name).meta)
    changes = primary.info("persistence")["rdb_changes_since_last_save"]
    again = await stores.revocations.revoke(PLAIN, [order])
    assert (again.revision, again.revocations[0]) == (first.revision, first.revocations[0])
    assert sequences(log_of(empty_store, PLAIN)) == [1, 2]
    assert primary.info("persistence")["rdb_changes_since_last_save"] > changes


async def test_no_orders_change_nothing(stores: Stores) -> None:
    """A write of no orders returns the current revision."""
    first = await stores.revocations.revoke(PLAIN, [key_order("k", "")])
    assert (await stores.revocations.revoke(PLAIN, [])).revision == first.revision


async def test_of_orders_in_one_millisecond_the_merge_decides_the_text(stores: Stores) -> None:
    """Of two texts of the same time the greater one stands, as in `merge`, so that readers of the log agree with the state."""
    time = await time_of(stores.revocations)
    orders = [Order(Scope.USER, "alice", reason, Millis(time - 10 + n), life=Millis(HOUR)) for n, reason in enumerate(("b", "a"))]
    written = await stores.revocations.revoke(PLAIN, orders)
    assert [one.reason for one in written.revocations] == ["b", "b"]


async def test_a_token_is_allowed_until_the_latest_time_that_was_set(stores: Stores) -> None:
    """allow puts a token on the list; an earlier time leaves the later one."""
    time = await time_of(stores.revocations, ALLOWLIST)
    assert await stores.revocations.allow(ALLOWLIST, "t", Millis(time + HOUR), Millis(0)) == time + HOUR
    assert await stores.revocations.allow(ALLOWLIST, "t", Millis(time + SECOND), Millis(0)) == time + HOUR
    assert await stores.revocations.allow(ALLOWLIST, "t", Millis(time + 2 * HOUR), Millis(0)) == time + 2 * HOUR
    assert (await stores.revocations.read(ALLOWLIST, (), ["t", "u"])).allowed == {"t": time + 2 * HOUR}


async def test_a_token_without_a_time_is_allowed_for_the_life(stores: Stores) -> None:
    """Without a time it is on the list for *life* from the store's now."""
    before = await time_of(stores.revocations, ALLOWLIST)
    until = await stores.revocations.allow(ALLOWLIST, "t", None, Millis(HOUR))
    assert before + HOUR <= until <= await time_of(stores.revocations, ALLOWLIST) + HOUR


async def test_a_time_that_has_passed_puts_nothing_on_the_list(stores: Stores) -> None:
    """A token whose time is over is not kept."""
    await stores.revocations.allow(ALLOWLIST, "t", Millis(1), Millis(0))
    assert (await stores.revocations.read(ALLOWLIST, (), ["t"])).allowed == {}


async def test_a_reading_is_of_one_revision(stores: Stores) -> None:
    """Two names that are always written together are never read apart, and the position tells which write it was."""
    names = [(Scope.TOKEN, "a"), (Scope.TOKEN, "b")]
    time = await time_of(stores.revocations)
    written: dict[int, int] = {}

    async def write(n: int) -> None:
        orders = [Order(Scope.TOKEN, value, expire_time=Millis(time + HOUR + n)) for _, value in names]
        answer = await stores.revocations.revoke(PLAIN, orders)
        written[answer.revision.sequence] = answer.revocations[0].expire_time

    readings = [stores.revocations.read(PLAIN, names) for _ in range(60)]
    answers = await asyncio.gather(*(one for n, reading in enumerate(readings) for one in (write(n), reading)))
    for reading in answers[1::2]:
        ends = {revocation.expire_time for revocation in reading.revocations.values()}
        sequence = reading.position.revision.sequence
        assert len(reading.revocations) in (0, 2) and len(ends) <= 1
        assert not sequence or ends == {written[sequence]}


async def test_a_reading_includes_every_acknowledged_write(stores: Stores) -> None:
    """A read that begins after a write has returned holds it, and its position includes the write's revision."""
    for n in range(20):
        written = await stores.revocations.revoke(PLAIN, [token_order(PLAIN, f"t{n}", None, "")])
        reading = await stores.revocations.read(PLAIN, [(Scope.TOKEN, f"t{n}")])
        assert reading.find(Scope.TOKEN, f"t{n}") and reading.position.includes(written.revision)


async def test_a_reading_leaves_out_what_has_lapsed(stores: Stores) -> None:
    """What has expired is not in force, and not allowed, whether it was forgotten already or not."""
    time = await time_of(stores.revocations)
    await stores.revocations.revoke(PLAIN, [user_order(time, life=50)])
    await stores.revocations.allow(PLAIN, "t", Millis(time + 50), Millis(0))
    await passes(stores.revocations, time + 50)
    reading = await stores.revocations.read(PLAIN, [USER], ["t"])
    assert (reading.revocations, reading.allowed) == ({}, {})


async def test_thousands_of_names_are_read_at_once(stores: Stores) -> None:
    """A reading has room for the names of the largest batch of tokens."""
    await stores.revocations.revoke(PLAIN, [token_order(PLAIN, f"t{n}", None, "") for n in range(3000)])
    names = [(scope, f"t{n}") for n in range(3000) for scope in (Scope.TOKEN, Scope.USER)]
    reading = await stores.revocations.read(PLAIN, names, [f"t{n}" for n in range(3000)])
    assert len(reading.revocations) == 3000 and not reading.allowed


async def pages(store: RevocationStore, scope: Scope | None, limit: int) -> list[Revocation]:
    """Everything that following the cursors finds."""
    found: list[Revocation] = []
    after: Cursor | None = None
    while True:
        page = await store.page(PLAIN, scope, after, limit)
        assert len(page.revocations) <= limit
        found += page.revocations
        if page.next is None:
            return found
        after = page.next


async def fill(store: RevocationStore, count: int) -> list[Revocation]:
    """Puts *count* entries of each scope in force, some of which expire at the same time, and some never."""
    time = await time_of(store)
    ends = [None if n % 5 == 0 else Millis(time + HOUR + n // 3) for n in range(count)]
    orders = [Order(scope, f"v{n}", expire_time=end) for scope in Scope if scope != Scope.REALM for n, end in enumerate(ends)]
    return list((await store.revoke(PLAIN, [*orders, Order(Scope.REALM, "")])).revocations)


@pytest.mark.parametrize("limit", [1, 7, 20, 1000])
async def test_pages_hold_every_entry_once(stores: Stores, limit: int) -> None:
    """While nothing changes the cursors lead through every entry exactly once, whatever the size of the pages."""
    written = await fill(stores.revocations, 20)
    found = await pages(stores.revocations, None, limit)
    assert sorted(found, key=lambda one: (one.scope, one.value)) == sorted(written, key=lambda one: (one.scope, one.value))


async def test_pages_are_in_order_of_expiry_within_a_scope(stores: Stores) -> None:
    """Scope after scope, those that expire first come first; those that never do come last."""
    await fill(stores.revocations, 20)
    found = await pages(stores.revocations, None, 6)
    assert all((a.scope, a.expire_time) <= (b.scope, b.expire_time) for a, b in pairwise(found))


async def test_pages_of_one_scope(stores: Stores) -> None:
    """A scope's pages hold its entries alone."""
    await fill(stores.revocations, 20)
    found = await pages(stores.revocations, Scope.CLIENT, 6)
    assert {one.scope for one in found} == {Scope.CLIENT} and len(found) == 20


async def test_no_page_misses_what_is_in_force_throughout(stores: Stores) -> None:
    """Entries that are renewed, added and lapse while somebody pages may come twice, but none is missed."""
    written = await fill(stores.revocations, 30)
    names = {(one.scope, one.value) for one in written}
    done = asyncio.Event()

    async def renew() -> None:
        for n in range(10_000):
            if done.is_set():
                return
            order = Order(Scope.TOKEN, f"v{n % 30}", expire_time=Millis(written[1].expire_time + HOUR + n))
            await stores.revocations.revoke(PLAIN, [order, Order(Scope.TOKEN, f"new{n % 50}", life=Millis(30))])

    renewing = asyncio.create_task(renew())
    for _ in range(5):
        found = await pages(stores.revocations, None, 3)
        assert names <= {(one.scope, one.value) for one in found}
    done.set()
    await renewing


async def test_a_page_holds_nothing_that_has_lapsed(stores: Stores) -> None:
    """Entries that expire behind the cursor before the next page is asked for are left out of it."""
    time = await time_of(stores.revocations)
    ends = [Millis(time + 100), Millis(time + 150), Millis(time + HOUR)]
    await stores.revocations.revoke(PLAIN, [Order(Scope.TOKEN, f"t{n}", expire_time=end) for n, end in enumerate(ends)])
    cursor = Cursor(Scope.TOKEN, "t0", ends[0])
    await passes(stores.revocations, ends[1])
    page = await stores.revocations.page(PLAIN, None, cursor, 10)
    assert [one.value for one in page.revocations] == ["t2"]


async def test_trim_forgets_what_has_lapsed_a_bounded_number_at_a_time(stores: Stores, empty_store: Store) -> None:
    """Each call forgets some hundreds of what can match nothing any more, and says how many, until nothing is left to forget."""
    await stores.revocations.revoke(PLAIN, [key_order("k", "")])
    written = await stores.revocations.revoke(PLAIN, [Order(Scope.TOKEN, f"t{n}", life=Millis(40)) for n in range(1100)])
    await passes(stores.revocations, written.time + 40)
    forgotten = [await stores.revocations.trim(PLAIN) for _ in range(5)]
    assert forgotten[0] == 500 and max(forgotten) == 500
    assert sum(forgotten) in range(1090, 1101) and forgotten[-1] == 0
    assert [one.value for one in await pages(stores.revocations, None, 1000)] == ["k"]


async def test_trim_forgets_allowed_tokens_that_have_expired(stores: Stores) -> None:
    """The allowlist is trimmed as well, and keeps what has not expired."""
    time = await time_of(stores.revocations, ALLOWLIST)
    await stores.revocations.allow(ALLOWLIST, "old", Millis(time + 30), Millis(0))
    await stores.revocations.allow(ALLOWLIST, "new", Millis(time + HOUR), Millis(0))
    await passes(stores.revocations, time + 30, ALLOWLIST)
    assert await stores.revocations.trim(ALLOWLIST) == 1
    assert (await stores.revocations.read(ALLOWLIST, (), ["old", "new"])).allowed == {"new": time + HOUR}


async def test_trim_forgets_log_entries_past_their_age(stores: Stores, empty_store: Store) -> None:
    """Log entries go by their age and from the oldest on, the state stays, and the numbering goes on."""
    young = copy(stores.revocations)
    young._log_retention = Millis(100)
    written = await stores.revocations.revoke(PLAIN, [key_order(f"k{n}", "") for n in range(10)])
    assert await young.trim(PLAIN) == 0
    await passes(stores.revocations, written.time + 100)
    await stores.revocations.revoke(PLAIN, [key_order("later", "")])
    assert await young.trim(PLAIN) == 10
    assert sequences(log_of(empty_store, PLAIN)) == [11]
    assert len(await pages(stores.revocations, None, 100)) == 11


async def test_realms_share_nothing(stores: Stores) -> None:
    """What is written in one realm is neither read nor numbered in another."""
    await stores.revocations.revoke(PLAIN, [user_order(), Order(Scope.REALM, "", life=Millis(HOUR))])
    await stores.revocations.allow(PLAIN, "t", None, Millis(HOUR))
    reading = await stores.revocations.read(OTHER, [USER, (Scope.REALM, "")], ["t"])
    assert (reading.revocations, reading.allowed, reading.position.revision.sequence) == ({}, {}, 0)
    assert not (await stores.revocations.page(OTHER, None, None, 10)).revocations


async def test_the_tail_holds_the_log_behind_a_sequence(stores: Stores) -> None:
    """tail returns up to so many entries, the oldest first, each with what was in force from it on, and where the realm stands."""
    time = await time_of(stores.revocations)
    written = [await stores.revocations.revoke(PLAIN, [user_order(time - 10 + n)]) for n in range(5)]
    tail = await stores.revocations.tail(PLAIN, 1, 3)
    assert [entry.sequence for entry in tail.entries] == [2, 3, 4]
    assert [entry.revocation for entry in tail.entries] == [one.revocations[0] for one in written[1:4]]
    assert (tail.first, tail.position.revision) == (1, written[-1].revision) and tail.time >= written[-1].time
    assert not (await stores.revocations.tail(PLAIN, 5, 3)).entries


async def test_the_tail_tells_where_the_log_begins(stores: Stores) -> None:
    """After a trim the first sequence that the log still holds is the one behind those forgotten, or behind all of them."""
    young = copy(stores.revocations)
    young._log_retention = Millis(50)
    written = await stores.revocations.revoke(PLAIN, [key_order(f"k{n}", "") for n in range(3)])
    await passes(stores.revocations, written.time + 50)
    await young.trim(PLAIN)
    assert (await stores.revocations.tail(PLAIN, 0, 10)).first == 4
    await stores.revocations.revoke(PLAIN, [key_order("later", "")])
    tail = await stores.revocations.tail(PLAIN, 0, 10)
    assert (tail.first, [entry.sequence for entry in tail.entries]) == (4, [4])


async def test_a_realm_keeps_its_fingerprint_key(stores: Stores) -> None:
    """Every server of a realm is told the same secret, and every realm has its own."""
    keys = [(await stores.revocations.tail(realm, 0, 1)).fingerprint_key for realm in (PLAIN, OTHER, PLAIN)]
    assert keys[0] == keys[2] != keys[1] and len(keys[0]) == 16


async def test_waiting_ends_with_a_change(stores: Stores) -> None:
    """wait_for_change returns at once when there is a change already, soon after one comes, and in any case after its time."""
    await stores.revocations.revoke(PLAIN, [key_order("k", "")])
    async with asyncio.timeout(5):
        await stores.revocations.wait_for_change(PLAIN, 0, 60)
        await stores.revocations.wait_for_change(PLAIN, 1, 0.05)
        waiting = asyncio.create_task(stores.revocations.wait_for_change(PLAIN, 1, 60))
        await stores.revocations.revoke(PLAIN, [key_order("k2", "")])
        await waiting
