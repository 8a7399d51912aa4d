"""Large indexes, made at once."""

from typing import Final

import numpy as np
from revocation_client.judgement.grid import Grid
from revocation_client.judgement.index import RevocationIndex
from revocation_client.judgement.millis import ALWAYS, Millis
from revocation_client.judgement.revocations import Revocation, Scope
from revocation_client.judgement.shards import Sorted

KEY: Final = bytes(range(16))
HOUR: Final = 3_600_000
SCOPES: Final = {"exact": Scope.TOKEN, "tokens": Scope.TOKEN, "users": Scope.USER}
_RUN: Final = 5_000
"""Fingerprints in one run, about: a shard is split above 8,192."""


def jti(kind: str, number: int) -> str:
    """Returns a jti as long as a UUID, which is the most common form."""
    return f"{kind[:8]:-<8}-55aa-41d4-a716-{number:012d}"


def exact_index(size: int, now: Millis) -> RevocationIndex:
    """Returns an index of *size* denied tokens."""
    index = RevocationIndex(KEY, exact_limit=size + 1)
    for number in range(size):
        index.put(Revocation(Scope.TOKEN, jti("revoked", number), ALWAYS, Millis(now + HOUR + number % HOUR)), now)
    return index


def print_index(realm: str, size: int, now: Millis) -> RevocationIndex:
    """Returns an index of *size* random fingerprints, in sorted runs, as a snapshot brings them."""
    index, scope, bits = RevocationIndex(KEY, 0), SCOPES[realm], max(0, (size // _RUN).bit_length() - 1)
    rng, grid = np.random.default_rng(size), Grid.spanning(now, now + 24 * HOUR)
    prints = np.sort(rng.integers(0, 1 << 64, size, dtype=np.uint64))
    steps = rng.integers(1, 255, size, dtype=np.uint8)
    edges = [0, *np.searchsorted(prints, [np.uint64(prefix << 64 - bits) for prefix in range(1, 1 << bits)]).tolist(), size]
    for prefix in range(1 << bits):
        some = slice(edges[prefix], edges[prefix + 1])
        run = prints[some]
        cutoffs = np.full(run.size, now - 5, dtype=np.int64).tobytes() if scope.has_cutoff else b""
        index.put_run(scope, bits, prefix, Sorted.of(run.tobytes(), cutoffs, steps[some].tobytes(), grid), now)
    return index


def changes(realm: str, first: int, size: int, now: Millis) -> list[Revocation]:
    """Returns *size* new revocations, numbered from *first* on."""
    scope = SCOPES[realm]
    cutoff = now if scope.has_cutoff else ALWAYS
    return [Revocation(scope, jti("changed", number), cutoff, Millis(now + HOUR)) for number in range(first, first + size)]
