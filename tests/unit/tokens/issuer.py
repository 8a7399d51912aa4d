"""An issuer that serves its key set over https, and misbehaves as a test demands: `async with Issuer(folder) as issuer`."""

import asyncio
import ssl
from pathlib import Path
from typing import Self

from tests.servers.certificates import make_certificates


def ok(document: bytes, *fields: str) -> bytes:
    """Returns a whole HTTP answer with *document*."""
    return "\r\n".join(["HTTP/1.1 200 OK", f"Content-Length: {len(document)}", *fields, "", ""]).encode() + document


class Issuer:
    """A real server on 127.0.0.1 that gives *answer* to everyone, byte for byte. *trust* is what its clients need."""

    def __init__(self, folder: Path, answer: bytes = b"") -> None:
        files = make_certificates(folder)
        self.answer = answer
        self.requests: list[bytes] = []
        self.open = asyncio.Event()
        """While it is cleared, requests are read and not answered."""
        self.open.set()
        self.trust = ssl.create_default_context(cafile=files.ca)
        self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._tls.load_cert_chain(files.server_cert, files.server_key)
        self._asked = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"https://127.0.0.1:{port}/jwks.json"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.open.set()
        self._server.close()
        await self._server.wait_closed()

    async def asked(self, times: int) -> None:
        """Returns as soon as it has been asked so many times."""
        async with asyncio.timeout(5), self._asked:
            await self._asked.wait_for(lambda: len(self.requests) >= times)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            async with self._asked:
                self.requests.append(request)
                self._asked.notify_all()
            await self.open.wait()
            writer.write(self.answer)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has had enough, which is what some tests are about
        finally:
            writer.transport.abort()
