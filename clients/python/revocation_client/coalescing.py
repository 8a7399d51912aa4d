"""Checks that are made at the same time, as one call."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import grpc

from .errors import RevocationError
from .judgement.claims import Claims
from .verdicts import Verdict

MOST: Final = 1000
"""Claims in one BatchCheckTokens."""

AT_ONCE: Final = 4
"""Calls under way; what comes meanwhile waits for the next."""

Ask = Callable[[Sequence[Claims], float], Awaitable[Sequence[Verdict]]]
"""Judges all claims within so many seconds, or raises RevocationError."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    claims: Claims
    ends: float
    verdict: "asyncio.Future[Verdict]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Coalescer:
    """Gathers the checks of all tasks of a loop: those of the same moment, and those that come while calls are under way."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: list[_Waiting] = []
        self._calls: set[asyncio.Task[None]] = set()
        self._scheduled = False

    async def check(self, claims: Claims, timeout: float) -> Verdict:  # noqa: ASYNC109 - a call serves several callers
        """Returns the service's verdict within *timeout* seconds, or raises RevocationError."""
        one = _Waiting(claims, asyncio.get_running_loop().time() + timeout)
        self._waiting.append(one)
        self._schedule()
        try:
            async with asyncio.timeout_at(one.ends):
                return await one.verdict
        except TimeoutError as late:
            raise RevocationError(grpc.StatusCode.DEADLINE_EXCEEDED, f"no verdict within {timeout:g} s") from late

    async def close(self) -> None:
        """End the calls under way."""
        for call in self._calls:
            call.cancel()
        await asyncio.gather(*self._calls, return_exceptions=True)

    def _schedule(self) -> None:
        if self._waiting and not self._scheduled and len(self._calls) < AT_ONCE:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._start)

    def _start(self) -> None:
        self._scheduled = False
        asked = [one for one in self._waiting[:MOST] if not one.verdict.done()]
        del self._waiting[:MOST]
        if asked:
            call = asyncio.create_task(self._run(asked))
            self._calls.add(call)
            call.add_done_callback(self._ended)
        self._schedule()

    def _ended(self, call: "asyncio.Task[None]") -> None:
        self._calls.discard(call)
        self._schedule()

    async def _run(self, asked: Sequence[_Waiting]) -> None:
        """Ask for them all, until the last of their deadlines; the others give up by themselves."""
        timeout = max(one.ends for one in asked) - asyncio.get_running_loop().time()
        try:
            verdicts = await self._ask([one.claims for one in asked], timeout)
        except asyncio.CancelledError:
            for one in asked:
                one.verdict.cancel()
            raise
        except Exception as error:  # whatever it is, each caller learns of it
            for one in asked:
                _settle(one, error)
        else:
            for one, verdict in zip(asked, verdicts, strict=True):
                _settle(one, verdict)


def _settle(one: _Waiting, outcome: Verdict | Exception) -> None:
    if one.verdict.done():  # its caller has gone
        return
    if isinstance(outcome, Exception):
        one.verdict.set_exception(outcome)
    else:
        one.verdict.set_result(outcome)
