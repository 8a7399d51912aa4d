"""The shape of a raw jwt: three parts of base64url, in the one spelling that RFC 7515 allows."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from ..judgement.claims import InvalidReason
from .refused import RefusedError

MAX_LENGTH: Final = 8 * 1024

_COMPACT: Final = re.compile(r"([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]*)")


@dataclass(frozen=True, slots=True)
class Token:
    """A raw jwt taken apart; *signed* are the bytes that *signature* is for. Nothing of it is verified yet."""

    header: bytes
    payload: bytes
    signature: bytes
    signed: bytes


def parse_token(jwt: str) -> Token:
    """Takes a raw jwt apart. Refused as MALFORMED_TOKEN when it is too long or not in the compact form (RFC 7515 section 7.1)."""
    parts = _COMPACT.fullmatch(jwt) if len(jwt) <= MAX_LENGTH else None
    if parts is None:
        raise RefusedError(InvalidReason.MALFORMED_TOKEN)
    header, payload, signature = parts.groups()
    return Token(_decode(header), _decode(payload), _decode(signature), f"{header}.{payload}".encode())


def _decode(part: str) -> bytes:
    """Decodes base64url, which must be the very text that encoding gives: else one token had many spellings."""
    text = part.encode()
    if len(text) % 4 != 1:
        decoded = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
        if urlsafe_b64encode(decoded).rstrip(b"=") == text:
            return decoded
    raise RefusedError(InvalidReason.MALFORMED_TOKEN)
