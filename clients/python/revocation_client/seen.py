"""Tokens whose signatures were good, by their digests."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import Any


@dataclass(frozen=True, slots=True)
class Seen:
    """What a good token said."""

    payload: dict[str, Any]
    kid: str

    def copy(self) -> dict[str, Any]:
        """Returns the payload for a caller to keep: what it does to that must not happen to the next one's."""
        return {name: _copy(value) if isinstance(value, list | dict) else value for name, value in self.payload.items()}


class SeenTokens:
    """Remembers the tokens that were seen last. Any thread may use it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: OrderedDict[bytes, Seen] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._seen)

    def get(self, token: str, now: float) -> Seen | None:
        """Returns what *token* said; None when it was not seen, is forgotten, or is over at *now*."""
        digest = _digest(token)
        with self._lock:
            seen = self._seen.get(digest)
            if seen is None:
                return None
            if seen.payload.get("exp", now) <= now and "exp" in seen.payload:
                del self._seen[digest]
                return None
            self._seen.move_to_end(digest)
            return seen

    def put(self, token: str, seen: Seen) -> None:
        """Remember *token*, and forget the one that was not seen for longest when there are too many."""
        with self._lock:
            self._seen[_digest(token)] = seen
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(member) for name, member in value.items()}
    return [_copy(member) for member in value] if isinstance(value, list) else value
