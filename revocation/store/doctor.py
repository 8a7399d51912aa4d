"""Examines the store behind the service and says what to change."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from redis.asyncio import RedisCluster
from redis.exceptions import RedisError, ResponseError

from ..settings import Settings
from .exchange import RedisClient
from .findings import Facts, Finding, Level, findings
from .folder import running_url
from .topology import close, connect

EXAMINED_WITHIN: Final = 10.0
"""Seconds that the store has for all its answers."""


class _Node(Protocol):
    async def execute_command(self, *words: Any) -> Any:
        """Sends one command to one node."""


async def examine(settings: Settings) -> tuple[Finding, ...]:
    """Returns what was found out about each primary of the store; a single bad finding when it cannot be reached."""
    url = running_url(settings.data_dir) if settings.embedded else None
    if settings.embedded and url is None:
        advice = "start `revocation serve` with this folder, or set REVOCATION_REDIS_URL to examine another store"
        return (Finding("connection", Level.BAD, f"no embedded Valkey is running on {settings.data_dir}", advice),)
    client = connect(settings, url.get_secret_value() if url else None)
    try:
        async with asyncio.timeout(EXAMINED_WITHIN):
            return tuple([finding for name, node in await _primaries(client) for finding in await _examined(name, node)])
    except TimeoutError:
        return (_unreachable(f"no answer within {EXAMINED_WITHIN:g} s"),)
    except (RedisError, OSError) as error:
        return (_unreachable(str(error)),)
    finally:
        await close(client)


async def _primaries(client: RedisClient) -> Sequence[tuple[str, _Node]]:
    if isinstance(client, RedisCluster):
        await client.initialize()
        return [(node.name, node) for node in client.get_primaries()]
    return [("", client)]


async def _examined(name: str, node: _Node) -> list[Finding]:
    before = time.time()
    seconds, micros = await node.execute_command("TIME")
    clock_ahead = seconds + micros / 1e6 - (before + time.time()) / 2
    info = await node.execute_command("INFO")
    facts = Facts(info, await _config(node), clock_ahead)
    return [replace(finding, node=name) for finding in findings(facts)]


async def _config(node: _Node) -> Mapping[str, str]:
    """Returns the settings that INFO does not tell; managed services forbid to ask, and then it is empty."""
    config: dict[str, str] = {}
    for name in ("appendfsync", "maxmemory-policy", "replica-priority"):
        try:
            config |= await node.execute_command("CONFIG GET", name)
        except ResponseError:
            return {}
    return config


def _unreachable(found: str) -> Finding:
    return Finding("connection", Level.BAD, found, "check REVOCATION_REDIS_URL, user, password, TLS files and the network between")
