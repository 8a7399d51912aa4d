"""The merge that the script does is the merge that every reader does."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope, merge

from revocation.domain.orders import Order
from revocation.domain.realms import HOUR, Realm
from revocation.domain.stores import Name, RevocationStore
from revocation.store.records import revocation_of
from revocation.store.stores import open_stores
from tests.servers import Store
from tests.settings import settings_of

from .raw import log_of, sequences

REALMS = count()
HANDLES = ("phone", "laptop", "1", "{}")


@st.composite
def orders(draw: st.DrawFn) -> tuple[Order, int | None]:
    """An order, whose cut-off and expiry are relative to the time 0, and its expiry."""
    scope = draw(st.sampled_from(Scope))
    keep = tuple(draw(st.sets(st.sampled_from(HANDLES), max_size=3))) if scope == Scope.USER else ()
    cutoff = draw(st.none() | st.integers(-50, 4000))
    life = draw(st.none() | st.sampled_from([0, 40, HOUR, 2 * HOUR]))
    expiry = draw(st.none() | st.sampled_from([-1, HOUR, 90 * HOUR]))
    order = Order(
        scope, draw(st.sampled_from(["a", "b"])), draw(st.sampled_from("xy")), _millis(cutoff), keep=keep, expire_time=_millis(expiry)
    )
    return _with_life(order, life), expiry


def _with_life(order: Order, life: int | None) -> Order:
    return Order(order.scope, order.value, order.reason, order.issued_before, Millis(5), order.keep, order.expire_time, _millis(life))


def _millis(time: int | None) -> Millis | None:
    return None if time is None else Millis(time)


def _moved(order: Order, by: Millis) -> Order:
    cutoff = None if order.issued_before is None else Millis(order.issued_before + by)
    expiry = None if order.expire_time is None else Millis(order.expire_time + by)
    return Order(order.scope, order.value, order.reason, cutoff, order.margin, order.keep, expiry, order.life)


def meant(order: Order, time: Millis) -> Revocation:
    """The revocation that *order* asks for at the store's *time*."""
    cutoff = ALWAYS
    if order.scope.has_cutoff:
        cutoff = Millis(time + 1 + order.margin) if order.issued_before is None else order.issued_before
    start = time if cutoff == ALWAYS else cutoff
    expiry = Millis(start + order.life) if order.life is not None else NEVER
    kept = dict.fromkeys(order.keep, Millis(0)) if order.scope.has_cutoff else {}
    return Revocation(order.scope, order.value, cutoff, order.expire_time or expiry, kept, time, order.reason)


class Model:
    """The naive store: a dictionary, and a list of what changed."""

    def __init__(self) -> None:
        self.state: dict[Name, Revocation] = {}
        self.log: list[Revocation] = []

    def put(self, order: Order, time: Millis) -> Revocation:
        new, name = meant(order, time), (order.scope, order.value)
        old = self.state.get(name)
        if old is None or old.expire_time <= time:
            after = new
        else:
            after = merge(old, new)
            if _matter(after) == _matter(old):
                return old
        if after.expire_time > time:
            self.state[name] = after
            self.log.append(after)
        return after


def _matter(one: Revocation) -> tuple[object, ...]:
    return one.issued_before, one.expire_time, one.kept


async def replay(store: RevocationStore, realm: Realm, writes: Sequence[Sequence[Order]]) -> Model:
    """Writes *writes*, and compares every answer with the model's."""
    base, model = (await store.read(realm, ())).time, Model()
    for write in writes:
        moved = [_moved(order, base) for order in write]
        written = await store.revoke(realm, moved)
        assert written.revocations == tuple(model.put(order, written.time) for order in moved)
        assert written.revision.sequence == len(model.log)
    return model


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(writes=st.lists(st.lists(orders().map(lambda drawn: drawn[0]), max_size=5), max_size=8))
async def test_the_script_merges_as_python_does(store_servers: Callable[[str], Store], writes: list[list[Order]]) -> None:
    """Every answer, the state and the log equal those of a model that knows only `merge`, for any orders in any order."""
    server, realm = store_servers("standalone"), Realm(f"merge-{next(REALMS)}")
    async with open_stores(settings_of(server)) as stores:
        model = await replay(stores.revocations, realm, writes)
        reading = await stores.revocations.read(realm, list(model.state))
    entries = await asyncio.to_thread(log_of, server, realm)
    assert reading.revocations == {name: one for name, one in model.state.items() if reading.time < one.expire_time}
    assert sequences(entries) == list(range(1, len(model.log) + 1))
    assert [revocation_of(fields["n"].encode(), fields["r"].encode()) for _, fields in entries] == model.log


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(writes=st.lists(orders().map(lambda drawn: drawn[0]), min_size=2, max_size=8), data=st.data())
async def test_the_log_may_be_merged_in_any_order(store_servers: Callable[[str], Store], writes: list[Order], data: st.DataObject) -> None:
    """A reader that merges the entries of the log in any order, some of them twice, holds the state."""
    server, realm = store_servers("standalone"), Realm(f"merge-{next(REALMS)}")
    async with open_stores(settings_of(server)) as stores:
        model = await replay(stores.revocations, realm, [[order] for order in writes if order.life != 40])
    entries = [revocation_of(fields["n"].encode(), fields["r"].encode()) for _, fields in log_of(server, realm)]
    held: dict[Name, Revocation] = {}
    for one in data.draw(st.permutations(entries + entries[:3])):
        name = (one.scope, one.value)
        held[name] = merge(held[name], one) if name in held else one
    assert held == model.state
