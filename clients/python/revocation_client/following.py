"""The stream that keeps the replica up to date, for as long as the client is open."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import grpc

from .errors import RevocationError, error_of, raise_if_ours
from .judgement.millis import Millis
from .methods import METHODS
from .pauses import pauses
from .replica import SILENCE, Replica
from .v1 import revocation_service_pb2 as pb

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0

_LIVED: Final = 1.0
"""Seconds after which a stream that ends is begun again at once."""

_CONNECTING: Final = 5.0
_LOADING: Final = 30.0
"""Seconds that a server may take to connect, and to make the snapshot."""

_log: Final = logging.getLogger(__name__)


class Follower:
    """Feeds a replica. Each stream has a connection of its own, so that a frozen server or a dead route is left behind with the stream."""

    def __init__(
        self, replica: Replica, open_channel: Callable[[], grpc.aio.Channel], realm: str, metadata: Any, heard: Callable[[], None]
    ) -> None:
        self._replica = replica
        self._open_channel = open_channel
        self._realm = realm
        self._metadata = metadata
        self._heard = heard
        self.news = asyncio.Condition()
        self.streams = 0
        self._fault = ""

    async def run(self) -> None:
        """Follow until cancelled."""
        waits = pauses(FIRST_PAUSE, LONGEST_PAUSE)
        while True:
            began = time.monotonic()
            try:
                await self._follow()
            except (RevocationError, ValueError) as error:
                self._note(error)
            except Exception:
                _log.exception("following the realm failed; it is tried again")
            if time.monotonic() - began >= _LIVED:
                waits = pauses(FIRST_PAUSE, LONGEST_PAUSE)
            else:
                await asyncio.sleep(next(waits))

    async def _follow(self) -> None:
        """Read one stream until it ends, says resync, or proves nothing any more."""
        replica = self._replica
        async with self._stream() as stream:
            while replica.loading or replica.proves:
                message = await _next(stream, _LOADING if replica.loading else SILENCE)
                if message is None or message.HasField("resync"):
                    return
                for _ in replica.receive(message, time.monotonic(), Millis(time.time_ns() // 1_000_000)):
                    await asyncio.sleep(0)
                if message.HasField("heartbeat") or message.HasField("changes"):
                    self._fault = ""
                self._heard()
                async with self.news:
                    self.news.notify_all()

    @asynccontextmanager
    async def _stream(self) -> AsyncIterator[Any]:
        channel = self._open_channel()
        try:
            await _connected(channel)
            method = METHODS["WatchRevocations"]
            watch = channel.unary_stream(method.path, pb.WatchRevocationsRequest.SerializeToString, pb.WatchRevocationsResponse.FromString)
            self.streams += 1
            self._replica.begin(time.monotonic())
            request = pb.WatchRevocationsRequest(realm=self._realm, resume_revision=self._replica.revision)
            stream = watch(request, metadata=self._metadata)
            try:
                yield stream
            finally:
                stream.cancel()
        finally:
            await channel.close()

    def _note(self, error: Exception) -> None:
        """Log why the stream cannot be followed, once for as long as the reason stays the same."""
        if str(error) != self._fault:
            self._fault = str(error)
            _log.warning("the revocations of realm %r cannot be followed: %s", self._realm or "default", error)


async def _connected(channel: grpc.aio.Channel) -> None:
    """Returns when *channel* is connected. RevocationError when no server of it can be."""
    state = channel.get_state(try_to_connect=True)
    try:
        async with asyncio.timeout(_CONNECTING):
            while state is not grpc.ChannelConnectivity.READY:
                if state in (grpc.ChannelConnectivity.TRANSIENT_FAILURE, grpc.ChannelConnectivity.SHUTDOWN):
                    raise RevocationError(grpc.StatusCode.UNAVAILABLE, "no server can be reached")
                await channel.wait_for_state_change(state)
                state = channel.get_state(try_to_connect=True)
    except TimeoutError as late:
        raise RevocationError(grpc.StatusCode.UNAVAILABLE, f"no connection within {_CONNECTING:g} s") from late


async def _next(stream: Any, patience: float) -> pb.WatchRevocationsResponse | None:
    """Returns the next message within *patience* seconds; None at the end. RevocationError when the stream fails."""
    try:
        async with asyncio.timeout(patience):
            message = await stream.read()
    except TimeoutError as late:
        raise RevocationError(grpc.StatusCode.UNAVAILABLE, f"the stream has been silent for {patience:g} s") from late
    except grpc.aio.AioRpcError as failure:
        raise error_of(failure, writes=False) from failure
    except asyncio.CancelledError as cancelled:
        raise_if_ours(cancelled, writes=False)
    return None if message is grpc.aio.EOF else message
