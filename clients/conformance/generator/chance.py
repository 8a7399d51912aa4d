"""Chance that comes out the same on every machine and in every version of Python: SplitMix64 (Steele, Lea, Flood 2014)."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

_MASK = (1 << 64) - 1


class Chance:
    """A row of random choices that *seed* determines."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, bound: int) -> int:
        """Returns a number of at least 0 below *bound*."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = ((self._state ^ self._state >> 30) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
        return ((mixed ^ mixed >> 31) * bound) >> 64

    def one_of(self, things: Sequence[T]) -> T:
        """Returns one of *things*."""
        return things[self.below(len(things))]

    def some_of(self, things: Sequence[T], most: int) -> list[T]:
        """Returns up to *most* different ones of *things*, shuffled."""
        left = list(things)
        return [left.pop(self.below(len(left))) for _ in range(min(self.below(most + 1), len(left)))]
