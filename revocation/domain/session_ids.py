"""Session ids: the secret that a cookie carries, and the digest under which the store knows it (OWASP ASVS 5.0, 7.2.3)."""

import hashlib
import hmac
import re
import secrets
from typing import Final

ID_BYTES: Final = 32
"""Entropy of the ids that the service makes: 256 bits."""

MIN_CALLER_BITS: Final = 128
"""Entropy that the form of a caller-made id must have room for."""

_CALLER_MADE: Final = re.compile(r"[A-Za-z0-9._~-]{22,256}")
_HEXADECIMAL: Final = re.compile(r"[0-9a-f-]+|[0-9A-F-]+")


def new_session_id() -> str:
    """Returns a new secret: 43 characters of base64url."""
    return secrets.token_urlsafe(ID_BYTES)


def new_handle() -> str:
    """Returns a new public name for a session: 22 characters of base64url, 128 bits, so that none ever comes twice."""
    return secrets.token_urlsafe(16)


def digest_of(realm: str, session_id: str, pepper: bytes) -> str:
    """Returns the 64 hexadecimal digits under which *realm* keeps a session: SHA-256, keyed with the *pepper* when there is one."""
    words = b"%d:%s%s" % (len(realm.encode()), realm.encode(), session_id.encode())
    return hmac.new(pepper, words, hashlib.sha256).hexdigest() if pepper else hashlib.sha256(words).hexdigest()


def is_strong_caller_id(session_id: str) -> bool:
    """Tells whether a caller-made id has room for 128 bits: 22 characters of base64url, or 32 hexadecimal digits."""
    if not _CALLER_MADE.fullmatch(session_id):
        return False
    if _HEXADECIMAL.fullmatch(session_id):
        return 4 * len(session_id.replace("-", "")) >= MIN_CALLER_BITS
    return 6 * len(session_id) >= MIN_CALLER_BITS
