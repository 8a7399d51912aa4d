"""Durations as people write them: seconds, or a number and its unit ("250ms", "30s", "15m", "12h", "30d")."""

import re
from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator
from revocation_client.judgement.millis import Millis

from .domain.realms import DAY, HOUR, MINUTE, SECOND

LONGEST: Final = Millis(36_500 * DAY)

_UNITS: Final = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": 1}
_WRITTEN: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(ms|s|m|h|d)?", re.ASCII)
_RULE: Final = 'must be a duration: seconds, or a number with one of the units ms, s, m, h and d, as in "250ms", "30s" or "12h"'


def parse_duration(written: object) -> Millis:
    """Returns a duration in whole milliseconds. ValueError, which does not repeat *written*, when it is none or longer than 36500d."""
    number, unit = _split(written)
    millis = number * _UNITS[unit]
    if millis != millis.to_integral_value():
        raise ValueError("must be a whole number of milliseconds")
    if millis > LONGEST:
        raise ValueError("must be at most 36500d")
    return Millis(int(millis))


def print_duration(duration: Millis) -> str:
    """Returns *duration* in the largest unit that it is a whole number of."""
    unit = next((unit for unit, length in _UNITS.items() if duration and duration % length == 0), "s")
    return f"{duration // _UNITS[unit]}{unit}"


def _split(written: object) -> tuple[Decimal, str]:
    if isinstance(written, str) and (match := _WRITTEN.fullmatch(written.strip())):
        return Decimal(match[1]), match[2] or "s"
    if isinstance(written, int | float) and not isinstance(written, bool):
        return _seconds(written), "s"
    raise ValueError(_RULE)


def _seconds(number: float) -> Decimal:
    seconds = Decimal(str(number))
    if not seconds.is_finite() or seconds < 0:
        raise ValueError(_RULE)
    return seconds


Duration = Annotated[Millis, BeforeValidator(parse_duration)]
"""A field that is written as a duration and held in milliseconds."""


def limits(least: int = 0, most: int = LONGEST) -> AfterValidator:
    """Returns the rule that a duration lies between *least* and *most*, both in milliseconds and both allowed."""

    def check(duration: Millis) -> Millis:
        if not least <= duration <= most:
            raise ValueError(f"must be from {print_duration(Millis(least))} to {print_duration(Millis(most))}")
        return duration

    return AfterValidator(check)
