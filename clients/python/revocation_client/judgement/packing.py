"""A cut-off and an expiry in one integer, which the garbage collector need not visit."""

from typing import Final

from .millis import ALWAYS, NEVER, Millis

EXPIRY_BITS: Final = 48
LATEST: Final = (1 << EXPIRY_BITS) - 1
"""The packed expiry of what never expires."""


def packed(cutoff: Millis, expire_time: Millis) -> int:
    """Returns both in one integer. A cut-off of ALWAYS is kept as 0: its scope tells."""
    return (0 if cutoff == ALWAYS else cutoff) << EXPIRY_BITS | min(expire_time, LATEST)


def cutoff_of(entry: int) -> int:
    """Returns the cut-off of an *entry*."""
    return entry >> EXPIRY_BITS


def expiry_of(entry: int) -> Millis:
    """Returns the expiry of an *entry*."""
    expiry = entry & LATEST
    return NEVER if expiry == LATEST else Millis(expiry)


def joined(a: int, b: int) -> int:
    """Returns the later cut-off with the later expiry."""
    if a >> EXPIRY_BITS == b >> EXPIRY_BITS:
        return max(a, b)
    return max(a >> EXPIRY_BITS, b >> EXPIRY_BITS) << EXPIRY_BITS | max(a & LATEST, b & LATEST)
