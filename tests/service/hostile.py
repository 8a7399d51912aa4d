"""A peer that speaks HTTP/2 by hand, and not as it should (RFC 9113)."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM, END_HEADERS = 1, 4
CANCEL = 8
INITIAL_WINDOW_SIZE = 4

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CHECK = "/revocation.v1.RevocationService/CheckToken"


@dataclass(frozen=True, slots=True)
class Peer:
    """A connection on which frames are written; what comes back is read only when asked for."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def open(self, stream: int) -> None:
        """Begins a CheckToken on *stream*, an odd number, and does not end it."""
        self._write(HEADERS, END_HEADERS, stream, _headers())

    def ask(self, stream: int, message: bytes) -> None:
        """Ends the call of *stream* with its *message*."""
        self._write(DATA, END_STREAM, stream, b"\0" + struct.pack(">I", len(message)) + message)

    def reset(self, stream: int) -> None:
        self._write(RST_STREAM, 0, stream, struct.pack(">I", CANCEL))

    async def flush(self) -> None:
        """Hands over what was written, to a peer that may have hung up."""
        try:
            await self.writer.drain()
        except ConnectionError:
            return

    def _write(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        self.writer.write(_frame(kind, flags, stream, payload))


@asynccontextmanager
async def peer_of(address: str, *, window: int = 65_535) -> AsyncIterator[Peer]:
    """A peer that takes at most *window* bytes of each answer."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(PREFACE + _frame(SETTINGS, 0, 0, struct.pack(">HI", INITIAL_WINDOW_SIZE, window)))
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def _headers() -> bytes:
    """The headers of a call, each as a literal that is not indexed (RFC 7541 section 6.2.2)."""
    said = {":method": "POST", ":scheme": "http", ":path": CHECK, ":authority": "x", "content-type": "application/grpc", "te": "trailers"}
    return b"".join(b"\0" + _text(name) + _text(value) for name, value in said.items())


def _text(text: str) -> bytes:
    return bytes((len(text),)) + text.encode()
