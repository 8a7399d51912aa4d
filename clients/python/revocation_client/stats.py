"""What a client has done and how it stands, for metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from .judgement.judge import State
from .standing import Standing
from .verdicts import Source


@dataclass(frozen=True, slots=True)
class Stats:
    """One look at a client. The counters begin at 0 with it and only grow.

    *verdicts* counts by state (None: nobody could say) and source; *allowed_blindly* those of them that the failure mode let through.
    *staleness* is in seconds, None before the first proof of freshness; *size* the number of revocations held.
    """

    standing: Standing
    ready: bool
    revision: str
    staleness: float | None
    size: int
    streams: int
    snapshots: int
    calls: int
    verdicts: Mapping[tuple[State | None, Source], int]
    allowed_blindly: int
