"""The ports to the store. Their docstrings are the contract: the contract suite tests every sentence of them over every kind of store.

Every operation may raise ServiceError: STORE_UNAVAILABLE, STORE_REFUSED or STORE_FULL when it was not done, OUTCOME_UNKNOWN when a write
may have been, REALM_NOT_OPEN when the store holds no history of the realm. None takes longer than the deadline of the call in
`domain.deadline`. Times in answers are the store's own clock, of the realm's slot.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
class Cursor:
    """Where a list stopped: the last entry's scope, value and expiry."""

    scope: Scope
    value: str
    expire_time: Millis


@dataclass(frozen=True, slots=True)
class Page:
    """Some revocations in force, and where the next page begins; None: there is none."""

    revocations: tuple[Revocation, ...]
    next: Cursor | None


class RevocationStore(Protocol):
    """The revocations, the log and the allowlist of every realm."""

    async def revoke(self, realm: Realm, orders: Sequence[Order]) -> Written:
        """Put all *orders* in force, or none. Returns after the store has them, with what is in force now, in their order.

        Cut-offs and expiries only move forward: what was in force is merged with what is ordered. A kept session keeps the floor that it
        had. Each change is numbered one after the one before, without gaps, and logged; an order that changes nothing is neither. A cut-off
        that the caller sets more than FARTHEST_CUTOFF ahead of the store's time raises InvalidField. May be repeated without harm.
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

    async def trim(self, realm: Realm) -> int:
        """Forget a bounded number of entries that can match nothing any more, and log entries past their age. Return how many."""


class SessionStore(Protocol):
    """Sessions under the digests of their ids, and each user's list of places."""

    async def take_place(self, realm: Realm, user_id: str, place: Place, limit: int, evict: bool, floors: Revocation | None) -> Taken:
        """List *place* for the user, unless *limit* (0: none) living places are taken and *evict* is false.

        Places that have expired, or whose session *floors* refuses, are removed first. With *evict*, the oldest places make room and move
        to the user's evicted ones, in the same step; all evicted ones that `forget` has not been told of are returned, those of earlier
        calls included.
        """

    async def prolong_place(self, realm: Realm, user_id: str, place: Place) -> None:
        """Let a listed place expire no earlier than *place* says. Lists nothing."""

    async def replace_place(self, realm: Realm, user_id: str, old: Place, new: Place) -> None:
        """List *new* where *old* was. Lists nothing where *old* is not listed."""

    async def forget(self, realm: Realm, user_id: str, places: Collection[Place]) -> None:
        """Remove *places* from the user's list and from the evicted ones."""

    async def places(self, realm: Realm, user_id: str) -> tuple[Place, ...]:
        """Return the user's places that have not expired, the oldest first."""

    async def create(self, realm: Realm, digest: str, session: StoredSession, not_after: Millis) -> bool:
        """Keep *session* under *digest*. Returns False, and changes nothing, when the digest is in use or was ever ended.

        After *not_after* it raises STORE_UNAVAILABLE and keeps nothing, so that a place without a session is known to stay so.
        """

    async def read_sessions(self, realm: Realm, digests: Sequence[str]) -> tuple[StoredSession | None, ...]:
        """Return each session as it is kept, or None for one that is unknown, ended or expired."""

    async def touch(self, realm: Realm, digest: str, used: Millis) -> None:
        """Record that a living session was used. Never creates one, never moves its absolute end."""

    async def update(self, realm: Realm, digest: str, change: Change) -> StoredSession | None:
        """Apply *change* whole to a living session and return it with a new version; None when there is no such session.

        When the change names a version that is not the session's, raises SESSION_CHANGED and changes nothing; when it binds a user and
        another one is bound, SESSION_BOUND; when the session was rotated away, SESSION_ROTATED.
        """

    async def rotate(self, realm: Realm, digest: str, version: int, successor: str, grace: Millis) -> bool:
        """Hand a living session on to the digest *successor*, once; for *grace* it still leads there, then it is gone.

        Returns False when there is no such session. Raises SESSION_CHANGED when its version is another one, SESSION_ROTATED when it was
        handed on before; nothing is changed then.
        """

    async def activate(self, realm: Realm, digest: str) -> None:
        """Make the session that a rotation prepared under *digest* one like all others."""

    async def bury(self, realm: Realm, digest: str) -> None:
        """Remove a session and bar its digest until the session's absolute end. Does nothing for an unknown one."""
