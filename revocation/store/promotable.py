"""How many replicas could be promoted, and so must confirm a write before it counts as kept."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from redis import exceptions as redis
from redis.asyncio import Redis, RedisCluster

LOOK_EVERY: Final = 1.0
"""Seconds for which what was seen of the topology is believed."""

_SENTINEL_PATIENCE: Final = 0.3


class Promotable(Protocol):
    """Knows the replicas of the primary that holds a key."""

    async def count(self, key: str) -> int:
        """Return how many replicas could be promoted: known, not down as most see it, and of a priority that allows it."""


class OfPrimary:
    """What a primary says of itself, where nobody else decides about promotions."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    async def count(self, key: str) -> int:
        info: Mapping[str, Any] = await self._client.info("replication")
        return int(info.get("connected_slaves", 0))


class OfSentinels:
    """What the Sentinels say. A replica is left out only when most of them agree that it is down: one alone may be cut off itself."""

    def __init__(self, sentinels: Iterable[Redis], master: str) -> None:
        self._sentinels = tuple(sentinels)
        self._master = master

    async def count(self, key: str) -> int:
        views = await asyncio.gather(*map(self._view, self._sentinels))
        known = {name for view in views for name in view}
        down = Counter(name for view in views for name, is_up in view.items() if not is_up)
        return sum(1 for name in known if down[name] * 2 <= len(self._sentinels))

    async def _view(self, sentinel: Redis) -> dict[str, bool]:
        """Each replica by its name, and whether this Sentinel holds it to be fit for promotion; {} when the Sentinel does not answer."""
        try:
            async with asyncio.timeout(_SENTINEL_PATIENCE):
                replicas = await sentinel.execute_command("SENTINEL", "REPLICAS", self._master)  # type: ignore[no-untyped-call]
        except (redis.RedisError, TimeoutError, OSError):
            return {}
        return {str(one["name"]): _is_fit(one) for one in map(_words, replicas) if one.get("slave-priority") != "0"}


class OfCluster:
    """What the nodes of a Cluster agree on: FAIL is the word of most primaries, while one that only this node misses still counts."""

    def __init__(self, client: RedisCluster) -> None:
        self._client = client

    async def count(self, key: str) -> int:
        await self._client.initialize()
        node = self._client.nodes_manager.get_node_from_slot(self._client.keyslot(key))
        lines = (await node.execute_command("CLUSTER", "NODES")).decode().splitlines()
        rows = [line.split() for line in lines]
        mine = next((row[0] for row in rows if "myself" in row[2].split(",")), "")
        return sum(1 for row in rows if row[3] == mine and not {"fail", "noaddr"} & set(row[2].split(",")))


def _words(flat: Any) -> dict[str, str]:
    if isinstance(flat, Mapping):
        return {_text(key): _text(value) for key, value in flat.items()}
    words = [_text(word) for word in flat]
    return dict(zip(words[::2], words[1::2], strict=True))


def _text(word: Any) -> str:
    return word.decode() if isinstance(word, bytes) else str(word)


def _is_fit(replica: Mapping[str, str]) -> bool:
    return not {"s_down", "o_down", "disconnected"} & set(replica.get("flags", "").split(","))
