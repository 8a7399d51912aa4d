"""The fast lane: CheckToken and BatchCheckTokens behind an HTTP/2 front written in Rust (pygrpc-native), without the event loop.

    caller ──▶ front ──▶ a thread of its own: judged at once, from memory
                 │           └──▶ event loop: what has to wait or fails, by the very handlers of the default lane
                 └──▶ every other method: the default lane's server, on a private Unix socket

What the front cannot do: TLS, an end to old or idle connections, and a bound on messages while they arrive (those of more than 4 MiB are
refused, but only once they are there: serve callers that you trust with your memory). Its other methods see the socket for their peer.

Two threads read what one of them, the event loop's, changes. That needs no lock, because every structure that this one reads in two steps
is replaced rather than changed (`RealmReplica.glance`, the tables of `judgement`, the ends of answers in `checking`), and because what was
revoked never goes away before its expiry: a look-up amid a change finds what was, or what will be.
"""

import asyncio
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pygrpc_native import EVENT_CALL, NativeGrpcFront

from .calls import Behaviour
from .lane_calls import Event, LaneCalls
from .limits import MAX_MESSAGE_BYTES

_AT_ONCE: Final = 32
"""Calls that the thread takes over, and answers, at once."""

_FLUSH: Final = 0.05
"""Seconds for the front to write the last answers, of which it does not tell."""


class Route(NamedTuple):
    """A method of the fast lane: *at_once* answers from memory or returns None, and *handler* is the default lane's."""

    path: str
    at_once: Callable[[bytes], bytes | None]
    handler: Behaviour


class FastLane:
    """A front on *address* for *routes*. OSError when the address cannot be had. Let a gRPC server listen on *behind*, then start."""

    def __init__(self, address: str, routes: Sequence[Route], *, reuse_port: bool) -> None:
        methods = [(route.path, False) for route in routes]
        self._front = NativeGrpcFront(address, methods, io_threads=1, call_details=True, reuse_port=reuse_port)
        self._routes = [route.at_once for route in routes]
        self._calls = LaneCalls(self._front, [route.handler for route in routes])
        self._folder = tempfile.TemporaryDirectory(prefix="revocation-")  # which nobody else may enter
        self._thread = threading.Thread(target=self._answer_calls, name="fast-lane", daemon=True)
        self._front.set_fallback(str(Path(self._folder.name, "grpc")))

    @property
    def port(self) -> int:
        """Where the front listens."""
        return self._front.bound_port

    @property
    def behind(self) -> str:
        """Where every other method is served."""
        return f"unix:{self._folder.name}/grpc"

    def start(self) -> None:
        """Take calls. What cannot be answered at once is served on the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._front.start()
        self._thread.start()

    async def finish(self, grace: float) -> None:
        """Refuse new calls, and let those in flight end within *grace* seconds."""
        await self._calls.finish(grace)

    async def close(self) -> None:
        """Hand out the last answers, and hang up."""
        await asyncio.sleep(_FLUSH)
        self._front.close()
        await asyncio.to_thread(self._thread.join)
        self._folder.cleanup()

    def _answer_calls(self) -> None:
        respond = self._front.respond
        while (events := self._front.recv_batch_details(_AT_ONCE)) is not None:
            answers = [(event, self._answer(event)) for event in events]
            for event, answer in answers:  # in a row, so that the front writes many at once
                if answer is not None:
                    respond(event[1], answer)
            waiting = [event for event, answer in answers if answer is None]
            if waiting:
                self._loop.call_soon_threadsafe(self._calls.take, waiting)

    def _answer(self, event: Event) -> bytes | None:
        kind, _, method, request, _, _ = event
        if kind != EVENT_CALL or request is None or len(request) > MAX_MESSAGE_BYTES or self._calls.finishing:
            return None
        try:
            return self._routes[method](request)
        except Exception:  # the handler meets it again, and knows what to answer
            return None
