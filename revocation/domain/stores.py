"""The ports to the store. Their docstrings are the contract: the contract suite tests every sentence of them over every kind of store.

Every operation may raise ServiceError: STORE_UNAVAILABLE, STORE_REFUSED or STORE_FULL when it was not done, OUTCOME_UNKNOWN when a write
may have been, REALM_NOT_OPEN when the store holds no history of the realm. None takes longer than the deadline of the call in
`domain.deadline`. Times in answers are the store's own clock, of the realm's slot.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Revocation, Scope

from .orders import Order
from .realms import Realm
from .revisions import Position, Revision
from .sessions import Change, Place, StoredSession, Taken

Name = tuple[Scope, str]


@dataclass(frozen=True, slots=True)
class Written:
    """What a write left in force, the revision that includes it, and the store's time."""

    revocations: tuple[Revocation, ...]
    revision: Revision
    time: Millis


@dataclass(frozen=True, slots=True)
class Reading:
    """What a realm held of the names asked for: an `Index` for the judge."""

    revocations: Mapping[Name, Revocation]
    allowed: Mapping[str, Millis]
    position: Position
    time: Millis

    def find(self, scope: Scope, value: str) -> Revocation | None:
        return self.revocations.get((scope, value))

    def allowed_until(self, jti: str) -> Millis | None:
        return self.allowed.get(jti)


@dataclass(frozen=True, slots=True)
class Logged:
    """One change: what was in force from this *sequence* on."""

    sequence: int
    revocation: Revocation


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a realm's log: its *entries* behind a sequence, the *first* sequence that it still holds, and where the realm stands."""

    entries: tuple[Logged, ...]
    first: int
    position: Position
    time: Millis
    fingerprint_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a list stopped: the last entry's scope, value and expiry."""

    scope: Scope
    value: str
    expire_time: Millis


@dataclass(frozen=True, slots=True)
class Page:
    """Some revocations in force, where the next page begins (None: there is none), and the epoch that they were read in."""

    revocations: tuple[Revocation, ...]
    next: Cursor | None
    epoch: str


class RevocationStore(Protocol):
    """The revocations, the log and the allowlist of every realm."""

    async def revoke(self, realm: Realm, orders: Sequence[Order]) -> Written:
        """Put all *orders* in force, or none. Returns after the store has them, with what is in force now, in their order.

        Cut-offs and expiries only move forward: what was in force is merged with what is ordered. A kept session keeps the floor that it
        had. Each change is numbered one after the one before, without gaps, and logged; an order that changes nothing is neither. A cut-off
        that the caller sets more than FARTHEST_CUTOFF ahead of the store's time raises InvalidFieldError. May be repeated without harm.
        """

    async def restore(self, realm: Realm, revocations: Sequence[Revocation], included: Revision | None) -> None:
        """Put *revocations* back in force that the store has lost, merged like all others, and then count *included* as included.

        May be repeated, and done by many at once, without harm.
        """

    async def allow(self, realm: Realm, jti: str, expire_time: Millis | None, life: Millis) -> Millis:
        """Put the token *jti* on the allowlist until *expire_time*, or for *life* from now when that is None.

        Returns until when it is on the list: the latest time that was ever set. May be repeated without harm.
        """

    async def read(self, realm: Realm, names: Collection[Name], jtis: Collection[str] = ()) -> Reading:
        """Return what is in force of *names* and allowed of *jtis*, all as of one revision, which includes every acknowledged write."""

    async def page(self, realm: Realm, scope: Scope | None, after: Cursor | None, limit: int) -> Page:
        """Return up to *limit* revocations in force, of *scope* or of all scopes, beginning behind *after*.

        Within a scope those that expire first come first. Following the cursors finds every revocation that is in force throughout.
        """

    async def tail(self, realm: Realm, behind: int, limit: int) -> Tail:
        """Return up to *limit* entries of the log behind the sequence *behind*, the oldest first.

        Its answer is acknowledged like a write, so that it proves what the realm's primary holds and not what a deposed one does.
        """

    async def wait_for_change(self, realm: Realm, behind: int, seconds: float) -> None:
        """Return when the log has an entry behind the sequence *behind*, or after *seconds*, or sooner for no reason."""

    async def trim(self, realm: Realm) -> int:
        """Forget a bounded number of entries that can match nothing any more, and log entries past their age. Return how many."""


class SessionStore(Protocol):
    """Sessions under the digests of their ids, and each user's list of places."""

    async def take_place(self, realm: Realm, user_id: str, place: Place, limit: int, evict: bool, floors: Mapping[str, Millis]) -> Taken:
        """List *place* for the user, unless *limit* (0: none) places are taken and *evict* is false.

        Places that have expired, or that began before their floor (by handle; "" is everyone else's), are removed first. With *evict* the
        oldest make room, in the same step, and move to the evicted ones; all evicted ones that `forget` has not been told of are returned,
        those of earlier calls included.
        """

    async def renew_place(self, realm: Realm, user_id: str, place: Place) -> None:
        """Point the listed place of the same handle to the digest of *place*, and let it expire no earlier. Lists nothing."""

    async def forget(self, realm: Realm, user_id: str, handles: Collection[str]) -> None:
        """Remove the places of *handles*, listed or evicted."""

    async def places(self, realm: Realm, user_id: str) -> tuple[Place, ...]:
        """Return the user's places that have not expired, the oldest first."""

    async def create(self, realm: Realm, digest: str, session: StoredSession, not_after: Millis) -> bool:
        """Keep *session* under *digest*. Returns False, and changes nothing, when the digest is in use or was ever ended.

        After *not_after* it raises STORE_UNAVAILABLE and keeps nothing, so that a place without a session is known to stay so.
        """

    async def read(self, realm: Realm, digest: str) -> StoredSession | None:
        """Return the session as it is kept, or None for one that is unknown, ended or expired."""

    async def touch(self, realm: Realm, digest: str) -> None:
        """Record that a living session was used now. Never creates one, never moves its absolute end."""

    async def update(self, realm: Realm, digest: str, change: Change) -> StoredSession | None:
        """Apply *change* whole to a living session, count it as use, and return it with a new version; None when there is no such session.

        Raises, and changes nothing: SESSION_CHANGED when the change names another version, SESSION_BOUND when it binds a user and another
        one is bound, SESSION_ROTATED when the session was rotated away, InvalidFieldError when it would have more than MAX_ATTRIBUTES.
        """

    async def rotate(self, realm: Realm, digest: str, etag: str, successor: str, grace: Millis) -> bool:
        """Hand a living session on to the digest *successor*, once; for *grace* it still leads there, then it is gone.

        Returns False when there is no such session. Raises SESSION_CHANGED when its version is another one, SESSION_ROTATED when it was
        handed on before; nothing is changed then.
        """

    async def heir(self, realm: Realm, digest: str) -> str:
        """Return the digest that a session was handed on to, in its grace or after it; empty for any other."""

    async def is_taken(self, realm: Realm, digest: str) -> bool:
        """Tell whether *digest* is in use or was ever ended."""

    async def discard(self, realm: Realm, digest: str) -> None:
        """Remove a session that nobody has seen, and leave its digest free."""

    async def bury(self, realm: Realm, digest: str) -> None:
        """Remove a session and bar its digest until the session's absolute end. Does nothing for an unknown one."""
