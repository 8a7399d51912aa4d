"""Page tokens: opaque, good for their own list only, and never a way to anything but InvalidFieldError."""

import base64
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.millis import NEVER, Millis
from revocation_client.judgement.revocations import Scope

from revocation.domain.errors import InvalidFieldError
from revocation.domain.stores import Cursor
from revocation.rpc.page_tokens import revocations_cursor, revocations_token, sessions_after, sessions_token
from revocation.service.session_list import After

from .strategies import SOME

NAMES = st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=60)
TIMES = st.integers(0, NEVER).map(Millis)
CURSORS = st.builds(Cursor, st.sampled_from(Scope), NAMES, TIMES)
CURSOR = Cursor(Scope.USER, "alice", Millis(1234))
AFTER = After(Millis(1234), "h1")


def spelled(words: object) -> str:
    """Returns *words* as a token spells them."""
    return base64.urlsafe_b64encode(json.dumps(words).encode()).decode().rstrip("=")


@SOME
@given(NAMES, CURSORS, st.booleans())
def test_a_list_of_revocations_goes_on_where_it_stopped(realm: str, cursor: Cursor, of_scope: bool) -> None:
    """The token of a cursor reads as that cursor in the same list."""
    scope = cursor.scope if of_scope else None
    token = revocations_token(realm, scope, cursor)
    assert revocations_cursor(realm, scope, token) == cursor
    assert token.isascii()


@SOME
@given(NAMES, NAMES, st.builds(After, TIMES, NAMES))
def test_a_list_of_sessions_goes_on_where_it_stopped(realm: str, user_id: str, after: After) -> None:
    """The token of a position reads as that position in the same list."""
    assert sessions_after(realm, user_id, sessions_token(realm, user_id, after)) == after


def test_the_end_has_no_token() -> None:
    """At the end of a list there is no token, and without a token a list begins at the beginning."""
    assert revocations_token("r", None, None) == sessions_token("r", "u", None) == ""
    assert revocations_cursor("r", None, "") is None
    assert sessions_after("r", "u", "") is None


def test_tokens_of_other_lists_are_refused() -> None:
    """A token is good for the realm, the scope or the user, and the kind of list that it was given for."""
    of_users = revocations_token("r", Scope.USER, CURSOR)
    of_all = revocations_token("r", None, CURSOR)
    of_sessions = sessions_token("r", "u", AFTER)
    for realm, scope, token in [
        ("s", Scope.USER, of_users),
        ("r", None, of_users),
        ("r", Scope.TOKEN, of_users),
        ("r", Scope.USER, of_all),
        ("r", None, of_sessions),
    ]:
        with pytest.raises(InvalidFieldError):
            revocations_cursor(realm, scope, token)
    for realm, user_id, token in [("s", "u", of_sessions), ("r", "v", of_sessions), ("r", "", of_sessions), ("r", "u", of_users)]:
        with pytest.raises(InvalidFieldError):
            sessions_after(realm, user_id, token)


@pytest.mark.parametrize(
    "token",
    [
        "garbage",
        "=",
        "A",
        "####",
        "é",
        "\ud800",
        "\x00",
        " ",
        spelled(None),
        spelled([]),
        spelled({}),
        spelled("r"),
        spelled(["r", None]),
        spelled(["r", None, 2, "alice"]),
        spelled(["r", None, 2, "alice", 1, 1]),
        spelled(["r", None, 2, "alice", "1"]),
        spelled(["r", None, 2, "alice", 1.0]),
        spelled(["r", None, 2, "alice", True]),
        spelled(["r", None, 2, "alice", -1]),
        spelled(["r", None, 2, "alice", NEVER + 1]),
        spelled(["r", None, 2, "alice", 10**400]),
        spelled(["r", None, 2, None, 1]),
        spelled(["r", None, 0, "alice", 1]),
        spelled(["r", None, 7, "alice", 1]),
        spelled(["r", None, True, "alice", 1]),
        spelled(["r", None, 2, "x" * 257, 1]),
        spelled(["r", None, 2, "a\x00b", 1]),
        spelled(["r", None, 2, "\ud800", 1]),
        spelled(["r", "user", 2, "alice", 1]),
        spelled(["r", 2, 2, "alice", 1]),
        base64.urlsafe_b64encode(b'["r",null,2,"alice",NaN]').decode(),
        base64.urlsafe_b64encode(b"[" * 3000).decode(),
        base64.urlsafe_b64encode(b"[" + b"9" * 6000 + b"]").decode(),
        base64.urlsafe_b64encode(b"\xff\xfe[\x00").decode(),
    ],
    ids=lambda token: ascii(token[:40]),
)
def test_garbage_is_refused(token: str) -> None:
    """Whatever this service did not write is an InvalidFieldError about page_token, which does not reach the store."""
    with pytest.raises(InvalidFieldError) as error:
        revocations_cursor("r", None, token)
    assert error.value.field == "page_token"


WORDS = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)), st.lists, max_leaves=8)
GARBAGE = st.one_of(
    st.text(st.characters(codec=None)), WORDS.map(spelled), st.tuples(WORDS, WORDS, WORDS).map(lambda rest: spelled(["r", None, *rest]))
)


@SOME
@given(GARBAGE)
def test_garbage_is_never_anything_but_an_invalid_field(token: str) -> None:
    """Garbage is refused, or reads as a position that the list could have had."""
    with suppress(InvalidFieldError):
        cursor = revocations_cursor("r", None, token)
        assert cursor is None or (cursor.value.encode() is not None and 0 <= cursor.expire_time <= NEVER)
    with suppress(InvalidFieldError):
        after = sessions_after("r", "u", token)
        assert after is None or isinstance(after, After)
