"""A fetch over https is bounded in time and size, follows nobody, and takes nothing but a whole 200 OK."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from revocation.tokens.https import fetch
from revocation.tokens.keys import KeySetError
from tests.unit.tokens.issuer import Issuer, ok

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
LONGEST = 256 * 1024


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with Issuer(tmp_path) as issuer:
        yield issuer


@pytest.mark.parametrize(
    ("answer", "document"),
    [
        (ok(b"abc"), b"abc"),
        (ok(b"x" * LONGEST), b"x" * LONGEST),
        (CHUNKED, b"abcde"),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", b"to the end"),
    ],
)
async def test_document(issuer: Issuer, answer: bytes, document: bytes) -> None:
    """Every way to delimit a document is understood."""
    issuer.answer = answer
    assert await fetch(issuer.url, issuer.trust) == document


async def test_request(issuer: Issuer) -> None:
    """The request names path, query and host, and wants the connection closed."""
    issuer.answer = ok(b"")
    await fetch(issuer.url + "?realm=a", issuer.trust)
    await fetch(issuer.url.removesuffix("/jwks.json"), issuer.trust)
    asked, root = (request.decode().split("\r\n") for request in issuer.requests)
    assert asked[0] == "GET /jwks.json?realm=a HTTP/1.1"
    assert root[0] == "GET / HTTP/1.1"
    assert f"Host: {issuer.url.split('/')[2]}" in asked
    assert "Connection: close" in asked


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", "302, not 200"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "204, not 200"),
        (b"HTTP/1.1 500 Oh\r\n\r\n", "500, not 200"),
        (b"SSH-2.0-OpenSSH\r\n", "SSH"),
        (b"", "without response"),
        (ok(b"abc")[:-1], "IncompleteRead"),
        (CHUNKED[:-8], "IncompleteRead"),
        (ok(b"x" * (LONGEST + 1)), "longer than 262144 bytes"),
        (ok(b"x" * 10_000_000), "longer than 327680 bytes"),
        (ok(b"", *(f"X-{number}: x" for number in range(200))), "headers"),
    ],
)
async def test_bad_answer(issuer: Issuer, answer: bytes, why: str) -> None:
    """Whatever else comes is an error that says what came; a redirect is not followed."""
    issuer.answer = answer
    with pytest.raises(KeySetError, match=why):
        await fetch(issuer.url, issuer.trust)
    assert len(issuer.requests) == 1


async def test_silence(issuer: Issuer) -> None:
    """A server that never answers is given up."""
    issuer.open.clear()
    with pytest.raises(KeySetError, match=r"no whole answer within 0\.05 s"):
        await fetch(issuer.url, issuer.trust, timeout=0.05)


async def test_nobody_there(tmp_path: Path) -> None:
    """A refused connection is an error like all others."""
    async with Issuer(tmp_path) as issuer:
        url = issuer.url
    with pytest.raises(KeySetError, match="Connect call failed"):
        await fetch(url, issuer.trust)


async def test_cancelled(issuer: Issuer) -> None:
    """A fetch ends when it is cancelled."""
    issuer.open.clear()
    fetching = asyncio.create_task(fetch(issuer.url, issuer.trust))
    await issuer.asked(1)
    fetching.cancel()
    with pytest.raises(asyncio.CancelledError):
        await fetching
