"""WatchRevocations: what watchers are told, as messages that are encoded once and sent to many."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import lru_cache
from weakref import WeakKeyDictionary

from revocation_client.judgement.millis import Millis
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import watch_pb2
from revocation_client.wire import changes_message, duration, rules_message, snapshot_parts

from ..domain.realms import SECOND, Realm
from ..domain.revisions import Revision
from ..domain.watching import Batch, Beat, Lost, State, Watching


class WatchStreams:
    """The streams of all watchers. *clock* serves for expiry only."""

    def __init__(self, watching: Watching, clock: Callable[[], Millis]) -> None:
        self._watching = watching
        self._clock = clock
        self._snapshots: WeakKeyDictionary[State, asyncio.Task[list[bytes]]] = WeakKeyDictionary()

    async def stream(self, realm: Realm, resume: Revision | None) -> AsyncIterator[bytes | pb.WatchRevocationsResponse]:
        """Yields the messages of one stream."""
        rules = rules_message(realm.rules, realm.max_staleness, self._watching.fingerprint_key(realm))
        yield pb.WatchRevocationsResponse(revision=str(resume or ""), rules=rules)
        async for event in self._watching.watch(realm, resume):
            match event:
                case State():
                    for part in await asyncio.shield(self._snapshot(event)):
                        yield part
                case Batch():
                    yield _encoded(event)
                case Beat():
                    lag = duration(Millis(round(event.lag * SECOND)))
                    yield pb.WatchRevocationsResponse(revision=str(event.revision), heartbeat=watch_pb2.Heartbeat(store_lag=lag))
                case Lost():
                    yield pb.WatchRevocationsResponse(resync=watch_pb2.Resync())

    def _snapshot(self, state: State) -> asyncio.Task[list[bytes]]:
        """Returns the task that encodes *state*, one for all watchers that are given the same."""
        if state not in self._snapshots:
            self._snapshots[state] = asyncio.create_task(_parts(state, self._clock()))
        return self._snapshots[state]


async def _parts(state: State, now: Millis) -> list[bytes]:
    parts: list[bytes] = []
    for part in snapshot_parts(state.index, now):
        revision = str(state.revision) if part.last else ""
        parts.append(pb.WatchRevocationsResponse(revision=revision, snapshot_part=part).SerializeToString())
        await asyncio.sleep(0)  # others are served between two parts
    return parts


@lru_cache(maxsize=1024)
def _encoded(batch: Batch) -> bytes:
    changes = changes_message(list(batch.revocations))
    return pb.WatchRevocationsResponse(revision=str(batch.revision), changes=changes).SerializeToString()
