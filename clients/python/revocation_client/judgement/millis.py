"""Times: whole milliseconds since the epoch (or of a duration), and how a NumericDate becomes one."""

import math
from typing import Final, NewType

Millis = NewType("Millis", int)

ALWAYS: Final = Millis(1 << 62)
"""The cut-off later than every time: whatever was issued is refused."""

NEVER: Final = Millis(1 << 62)
"""The expiry later than every time."""

_FARTHEST_SECONDS: Final = 1e11
"""NumericDates beyond this (the year 5138) are all as far away."""


def millis_of(numeric_date: float) -> Millis:
    """Returns a NumericDate (RFC 7519 section 2), which must be finite, as milliseconds, rounded down.

    It is rounded to whole microseconds first, so that the double next to 1700000000.123 is 1700000000123 ms and not one less.
    """
    if not -_FARTHEST_SECONDS < numeric_date < _FARTHEST_SECONDS:
        numeric_date = math.copysign(_FARTHEST_SECONDS, numeric_date)
    return Millis(math.floor(numeric_date * 1e6 + 0.5) // 1000)


def next_whole_second(time: Millis) -> Millis:
    """Returns the first whole second that is not before *time*: what tokens with whole-second iat count as issued at."""
    return Millis(-(-time // 1000) * 1000)
