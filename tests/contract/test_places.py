"""Every sentence of `SessionStore` about the places in users' lists, over every kind of store."""

import asyncio
from dataclasses import replace
from typing import Any

from revocation_client.judgement.millis import Millis

from revocation.domain.realms import HOUR
from revocation.domain.sessions import Place, Taken
from revocation.store.keys import place_keys
from revocation.store.stores import Stores
from tests.eventually import eventually
from tests.servers import Store

from .raw import all_keys, holder, place_counts
from .realms import OTHER, PLAIN
from .test_session_store import time_of


def a_place(handle: str, time: int, **fields: Any) -> Place:
    """A place of a session that began at *time*."""
    return replace(Place(handle, handle.rjust(64, "0"), Millis(time), Millis(time), Millis(time + HOUR)), **fields)


async def take(stores: Stores, place: Place, limit: int = 0, *, evict: bool = False, floors: dict[str, int] | None = None) -> Taken:
    times = {handle: Millis(time) for handle, time in (floors or {}).items()}
    return await stores.sessions.take_place(PLAIN, "alice", place, limit, evict, times)


async def listed(stores: Stores) -> list[str]:
    return [place.handle for place in await stores.sessions.places(PLAIN, "alice")]


async def fill(stores: Stores, count: int) -> Millis:
    """Takes the places h0, h1, ..., a millisecond apart, the last one now; returns the store's time."""
    time = await time_of(stores)
    for n in range(count):
        assert (await take(stores, a_place(f"h{n}", time - count + n))).taken
    return time


async def expires(stores: Stores, handle: str) -> None:
    """Waits until *handle* is listed no more."""

    async def has_expired() -> bool:
        return handle not in await listed(stores)

    await eventually(has_expired, within=5)


async def test_a_taken_place_is_listed_as_it_is(stores: Stores) -> None:
    """All of a place comes back, the oldest place first, for its user in its realm alone."""
    time = await time_of(stores)
    old, new = a_place("old", time - 5), a_place("new", time, auth_time=Millis(time - 3), digest="f" * 64)
    for place in (new, old):
        assert await take(stores, place) == Taken(True)
    assert await stores.sessions.places(PLAIN, "alice") == (old, new)
    assert await stores.sessions.places(PLAIN, "bob") == await stores.sessions.places(OTHER, "alice") == ()


async def test_no_more_places_than_the_limit(stores: Stores) -> None:
    """At the limit a place is refused, and nothing is changed; 0 is no limit."""
    time = await fill(stores, 3)
    assert await take(stores, a_place("more", time), 3) == Taken(False)
    assert await listed(stores) == ["h0", "h1", "h2"]
    assert (await take(stores, a_place("more", time), 4)).taken
    assert (await take(stores, a_place("most", time))).taken


async def test_expired_places_make_room(stores: Stores, empty_store: Store) -> None:
    """Places that have expired are not listed, do not count, and are removed by the next take."""
    time = await time_of(stores)
    await take(stores, a_place("brief", time, expire_time=Millis(time + 80)))
    await take(stores, a_place("long", time))
    await expires(stores, "brief")
    assert await listed(stores) == ["long"]
    assert await take(stores, a_place("new", time), 2) == Taken(True)
    assert place_counts(empty_store, PLAIN, "alice") == (2, 2, 0)


async def test_places_below_their_floor_make_room(stores: Stores, empty_store: Store) -> None:
    """Sessions that began before their floor are dead, each by its own floor or by everyone else's, and are removed first."""
    time = await fill(stores, 4)
    floors = {"": time - 1, "h0": time - 4, "h1": time - 2}
    assert await take(stores, a_place("new", time), 3, floors=floors) == Taken(True)
    assert await listed(stores) == ["h0", "h3", "new"]
    assert place_counts(empty_store, PLAIN, "alice") == (3, 3, 0)


async def test_dead_places_go_even_when_none_is_taken(stores: Stores) -> None:
    """A refused take removes dead places too."""
    time = await fill(stores, 3)
    assert not (await take(stores, a_place("new", time), 2, floors={"": time - 2})).taken
    assert await listed(stores) == ["h1", "h2"]


async def test_the_time_of_the_log_in_decides(stores: Stores) -> None:
    """A session that was bound after the cut-off lives, however early it was created."""
    time = await time_of(stores)
    await take(stores, a_place("bound", time - HOUR, auth_time=time, expire_time=Millis(time + HOUR)))
    await take(stores, a_place("new", time), floors={"": time})
    assert await listed(stores) == ["bound", "new"]


async def test_the_oldest_make_room(stores: Stores) -> None:
    """With evict as many of the oldest as needed move to the evicted ones, and all of them come back whole."""
    time = await fill(stores, 4)
    oldest = (await stores.sessions.places(PLAIN, "alice"))[:2]
    taken = await take(stores, a_place("new", time), 3, evict=True)
    assert taken.taken and sorted(taken.evicted, key=lambda place: place.handle) == list(oldest)
    assert await listed(stores) == ["h2", "h3", "new"]


