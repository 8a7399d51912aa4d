"""Fingerprints in sorted bytes: 8 for each, 8 for its cut-off where the scope has one, and 1 for its expiry."""

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from itertools import compress
from typing import Final, Literal

from .fingerprints import BITS
from .grid import NEVER_STEP, Grid
from .millis import Millis
from .packing import EXPIRY_BITS, LATEST, joined

_LEAST_DELTA: Final = 32
_DELTA_SHARE: Final = 128
_STALE_STEPS: Final = 16
_ROOM: Final = 512
_NEAR: Final = 192


@dataclass(frozen=True, slots=True)
class Sorted:
    """An immutable run of entries: *prints* ascending, *cutoffs* empty where the scope has none. The buffers may be those of a message."""

    prints: memoryview
    cutoffs: memoryview
    steps: bytes
    grid: Grid

    @classmethod
    def of(cls, prints: bytes | bytearray, cutoffs: bytes | bytearray, steps: bytes, grid: Grid) -> "Sorted":
        """Returns the run with these bytes, little-endian, which are not copied."""
        return cls(memoryview(prints).cast("Q"), memoryview(cutoffs).cast("q"), steps, grid)

    def find(self, fingerprint: int) -> int | None:
        """Returns the packed entry of *fingerprint*, or None."""
        place, there = self._place(fingerprint)
        return self.entry(place) if there else None

    def find_near(self, fingerprint: int, depth: int) -> int | None:
        """Returns what `find` does, sooner: behind the *depth* bits that all share, fingerprints are spread evenly."""
        prints, size = self.prints, len(self.prints)
        left = BITS - depth
        guess = ((fingerprint & ((1 << left) - 1)) * size) >> left
        low, high = max(0, guess - _NEAR), min(size, guess + _NEAR)
        place = bisect_left(prints, fingerprint, low, high)
        if place in (low, high):
            place = bisect_left(prints, fingerprint)
        return self.entry(place) if place < size and prints[place] == fingerprint else None

    def entry(self, place: int) -> int:
        """Returns the packed entry at *place*."""
        cutoff = self.cutoffs[place] if self.cutoffs else 0
        return cutoff << EXPIRY_BITS | self.grid.expiry(self.steps[place])

    def on(self, grid: Grid) -> "Sorted":
        """Returns the run with its expiries on *grid*, and without what is over before that begins."""
        if grid == self.grid:
            return self
        steps = self.steps.translate(self.grid.onto(grid))
        if 0 not in steps:
            return Sorted(self.prints, self.cutoffs, steps, grid)
        prints, cutoffs = array("Q", compress(self.prints, steps)), array("q", compress(self.cutoffs, steps))
        return Sorted(memoryview(prints), memoryview(cutoffs), steps.replace(b"\0", b""), grid)

    def with_entries(self, entries: dict[int, int], *, has_cutoffs: bool) -> "Sorted":
        """Returns the run with *entries* put in, or in place of what was there; all must be on the grid."""
        places = [(fingerprint, *self._place(fingerprint)) for fingerprint in sorted(entries)]
        size = len(self.steps) + sum(not there for _, _, there in places)
        prints, cutoffs, steps = _room("Q", size), _room("q", size if has_cutoffs else 0), bytearray(size)
        done = end = 0
        for fingerprint, place, there in [*places, (0, len(self.steps), False)]:
            old, new = slice(done, place), slice(end, end + place - done)
            prints[new], steps[new] = self.prints[old], self.steps[old]
            if has_cutoffs:
                cutoffs[new] = self.cutoffs[old]
            done, end = place + there, new.stop
            if end < size:
                prints[end], steps[end] = fingerprint, self.grid.step(entries[fingerprint] & LATEST)
                if has_cutoffs:
                    cutoffs[end] = entries[fingerprint] >> EXPIRY_BITS
                end += 1
        return Sorted(prints, cutoffs, bytes(steps), self.grid)

    def _place(self, fingerprint: int) -> tuple[int, bool]:
        """Where *fingerprint* stands or would stand, and whether it is there."""
        place = bisect_left(self.prints, fingerprint)
        return place, place < len(self.steps) and self.prints[place] == fingerprint


def _room(kind: Literal["Q", "q"], size: int) -> memoryview:
    """Room for *size* numbers, in a buffer whose size is one of few, so that the allocator can use it again for the next run."""
    buffer = bytearray(-(-size // _ROOM) * _ROOM * 8)
    return memoryview(buffer).cast(kind)[:size]


class Shard:
    """The entries whose fingerprints begin with the same *depth* bits: a sorted run, and a small dictionary of what came since."""

    __slots__ = ("depth", "has_cutoffs", "news", "run")

    def __init__(self, run: Sorted, *, depth: int, has_cutoffs: bool) -> None:
        self.run = run
        self.news: dict[int, int] = {}
        self.depth = depth
        self.has_cutoffs = has_cutoffs

    def __bool__(self) -> bool:
        return bool(self.news or self.run.steps)

    def find(self, fingerprint: int) -> int | None:
        """Returns the packed entry of *fingerprint*, or None."""
        entry = self.news.get(fingerprint)
        return self.run.find(fingerprint) if entry is None else entry

    def put(self, fingerprint: int, entry: int, now: Millis) -> int:
        """Merge *entry* in. Returns by how much the number of entries grew, which is negative when expired ones were forgotten."""
        known = self.find(fingerprint)
        merged = entry if known is None else joined(known, entry)
        if merged == known:
            return 0
        self.news[fingerprint] = merged
        grown = 1 if known is None else 0
        if len(self.news) > max(_LEAST_DELTA, len(self.run.steps) // _DELTA_SHARE):
            grown += self.settle(now)
        return grown

    def settle(self, now: Millis) -> int:
        """Merge the news into the run and forget what has expired. Returns by how much the number of entries grew: never above 0."""
        news = {fingerprint: entry for fingerprint, entry in self.news.items() if entry & LATEST > now}
        before = len(self.run.steps) + sum(self.run.find(fingerprint) is None for fingerprint in self.news)
        self.run = self.run.on(self._grid(news, now)).with_entries(news, has_cutoffs=self.has_cutoffs)
        self.news = {}  # after the run has them: another thread looks here first
        return len(self.run.steps) - before

    def split(self, middle: int) -> tuple["Shard", "Shard"]:
        """Returns two shards: of the fingerprints below *middle*, and of the others. This one must be settled."""
        run, place = self.run, bisect_left(self.run.prints, middle)
        halves = (slice(None, place), slice(place, None))
        low, high = (Sorted(run.prints[half], run.cutoffs[half], run.steps[half], run.grid) for half in halves)
        return (
            Shard(low, depth=self.depth + 1, has_cutoffs=self.has_cutoffs),
            Shard(high, depth=self.depth + 1, has_cutoffs=self.has_cutoffs),
        )

    def _grid(self, news: dict[int, int], now: Millis) -> Grid:
        """The grid for the next run: the present one while it has steps for all of *news* and few of its own are over."""
        grid = self.run.grid
        latest = max((entry & LATEST for entry in news.values() if entry & LATEST != LATEST), default=0)
        if grid.reaches(latest) and now - grid.base < _STALE_STEPS * grid.unit:
            return grid
        own = max((step for step in set(self.run.steps) if step != NEVER_STEP), default=0)
        return Grid.spanning(now, max(latest, grid.expiry(own) if own else 0))
