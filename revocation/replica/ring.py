"""The latest changes, for watchers that follow or resume."""

from collections import deque
from typing import Final

from ..domain.watching import Batch

MOST_CHANGES: Final = 65_536


class Ring:
    """The latest batches, at most MOST_CHANGES changes in all. *generation* changes when history did not simply go on."""

    def __init__(self) -> None:
        self.generation = 0
        self._batches: deque[Batch] = deque()
        self._held = 0
        self._end = 0

    def begin(self, sequence: int) -> None:
        """Forget everything: what comes next follows *sequence*."""
        self.generation += 1
        self._batches.clear()
        self._held = 0
        self._end = sequence

    def append(self, batch: Batch) -> None:
        """Hold *batch*, which follows the one before, and forget the oldest where there are too many."""
        self._batches.append(batch)
        self._held += len(batch.revocations)
        self._end = batch.revision.sequence
        while self._held > MOST_CHANGES and len(self._batches) > 1:
            self._held -= len(self._batches.popleft().revocations)

    def behind(self, sequence: int) -> list[Batch] | None:
        """Returns the batches with changes behind *sequence*; None when some of them are not held."""
        begin = self._batches[0].first if self._batches else self._end + 1
        if not begin - 1 <= sequence <= self._end:
            return None
        found: list[Batch] = []
        for batch in reversed(self._batches):
            if batch.revision.sequence <= sequence:
                break
            found.append(batch)
        return found[::-1]
