"""Nothing written under one name is seen under another, whatever the names contain."""

from collections.abc import Iterator
from itertools import product

from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Scope

from revocation.domain.orders import Order
from revocation.domain.realms import HOUR, Realm
from revocation.domain.session_ids import digest_of
from revocation.domain.sessions import Place
from revocation.store.keys import RealmKeys, place_keys, session_key
from revocation.store.stores import Stores
from tests.servers import Store

from .raw import all_keys
from .test_session_store import a_session, time_of

HOSTILE = (
    "a",
    ":",
    "{",
    "}",
    "{}",
    "}{",
    "%",
    "%3A",
    "%7B",
    "/",
    "a/b",
    "a:b",
    "a:",
    ":a",
    "a/u/b",
    "s/a",
    "😀",
    "\n",
    "\x00",
    "\x7f",
    " ",
    "é",
    "*",
)
"""Names that could leave their place in a key, or be taken for another's. Bytes that are not UTF-8 do not reach the store."""


def keys_of(realm: str) -> Iterator[str]:
    yield from RealmKeys.of(realm)
    for name in HOSTILE:
        yield session_key(realm, digest_of(realm, name, b""))
        yield from place_keys(realm, name)


def test_no_two_names_share_a_key() -> None:
    """Every realm, user and session has keys of its own."""
    keys = [key for realm in HOSTILE for key in keys_of(realm)]
    assert len(set(keys)) == len(keys)


def test_no_name_leaves_its_braces() -> None:
    """Every key has one pair of braces, so that the Cluster slot is that of the whole tag."""
    for realm in HOSTILE:
        assert all(key.count("{") == key.count("}") == 1 for key in keys_of(realm))
        assert len({key[key.index("{") : key.index("}")] for key in RealmKeys.of(realm)}) == 1


async def test_realms_with_hostile_names_do_not_see_one_another(stores: Stores) -> None:
    """What is revoked, allowed and numbered in one realm is in force, allowed and counted in that realm only."""
    realms = [Realm(name) for name in HOSTILE]
    for n, realm in enumerate(realms):
        await stores.revocations.revoke(realm, [Order(Scope.USER, f"{n}", life=Millis(HOUR))])
        await stores.revocations.allow(realm, f"{n}", None, Millis(HOUR))
    everyone = [f"{n}" for n in range(len(realms))]
    for n, realm in enumerate(realms):
        reading = await stores.revocations.read(realm, [(Scope.USER, user) for user in everyone], everyone)
        assert list(reading.revocations) == [(Scope.USER, f"{n}")] and list(reading.allowed) == [f"{n}"]
        assert reading.position.revision.sequence == 1
        assert [one.value for one in (await stores.revocations.page(realm, None, None, 10)).revocations] == [f"{n}"]


async def test_hostile_values_do_not_see_one_another(stores: Stores) -> None:
    """Each id is revoked under itself and under its own scope alone, and comes back as it was written."""
    realm = Realm("r")
    for n, value in enumerate(HOSTILE):
        await stores.revocations.revoke(realm, [Order(Scope.USER, value, value, Millis(n), keep=(value,))])
    reading = await stores.revocations.read(realm, list(product(Scope, HOSTILE)), HOSTILE)
    assert {name: one.issued_before for name, one in reading.revocations.items()} == {
        (Scope.USER, value): n for n, value in enumerate(HOSTILE)
    }
    assert all((one.value, one.reason) == (one.value, one.value) for one in reading.revocations.values())
    assert reading.revocations[Scope.USER, "😀"].kept == {"😀": 0}
    assert not reading.allowed


async def test_users_with_hostile_ids_have_lists_of_their_own(stores: Stores) -> None:
    """A place is listed for its user in its realm alone."""
    time = await time_of(stores)
    pairs = list(product([Realm(name) for name in ("a", "a/u/a", "{}", ":", "😀")], HOSTILE))
    for n, (realm, user) in enumerate(pairs):
        place = Place(f"h{n}", "0" * 64, time, time, Millis(time + HOUR))
        assert (await stores.sessions.take_place(realm, user, place, 1, False, {})).taken
    for n, (realm, user) in enumerate(pairs):
        assert [place.handle for place in await stores.sessions.places(realm, user)] == [f"h{n}"]


async def test_sessions_of_two_realms_do_not_see_one_another(stores: Stores, empty_store: Store) -> None:
    """One id is two sessions in two realms: the digest tells them apart, and so does the key."""
    time = await time_of(stores)
    realms = [Realm(name) for name in HOSTILE]
    for realm in realms:
        assert await stores.sessions.create(realm, "0" * 64, a_session(time, user_id=realm.name), Millis(time + HOUR))
    for realm in realms:
        session = await stores.sessions.read(realm, "0" * 64)
        assert session and session.user_id == realm.name
    assert len({digest_of(realm.name, "id", b"") for realm in realms}) == len(realms)
    assert len(all_keys(empty_store)) == len(realms) + 2
