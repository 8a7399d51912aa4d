"""Session ids: secrets of 256 bits, of which only digests are kept."""

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revocation.domain.session_ids import digest_of, is_strong_caller_id, new_handle, new_session_id

from .strategies import SOME

LATIN = st.text("ab:1{}é", max_size=5)


def test_ids_are_secrets() -> None:
    """Ids have 256 bits and handles 128, as base64url, and none comes twice."""
    ids, handles = {new_session_id() for _ in range(1000)}, {new_handle() for _ in range(1000)}
    assert len(ids) == len(handles) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) for one in ids)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in handles)


def test_ids_that_the_service_makes_are_strong() -> None:
    """What the service makes is strong enough for a caller to bring along."""
    assert all(is_strong_caller_id(new_session_id()) for _ in range(1000))


def test_digests_stay_the_same() -> None:
    """The digests of kept sessions never change: SHA-256, or HMAC-SHA-256 under the pepper, of length, realm and id."""
    assert digest_of("default", "secret", b"") == hashlib.sha256(b"7:defaultsecret").hexdigest()
    assert digest_of("default", "secret", b"pepper") == hmac.new(b"pepper", b"7:defaultsecret", "sha256").hexdigest()
    assert digest_of("é", "secret", b"") == hashlib.sha256("2:ésecret".encode()).hexdigest()


@SOME
@given(st.tuples(LATIN, LATIN), st.tuples(LATIN, LATIN), st.sampled_from([b"", b"pepper"]))
def test_no_two_sessions_share_a_digest(one: tuple[str, str], other: tuple[str, str], pepper: bytes) -> None:
    """The same id in another realm, or realm and id that run together alike, have another digest."""
    assert (digest_of(*one, pepper) == digest_of(*other, pepper)) is (one == other)
    assert re.fullmatch(r"[0-9a-f]{64}", digest_of(*one, pepper))
    assert digest_of(*one, b"pepper") != digest_of(*one, b"")


@pytest.mark.parametrize(
    ("why", "session_id", "strong"),
    [
        ("22 characters of base64url have 132 bits.", "Zx-_.~7890123456789012", True),
        ("21 characters have 126 bits.", "Zx-_.~789012345678901", False),
        ("256 characters are the most.", "Z" * 256, True),
        ("257 characters are too long.", "Z" * 257, False),
        ("32 hexadecimal digits have 128 bits.", "0123456789abcdef" * 2, True),
        ("Capital hexadecimal digits count the same.", "0123456789ABCDEF" * 2, True),
        ("31 hexadecimal digits have 124 bits.", ("0123456789abcdef" * 2)[1:], False),
        ("Digits alone are counted as hexadecimal.", "1" * 31, False),
        ("A UUID has 32 digits, and its dashes count for nothing.", "550e8400-e29b-41d4-a716-446655440000", True),
        ("Dashes alone have no bits.", "-" * 40, False),
        ("Nothing is not strong.", "", False),
        ("A blank has no place in a cookie.", "Z" * 22 + " ", False),
        ("A newline at the end is a character.", "Z" * 22 + "\n", False),
        ("Letters beyond ASCII have no place in a cookie.", "é" * 22, False),
        ("A separator of cookies has no place in one.", "Z" * 22 + ";", False),
        ("Characters of plain base64 have no place in a URL.", "Z" * 22 + "/", False),
    ],
)
def test_what_a_caller_may_bring(why: str, session_id: str, strong: bool) -> None:
    """A caller-made id must have room for 128 bits in the form that it has."""
    assert is_strong_caller_id(session_id) is strong, why
