"""Arithmetic over repetitions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some repetitions, and how far they went."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Returns the spread of *values*, of which there must be one at least."""
        return cls(median(values), min(values), max(values))


def ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """Returns the ratio of each repetition: the two were measured one soon after the other, so what disturbed both cancels out."""
    return [above / below for above, below in zip(numerators, denominators, strict=True)]


def percentile(values: Sequence[float], percent: float) -> float:
    """Returns the least of *values* that *percent* of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)]


def share_below(values: Sequence[float], bound: float) -> float:
    """Returns how many of *values* are below *bound*, in percent."""
    return 100 * sum(value < bound for value in values) / len(values)
