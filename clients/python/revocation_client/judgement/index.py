"""The revocations in force in one realm, in memory. Everything that arrives is merged, so order, repetition and overlap do no harm."""

from collections.abc import Iterable, Iterator
from typing import Final

from .millis import ALWAYS, Millis
from .packing import cutoff_of, expiry_of, packed
from .revocations import Revocation, Scope, merge
from .shards import Sorted
from .tables import PrintTable, Table

EXACT_LIMIT: Final = 1_000_000
"""How many values of a scope are kept exactly."""

_USER: Final = Scope.USER


class RevocationIndex:
    """An `Index` for the judge that grows by merging. What has expired is forgotten a little at each `forget_expired`.

    Reasons and times of creation are not kept: a found revocation is scope, value, cut-off, kept sessions and expiry.
    """

    def __init__(self, fingerprint_key: bytes, exact_limit: int = EXACT_LIMIT) -> None:
        self.fingerprint_key: Final = fingerprint_key
        self._tables = {scope: Table(scope, fingerprint_key, exact_limit) for scope in Scope}
        self._with_kept: dict[str, Revocation] = {}
        self._sweeps: dict[Scope, Iterator[bool]] = {scope: iter(()) for scope in Scope}

    def __len__(self) -> int:
        return sum(map(len, self._tables.values())) + len(self._with_kept)

    def find(self, scope: Scope, value: str) -> Revocation | None:
        entry = self._tables[scope].find(value)
        kept = self._with_kept.get(value) if scope is _USER else None
        if entry is None:
            return kept
        found = Revocation(scope, value, Millis(cutoff_of(entry)) if scope.has_cutoff else ALWAYS, expiry_of(entry))
        return found if kept is None else merge(kept, found)

    def allowed_until(self, jti: str) -> Millis | None:
        """Returns None: an index holds no allowlist."""
        return None

    def put(self, revocation: Revocation, now: Millis) -> None:
        """Merge *revocation* in."""
        scope, value = revocation.scope, revocation.value
        if revocation.kept or (scope is Scope.USER and value in self._with_kept):
            known = self.find(scope, value)
            self._with_kept[value] = merge(known, revocation) if known else revocation
        else:
            self._tables[scope].put(value, packed(revocation.issued_before, revocation.expire_time), now)

    def put_many(self, scope: Scope, entries: Iterable[tuple[str, int]], now: Millis) -> None:
        """Merge many of one scope in: values, with their cut-offs and expiries packed. None of them keeps sessions."""
        self._tables[scope].put_many(entries, now)

    def put_run(self, scope: Scope, prefix_bits: int, prefix: int, run: Sorted, now: Millis) -> None:
        """Merge a run of fingerprints in."""
        self._tables[scope].put_run(prefix_bits, prefix, run, now)

    def exact(self, scope: Scope) -> list[tuple[str, int]]:
        """Returns the exact entries of *scope*, packed."""
        return self._tables[scope].exact()

    def prints(self, scope: Scope) -> PrintTable | None:
        """Returns the entries of *scope* that are kept as fingerprints."""
        return self._tables[scope].prints

    def with_kept_sessions(self) -> list[Revocation]:
        """Returns the cut-offs of users that spare sessions; they stand in no other part."""
        return list(self._with_kept.values())

    def forget_expired(self, now: Millis) -> None:
        """Look at a bounded number of entries, the next ones each time, and forget those that have expired."""
        for scope, table in self._tables.items():
            table.forget_expired(now)
            if next(self._sweeps[scope], None) is None:
                self._sweeps[scope] = _sweep(table, now)
        for value in [value for value, one in self._with_kept.items() if one.expire_time <= now]:
            del self._with_kept[value]


def _sweep(table: Table, now: Millis) -> Iterator[bool]:
    """Settles the shards of *table*, one at each step."""
    if table.prints is not None:
        for _, shard in table.prints.shards():
            table.prints.settle(shard, now)
            yield True
