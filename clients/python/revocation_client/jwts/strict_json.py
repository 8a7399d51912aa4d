"""JSON that reads the same for everyone: no member twice, no number beyond a double, UTF-8 and nothing else (RFC 8259, RFC 7493)."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final, Never


class NotFiniteError(ValueError):
    """A number is NaN, infinite, or too large for a double."""


def parse_object(data: bytes) -> dict[str, Any]:
    """Returns the JSON object that *data* spells. Raises NotFiniteError for such a number, ValueError for everything else."""
    try:
        value = _DECODER.decode(data.decode())
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("the JSON is not an object")
    return value


def _object(members: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in members:
        if name in found:
            raise ValueError("the JSON names a member twice")
        found[name] = value
    return found


def _float(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise NotFiniteError("the JSON has a number too large for a double")
    return number


def _int(digits: str) -> int:
    _float(digits)  # first, because int() takes quadratic time and refuses some lengths in words of its own
    return int(digits)


def _constant(name: str) -> Never:
    raise NotFiniteError(f"the JSON has {name} for a number")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_int=_int, parse_constant=_constant)
