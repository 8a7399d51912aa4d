"""When a write counts as kept (PROTOCOL section 4)."""

import time
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, Final

from ..domain.errors import Reason, ServiceError
from .exchange import Command
from .promotable import LOOK_EVERY, Promotable

_MARGIN: Final = 20
"""Milliseconds of a deadline that are left for the answer of WAIT to come."""


class Level(StrEnum):
    """How far a write must have come."""

    LOCAL = auto()
    """The primary has it."""

    REPLICATED = auto()
    """So has every replica that could be promoted."""

    DURABLE = auto()
    """And all of them have it on disk; needs Redis 7.2 or Valkey, and appendfsync always."""


@dataclass(slots=True)
class Acknowledgement:
    """Says what to send with a write, and whether the answer is enough. *at_least* replicas must confirm, whatever is known of them."""

    level: Level
    promotable: Promotable
    at_least: int = 0
    _seen: dict[str, tuple[float, int]] = field(default_factory=dict)

    async def wait_for(self, key: str, seconds: float) -> "Wait | None":
        """Returns what to send behind a write of *key*; None: nothing."""
        if self.level is Level.LOCAL:
            return None
        replicas, limit = max(await self._known(key), self.at_least), max(1, round(seconds * 1000) - _MARGIN)
        return Wait(replicas, limit, on_disk=self.level is Level.DURABLE) if replicas or self.level is Level.DURABLE else None

    async def _known(self, key: str) -> int:
        """How many replicas could be promoted, as seen at most LOOK_EVERY ago."""
        seen_at, count = self._seen.get(key, (-LOOK_EVERY, 0))
        now = time.monotonic()
        if now - seen_at >= LOOK_EVERY:
            count = await self.promotable.count(key)
            self._seen[key] = now, count
        return count


@dataclass(frozen=True, slots=True)
class Wait:
    """A WAIT for *replicas*, of at most *limit* milliseconds."""

    replicas: int
    limit: int
    on_disk: bool

    @property
    def command(self) -> Command:
        """What to send."""
        return ("WAITAOF", 1, self.replicas, self.limit) if self.on_disk else ("WAIT", self.replicas, self.limit)

    def require(self, answer: Any, *, writes: bool) -> None:
        """Raises, for a write OUTCOME_UNKNOWN, when *answer* does not confirm what was waited for."""
        if isinstance(answer, Exception):
            raise answer
        local, replicas = answer if self.on_disk else (1, answer)
        if local >= 1 and replicas >= self.replicas:
            return
        if writes:
            message = f"{replicas} of {self.replicas} replicas confirmed the write in time: it may be lost in a failover; repeat it"
            raise ServiceError(Reason.OUTCOME_UNKNOWN, message)
        raise ServiceError(Reason.STORE_UNAVAILABLE, "the store's primary may have been deposed: its replicas do not confirm")
