"""One https GET with a bound on everything: time, size, and no way to be led elsewhere.

http.client would need a thread, which neither a deadline nor a cancellation can end; so the bytes come through asyncio, and http.client
reads what they say.
"""

import asyncio
import io
import socket
import ssl
from http.client import HTTPException, HTTPResponse
from typing import Final, cast
from urllib.parse import urlsplit

from .keys import MAX_BYTES, KeySetError

TIMEOUT: Final = 5.0
"""The seconds that a fetch may take, from the name's resolution to the last byte."""

_MAX_ANSWER: Final = MAX_BYTES + 64 * 1024
"""With status line, header fields and the marks of chunks."""


async def fetch(url: str, tls: ssl.SSLContext, *, timeout: float = TIMEOUT) -> bytes:  # noqa: ASYNC109 - tests shorten it
    """Returns the document at *url*. KeySetError when it is not there within *timeout* seconds, too long, or anything but 200 OK."""
    try:
        async with asyncio.timeout(timeout):
            answer = await _exchange(url, tls)
        return _document(answer)
    except TimeoutError as error:
        raise KeySetError(f"{url}: no whole answer within {timeout:g} s") from error
    except (OSError, HTTPException, ValueError, KeySetError) as error:
        raise KeySetError(f"{url}: {error}") from error


async def _exchange(url: str, tls: ssl.SSLContext) -> bytes:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 443, ssl=tls)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        writer.write(
            f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: revocation\r\n"
            "Accept: application/jwk-set+json, application/json\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n".encode()
        )
        return await _read_all(reader)
    finally:
        writer.transport.abort()  # the answer is all there or not wanted: no farewell to wait for


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    answer = bytearray()
    while part := await reader.read(64 * 1024):
        answer += part
        if len(answer) > _MAX_ANSWER:
            raise KeySetError(f"the answer is longer than {_MAX_ANSWER} bytes")
    return bytes(answer)


def _document(answer: bytes) -> bytes:
    with HTTPResponse(cast("socket.socket", _Received(answer)), method="GET") as response:
        response.begin()
        if response.status != 200:
            raise KeySetError(f"the answer is {response.status}, not 200")
        document = response.read()
    if len(document) > MAX_BYTES:
        raise KeySetError(f"the document is longer than {MAX_BYTES} bytes")
    return document


class _Received:
    """Bytes in the place of the socket that they came from, as far as HTTPResponse uses one."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)
