"""The rules of a session's life."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.claims import Claims, fault
from revocation_client.judgement.judge import refusal
from revocation_client.judgement.millis import Millis, millis_of
from revocation_client.judgement.revocations import Revocation, Scope

from revocation.domain.realms import HOUR, MINUTE, SECOND
from revocation.domain.sessions import Change, Place, StoredSession, Taken

from .strategies import NOW, SOME, index_of

SESSION = StoredSession(
    handle="h1",
    user_id="u1",
    data=b"secret data",
    attributes={},
    version=3,
    create_time=Millis(NOW),
    auth_time=Millis(NOW + 5),
    use_time=Millis(NOW + 10),
    idle_timeout=Millis(30 * MINUTE),
    absolute_end=Millis(NOW + 12 * HOUR),
)


@pytest.mark.parametrize(
    ("why", "used", "idle", "end"),
    [
        ("Unused, it ends after the idle timeout.", 10, 30 * MINUTE, 10 + 30 * MINUTE),
        ("Use moves the end.", HOUR, 30 * MINUTE, HOUR + 30 * MINUTE),
        ("Use never moves it past the absolute end.", 12 * HOUR - 1, 30 * MINUTE, 12 * HOUR),
        ("An idle timeout beyond the absolute end counts for nothing.", 0, 48 * HOUR, 12 * HOUR),
    ],
)
def test_when_a_session_ends(why: str, used: int, idle: int, end: int) -> None:
    """A session ends when it was not used for its idle timeout, and at its absolute end in any case."""
    session = replace(SESSION, use_time=Millis(NOW + used), idle_timeout=Millis(idle))
    assert session.expire_time == NOW + end, why


@pytest.mark.parametrize(
    ("why", "idle", "passed", "worth"),
    [
        ("A twentieth of 10 minutes is 30 seconds.", 10 * MINUTE, 30 * SECOND, True),
        ("A little less is not worth a write.", 10 * MINUTE, 30 * SECOND - 1, False),
        ("However long the timeout, a minute is enough.", 12 * HOUR, MINUTE, True),
        ("And less than a minute is not.", 12 * HOUR, MINUTE - 1, False),
        ("Timeouts too short to have a twentieth are written each time.", 19, 0, True),
        ("A clock that went back writes nothing.", 10 * MINUTE, -MINUTE, False),
    ],
)
def test_when_a_use_is_written(why: str, idle: int, passed: int, worth: bool) -> None:
    """Another use is written when a twentieth of the idle timeout has passed, or a minute if that is less."""
    session = replace(SESSION, idle_timeout=Millis(idle))
    assert session.worth_touching(Millis(session.use_time + passed)) is worth, why


def test_a_session_is_judged_as_its_log_in() -> None:
    """To the judge a session is a token of its handle and user, issued when its user was bound."""
    assert SESSION.claims == Claims(sub="u1", sid="h1", iat=(NOW + 5) / 1000)
    assert fault(SESSION.claims, "https://any") is None


def test_a_session_of_nobody_is_judged_by_its_creation() -> None:
    """Before anyone logged in, a session counts as issued when it was created, and a cut-off of the realm ends it."""
    session = replace(SESSION, user_id="", auth_time=None)
    assert session.claims == Claims(sid="h1", iat=NOW / 1000)
    realm = {(Scope.REALM, ""): Revocation(Scope.REALM, "", Millis(NOW + 1))}
    assert refusal(session.claims, index_of(realm), now=Millis(NOW)) is not None
    assert refusal(SESSION.claims, index_of(realm), now=Millis(NOW)) is None


@SOME
@given(st.integers(0, 1 << 42), st.integers(-1, 1))
def test_a_cutoff_ends_exactly_the_older_sessions(auth_time: int, offset: int) -> None:
    """A session ends by a cut-off if, and only if, its user was bound before it, to the millisecond."""
    session = replace(SESSION, auth_time=Millis(auth_time))
    cutoff = Revocation(Scope.USER, "u1", Millis(auth_time + offset))
    assert session.claims.iat is not None
    assert millis_of(session.claims.iat) == auth_time
    refused = refusal(session.claims, index_of({(Scope.USER, "u1"): cutoff}), now=Millis(NOW)) is not None
    assert refused is (auth_time < auth_time + offset)


def test_the_etag_is_the_version() -> None:
    """A new version is a new etag."""
    assert SESSION.etag == "3"
    assert replace(SESSION, version=4).etag != SESSION.etag


def test_secrets_do_not_print() -> None:
    """Data, digests and what a session was rotated to are not in what a log would print."""
    place = Place("h1", "digest", Millis(1), Millis(2), Millis(3))
    values = (replace(SESSION, successor="digest"), place, Taken(taken=True, evicted=(place,)), Change(data=b"secret data"))
    assert not any(word in repr(value) for value in values for word in ("secret", "digest"))
