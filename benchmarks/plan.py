"""How much is measured."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of one run. All arms take their turn in each repetition."""

    name: str
    repetitions: int
    load_seconds: float
    warm_up_seconds: float
    gets: int
    checks: int
    decodes: int
    revocations: int
    exact: int
    many: int
    changes: int


FULL: Final = Plan("full", 5, 1.5, 0.3, 8_000, 100_000, 2_000, 150, 1_000_000, 10_000_000, 204_800)
"""At most 6 minutes."""

QUICK: Final = Plan("quick", 3, 0.4, 0.1, 2_000, 20_000, 400, 30, 1_000_000, 1_000_000, 12_800)
"""At most 50 seconds; what is said of 10 M entries is then measured at 1 M."""
