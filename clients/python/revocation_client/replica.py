"""The revocations of a realm in this process: what the stream said, merged. No input, no output, no clock."""

import math
from collections.abc import Callable, Iterator
from typing import Any, Final

from .judgement.claims import Claims
from .judgement.index import EXACT_LIMIT
from .judgement.judge import Rules, Verdict, judge
from .judgement.millis import Millis
from .swift import Swift, SwiftIndex
from .v1 import revocation_service_pb2 as pb
from .v1 import watch_pb2
from .wire import length_of, merge_part, revocation_of, rules_of

SILENCE: Final = 2.5
"""Seconds between two messages of a stream after which it proves nothing any more: they come every second, so this process, the network
or the server stood still, and what is read now may have been sent long ago."""

_MERGED_AT_ONCE: Final = 256


class Replica:
    """Knows what is revoked, and how sure that is. Everything is merged, so streams may repeat, overlap and come from several servers.

    *proves* turns false when a stream can prove nothing any more: watch anew then, from *revision*, unless it is *loading*: still busy
    with what the stream has to make up for. *swift* is the quick look, None before the realm's rules are known.

    One thread feeds it; any may ask. Times are seconds of one monotonic clock, except *wall*, which is milliseconds since the epoch and
    serves for expiry only.
    """

    def __init__(self, make_swift: Callable[[SwiftIndex, Rules], Swift] = Swift, exact_limit: int = EXACT_LIMIT) -> None:
        self.revision = ""
        self.rules: Rules | None = None
        self.max_staleness: float = 0.0
        self.proves = False
        self.loading = False
        self.snapshots = 0
        self._make_swift = make_swift
        self._exact_limit = exact_limit
        self._index: SwiftIndex | None = None
        self.swift: Swift | None = None
        self._heard = -math.inf
        self._bookmarks = self._whole_runs = False
        self._fresh_as_of: float | None = None

    def __len__(self) -> int:
        return len(self._index) if self._index else 0

    @property
    def ready(self) -> bool:
        """Whether a snapshot was complete once."""
        return bool(self.revision)

    def staleness(self, now: float) -> float | None:
        """Returns for how many seconds a revocation may have been in force unseen: what the last proof said, plus its age. None: ever."""
        return None if self._fresh_as_of is None else max(0.0, now - self._fresh_as_of)

    def is_fresh(self, now: float) -> bool:
        """Whether the realm's bound on staleness is kept, so that a good token may be called good."""
        staleness = self.staleness(now)
        return self.ready and staleness is not None and staleness < self.max_staleness

    def judge(self, claims: Claims, wall: Millis) -> Verdict | None:
        """Returns what is known of a token; None before the rules are known. Only an ACTIVE one needs `is_fresh`: nothing un-revokes."""
        return judge(claims, self._index, self.rules, now=wall) if self._index is not None and self.rules is not None else None

    def passes(self, payload: Any, kid: str = "") -> bool:
        """Whether the token is surely good; see `Swift.passes`."""
        return self.swift is not None and self.swift.passes(payload, kid)

    def begin(self, now: float) -> None:
        """Take note that a stream was asked for at *now*: what it says was said later."""
        self._heard = now
        self.proves = self.loading = self._bookmarks = True
        self._whole_runs = len(self) == 0

    def receive(self, message: pb.WatchRevocationsResponse, arrived: float, wall: Millis) -> Iterator[None]:
        """Merge *message*, some of it at each step of the iteration, which must be run to its end. ValueError when it is unreadable."""
        self.proves = self.proves and arrived - self._heard <= SILENCE
        if message.HasField("rules"):
            self._lay_down(message.rules)
        elif self._index is None:
            raise ValueError("the stream does not begin with the realm's rules")
        else:
            yield from self._merge(message, self._index, arrived, wall)
        self._heard = max(self._heard, arrived)
        if self._bookmarks and not message.HasField("rules"):
            self.revision = message.revision or self.revision
            self.loading = self.loading and not message.revision
        self._tell()

    def distrust(self) -> None:
        """Call nothing good any more, until a new stream proves it."""
        self.proves, self._fresh_as_of = False, None
        if self.swift is not None:
            self.swift.fresh_until = -math.inf

    def _merge(self, message: pb.WatchRevocationsResponse, index: SwiftIndex, arrived: float, wall: Millis) -> Iterator[None]:
        if message.HasField("snapshot_part"):
            yield from merge_part(message.snapshot_part, index, wall, whole_runs=self._whole_runs)
            self.snapshots += message.snapshot_part.last
        elif message.HasField("changes"):
            for number, change in enumerate(message.changes.revocations, 1):
                index.put(revocation_of(change), wall)
                if number % _MERGED_AT_ONCE == 0:
                    yield
        elif message.HasField("heartbeat"):
            index.forget_expired(wall)
            if self.proves and message.revision:
                proven = arrived - length_of(message.heartbeat.store_lag) / 1000
                self._fresh_as_of = proven if self._fresh_as_of is None else max(proven, self._fresh_as_of)

    def _lay_down(self, message: watch_pb2.RealmRules) -> None:
        """Take the realm's rules. Under another key for fingerprints all begins anew: what they mean is lost."""
        if self._index is None or self._index.fingerprint_key != message.fingerprint_key:
            if self._index is not None:
                self.proves = self.loading = self._bookmarks = False
            self.revision, self._fresh_as_of = "", None
            self._index = SwiftIndex(message.fingerprint_key, self._exact_limit)
        self.rules, self.max_staleness = rules_of(message), length_of(message.max_staleness) / 1000
        self.swift = self._make_swift(self._index, self.rules)

    def _tell(self) -> None:
        """Tell the quick look until when it may answer, and the realm's own cut-off."""
        if self.swift is None or self._index is None or self.rules is None:
            return
        self.swift.note_realm(self._index)
        if self._fresh_as_of is not None and self.ready and not self.rules.allowlist:
            self.swift.fresh_until = self._fresh_as_of + self.max_staleness
