"""The entries of one scope: exact values while they are few, fingerprints when they are many."""

from collections.abc import Iterable, Iterator
from typing import Final

from .fingerprints import BITS, fingerprints_of
from .grid import Grid
from .millis import Millis
from .packing import LATEST, joined
from .revocations import Scope
from .shards import Shard, Sorted

_FULL_SHARD: Final = 8192
_MOVED_AT_ONCE: Final = 8
_MOST_PREFIX_BITS: Final = 24
_FORGOTTEN_AT_ONCE: Final = 512
_BUCKET_BITS: Final = 20
"""Expiries within 2 ** 20 ms, some 17 minutes, are noted together."""


class Table:
    """Packed entries by value. Beyond *exact_limit* it keeps fingerprints under *key* instead, and moves a few there at each change."""

    def __init__(self, scope: Scope, key: bytes, exact_limit: int) -> None:
        self._scope = scope
        self._exact: dict[str, int] = {}
        self._due: dict[int, list[str]] = {}
        self._exact_limit = exact_limit
        self._fingerprint = fingerprints_of(scope, key)
        self._prints: PrintTable | None = None

    def __len__(self) -> int:
        return len(self._exact) + (len(self._prints) if self._prints else 0)

    def find(self, value: str) -> int | None:
        """Returns the packed entry of *value*, or None."""
        entry = self._exact.get(value)
        if self._prints is None:
            return entry
        printed = self._prints.find(self._fingerprint(value))
        return printed if entry is None else entry if printed is None else joined(entry, printed)

    def put(self, value: str, entry: int, now: Millis) -> None:
        """Merge *entry* into what is known of *value*."""
        if self._prints is None and len(self._exact) >= self._exact_limit:
            self._prints = PrintTable(self._scope)
        known = self._exact.get(value)
        if known is not None:
            self._exact[value] = joined(known, entry)
        elif self._prints is None:
            self._exact[value] = entry
            self._note(value, entry)
        else:
            self._prints.put(self._fingerprint(value), entry, now)
            self._move_some(self._prints, now)

    def put_many(self, entries: Iterable[tuple[str, int]], now: Millis) -> None:
        """Merge *entries*, values with what `packed` returns: what `put` does with each, but sooner where nothing is known of it yet."""
        exact = self._exact
        for value, entry in entries:
            if value in exact or self._prints is not None or len(exact) >= self._exact_limit:
                self.put(value, entry, now)
            else:
                exact[value] = entry
                self._note(value, entry)

    def exact(self) -> list[tuple[str, int]]:
        """Returns the exact entries."""
        return list(self._exact.items())

    @property
    def prints(self) -> "PrintTable | None":
        """The entries that are kept as fingerprints."""
        return self._prints

    def put_run(self, prefix_bits: int, prefix: int, run: Sorted, now: Millis) -> None:
        """Merge a run of fingerprints that begin with *prefix*, in a snapshot of 2 ** *prefix_bits* runs."""
        if self._prints is None:
            self._prints = PrintTable(self._scope)
        self._prints.put_run(prefix_bits, prefix, run, now)

    def forget_expired(self, now: Millis) -> None:
        """Forget a bounded number of exact values that have expired, some minutes ago at the latest."""
        bucket = min(self._due, default=LATEST)
        if (bucket + 1) << _BUCKET_BITS > now:
            return
        values = self._due[bucket]
        for value in values[-_FORGOTTEN_AT_ONCE:]:
            entry = self._exact.get(value, 0)
            if entry & LATEST > now:
                self._note(value, entry)  # it was renewed
            else:
                self._exact.pop(value, None)
        del values[-_FORGOTTEN_AT_ONCE:]
        if not values:
            del self._due[bucket]

    def _note(self, value: str, entry: int) -> None:
        """Note when *value* will have to be forgotten, so that nobody has to look through all of them."""
        expiry = entry & LATEST
        if expiry == LATEST:
            return
        bucket = self._due.get(expiry >> _BUCKET_BITS)
        if bucket is None:
            self._due[expiry >> _BUCKET_BITS] = [value]
        else:
            bucket.append(value)

    def _move_some(self, prints: "PrintTable", now: Millis) -> None:
        """Move a few exact values. Each stands in both places for a moment, so that another thread never finds it in neither."""
        for _ in range(min(_MOVED_AT_ONCE, len(self._exact))):
            value = next(reversed(self._exact))
            prints.put(self._fingerprint(value), self._exact[value], now)
            del self._exact[value]


class PrintTable:
    """Packed entries by fingerprint, in shards of those that begin alike (extendible hashing, Fagin et al. 1979).

    The directory has a place for each prefix; a shard that gets full is split alone, so that no change ever moves more than one shard.
    One thread may change it while others look things up: what they read in two steps is replaced as one.
    """

    def __init__(self, scope: Scope) -> None:
        empty = Sorted.of(b"", b"", b"", Grid(Millis(0), 1000))
        self._places = BITS, [Shard(empty, depth=0, has_cutoffs=scope.has_cutoff)]
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def find(self, fingerprint: int) -> int | None:
        """Returns the packed entry of *fingerprint*, or None."""
        shift, directory = self._places
        shard = directory[fingerprint >> shift]
        entry = shard.news.get(fingerprint)
        if entry is not None:
            return entry
        return shard.run.find_near(fingerprint, shard.depth)

    def put(self, fingerprint: int, entry: int, now: Millis) -> None:
        """Merge *entry* into what is known of *fingerprint*."""
        shard = self._shard(fingerprint)
        self._count += shard.put(fingerprint, entry, now)
        if not shard.news and len(shard.run.steps) > _FULL_SHARD and shard.depth < _MOST_PREFIX_BITS:
            self._split(fingerprint, now)

    def put_run(self, prefix_bits: int, prefix: int, run: Sorted, now: Millis) -> None:
        """Merge *run*, whose fingerprints begin with these bits. Where nothing is known yet, it is taken as it is."""
        first = prefix << (BITS - prefix_bits)
        while (shard := self._shard(first)).depth < prefix_bits and not shard:
            self._split(first, now)
        if shard.depth == prefix_bits and not shard:
            shard.run = run
            self._count += len(run.steps)
        else:
            for place, fingerprint in enumerate(run.prints):
                self.put(fingerprint, run.entry(place), now)

    def shards(self) -> Iterator[tuple[int, Shard]]:
        """Yields each shard with its prefix, of as many bits as the shard is deep."""
        first = 0
        while first < 1 << BITS:  # by fingerprint: shards may be split meanwhile
            shard = self._shard(first)
            yield first >> (BITS - shard.depth), shard
            first += 1 << (BITS - shard.depth)

    def settle(self, shard: Shard, now: Millis) -> None:
        """Merge the news of *shard* into its run, and forget what has expired there."""
        self._count += shard.settle(now)

    def _shard(self, fingerprint: int) -> Shard:
        shift, directory = self._places
        return directory[fingerprint >> shift]

    def _split(self, fingerprint: int, now: Millis) -> None:
        shift, directory = self._places
        shard = directory[fingerprint >> shift]
        self._count += shard.settle(now)
        if shard.depth == BITS - shift:
            shift, directory = shift - 1, [one for one in directory for _ in (0, 1)]
        width = 1 << (BITS - shift - shard.depth - 1)
        begin = (fingerprint >> shift) // (2 * width) * (2 * width)
        low, high = shard.split((begin + width) << shift)
        directory[begin : begin + 2 * width] = [low] * width + [high] * width
        self._places = shift, directory
