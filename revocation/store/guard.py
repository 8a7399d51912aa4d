"""Guards the embedded Valkey: `python -m revocation.store.guard` keeps it running while the parent lives, and stops it when that is gone.

Standard input carries one line, the Orders as JSON, and then nothing: its end is the parent's end, kill -9 included. Standard output tells
of each start and end of the server, one JSON object a line. Signals do not stop a guard: a Ctrl-C or a service manager that signals every
process of a group must reach the parent first, which still needs its store to finish the calls in flight.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
HEALTHY_AFTER: Final = 10.0
"""A server that ran for so many seconds is started again after the first pause; one that keeps crashing after ever longer ones."""

STOP_WITHIN: Final = 5.0
"""Seconds that the server has after SIGTERM before it is killed."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What to run: a *command* that reads its *config* from standard input and writes its *log*.

    *lock* is a descriptor that holds the folder as long as it is open, *litter* what to remove at the end.
    """

    command: list[str]
    config: str = field(repr=False)
    log: str
    lock: int
    litter: list[str]

    def line(self) -> bytes:
        """Returns the orders as the guard reads them."""
        return json.dumps(asdict(self)).encode() + b"\n"


def main() -> None:
    """Reads the orders and carries them out until the parent is gone."""
    os.umask(0o077)
    orders = Orders(**json.loads(sys.stdin.buffer.readline()))
    try:
        _keep_running(orders, _woken_by_signals())
    except OSError as error:
        _tell(event="failed", text=str(error))
    finally:
        for path in orders.litter:
            _remove(Path(path))


def _keep_running(orders: Orders, wake: int) -> None:
    pause = FIRST_PAUSE
    while True:
        began = time.monotonic()
        child = _start(orders)
        _tell(event="started", pid=child.pid)
        if _parent_ends(wake, child=child):
            return _stop(child)
        _tell(event="ended", status=child.returncode)
        pause = FIRST_PAUSE if time.monotonic() - began > HEALTHY_AFTER else min(2 * pause, LONGEST_PAUSE)
        if _parent_ends(wake, within=pause):
            return None


def _start(orders: Orders) -> subprocess.Popen[bytes]:
    """Starts the server. It holds the lock too, so that no other one can open its files while it lives, whatever becomes of its guard."""
    with Path(orders.log).open("ab") as log:
        child = subprocess.Popen(orders.command, stdin=subprocess.PIPE, stdout=log, stderr=log, pass_fds=(orders.lock,), env={})  # noqa: S603
    if child.stdin:
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(orders.config.encode())
    return child


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _parent_ends(wake: int, *, child: subprocess.Popen[bytes] | None = None, within: float | None = None) -> bool:
    """Waits until the parent is gone, which is true, or the *child* is, or a time has passed."""
    deadline = None if within is None else time.monotonic() + within
    while child is None or child.poll() is None:
        left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
        ready, _, _ = select.select([sys.stdin.fileno(), wake], [], [], left)
        if sys.stdin.fileno() in ready:
            return True
        if wake in ready:
            os.read(wake, 4096)
        if not ready:
            return False
    return False


def _woken_by_signals() -> int:
    """Returns a descriptor that becomes readable at a signal; the end of a child is one."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reader


def _tell(**event: str | int) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), json.dumps(event).encode() + b"\n")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
