"""A realm's keys in a local file, which may be replaced at any time."""

import math
from pathlib import Path
from typing import Final

from .kept_keys import Clock, KeptKeys
from .keys import MAX_BYTES, Key, KeySet, KeySetError, parse_key_set

PAUSE: Final = 1.0
"""The seconds between two looks at the file."""

_Stamp = tuple[int, int, int]


class KeyFile:
    """The keys of a JWKS file, symmetric ones included; a replaced file is in force a second later."""

    def __init__(self, realm: str, path: Path, clock: Clock) -> None:
        self._kept = KeptKeys(realm, clock)
        self._path = path
        self._clock = clock
        self._looked = -math.inf
        self._stamp: _Stamp | None = None

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        if self._clock() - self._looked >= PAUSE:
            self._looked = self._clock()
            self._look()
        return self._kept.get().find(kid, algorithm)

    async def aclose(self) -> None:
        pass

    def _look(self) -> None:
        """Reads the file when it is not the one that was read last. It is small and local, so the event loop can wait for it."""
        try:
            if (stamp := self._stat()) == self._stamp:
                self._kept.renew()
            else:
                self._kept.keep(self._read())
                self._stamp = stamp
        except (OSError, KeySetError) as error:
            self._kept.fail(KeySetError(f"{self._path}: {error}"))

    def _stat(self) -> _Stamp:
        """Returns what changes with the file, also when another one of the same age takes its place."""
        stat = self._path.stat()
        return stat.st_mtime_ns, stat.st_ino, stat.st_size

    def _read(self) -> KeySet:
        with self._path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise KeySetError(f"it is longer than {MAX_BYTES} bytes")
        return parse_key_set(data, secrets=True)
