"""Commands that travel together, on one connection to the primary that holds a key: WAIT counts only what its own connection wrote."""

from collections.abc import Sequence
from typing import Any, Final

from redis import exceptions as redis
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode

RedisClient = Redis | RedisCluster
Argument = str | bytes | int
Command = Sequence[Argument]

_REDIRECTIONS: Final = 3


async def exchange(client: RedisClient, key: str, *commands: Command) -> list[Any]:
    """Returns the answers of *commands*; the answer of one that the store refused is the exception."""
    if isinstance(client, Redis):
        return await _pipelined(client, commands)
    for _ in range(_REDIRECTIONS):
        answers = await _on_node(await _primary_of(client, key), commands)
        if not isinstance(answers[0], redis.MovedError):
            return answers
        await client.nodes_manager.move_slot(answers[0])
    return answers


async def _pipelined(client: Redis, commands: Sequence[Command]) -> list[Any]:
    async with client.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)
        return await pipe.execute(raise_on_error=False)


async def _primary_of(client: RedisCluster, key: str) -> ClusterNode:
    await client.initialize()
    return client.nodes_manager.get_node_from_slot(client.keyslot(key))


async def _on_node(node: ClusterNode, commands: Sequence[Command]) -> list[Any]:
    connection = node.acquire_connection()
    try:
        await connection.send_packed_command(connection.pack_commands(commands), check_health=False)
        return [await _answer(connection) for _ in commands]
    except BaseException:
        await connection.disconnect(nowait=True)  # what it still would answer belongs to nobody
        raise
    finally:
        node.release(connection)


async def _answer(connection: Any) -> Any:
    try:
        return await connection.read_response(disconnect_on_error=False)
    except redis.ResponseError as refused:
        return refused
