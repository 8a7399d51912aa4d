"""Keys: no two things share one, and what must be in one slot of a Redis Cluster is."""

import re
from urllib.parse import unquote

from hypothesis import example, given
from hypothesis import strategies as st
from redis.crc import key_slot
from revocation_client.judgement.revocations import Scope

from revocation.store.keys import DEPLOYMENT, FORMAT, RealmKeys, place_keys, session_key

from .strategies import SOME

HOSTILE = st.text("ab7BDF25:{}%/\n\x00 é𝄞", min_size=1, max_size=12)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)


def tag_of(key: str) -> str:
    """Returns what Redis Cluster hashes of *key*: from the first brace to the next closing one (Redis Cluster specification, hash tags)."""
    found = re.search(r"\{([^}]*)\}", key, re.DOTALL)
    assert found is not None
    return found[1]


def slot(key: str) -> int:
    """Returns the slot of *key* in a Cluster."""
    return key_slot(key.encode())


@SOME
@given(HOSTILE)
@example("}:meta")
@example("{a}")
@example("%7D")
@example("a/s/" + "0" * 64)
def test_a_realm_is_one_slot(realm: str) -> None:
    """All keys of a realm have the same hash tag, which is not empty, so that one script may touch them all."""
    keys = list(RealmKeys.of(realm))
    assert len(set(keys)) == len(keys) == 5 + len(Scope)
    assert len({tag_of(key) for key in keys}) == 1
    assert tag_of(keys[0])
    assert {slot(key) for key in keys} == {slot(tag_of(keys[0]))}


@SOME
@given(HOSTILE, HOSTILE)
def test_a_users_list_is_one_slot(realm: str, user_id: str) -> None:
    """The keys of a user's list have the same hash tag, and it is not the realm's."""
    keys = place_keys(realm, user_id)
    assert len(set(keys)) == 3
    assert {slot(key) for key in keys} == {slot(tag_of(keys[0]))}
    assert tag_of(keys[0]) != tag_of(RealmKeys.of(realm).meta)


@SOME
@given(HOSTILE, HOSTILE, DIGESTS)
def test_a_key_can_be_read_back(realm: str, user_id: str, digest: str) -> None:
    """A key tells realm and user or digest exactly, whatever characters they have: so no two of them spell the same key."""
    assert unquote(tag_of(RealmKeys.of(realm).meta)) == realm
    assert tuple(map(unquote, tag_of(place_keys(realm, user_id)[0]).split("/"))) == (realm, "u", user_id)
    assert tuple(map(unquote, tag_of(session_key(realm, digest)).split("/"))) == (realm, "s", digest)


@SOME
@given(st.lists(st.tuples(HOSTILE, HOSTILE), min_size=2, max_size=6, unique=True), DIGESTS)
@example([("a", "b:c"), ("a:b", "c")], "0" * 64)
@example([("a", "b/c"), ("a/u/b", "c")], "0" * 64)
@example([("a}", "b"), ("a%7D", "b")], "0" * 64)
@example([("a", "%2F"), ("a", "/")], "0" * 64)
def test_nothing_shares_a_key(pairs: list[tuple[str, str]], digest: str) -> None:
    """Different realms, users and sessions never spell the same key, nor the deployment's."""
    realms = {realm for realm, _ in pairs}
    keys = [DEPLOYMENT]
    keys += [key for realm in realms for key in (*RealmKeys.of(realm), session_key(realm, digest))]
    keys += [key for pair in pairs for key in place_keys(*pair)]
    assert len(set(keys)) == len(keys)


@SOME
@given(HOSTILE, DIGESTS, DIGESTS)
def test_sessions_are_told_apart_by_digest(realm: str, one: str, other: str) -> None:
    """Two digests are two keys."""
    assert (session_key(realm, one) == session_key(realm, other)) is (one == other)


def test_spelling() -> None:
    """Keys are spelled as the operators' table says, behind a prefix with the version of the format."""
    assert FORMAT == "rv1"
    assert list(RealmKeys.of("a:{b}"))[:5] == [
        f"rv1:{{a%3A%7Bb%7D}}:{name}" for name in ("meta", "records", "log", "allowed", "expiry:token")
    ]
    assert session_key("r", "00ff") == "rv1:{r/s/00ff}:session"
    assert place_keys("r", "u/v%") == tuple(f"rv1:{{r/u/u%2Fv%25}}:{name}" for name in ("places", "details", "evicted"))
    assert DEPLOYMENT == "rv1:deployment"
