"""Revisions: positions in the history of a realm, and which of them a position includes (PROTOCOL section 3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_PRINTED: Final = re.compile(r"([0-9a-f]{16})\.(0|[1-9][0-9]{0,14})")


@dataclass(frozen=True, slots=True)
class Revision:
    """The *sequence*-th change of an *epoch*: a stretch of history that one life of the store's primary wrote. Opaque to callers."""

    epoch: str
    sequence: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.sequence}"

    @classmethod
    def parse(cls, text: str) -> "Revision | None":
        """Returns the revision that *text* prints, or None when it prints none."""
        match = _PRINTED.fullmatch(text)
        return cls(match[1], int(match[2])) if match else None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reader stands, with the *lineage* of its epoch: each earlier epoch, and the sequence at which that ended."""

    revision: Revision
    lineage: Mapping[str, int] = field(default_factory=dict)

    def includes(self, wanted: Revision) -> bool:
        """Tells whether everything up to *wanted* is held here. A larger number of another epoch says nothing."""
        if wanted.epoch == self.revision.epoch:
            return wanted.sequence <= self.revision.sequence
        return wanted.sequence <= self.lineage.get(wanted.epoch, -1)

    def back_at(self, sequence: int) -> "Position":
        """Returns where a reader stands that has read this history up to *sequence* only: of earlier epochs it holds no more, either."""
        lineage = {epoch: min(ended, sequence) for epoch, ended in self.lineage.items()}
        return Position(Revision(self.revision.epoch, sequence), lineage)
