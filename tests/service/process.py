"""The service as an operator runs it: a process of its own."""

import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.eventually import until
from tests.servers.ports import free_port
from tests.servers.programs import leash


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """A running service and what it has written to standard error so far."""

    process: subprocess.Popen[bytes]
    address: str
    output: list[bytes] = field(default_factory=list)

    @property
    def stderr(self) -> str:
        return b"".join(self.output).decode(errors="replace")

    def lines(self, word: str) -> list[str]:
        """Returns the lines that have *word* in them."""
        return [line for line in self.stderr.splitlines() if word in line]

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        self.process.send_signal(number)

    def exit_code(self, *, within: float) -> int:
        """Waits for its end and returns the exit code."""
        return self.process.wait(within)


def command(*words: str) -> list[str]:
    """Returns the command line `revocation WORDS`."""
    return [sys.executable, "-m", "revocation", *words]


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """Returns this process's environment with *env* for the only settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("REVOCATION_")} | dict(env)


@contextmanager
def service_process(
    env: Mapping[str, str], *, folder: Path, listen: str = "", terminal: bool = False, awaited: bool = True
) -> Iterator[ServiceProcess]:
    """Runs `revocation serve` in *folder*; it listens when this returns, if *awaited*. *terminal*: its standard error is one."""
    address = listen or f"127.0.0.1:{free_port()}"
    ours, theirs = pty.openpty() if terminal else os.pipe()
    words = [*leash(), *command("serve", "--listen", address)]
    with (
        os.fdopen(ours, "rb", buffering=0) as reader,
        subprocess.Popen(words, env=environment(env), cwd=folder, stdin=subprocess.DEVNULL, stderr=theirs) as process,
    ):
        os.close(theirs)
        service = ServiceProcess(process, address)
        thread = threading.Thread(target=_collect, args=(reader, service.output), daemon=True)
        thread.start()
        try:
            until(lambda: not awaited or "serving" in service.stderr or process.poll() is not None, within=20)
            yield service
        finally:
            process.kill()
            process.wait()
            thread.join(5)


def _collect(reader: IO[bytes], output: list[bytes]) -> None:
    try:
        while data := reader.read(65536):
            output.append(data)
    except OSError:
        pass  # a terminal says so when its other end is closed
