"""One realm in memory: loaded from the store, kept up with its log, and asked how fresh it is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from revocation_client.judgement.index import RevocationIndex
from revocation_client.judgement.millis import Millis

from ..domain.continuity import Start, continuation, loss
from ..domain.errors import Reason, ServiceError
from ..domain.realms import SECOND, Realm
from ..domain.replicas import View
from ..domain.revisions import Position, Revision
from ..domain.stores import Logged, RevocationStore, Tail
from ..domain.watching import Batch, State
from .debt import Debt
from .ring import Ring
from .texts import ExplainedIndex

ENTRIES_AT_ONCE: Final = 1000
"""Entries that are read, and merged without a pause, at once."""

STATE_LIFE: Final = 10.0
"""Seconds for which one state, and so one encoding of it, serves all watchers that come: what changed since follows it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """That everything acknowledged before *as_of*, the store's time, is known: begun at *began*, in seconds of our monotonic clock."""

    began: float
    as_of: Millis


class RealmReplica:
    """The revocations in force of one realm. *monotonic* counts seconds, *wall* milliseconds; the latter serves for expiry only."""

    def __init__(self, realm: Realm, store: RevocationStore, monotonic: Callable[[], float], wall: Callable[[], Millis]) -> None:
        self.realm: Final = realm
        self.ring: Final = Ring()
        self.index: ExplainedIndex | None = None
        self._store = store
        self._monotonic = monotonic
        self._wall = wall
        self._position: Position | None = None
        self._debt = Debt(realm, store)
        self._held: dict[str, int] = {}
        self._proof: Proof | None = None
        self._state: State | None = None
        self._state_since = 0.0
        self._advancing = asyncio.Lock()
        self._news = asyncio.Event()

    @property
    def position(self) -> Position | None:
        """What is held; None before the realm was loaded."""
        return self._position

    @property
    def age(self) -> float | None:
        """Seconds since everything was known; None: never yet."""
        return None if self._proof is None else self._monotonic() - self._proof.began

    @property
    def is_stale(self) -> bool:
        """Whether that is longer ago than the realm's bound."""
        return self.age is None or self.age > self.realm.max_staleness / SECOND

    async def view(self, at_least: Revision | None, *, serve_stale: bool) -> View:
        """Returns what is known, as `Replicas.view` says."""
        if at_least is not None or self._position is None:
            await self.reach(at_least)
        view = self.glance(at_least, serve_stale=serve_stale)
        if view is None:
            message = "this server has not heard from the store for too long to know what was revoked since"
            raise ServiceError(Reason.STALE, message, {"realm": self.realm.name})
        return view

    def glance(self, at_least: Revision | None, *, serve_stale: bool) -> View | None:
        """Returns what is known, as `Replicas.glance` says.

        Another thread may ask while this one advances. Position, proof and index are replaced, never changed, and each is read once; the
        index only grows, and has what position and proof promise before these are replaced. So a view never promises more than it shows.
        """
        position, proof, index = self._position, self._proof, self.index
        if position is None or proof is None or index is None or not self.includes(at_least):
            return None
        age = (self._monotonic() - proof.began) * SECOND
        stale = age > self.realm.max_staleness
        if stale and not serve_stale:
            return None
        return View(index, position.revision, proof.as_of, Millis(proof.as_of + round(age)), stale)

    async def reach(self, revision: Revision | None) -> None:
        """Return when everything up to *revision* (None: anything at all) is held. Raises REVISION_UNREACHABLE."""
        if self.includes(revision):
            return
        async with self._advancing:
            if not self.includes(revision):
                await self._advance()
        if revision is not None and not self.includes(revision):
            message = "at_least_revision is ahead of the store, of another realm, or of a history that was lost"
            raise ServiceError(Reason.REVISION_UNREACHABLE, message, {"revision": str(revision)})

    async def advance(self) -> None:
        """Read the log to its end, and so prove freshness."""
        async with self._advancing:
            await self._advance()

    def state(self) -> State:
        """Returns all that is known, the same for all who ask within STATE_LIFE; the ring goes on from it. Raises STALE before loading."""
        if self.index is None or self._position is None:
            raise ServiceError(Reason.STALE, "this server has not loaded the realm yet", {"realm": self.realm.name})
        now = self._monotonic()
        if self._state is not None and now - self._state_since < STATE_LIFE and self.ring.behind(self._state.revision.sequence) is not None:
            return self._state
        self._state, self._state_since = State(self.index.index, self._position.revision), now
        return self._state

    async def news(self) -> None:
        """Return after the next advance."""
        await self._news.wait()

    def resume_behind(self, resume: Revision) -> int | None:
        """Returns behind which sequence a watcher that holds *resume* goes on; None when that is not to be told from here."""
        if self._position is None:
            return None
        if resume.epoch == self._position.revision.epoch:
            return min(resume.sequence, self._position.revision.sequence)
        ended = self._position.lineage.get(resume.epoch)
        return None if ended is None else min(resume.sequence, ended)

    def includes(self, revision: Revision | None) -> bool:
        """Tells whether everything up to *revision* (None: anything at all) is held."""
        if self._position is None or revision is None:
            return self._position is not None
        return self._position.includes(revision) or revision.sequence <= self._held.get(revision.epoch, -1)

    async def _advance(self) -> None:
        while True:
            began = self._monotonic()
            tail = await self._store.tail(self.realm, self._position.revision.sequence if self._position else 0, ENTRIES_AT_ONCE)
            await self._take(tail)
            if self._debt and self.index is not None:
                await self._debt.pay(self.index)
                continue
            if self._position is not None and self._position.revision == tail.position.revision:
                self._proof = Proof(began, tail.time)
                break
        if self.index is not None:
            self.index.index.forget_expired(self._wall())
        self._news.set()
        self._news = asyncio.Event()

    async def _take(self, tail: Tail) -> None:
        if self.index is None:
            self.index = ExplainedIndex(RevocationIndex(tail.fingerprint_key))
        behind = continuation(self._position, tail.position, tail.first)
        if behind is Start.IGNORE:
            raise ServiceError(Reason.STORE_UNAVAILABLE, "the store answered from a primary that was deposed")
        if self._position is not None:
            self._notice_loss(self.index, self._position, tail.position)
        held = self._position.revision.sequence if self._position else 0
        if behind is Start.SNAPSHOT or (behind == held and not _follows(tail, held)):
            await self._load(self.index, tail.position)
            self._begin_at(tail.position)
        elif behind == held:
            self._merge(self.index, tail)
        else:
            self._begin_at(tail.position.back_at(behind))

    def _notice_loss(self, index: ExplainedIndex, held: Position, now: Position) -> None:
        lost_behind = loss(held, now)
        if lost_behind is not None:
            self._debt.owe(index, held.revision, self.ring.behind(lost_behind) if lost_behind else None)

    def _merge(self, index: ExplainedIndex, tail: Tail) -> None:
        now = self._wall()
        for entry in tail.entries:
            index.put(entry.revocation, now)
        position = tail.position if len(tail.entries) < ENTRIES_AT_ONCE else tail.position.back_at(tail.entries[-1].sequence)
        self._stand_at(position)
        if tail.entries:
            self.ring.append(_batch(tail.entries, position.revision))

    async def _load(self, index: ExplainedIndex, position: Position) -> None:
        """Merge the state, page after page; one of another epoch begins anew. What was merged stays: nothing un-revokes."""
        after = None
        while True:
            page = await self._store.page(self.realm, None, after, ENTRIES_AT_ONCE)
            if page.epoch != position.revision.epoch:
                raise ServiceError(Reason.STORE_UNAVAILABLE, "the store changed its primary while it was read; it is read again")
            now = self._wall()
            for revocation in page.revocations:
                index.put(revocation, now)
            if page.next is None:
                return
            after = page.next

    def _begin_at(self, position: Position) -> None:
        self._stand_at(position)
        self._state = None
        self.ring.begin(position.revision.sequence)

    def _stand_at(self, position: Position) -> None:
        if self._position is not None and self._position.revision.epoch != position.revision.epoch:
            self._held[self._position.revision.epoch] = self._position.revision.sequence
        self._position = position


def _follows(tail: Tail, held: int) -> bool:
    """Whether no entry is missing: they are numbered one after the other, so how many there are tells."""
    numbers = [entry.sequence for entry in tail.entries]
    expected = min(tail.position.revision.sequence - held, ENTRIES_AT_ONCE)
    return numbers == list(range(held + 1, held + 1 + expected))


def _batch(entries: tuple[Logged, ...], revision: Revision) -> Batch:
    return Batch(entries[0].sequence, revision, tuple(entry.revocation for entry in entries))
