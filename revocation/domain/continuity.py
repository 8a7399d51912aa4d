"""Where a reader of the log goes on (PROTOCOL section 5): a hole is never silent."""

from enum import Enum, auto

from .revisions import Position


class Start(Enum):
    """What a reader does that cannot simply go on."""

    SNAPSHOT = auto()
    """Read the state anew: part of the log is not to be had, or history went back."""

    IGNORE = auto()
    """Do nothing: the answer came from a primary that was deposed before this reader's epoch."""


def continuation(held: Position | None, now: Position, first: int) -> int | Start:
    """Returns behind which sequence a reader that stands at *held* goes on, in a realm that stands at *now* with a log from *first* on."""
    if held is None:
        return Start.SNAPSHOT
    if now.revision.epoch != held.revision.epoch and now.revision.epoch in held.lineage:
        return Start.IGNORE
    ended = now.revision.sequence if now.revision.epoch == held.revision.epoch else now.lineage.get(held.revision.epoch)
    if ended is None:
        return Start.SNAPSHOT
    went_back = now.revision.epoch == held.revision.epoch and ended < held.revision.sequence
    behind = min(held.revision.sequence, ended)
    return Start.SNAPSHOT if went_back or behind + 1 < first else behind


def loss(held: Position, now: Position) -> int | None:
    """Returns behind which sequence the store has lost what a reader at *held* holds; None: it has lost nothing of that."""
    kept = now.revision.sequence if now.revision.epoch == held.revision.epoch else now.lineage.get(held.revision.epoch, 0)
    return kept if kept < held.revision.sequence else None
