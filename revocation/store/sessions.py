"""Sessions and the lists of their places, in Redis."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from revocation_client.judgement.millis import Millis

from ..domain.errors import InvalidFieldError, Reason, ServiceError
from ..domain.realms import Realm
from ..domain.sessions import MAX_ATTRIBUTES, Change, Place, StoredSession, Taken
from .keys import place_keys, session_key
from .scripts import ScriptRunner, script

_TAKE: Final = script("place_take", writes=True)
_RENEW: Final = script("place_renew", writes=True)
_FORGET: Final = script("place_forget", writes=True)
_LIST: Final = script("place_list", writes=False)
_CREATE: Final = script("session_create", writes=True, prelude="_session")
_READ: Final = script("session_read", writes=False, prelude="_session")
_TOUCH: Final = script("session_touch", writes=True, prelude="_session")
_UPDATE: Final = script("session_update", writes=True, prelude="_session")
_ROTATE: Final = script("session_rotate", writes=True, prelude="_session")
_BURY: Final = script("session_bury", writes=True, prelude="_session")

_REFUSALS: Final[Mapping[bytes, Callable[[], ServiceError]]] = {
    b"CHANGED": lambda: ServiceError(Reason.SESSION_CHANGED, "the session has changed since it was read; read it again"),
    b"ROTATED": lambda: ServiceError(Reason.SESSION_ROTATED, "this session_id was rotated away; use the new one"),
    b"BOUND": lambda: ServiceError(Reason.SESSION_BOUND, "the session already belongs to a user"),
    b"ATTRIBUTES": lambda: InvalidFieldError("attributes", f"must be at most {MAX_ATTRIBUTES} in all"),
    b"LATE": lambda: ServiceError(Reason.STORE_UNAVAILABLE, "the store took too long; nothing was done; try again"),
}


class RedisSessionStore:
    """A `SessionStore`."""

    def __init__(self, runner: ScriptRunner) -> None:
        self._runner = runner

    async def take_place(self, realm: Realm, user_id: str, place: Place, limit: int, evict: bool, floors: Mapping[str, Millis]) -> Taken:
        args = (place.handle, _details(place), place.expire_time, limit, "1" if evict else "", json.dumps(dict(floors)))
        taken, *evicted = await self._runner.run(_TAKE, place_keys(realm.name, user_id), args)
        return Taken(taken == b"1", tuple(_evicted(handle, details) for handle, details in _pairs(evicted)))

    async def renew_place(self, realm: Realm, user_id: str, place: Place) -> None:
        await self._runner.run(_RENEW, place_keys(realm.name, user_id), (place.handle, _details(place), place.expire_time))

    async def forget(self, realm: Realm, user_id: str, handles: Collection[str]) -> None:
        await self._runner.run(_FORGET, place_keys(realm.name, user_id), handles)

    async def places(self, realm: Realm, user_id: str) -> tuple[Place, ...]:
        flat: Sequence[bytes] = await self._runner.run(_LIST, place_keys(realm.name, user_id), ())
        found = map(_place, flat[::3], flat[1::3], flat[2::3])
        return tuple(sorted(found, key=lambda place: (place.create_time, place.handle)))

    async def create(self, realm: Realm, digest: str, session: StoredSession, not_after: Millis) -> bool:
        answer = await self._runner.run(_CREATE, (session_key(realm.name, digest),), (not_after, *_flat(session)))
        return _accepted(answer, refusal=b"TAKEN")

    async def read(self, realm: Realm, digest: str) -> StoredSession | None:
        flat = await self._runner.run(_READ, (session_key(realm.name, digest),), ())
        return _session(flat) if flat else None

    async def touch(self, realm: Realm, digest: str) -> None:
        await self._runner.run(_TOUCH, (session_key(realm.name, digest),), ())

    async def update(self, realm: Realm, digest: str, change: Change) -> StoredSession | None:
        replaces = change.data is not None
        args = (
            *(change.etag, "1" if replaces else "", change.data or b"", json.dumps(dict(change.attributes)), MAX_ATTRIBUTES),
            *(change.user_id, _optional(change.auth_time), _optional(change.idle_timeout)),
        )
        answer, *flat = await self._runner.run(_UPDATE, (session_key(realm.name, digest),), args)
        return _session(flat) if _accepted(answer, refusal=b"NONE") else None

    async def rotate(self, realm: Realm, digest: str, etag: str, successor: str, grace: Millis) -> bool:
        answer = await self._runner.run(_ROTATE, (session_key(realm.name, digest),), (etag, successor, grace))
        return _accepted(answer, refusal=b"NONE")

    async def heir(self, realm: Realm, digest: str) -> str:
        successor = await self._runner.command("HGET", session_key(realm.name, digest), "successor")
        return (successor or b"").decode()

    async def is_taken(self, realm: Realm, digest: str) -> bool:
        return bool(await self._runner.command("EXISTS", session_key(realm.name, digest)))

    async def discard(self, realm: Realm, digest: str) -> None:
        await self._runner.command("DEL", session_key(realm.name, digest), writes=True)

    async def bury(self, realm: Realm, digest: str) -> None:
        await self._runner.run(_BURY, (session_key(realm.name, digest),), ())


def _accepted(answer: bytes, *, refusal: bytes) -> bool:
    if answer in _REFUSALS:
        raise _REFUSALS[answer]()
    return bool(answer != refusal)


def _flat(session: StoredSession) -> Iterator[str | bytes | int]:
    yield from ("handle", session.handle, "user", session.user_id, "data", session.data)
    yield from ("attributes", json.dumps(dict(session.attributes)), "version", session.version)
    yield from ("created", session.create_time, "auth", _optional(session.auth_time), "used", session.use_time)
    yield from ("idle", session.idle_timeout, "absolute", session.absolute_end, "caller", "1" if session.caller_made else "")


def _session(flat: Sequence[bytes]) -> StoredSession:
    words = dict(_pairs(flat))
    return StoredSession(
        handle=words[b"handle"].decode(),
        user_id=words[b"user"].decode(),
        data=words[b"data"],
        attributes=json.loads(words[b"attributes"]),
        version=int(words[b"version"]),
        create_time=_time(words[b"created"]),
        auth_time=_time(words[b"auth"]) if words[b"auth"] else None,
        use_time=_time(words[b"used"]),
        idle_timeout=_time(words[b"idle"]),
        absolute_end=_time(words[b"absolute"]),
        caller_made=bool(words[b"caller"]),
        successor=words.get(b"successor", b"").decode(),
    )


def _details(place: Place) -> str:
    return f"{place.create_time} {place.auth_time} {place.digest}"


def _place(handle: bytes, details: bytes, expiry: bytes) -> Place:
    created, auth, digest = details.split()
    return Place(handle.decode(), digest.decode(), _time(created), _time(auth), _time(expiry))


def _evicted(handle: bytes, words: bytes) -> Place:
    details, _, expiry = words.rpartition(b" ")
    return _place(handle, details, expiry)


def _time(text: bytes) -> Millis:
    return Millis(int(float(text)))


def _optional(time: Millis | None) -> str:
    return "" if time is None else str(time)


def _pairs(flat: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip(flat[::2], flat[1::2], strict=True)
