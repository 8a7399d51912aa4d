"""The only two places in the tests that wait by the clock: both poll a condition, and both have a deadline."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE = 0.01


async def eventually(condition: Callable[[], T | Awaitable[T]], *, within: float) -> T:
    """Returns the first true result of *condition*, a plain or an async function; AssertionError when there is none *within* seconds."""
    deadline = time.monotonic() + within
    while True:
        result = condition()
        answer = await result if inspect.isawaitable(result) else result
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {within} s: {_text(condition)}; last result: {answer!r}"
        await asyncio.sleep(PAUSE)


def until(condition: Callable[[], T], *, within: float) -> T:
    """As `eventually`, for code that runs outside an event loop."""
    deadline = time.monotonic() + within
    while True:
        if answer := condition():
            return answer
        assert time.monotonic() < deadline, f"not within {within} s: {_text(condition)}; last result: {answer!r}"
        time.sleep(PAUSE)


def _text(condition: Callable[..., object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)
