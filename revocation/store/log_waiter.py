"""Waiting for news in a log, on connections of its own: a command that blocks must not stand in the way of others."""

import asyncio
from typing import Final

from redis import exceptions as redis

from .exchange import RedisClient
from .failures import failure_of

_PATIENCE: Final = 1.0
"""Seconds beyond the wait after which a store that says nothing counts as gone."""


class LogWaiter:
    """Waits on one client, which serves nothing else."""

    def __init__(self, client: RedisClient) -> None:
        self._client = client

    async def wait(self, log: str, behind: int, seconds: float) -> None:
        """Return when the stream *log* has an entry behind *behind*, or after *seconds*; STORE_UNAVAILABLE when the store is gone."""
        words = ("XREAD", "BLOCK", round(seconds * 1000), "COUNT", 1, "STREAMS", log, f"{behind}-0")
        try:
            async with asyncio.timeout(seconds + _PATIENCE):
                await self._client.execute_command(*words)
        except (redis.RedisError, TimeoutError, OSError) as error:
            raise failure_of(error, writes=False) from error
