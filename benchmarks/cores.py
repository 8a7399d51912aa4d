"""Who runs on which core: what is measured on the first one, what asks and loads on the second."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """The core of the servers and that of the load; None where processes cannot be pinned, or where there is one core only."""

    server: int | None
    load: int | None


def available() -> Cores:
    """Returns the cores of this run."""
    if sys.platform != "linux":
        return Cores(None, None)
    cores = sorted(os.sched_getaffinity(0))
    return Cores(cores[0], cores[1]) if len(cores) > 1 else Cores(None, None)


@contextmanager
def pinned(core: int | None) -> Iterator[None]:
    """What is started within the block stays on *core*; this process does so for as long as the block."""
    if core is None or sys.platform != "linux":
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
