"""The claims of one token, and what makes them unfit to be judged."""

import math
import re
from enum import IntEnum
from typing import Final, NamedTuple

MAX_ID_BYTES: Final = 256

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class InvalidReason(IntEnum):
    """Why a token is INVALID; numbered as in the proto."""

    NO_SUBJECT = 1
    NO_TIME = 2
    NOT_A_NUMBER = 3
    MALFORMED_CLAIM = 4
    ISSUER = 5
    MALFORMED_TOKEN = 6
    ALGORITHM = 7
    HEADER = 8
    UNKNOWN_KEY = 9
    SIGNATURE = 10
    AUDIENCE = 11
    NOT_YET_VALID = 12
    TYPE = 13


class Claims(NamedTuple):
    """The words of a token that decide about it, under their RFC 7519 names; an empty string is a claim that is absent.

    *iat* and *exp* are NumericDates: seconds since the epoch, with fractions. *kid* comes from the token's header.
    """

    iss: str = ""
    sub: str = ""
    jti: str = ""
    iat: float | None = None
    exp: float | None = None
    sid: str = ""
    client_id: str = ""
    kid: str = ""


def fault(claims: Claims, issuer: str) -> InvalidReason | None:
    """Returns why *claims* cannot be judged in a realm of *issuer* (empty: any), or None when they can."""
    iss, sub, jti, iat, exp, sid, client_id, kid = claims
    if not (is_claim(iss + sub + jti + sid + client_id + kid) or all(map(is_claim, (iss, sub, jti, sid, client_id, kid)))):
        return InvalidReason.MALFORMED_CLAIM  # together they pass sooner, and mostly do
    if not (sub or jti or sid or client_id):
        return InvalidReason.NO_SUBJECT
    if iat is None and exp is None:
        return InvalidReason.NO_TIME
    if not ((iat is None or math.isfinite(iat)) and (exp is None or math.isfinite(exp))):
        return InvalidReason.NOT_A_NUMBER
    if issuer and iss and iss != issuer:
        return InvalidReason.ISSUER
    return None


def is_claim(text: str) -> bool:
    """Tells whether *text* may stand in a claim: at most 256 bytes of UTF-8 without control characters, or absent."""
    if text.isascii() and text.isprintable():
        return len(text) <= MAX_ID_BYTES
    try:
        return len(text.encode()) <= MAX_ID_BYTES and not _CONTROL.search(text)
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell and UTF-8 cannot
        return False
