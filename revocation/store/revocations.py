"""The revocations of every realm, in Redis."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final

from revocation_client.judgement.millis import NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope

from ..domain.errors import InvalidFieldError
from ..domain.orders import FARTHEST_CUTOFF, Order
from ..domain.realms import Realm
from ..domain.revisions import Position, Revision
from ..domain.stores import Cursor, Logged, Name, Page, Reading, Tail, Written
from .epochs import Epochs
from .keys import RealmKeys
from .log_waiter import LogWaiter
from .records import name_of, order_words, restored_words, revocation_of
from .scripts import script

_REVOKE: Final = script("revoke", writes=True, acknowledged=True, prelude="_realm _merge")
_RESTORE: Final = script("restore", writes=True, acknowledged=True, prelude="_realm _merge")
_ALLOW: Final = script("allow", writes=True, acknowledged=True, prelude="_realm")
_TRIM: Final = script("trim", writes=True, prelude="_realm")
_READ: Final = script("read", writes=False, prelude="_realm")
_TAIL: Final = script("tail", writes=False, acknowledged=True, prelude="_realm")
_PAGE: Final = script("page", writes=False, prelude="_realm")

_TRIM_AT_ONCE: Final = 500


class RedisRevocationStore:
    """A `RevocationStore`. *log_retention* is the age, in milliseconds, at which entries of the log are trimmed."""

    def __init__(self, epochs: Epochs, log: LogWaiter, log_retention: Millis) -> None:
        self._epochs = epochs
        self._log = log
        self._log_retention = log_retention

    async def revoke(self, realm: Realm, orders: Sequence[Order]) -> Written:
        words = json.dumps([order_words(order) for order in orders])
        answer = await self._epochs.run(realm, _REVOKE, words, FARTHEST_CUTOFF, self._log_retention)
        if answer[0] == b"AHEAD":
            raise InvalidFieldError("issued_before", f"must be at most {FARTHEST_CUTOFF // 1000} seconds ahead of the store's clock")
        names = (name_of(order.scope, order.value).encode() for order in orders)
        return Written(tuple(map(revocation_of, names, answer[4])), _revision(answer), Millis(int(answer[3])))

    async def restore(self, realm: Realm, revocations: Sequence[Revocation], included: Revision | None) -> None:
        words = json.dumps([restored_words(one) for one in revocations])
        epoch, sequence = (included.epoch, included.sequence) if included else ("", 0)
        await self._epochs.run(realm, _RESTORE, words, self._log_retention, epoch, sequence)

    async def allow(self, realm: Realm, jti: str, expire_time: Millis | None, life: Millis) -> Millis:
        until = "" if expire_time is None else str(expire_time)
        answer = await self._epochs.run(realm, _ALLOW, jti, until, life, self._log_retention)
        return Millis(int(answer[4]))

    async def read(self, realm: Realm, names: Collection[Name], jtis: Collection[str] = ()) -> Reading:
        spelled = [name_of(*name) for name in names]
        answer = await self._epochs.run(realm, _READ, json.dumps(spelled), json.dumps(list(jtis)))
        time = Millis(int(answer[3]))
        kept = [revocation_of(name.encode(), record) for name, record in zip(spelled, answer[5], strict=True) if record is not None]
        allowed = {jti: Millis(int(float(until))) for jti, until in zip(jtis, answer[6], strict=True) if until is not None}
        return Reading(
            revocations={(one.scope, one.value): one for one in kept if time < one.expire_time},
            allowed={jti: until for jti, until in allowed.items() if time < until},
            position=_position(answer),
            time=time,
        )

    async def page(self, realm: Realm, scope: Scope | None, after: Cursor | None, limit: int) -> Page:
        scopes = [one for one in Scope if scope in (None, one) and (after is None or one >= after.scope)]
        names = json.dumps([one.name.lower() for one in scopes])
        answer = await self._epochs.run(realm, _PAGE, names, *_spelled(after), limit)
        revocations = tuple(map(revocation_of, answer[4], answer[5]))
        return Page(revocations, _cursor(revocations[-1]) if answer[6] == b"1" else None, answer[1].decode())

    async def tail(self, realm: Realm, behind: int, limit: int) -> Tail:
        answer = await self._epochs.run(realm, _TAIL, behind, limit)
        return Tail(
            entries=tuple(Logged(int(entry[2]), revocation_of(*entry[:2])) for entry in zip(*answer[7:10], strict=True)),
            first=int(answer[6]),
            position=_position(answer),
            time=Millis(int(answer[3])),
            fingerprint_key=bytes.fromhex(answer[5].decode()),
        )

    async def wait_for_change(self, realm: Realm, behind: int, seconds: float) -> None:
        await self._log.wait(RealmKeys.of(realm.name).log, behind, seconds)

    async def trim(self, realm: Realm) -> int:
        answer = await self._epochs.run(realm, _TRIM, _TRIM_AT_ONCE, self._log_retention)
        return int(answer[4])


def _revision(answer: list[Any]) -> Revision:
    return Revision(answer[1].decode(), int(answer[2]))


def _position(answer: list[Any]) -> Position:
    return Position(_revision(answer), {epoch: int(sequence) for epoch, sequence in json.loads(answer[4])})


def _cursor(last: Revocation) -> Cursor:
    return Cursor(last.scope, last.value, last.expire_time)


def _spelled(after: Cursor | None) -> tuple[str, str]:
    if after is None:
        return "", ""
    return after.value, "inf" if after.expire_time == NEVER else str(after.expire_time)
