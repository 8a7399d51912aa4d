"""The Lua scripts, one for each atomic operation, and how they are run: one command, one deadline, no retry that could repeat it."""

import asyncio
import hashlib
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from redis import exceptions as redis

from ..domain.deadline import deadline
from .acknowledgement import Acknowledgement
from .exchange import Argument, RedisClient, exchange
from .failures import failure_of

DEFAULT_PATIENCE: Final = 2.0
"""Seconds for an operation outside of any call."""


@dataclass(frozen=True, slots=True)
class Script:
    """One atomic operation: its Lua text, the digest under which Redis caches it, whether it changes what is kept, and whether that,
    or what it proves, counts only once it is acknowledged."""

    text: str
    sha: str
    writes: bool
    acknowledged: bool


@cache
def script(name: str, *, writes: bool, acknowledged: bool = False, prelude: str = "") -> Script:
    """Returns the script of this *name*, behind the *prelude*: the names, in a row, of what its family begins with."""
    folder = files(__package__) / "lua"
    text = "\n".join((folder / f"{part}.lua").read_text(encoding="utf-8") for part in (*prelude.split(), name))
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), writes, acknowledged)


class ScriptRunner:
    """Runs scripts on one client, never more at once than it has connections, each until the deadline of the call that it is for."""

    def __init__(self, client: RedisClient, acknowledgement: Acknowledgement, max_in_flight: int) -> None:
        self._client = client
        self._acknowledgement = acknowledgement
        self._places = asyncio.Semaphore(max_in_flight)

    async def run(self, script: Script, keys: Iterable[str], args: Iterable[Argument]) -> Any:
        """Returns the answer of *script*, or raises the ServiceError that says whether it was done."""
        keys = tuple(keys)
        return await self._sent(self._evaluate(script, (len(keys), *keys, *args)), writes=script.writes)

    async def run_acknowledged(self, script: Script, keys: Iterable[str], args: Iterable[Argument]) -> Any:
        """Returns the answer of *script*, which begins with a word, as `run` does: after 'OK' only once it was acknowledged."""
        keys = tuple(keys)
        return await self._sent(self._acknowledged(script, keys[0], (len(keys), *keys, *args)), writes=script.writes)

    async def command(self, *words: Argument, writes: bool = False) -> Any:
        """Returns the answer of one plain command, or raises as `run` does."""
        return await self._sent(self._client.execute_command(*words), writes=writes)

    async def _sent(self, exchange: Coroutine[Any, Any, Any], *, writes: bool) -> Any:
        begun = False
        try:
            async with asyncio.timeout_at(self._deadline()), self._places:
                begun = True
                return await exchange
        except (redis.RedisError, TimeoutError, OSError) as error:
            raise failure_of(error, writes=writes and begun) from error
        finally:
            exchange.close()

    async def _evaluate(self, script: Script, args: tuple[Argument, ...]) -> Any:
        try:
            return await self._client.execute_command("EVALSHA", script.sha, *args)
        except redis.NoScriptError:
            return await self._client.execute_command("EVAL", script.text, *args)

    async def _acknowledged(self, script: Script, key: str, args: tuple[Argument, ...]) -> Any:
        wait = await self._acknowledgement.wait_for(key, self._deadline() - asyncio.get_running_loop().time())
        if wait is None:
            return await self._evaluate(script, args)
        answer, confirmed = await exchange(self._client, key, ("EVALSHA", script.sha, *args), wait.command)
        if isinstance(answer, redis.NoScriptError):
            answer, confirmed = await exchange(self._client, key, ("EVAL", script.text, *args), wait.command)
        if isinstance(answer, Exception):
            raise answer
        if answer[0] == b"OK":
            wait.require(confirmed, writes=script.writes)
        return answer

    @staticmethod
    def _deadline() -> float:
        until = deadline.get()
        return asyncio.get_running_loop().time() + DEFAULT_PATIENCE if until is None else until
