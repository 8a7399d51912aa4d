"""A realm's keys at an https URL, fetched in the background so that hardly a caller waits for them."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Final

from .kept_keys import KEPT, Clock, KeptKeys
from .keys import Key, KeySetError, parse_key_set

REFRESH: Final = 5 * 60.0
"""After how many seconds keys in use are fetched again."""

PAUSE: Final = 30.0
"""The seconds between two fetches: no flood of unknown names, and no outage, becomes a flood of fetches."""

FIRST_PAUSE: Final = 1.0
"""The same while there are no keys at all."""


class KeyUrl:
    """The keys that *fetch* brings. At most one fetch is under way; all who need it wait for the same, and none of them can cancel it."""

    def __init__(self, realm: str, fetch: Callable[[], Awaitable[bytes]], clock: Clock) -> None:
        self._kept = KeptKeys(realm, clock)
        self._fetch = fetch
        self._clock = clock
        self._began = -math.inf
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> Key | None:
        if self._kept.age >= KEPT:
            await self._fetched(FIRST_PAUSE)
        elif self._kept.age >= REFRESH:
            self._start(PAUSE)
        if (key := self._kept.get().find(kid, algorithm)) is not None:
            return key
        await self._fetched(PAUSE)
        return self._kept.get().find(kid, algorithm)

    async def aclose(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _fetched(self, pause: float) -> None:
        """Waits for the fetch that is under way, or for a new one unless the last is younger than *pause*."""
        if (fetching := self._start(pause)) is not None:
            await asyncio.wait([fetching])  # which, other than awaiting the task, leaves it alone when the waiting is cancelled

    def _start(self, pause: float) -> asyncio.Task[None] | None:
        if self._fetching is None and self._clock() - self._began >= pause:
            self._began = self._clock()
            self._fetching = asyncio.create_task(self._run())
        return self._fetching

    async def _run(self) -> None:
        try:
            self._kept.keep(parse_key_set(await self._fetch(), secrets=False))
        except KeySetError as error:
            self._kept.fail(error)
        finally:
            self._fetching = None
