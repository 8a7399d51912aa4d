"""Processes that the bench talks to in lines of JSON: they end when their standard input does, so none outlives the bench."""

import json
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .cores import pinned

Answer = dict[str, Any]

ANSWER_WITHIN = 60.0
"""Seconds that an answer may take."""

END_WITHIN = 10.0
"""Seconds that a process may take to end."""


class WorkerError(Exception):
    """A process of the bench ended before its time."""


class Worker:
    """A running process, and what it said when it was ready."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.hello = self._read()

    def ask(self, **order: Any) -> Answer:
        """Returns the answer to *order*."""
        if self._process.stdin:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        return self._read()

    def _read(self) -> Answer:
        line = self._line()
        if not line:
            raise WorkerError(f"{self._process.args!r} ended with status {self._process.wait(END_WITHIN)}")
        answer: Answer = json.loads(line)
        return answer

    def _line(self) -> str:
        if self._process.stdout is None or not select.select([self._process.stdout], [], [], ANSWER_WITHIN)[0]:
            raise WorkerError(f"{self._process.args!r} has not answered within {ANSWER_WITHIN:g} s")
        return self._process.stdout.readline()


@contextmanager
def python(module: str, *words: object, core: int | None) -> Iterator[Worker]:
    """Runs a module of `benchmarks.programs` on *core*; it is ready when this returns, and ended with the block."""
    with running([sys.executable, "-m", f"benchmarks.programs.{module}", *map(str, words)], core=core) as worker:
        yield worker


@contextmanager
def running(command: list[str], *, core: int | None) -> Iterator[Worker]:
    """Runs *command*, which says in a line of JSON that it is ready and ends when its standard input does."""
    pipe = subprocess.PIPE
    with pinned(core):
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)  # noqa: S603 # the bench's own commands
    try:
        yield Worker(process)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[str]") -> None:
    try:
        process.communicate(timeout=END_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def say(**answer: Any) -> None:
    """In the process: tell the bench something."""
    print(json.dumps(answer), flush=True)  # noqa: T201 # this is how it is told


def answer_all(handle: Callable[..., Answer], **hello: Any) -> None:
    """In the process: say *hello*, then answer each order by *handle*, until there are no more."""
    say(**hello)
    for line in sys.stdin:
        say(**handle(**json.loads(line)))


def at_end_of_input(then: Callable[[], object]) -> None:
    """In the process: call *then*, in another thread, when the bench is done with it."""
    threading.Thread(target=lambda: (sys.stdin.read(), then()), daemon=True).start()
