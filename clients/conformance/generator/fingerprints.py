"""Fingerprints, by the letter of watch.proto."""

from hashlib import sha256
from typing import Any

SCOPES = ("TOKEN", "USER", "SESSION", "CLIENT", "KEY", "REALM")
"""In the order of their numbers, which begin at 1."""

KEYS = (bytes(range(16)), b"\xff" * 16, bytes(16))
VALUES = ("t1", "u1", "", "\u00e9", "\U0001f512", "e\u0301", "x" * 256, "'\"\\", "0")


def fingerprint(key: bytes, scope: str, value: str) -> bytes:
    """Returns the 8 bytes of *value*."""
    return sha256(key + bytes([SCOPES.index(scope) + 1]) + value.encode()).digest()[:8]


def fingerprint_cases() -> list[dict[str, Any]]:
    """Returns every scope with an ordinary value, and odd values with every key."""
    asked = [(KEYS[0], scope, "" if scope == "REALM" else "v1") for scope in SCOPES]
    asked += [(key, "TOKEN", value) for key in KEYS for value in VALUES if value]
    asked += [(KEYS[0], "USER", value) for value in VALUES if value]
    return [_spelled(key, scope, value) for key, scope, value in asked]


def _spelled(key: bytes, scope: str, value: str) -> dict[str, Any]:
    raw = fingerprint(key, scope, value)
    number = sum(byte << 8 * place for place, byte in enumerate(raw))
    return {"key": key.hex(), "scope": scope, "value": value, "bytes": raw.hex(), "number": str(number)}
