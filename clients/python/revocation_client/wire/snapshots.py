"""A whole index as a row of messages, each of at most 1 MiB, and such messages merged into an index.

Fingerprints travel as the very bytes in which the index keeps them, their cut-offs as milliseconds since the epoch.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from operator import or_
from typing import Final

from ..judgement.grid import Grid
from ..judgement.index import RevocationIndex
from ..judgement.millis import Millis
from ..judgement.packing import EXPIRY_BITS, LATEST, cutoff_of
from ..judgement.revocations import Scope
from ..judgement.shards import Sorted
from ..v1 import revocation_pb2, watch_pb2
from .values import bare_message, revocation_of

_VALUES: Final = 2048
"""Exact values in one part: of 256 bytes at most, with two varints, 0.6 MiB."""

_PRINTS: Final = 32_768
"""Fingerprints in one part: of 17 bytes, 0.6 MiB."""

_WITH_KEPT: Final = 256
"""Cut-offs with kept sessions in one part: of 2.5 KiB at most, 0.6 MiB."""

_MERGED_AT_ONCE: Final = 512


def snapshot_parts(index: RevocationIndex, now: Millis) -> Iterator[watch_pb2.SnapshotPart]:
    """Yields all of *index*; the last part says so. What changes meanwhile is in it or not; what stood in it before is not missed."""
    for scope in Scope:
        entries = index.exact(scope)  # before the fingerprints, to which exact values may move meanwhile
        for first in range(0, len(entries), _VALUES):
            yield _exact_part(scope, entries[first : first + _VALUES])
        yield from _print_parts(index, scope, now)
    kept = index.with_kept_sessions()
    for first in range(0, len(kept), _WITH_KEPT):
        yield watch_pb2.SnapshotPart(
            scope=revocation_pb2.SCOPE_USER, with_kept_sessions=map(bare_message, kept[first : first + _WITH_KEPT])
        )
    yield watch_pb2.SnapshotPart(last=True)


def merge_part(part: watch_pb2.SnapshotPart, index: RevocationIndex, now: Millis, *, whole_runs: bool = True) -> Iterator[None]:
    """Merge *part* into *index*, some of it at each step of the iteration. ValueError when it cannot be read.

    With *whole_runs*, fingerprints go in at once: quick while the index knows none of their prefix. Without, they go in some at a time.
    """
    if part.values:
        yield from _merge_exact(part, index, now)
    if part.fingerprints:
        yield from _merge_prints(part, index, now, _PRINTS if whole_runs else _MERGED_AT_ONCE)
    for number, message in enumerate(part.with_kept_sessions, 1):
        index.put(revocation_of(message), now)
        if number % _MERGED_AT_ONCE == 0:
            yield


def _exact_part(scope: Scope, entries: Sequence[tuple[str, int]]) -> watch_pb2.SnapshotPart:
    expiries = [entry & LATEST for _, entry in entries]
    cutoffs = [cutoff_of(entry) for _, entry in entries] if scope.has_cutoff else []
    base = min([*cutoffs, *expiries])
    return watch_pb2.SnapshotPart(
        scope=revocation_pb2.Scope.ValueType(scope),
        values=[value for value, _ in entries],
        base_time=base,
        cutoffs=[cutoff - base for cutoff in cutoffs],
        expiries=[-1 if expiry == LATEST else expiry - base for expiry in expiries],
    )


def _print_parts(index: RevocationIndex, scope: Scope, now: Millis) -> Iterator[watch_pb2.SnapshotPart]:
    prints = index.prints(scope)
    for prefix, shard in prints.shards() if prints else ():
        if prints and shard.news:
            prints.settle(shard, now)
        run, depth = shard.run, shard.depth
        for first in range(0, len(run.steps), _PRINTS):
            some = slice(first, first + _PRINTS)
            yield watch_pb2.SnapshotPart(
                scope=revocation_pb2.Scope.ValueType(scope),
                fingerprints=run.prints[some].tobytes(),
                prefix_bits=depth,
                prefix=prefix,
                base_time=run.grid.base,
                packed_cutoffs=run.cutoffs[some].tobytes(),
                packed_expiries=run.steps[some],
                expiry_unit=run.grid.unit,
            )


def _merge_exact(part: watch_pb2.SnapshotPart, index: RevocationIndex, now: Millis) -> Iterator[None]:
    scope, base = Scope(part.scope), part.base_time
    cutoffs = [base + after << EXPIRY_BITS for after in part.cutoffs] if scope.has_cutoff else [0] * len(part.values)
    expiries = [LATEST if after < 0 else base + after for after in part.expiries]
    entries = zip(part.values, map(or_, cutoffs, expiries), strict=True)
    while some := list(islice(entries, _MERGED_AT_ONCE)):
        index.put_many(scope, some, now)
        yield


def _merge_prints(part: watch_pb2.SnapshotPart, index: RevocationIndex, now: Millis, at_once: int) -> Iterator[None]:
    scope, run = Scope(part.scope), _run(part)
    for first in range(0, len(run.steps), at_once):
        some = slice(first, first + at_once)
        piece = Sorted(run.prints[some], run.cutoffs[some], run.steps[some], run.grid)
        index.put_run(scope, part.prefix_bits, part.prefix, piece, now)
        yield


def _run(part: watch_pb2.SnapshotPart) -> Sorted:
    """Returns the fingerprints of *part* on the bytes of the message. ValueError when the columns differ in length."""
    run = Sorted.of(part.fingerprints, part.packed_cutoffs, part.packed_expiries, Grid(Millis(part.base_time), part.expiry_unit))
    has_cutoffs = Scope(part.scope).has_cutoff
    if len(run.prints) != len(run.steps) or len(run.cutoffs) != (len(run.steps) if has_cutoffs else 0):
        raise ValueError("a snapshot's columns differ in length")
    return run
