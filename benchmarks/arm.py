"""What an arm is."""

from collections.abc import Mapping
from typing import Protocol

Sample = Mapping[str, float]
"""The figures of one repetition."""


class UnavailableError(Exception):
    """An arm cannot run here; the text says how to make it."""


class Arm(Protocol):
    """Something that is measured again and again, in turns with all others."""

    @property
    def label(self) -> str:
        """What is being measured, for people."""

    def sample(self) -> Sample:
        """Return the figures of one repetition."""
