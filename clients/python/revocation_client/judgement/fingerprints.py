"""Fingerprints: 8 bytes in place of a value, where there are too many values to keep.

They are keyed, so that nobody who chooses their own jti can make two that collide. A token that was not revoked is refused by mistake
with a probability of n / 2**64 for n entries: one look-up in 1.8 million million, at 10 million entries.
"""

from collections.abc import Callable
from hashlib import sha256
from struct import Struct
from typing import Final

from .revocations import Scope

BITS: Final = 64

Fingerprint = Callable[[str], int]


def fingerprints_of(scope: Scope, key: bytes) -> Fingerprint:
    """Returns the function from values of *scope* to fingerprints: the first 8 bytes of SHA-256 of key, scope and value, little-endian."""
    prefix, first_word = key + bytes((scope,)), Struct("<Q").unpack_from

    def fingerprint(value: str) -> int:
        return first_word(sha256(prefix + value.encode()).digest())[0]  # type: ignore[no-any-return] # "<Q" gives an int

    return fingerprint
