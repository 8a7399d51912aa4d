"""An event loop in a thread of its own, for callers that have none."""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

_ENDING: Final = 5.0
"""Seconds that the thread may take to end."""


class LoopThread:
    """Runs coroutines for any thread. It is a daemon, so that a client that nobody closed does not hold up the end of the process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._loop.run_forever, name="revocation-client", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Returns what *work* returns, or raises what it raises. Its deadlines are its own."""
        if threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("this is the client's own thread: it would wait for itself")
        running = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return running.result()
        except BaseException:
            running.cancel()  # for a caller that was interrupted
            raise

    def stop(self) -> None:
        """End the thread. In a forked child there is none, and what is left of the loop is the parent's."""
        if os.getpid() != self._pid or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_ENDING)
        if not self._thread.is_alive():
            self._loop.close()
