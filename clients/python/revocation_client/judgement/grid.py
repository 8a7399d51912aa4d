"""Expiries in one byte: steps of a grid, rounded up, so that an entry may outlive its expiry a little but never falls short of it."""

from dataclasses import dataclass
from typing import Final

from .millis import Millis
from .packing import LATEST

NEVER_STEP: Final = 255
_MOST_STEPS: Final = 254
_FINEST: Final = 1000


@dataclass(frozen=True, slots=True)
class Grid:
    """Step i stands for *base* + i * *unit* milliseconds. Units are seconds times powers of two and bases their multiples.

    So a coarser grid holds every point of a finer one that matters, and rounding again on the same grid changes nothing.
    """

    base: Millis
    unit: int

    @classmethod
    def spanning(cls, now: Millis, latest: int) -> "Grid":
        """Returns the finest grid that reaches from *now* to *latest*."""
        unit = _FINEST
        while now // unit * unit + _MOST_STEPS * unit < latest:
            unit *= 2
        return cls(Millis(now // unit * unit), unit)

    def reaches(self, expiry: int) -> bool:
        """Whether *expiry* has a step."""
        return expiry == LATEST or expiry <= self.base + _MOST_STEPS * self.unit

    def step(self, expiry: int) -> int:
        """Returns the step of *expiry*, rounded up; 0 for what is over before the grid begins."""
        if expiry == LATEST:
            return NEVER_STEP
        return max(0, -((self.base - expiry) // self.unit))

    def expiry(self, step: int) -> int:
        """Returns the expiry that *step* stands for."""
        return LATEST if step == NEVER_STEP else self.base + step * self.unit

    def onto(self, other: "Grid") -> bytes:
        """Returns the table that `bytes.translate` takes from this grid's steps to those of *other*."""
        return bytes(min(other.step(self.expiry(step)), NEVER_STEP) for step in range(256))
