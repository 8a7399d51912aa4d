"""Sessions as they are kept, and the rules of their lives."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from revocation_client.judgement.claims import Claims
from revocation_client.judgement.millis import Millis

from .realms import SECOND

MAX_GRACE: Final = Millis(30 * SECOND)
"""The longest time that a rotated secret may still work."""

CREATION_TIME: Final = Millis(10 * SECOND)
"""How long after its place was taken a session may be written; three times this later, a place without a session is free again."""

MAX_ATTRIBUTES: Final = 16


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session under the digest of its secret. Times are the store's; *auth_time* is None until a user is bound.

    *successor* is the digest that it was rotated to, and leads to until its grace ends. *caller_made* ids can come again, so their digests
    stay barred to the absolute end in any case.
    """

    handle: str
    user_id: str
    data: bytes = field(repr=False)
    attributes: Mapping[str, str]
    version: int
    create_time: Millis
    auth_time: Millis | None
    use_time: Millis
    idle_timeout: Millis
    absolute_end: Millis
    caller_made: bool = False
    successor: str = field(default="", repr=False)

    @property
    def etag(self) -> str:
        """The version as callers see it."""
        return str(self.version)

    @property
    def expire_time(self) -> Millis:
        """When it ends unless it is used before."""
        return Millis(min(self.use_time + self.idle_timeout, self.absolute_end))

    @property
    def claims(self) -> Claims:
        """The session as the judge sees it: with the time of its log-in as iat, or of its creation before anyone logged in."""
        began = self.create_time if self.auth_time is None else self.auth_time
        return Claims(sub=self.user_id, sid=self.handle, iat=began / SECOND)

    def worth_touching(self, now: Millis) -> bool:
        """Whether enough time has passed for another use to be written: a twentieth of the idle timeout (at most a minute)."""
        return now - self.use_time >= min(self.idle_timeout // 20, 60 * SECOND)


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of a user's list: a session's public handle, the digest that it is under, and the times that decide about it."""

    handle: str
    digest: str = field(repr=False)
    create_time: Millis
    auth_time: Millis
    expire_time: Millis


@dataclass(frozen=True, slots=True)
class Taken:
    """Whether a place was taken, and which places have been evicted and wait to be ended."""

    taken: bool
    evicted: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What an update changes; None and empty fields change nothing. An empty *etag*: whatever version it has."""

    etag: str = ""
    data: bytes | None = field(default=None, repr=False)
    attributes: Mapping[str, str] = field(default_factory=dict)
    user_id: str = ""
    auth_time: Millis | None = None
    idle_timeout: Millis | None = None
