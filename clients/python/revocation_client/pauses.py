"""How long to wait before trying again."""

import random
from collections.abc import Iterator


def pauses(first: float, longest: float) -> Iterator[float]:
    """Yields seconds: each time a random part of a span that doubles up to *longest*, so that callers who failed together do not return
    together (full jitter).
    """
    span = first
    while True:
        yield random.uniform(0.0, span)  # noqa: S311 - nobody must be kept from guessing it
        span = min(longest, span * 2)
