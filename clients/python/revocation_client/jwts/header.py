"""What a jwt's header may ask for. It is read before any key has vouched for it, so it chooses among what is allowed and no more."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..judgement.claims import InvalidReason
from .refused import RefusedError
from .strict_json import parse_object

_REFUSED: Final = frozenset({"crit", "jku", "jwk", "x5c", "x5u"})
"""Demands that nothing here meets, and keys that the token brings or points to (RFC 8725 section 3.10)."""


@dataclass(frozen=True, slots=True)
class Header:
    """Which key the token claims to be signed with; *kid* is None when it does not say."""

    algorithm: str
    kid: str | None


def read_header(data: bytes, algorithms: Collection[str], types: Collection[str]) -> Header:
    """Returns what the header in *data* asks for. Refused when it is malformed or asks for what is not allowed."""
    header = _parse(data)
    algorithm, kid = header.get("alg"), header.get("kid")
    if not (isinstance(kid, str) or "kid" not in header):
        raise RefusedError(InvalidReason.MALFORMED_TOKEN)
    if not (isinstance(algorithm, str) and algorithm in algorithms):
        raise RefusedError(InvalidReason.ALGORITHM)
    if not _REFUSED.isdisjoint(header):
        raise RefusedError(InvalidReason.HEADER)
    if not _is_of_type(header, types):
        raise RefusedError(InvalidReason.TYPE)
    return Header(algorithm, kid)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        return parse_object(data)
    except ValueError as error:
        raise RefusedError(InvalidReason.MALFORMED_TOKEN) from error


def _is_of_type(header: Mapping[str, Any], types: Collection[str]) -> bool:
    if "typ" not in header:
        return True
    typ = header["typ"]
    return isinstance(typ, str) and _media_type(typ) in map(_media_type, types)


def _media_type(typ: str) -> str:
    """Returns *typ* without what RFC 7515 section 4.1.9 lets one leave out."""
    return typ.lower().removeprefix("application/")