async def test_evicted_places_come_back_until_they_are_forgotten(stores: Stores, empty_store: Store) -> None:
    """Every take, a refused one too, returns all evicted places that `forget` has not been told of."""
    time = await fill(stores, 2)
    await take(stores, a_place("h2", time), 2, evict=True)
    assert [place.handle for place in (await take(stores, a_place("x", time), 2)).evicted] == ["h0"]
    taken = await take(stores, a_place("h3", time), 2, evict=True)
    assert sorted(place.handle for place in taken.evicted) == ["h0", "h1"]
    await stores.sessions.forget(PLAIN, "alice", ["h0", "h1"])
    assert (await take(stores, a_place("y", time), 2)).evicted == ()
    assert place_counts(empty_store, PLAIN, "alice") == (2, 2, 0)


async def test_evicted_places_outlast_what_displaced_them(stores: Stores, empty_store: Store) -> None:
    """The evicted ones are remembered as long as their sessions could live, and not for ever."""
    time = await time_of(stores)
    await take(stores, a_place("long", time, expire_time=Millis(time + 10 * HOUR)))
    await take(stores, a_place("brief", time + 1), 1, evict=True)
    *_, evicted = place_keys(PLAIN.name, "alice")
    assert time + 10 * HOUR <= holder(empty_store, evicted).pexpiretime(evicted) <= time + 11 * HOUR


async def test_thousands_of_places_are_evicted_at_once(stores: Stores) -> None:
    """A limit that is set late makes room however many there are."""
    time = await time_of(stores)
    for some in range(0, 4500, 100):
        await asyncio.gather(*(take(stores, a_place(f"h{some + n:04}", time)) for n in range(100)))
    taken = await take(stores, a_place("new", time + 1), 1, evict=True)
    assert (taken.taken, len(taken.evicted), await listed(stores)) == (True, 4500, ["new"])
    await stores.sessions.forget(PLAIN, "alice", [place.handle for place in taken.evicted] * 2)
    assert (await take(stores, a_place("x", time), 1)).evicted == ()


async def test_a_renewed_place_expires_no_earlier(stores: Stores, empty_store: Store) -> None:
    """renew_place points to the new digest; a later expiry counts, an earlier one does not."""
    time = await fill(stores, 1)
    (place,) = await stores.sessions.places(PLAIN, "alice")
    longer = replace(place, digest="e" * 64, expire_time=Millis(time + 2 * HOUR))
    await stores.sessions.renew_place(PLAIN, "alice", longer)
    assert await stores.sessions.places(PLAIN, "alice") == (longer,)
    await stores.sessions.renew_place(PLAIN, "alice", replace(place, digest="d" * 64))
    assert await stores.sessions.places(PLAIN, "alice") == (replace(longer, digest="d" * 64),)
    assert all(
        holder(empty_store, key).pexpiretime(key) >= time + 2 * HOUR for key in set(place_keys(PLAIN.name, "alice")) & all_keys(empty_store)
    )


async def test_renewing_lists_nothing(stores: Stores, empty_store: Store) -> None:
    """A place that is not listed, because it never was, was forgotten or was evicted, is not listed by renewing it."""
    time = await fill(stores, 2)
    await take(stores, a_place("h2", time), 2, evict=True)
    await stores.sessions.forget(PLAIN, "alice", ["h1"])
    for handle in ("h0", "h1", "never"):
        await stores.sessions.renew_place(PLAIN, "alice", a_place(handle, time))
    assert await listed(stores) == ["h2"]
    assert place_counts(empty_store, PLAIN, "alice") == (1, 1, 1)


async def test_forgotten_places_leave_nothing(stores: Stores, empty_store: Store) -> None:
    """forget removes listed and evicted places, and leaves alone what it is not told of; the last one takes the keys along."""
    time = await fill(stores, 3)
    await take(stores, a_place("h3", time), 3, evict=True)
    await stores.sessions.forget(PLAIN, "alice", ["h0", "h1", "unknown"])
    assert await listed(stores) == ["h2", "h3"]
    await stores.sessions.forget(PLAIN, "alice", ["h2", "h3"])
    assert not set(place_keys(PLAIN.name, "alice")) & all_keys(empty_store)


async def test_lists_expire_by_themselves(stores: Stores, empty_store: Store) -> None:
    """The keys of a list expire after the last of its places, so that a user who never comes back leaves nothing."""
    time = await fill(stores, 2)
    await take(stores, a_place("long", time, expire_time=Millis(time + 5 * HOUR)))
    keys = set(place_keys(PLAIN.name, "alice")) & all_keys(empty_store)
    assert keys and all(time + 5 * HOUR <= holder(empty_store, key).pexpiretime(key) <= time + 6 * HOUR for key in keys)


async def test_places_taken_at_once_keep_the_limit(stores: Stores) -> None:
    """Of a hundred takes at once exactly as many succeed as there are places."""
    time = await time_of(stores)
    taken = await asyncio.gather(*(take(stores, a_place(f"h{n}", time), 5) for n in range(100)))
    assert sum(one.taken for one in taken) == len(await listed(stores)) == 5
