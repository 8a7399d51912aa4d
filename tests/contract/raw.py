"""What stands in the store, read past the adapter."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import redis

from revocation.domain.realms import Realm
from revocation.store.keys import RealmKeys, place_keys
from tests.servers import Process, Store

_PRIMARIES: dict[tuple[Process, ...], list[Process]] = {}


def primaries(store: Store) -> list[Process]:
    """The primaries of *store*, which must not change in its life."""
    if store.nodes not in _PRIMARIES:
        _PRIMARIES[store.nodes] = store.primaries()
    return _PRIMARIES[store.nodes]


def all_keys(store: Store) -> set[str]:
    """Every key of every primary."""
    return {key for primary in primaries(store) for key in primary.client().keys("*")}


def holder(store: Store, key: str) -> redis.Redis:
    """The client of the primary that holds *key*."""
    for primary in primaries(store):
        with suppress(redis.ResponseError):  # MOVED
            if primary.client().exists(key):
                return primary.client()
    raise AssertionError(f"nobody holds {key!r}")


def log_of(store: Store, realm: Realm) -> list[tuple[str, dict[str, str]]]:
    """The entries of a realm's log: their ids and fields."""
    key = RealmKeys.of(realm.name).log
    return holder(store, key).xrange(key) if key in all_keys(store) else []


def meta_of(store: Store, realm: Realm) -> dict[str, str]:
    key = RealmKeys.of(realm.name).meta
    return holder(store, key).hgetall(key)


def place_counts(store: Store, realm: Realm, user_id: str) -> tuple[int, int, int]:
    """How many handles the user's three keys hold: places, details, evicted."""
    places, details, evicted = place_keys(realm.name, user_id)
    there = all_keys(store)
    return (
        holder(store, places).zcard(places) if places in there else 0,
        holder(store, details).hlen(details) if details in there else 0,
        holder(store, evicted).hlen(evicted) if evicted in there else 0,
    )


def sessions_of(store: Store, realm: Realm) -> list[dict[str, str]]:
    """The hashes of the realm's sessions; tombstones are left out."""
    found = []
    for primary in primaries(store):
        pipeline = primary.client().pipeline(transaction=False)
        for key in primary.client().keys("*"):
            if key.startswith(f"rv1:{{{realm.name}/s/"):
                pipeline.hgetall(key)
        found += pipeline.execute()
    return [session for session in found if "handle" in session]


def age_places(store: Store, realm: Realm, user_id: str, by: int) -> None:
    """Moves the beginnings of the user's places *by* milliseconds into the past, as if so much time had gone by."""
    _, details, _ = place_keys(realm.name, user_id)
    if details not in all_keys(store):
        return
    client: Any = holder(store, details)
    for handle, words in client.hgetall(details).items():
        created, auth, digest = words.split()
        client.hset(details, handle, f"{int(created) - by} {int(auth) - by} {digest}")


def sequences(entries: Sequence[tuple[str, dict[str, str]]]) -> list[int]:
    """The sequences that the ids of log entries are, each of which must end in -0."""
    assert all(entry.endswith("-0") for entry, _ in entries)
    return [int(entry.removesuffix("-0")) for entry, _ in entries]
