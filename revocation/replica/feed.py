"""What one watcher is told."""

from collections.abc import AsyncIterator, Callable
from typing import Final

from ..domain.revisions import Revision
from ..domain.watching import Beat, Event, Lost
from .realm_replica import RealmReplica

BEAT_EVERY: Final = 0.9
"""Seconds between two beats, at least: the replica's proofs, which come more often, set the pace."""


async def watch(replica: RealmReplica, resume: Revision | None, monotonic: Callable[[], float]) -> AsyncIterator[Event]:
    """Yields what `Watching.watch` says."""
    if resume is not None and not replica.includes(resume):
        await replica.advance()
    behind = None if resume is None else replica.resume_behind(resume)
    holds = resume if behind is not None else None
    generation = replica.ring.generation
    if behind is None or replica.ring.behind(behind) is None:
        state = replica.state()
        behind = state.revision.sequence
        yield state
    last_beat = 0.0
    while True:
        batches = replica.ring.behind(behind) if generation == replica.ring.generation else None
        if batches is None:
            yield Lost()
            return
        for batch in batches:
            yield batch
            behind = batch.revision.sequence
        if not batches and monotonic() - last_beat >= BEAT_EVERY and (beat := _beat(replica, holds)) is not None:
            last_beat = monotonic()
            yield beat
        if not batches:
            await replica.news()


def _beat(replica: RealmReplica, resume: Revision | None) -> Beat | None:
    """The proof to pass on; None while this process is behind what the watcher holds already."""
    if replica.position is None or replica.age is None or not replica.includes(resume):
        return None
    return Beat(replica.position.revision, replica.age)
