"""A watcher: what one stream told, merged like a client's replica."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from revocation_client.judgement.index import RevocationIndex
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Scope
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.wire import merge_part, revocation_of

from tests.eventually import eventually

from .client import Client

PATH = "/revocation.v1.RevocationService/WatchRevocations"
NOW = Millis(1_700_000_000_000)


class Watcher:
    """Reads a stream to its end and keeps what it told."""

    def __init__(self) -> None:
        self.events: list[pb.WatchRevocationsResponse] = []
        self.index = RevocationIndex(bytes(16))
        self.revision = ""
        self.ended: Exception | None = None

    async def read(self, stream: Any) -> None:
        try:
            async for message in stream:
                self.take(message)
        except Exception as ended:
            self.ended = ended

    def take(self, message: pb.WatchRevocationsResponse) -> None:
        self.events.append(message)
        match message.WhichOneof("event"):
            case "rules":
                self.index = RevocationIndex(message.rules.fingerprint_key)
            case "snapshot_part":
                list(merge_part(message.snapshot_part, self.index, NOW))
            case "changes":
                for revocation in message.changes.revocations:
                    self.index.put(revocation_of(revocation), NOW)
        self.revision = message.revision or self.revision

    def kinds(self) -> list[str]:
        return [str(message.WhichOneof("event")) for message in self.events]

    def changes(self) -> list[tuple[int, str]]:
        """The changes as they came: scope and value."""
        return [(one.scope, one.value) for message in self.events for one in message.changes.revocations]

    def knows(self, scope: Scope, value: str) -> bool:
        return self.index.find(scope, value) is not None

    async def until(self, kind: str, count: int = 1) -> None:
        """Returns when the stream has told *count* events of *kind*."""
        await eventually(lambda: self.kinds().count(kind) >= count, within=10)


@asynccontextmanager
async def watching(client: Client, realm: str = "", resume: str = "") -> AsyncIterator[Watcher]:
    """A watcher of *realm*, which is cancelled at the end."""
    invoke = client.channel.unary_stream(PATH, pb.WatchRevocationsRequest.SerializeToString, pb.WatchRevocationsResponse.FromString)
    stream, watcher = invoke(pb.WatchRevocationsRequest(realm=realm, resume_revision=resume)), Watcher()
    reading = asyncio.ensure_future(watcher.read(stream))
    try:
        yield watcher
    finally:
        stream.cancel()
        await asyncio.gather(reading, return_exceptions=True)
