"""The rules of request fields. Each returns the value in the domain's terms or raises InvalidFieldError, which names the field."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from revocation_client.judgement.claims import MAX_ID_BYTES, is_claim
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import MAX_KEPT

from ..domain.errors import InvalidFieldError
from ..domain.realms import SECOND
from ..domain.revisions import Revision
from ..domain.session_ids import is_strong_caller_id
from ..domain.sessions import MAX_ATTRIBUTES, MAX_GRACE

_LAST_NUMERIC_DATE: Final = 253402300799.999
_LAST_SECOND: Final = 253402300799
_FIRST_SECOND: Final = -62135596800
_MAX_KEY_BYTES: Final = 64


def identifier(field: str, text: str) -> str:
    """A required identifier: 1 to 256 bytes without control characters."""
    if not text:
        raise InvalidFieldError(field, "is required")
    return optional_text(field, text)


def optional_text(field: str, text: str) -> str:
    """An identifier or a reason that may be empty."""
    if not is_claim(text):
        raise InvalidFieldError(field, f"must be at most {MAX_ID_BYTES} bytes of UTF-8 without control characters")
    return text


def numeric_date(field: str, seconds: float) -> float:
    """A token's exp: seconds since the epoch, at least 0 and before the year 10000."""
    if not (math.isfinite(seconds) and 0 <= seconds <= _LAST_NUMERIC_DATE):
        raise InvalidFieldError(field, "must be a NumericDate: seconds since the epoch, from 0 to 253402300799")
    return seconds


def cutoff(field: str, time: Timestamp) -> Millis:
    """A cut-off, rounded up to the millisecond, so that nothing before it slips through."""
    if not (_FIRST_SECOND <= time.seconds <= _LAST_SECOND and 0 <= time.nanos < 1_000_000_000):
        raise InvalidFieldError(field, "must be a time of the years 1 to 9999")
    if time.seconds < 0:
        raise InvalidFieldError(field, "must not be before 1970")
    return Millis(time.seconds * SECOND - (-time.nanos // 1_000_000))


def duration(field: str, length: Duration, *, least: int, most: int | None = None) -> Millis:
    """A duration of *least* to *most* milliseconds, whose parts agree in sign (google.protobuf.Duration)."""
    if length.seconds < 0 or not 0 <= length.nanos < 1_000_000_000:
        raise InvalidFieldError(field, "must be a duration that is not negative, with less than a second of nanos")
    milliseconds = length.seconds * SECOND + length.nanos // 1_000_000
    if milliseconds < least or (most is not None and milliseconds > most):
        limits = f"at least {least / SECOND:g} seconds" if most is None else f"{least / SECOND:g} to {most / SECOND:g} seconds"
        raise InvalidFieldError(field, f"must be {limits}")
    return Millis(milliseconds)


def grace(field: str, length: Duration) -> Millis:
    """For how long a rotated secret still works."""
    return duration(field, length, least=0, most=MAX_GRACE)


def between(field: str, number: int, least: int, most: int) -> int:
    """A whole number of a range."""
    if not least <= number <= most:
        raise InvalidFieldError(field, f"must be {least} to {most}")
    return number


def page_size(field: str, number: int, *, default: int, most: int) -> int:
    """How many entries a page may have; 0: the default."""
    return between(field, number, 0, most) or default


def revision(field: str, text: str) -> Revision | None:
    """A revision that a write returned, or none."""
    parsed = Revision.parse(text)
    if text and parsed is None:
        raise InvalidFieldError(field, "must be a revision that this service returned")
    return parsed


def kept_handles(field: str, handles: Sequence[str]) -> tuple[str, ...]:
    """The sessions that a cut-off spares."""
    if len(handles) > MAX_KEPT:
        raise InvalidFieldError(field, f"must be at most {MAX_KEPT} handles")
    return tuple(identifier(f"{field}[{place}]", handle) for place, handle in enumerate(handles))


def session_id(field: str, text: str) -> str:
    """The secret of a session, whoever made it; the error does not repeat it."""
    if not text:
        raise InvalidFieldError(field, "is required")
    if len(text) > MAX_ID_BYTES or not (text.isascii() and text.isprintable()):
        raise InvalidFieldError(field, "must be a session_id that this service accepted: at most 256 printable ASCII characters")
    return text


def caller_made_id(field: str, text: str) -> str:
    """The secret that a caller wants a session to have."""
    if not is_strong_caller_id(text):
        raise InvalidFieldError(
            field, "must be 22 to 256 characters of A-Z a-z 0-9 - _ . ~ with at least 128 bits: 22 of base64url, 32 of hex"
        )
    return text


def attributes(field: str, pairs: Mapping[str, str], *, removing: bool = False) -> dict[str, str]:
    """What a person recognises a session by. Only where they are merged may a value be empty."""
    if len(pairs) > MAX_ATTRIBUTES:
        raise InvalidFieldError(field, f"must be at most {MAX_ATTRIBUTES} pairs")
    for key, value in pairs.items():
        if not key or not is_claim(key) or len(key.encode()) > _MAX_KEY_BYTES:
            raise InvalidFieldError(field, f"must have keys of 1 to {_MAX_KEY_BYTES} bytes without control characters")
        if not is_claim(value) or not (value or removing):
            raise InvalidFieldError(field, f"must have values of 1 to {MAX_ID_BYTES} bytes without control characters")
    return dict(pairs)


def session_data(field: str, data: bytes, limit: int) -> bytes:
    """What the application keeps in a session."""
    if len(data) > limit:
        raise InvalidFieldError(field, f"must be at most {limit} bytes")
    return data
