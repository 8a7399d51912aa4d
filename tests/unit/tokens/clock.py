"""A clock that only tests move."""

from dataclasses import dataclass


@dataclass
class Clock:
    """Tells the seconds that it was set to."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now
