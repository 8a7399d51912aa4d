"""The folder of an embedded Valkey: private, of one process at a time, and the place where its URL can be found while it runs."""

import asyncio
import fcntl
import os
import tempfile
from pathlib import Path
from typing import Final

from pydantic import SecretStr

LOCK_WITHIN: Final = 3.0
"""Seconds that a start waits for a predecessor that is about to end."""

_LOCK_PAUSE: Final = 0.02
_LONGEST_SOCKET_PATH: Final = 100
"""Bytes; macOS has room for 103, Linux for 107."""


class EmbeddedError(Exception):
    """The embedded Valkey cannot run; the message says why, and what to do."""


class Folder:
    """The part of a data folder that belongs to Valkey."""

    def __init__(self, data_dir: Path) -> None:
        self.root = data_dir.absolute() / "valkey"
        self.log = self.root / "valkey.log"
        self.pid = self.root / "valkey.pid"
        self.url = self.root / "url"
        self._lock = self.root / "lock"

    async def lock(self) -> int:
        """Makes the folder and takes it; returns the descriptor whose copies hold it. EmbeddedError names who has it."""
        try:
            self.root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.root.mkdir(mode=0o700, exist_ok=True)
            self.root.chmod(0o700)
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EmbeddedError(
                f"{self.root} cannot be used: {error.strerror}. Name another folder: REVOCATION_DATA_DIR, --data-dir"
            ) from error
        try:
            await self._take(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def socket(self) -> Path:
        """Returns a path that a Unix socket may have: in the folder, or in a new private one where that is too long."""
        path = self.root / "socket"
        return path if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH else Path(tempfile.mkdtemp(prefix="revocation-")) / "socket"

    def turn_log(self) -> None:
        """Begins a new log and keeps the last one."""
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))

    def log_end(self, lines: int = 8) -> str:
        """Returns the last *lines* that the server has said."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:]) or "(its log is empty)"

    def publish(self, url: SecretStr) -> None:
        """Writes the URL where only this user can read it."""
        self.url.unlink(missing_ok=True)
        self.url.touch(mode=0o600)
        self.url.write_text(url.get_secret_value(), encoding="utf-8")

    async def _take(self, descriptor: int) -> None:
        deadline = asyncio.get_running_loop().time() + LOCK_WITHIN
        while not _locked(descriptor):
            if asyncio.get_running_loop().time() > deadline:
                raise EmbeddedError(f"{self.root.parent} is in use by {self._holder()}")
            await asyncio.sleep(_LOCK_PAUSE)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)

    def _holder(self) -> str:
        owner, server = _number(self._lock), _number(self.pid)
        if owner and _alive(owner):
            return f"process {owner}. Stop that one, or name another folder: REVOCATION_DATA_DIR, --data-dir"
        return f"process {server or 'unknown'}, a valkey-server that process {owner or 'unknown'} has left behind. Stop it"


def running_url(data_dir: Path) -> SecretStr | None:
    """Returns the URL of the embedded Valkey that runs on *data_dir*, or None when none does."""
    try:
        return SecretStr(Folder(data_dir).url.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
