"""Cases of merging: revocations of one name, the orders in which they come, and the one that they become."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from .cases import DAY, NOW
from .chance import Chance
from .model import Record

SEED = 20_251_123
RANDOM = 60


@dataclass(frozen=True)
class Written:
    """A revocation with its text, which is for people: *time* and *reason* of the newest write."""

    record: Record
    time: int = NOW
    reason: str = ""


def merge_cases() -> Iterator[dict[str, Any]]:
    """Yields the cases: first those written by hand, then those of chance."""
    for name, writes in _by_hand():
        yield _case(name, writes)
    chance = Chance(SEED)
    for number in range(RANDOM):
        yield _case(f"chance {number}", _by_chance(chance))


def merged(writes: Sequence[Written]) -> Written:
    """What holds when all hold: for each session, and for all others, the latest cut-off of any; the last end; the newest text."""
    records = [write.record for write in writes]
    before = _latest([record.before for record in records])
    handles = sorted({handle for record in records for handle in record.kept})
    kept: dict[str, int] = {}
    for handle in handles:
        floor = max(record.kept.get(handle, record.before or 0) for record in records)
        if before is not None and floor < before:
            kept[handle] = floor
    end = _latest([record.end for record in records])
    text = max((write.time, [ord(letter) for letter in write.reason], write.reason) for write in writes)
    return Written(Record(records[0].scope, records[0].value, before, end, kept), text[0], text[2])


def _latest(times: Sequence[int | None]) -> int | None:
    """None is later than every time: a cut-off that always matches, an end that never comes."""
    known = [time for time in times if time is not None]
    return None if len(known) < len(times) else max(known)


def _by_hand() -> Iterator[tuple[str, list[Written]]]:
    end = NOW + DAY

    def user(before: int, kept: dict[str, int] | None = None, end: int | None = end) -> Written:
        return Written(Record("USER", "u1", before, end, kept or {}))

    yield "one alone", [user(NOW)]
    yield "the same twice", [user(NOW), user(NOW)]
    yield "a later cut-off wins", [user(NOW - 1), user(NOW)]
    yield "a later end wins", [user(NOW, end=end), user(NOW, end=end + 1)]
    yield "the cut-off of one and the end of the other", [user(NOW, end=end), user(NOW - 5, end=end + 1)]
    yield "no end is the latest end", [user(NOW), user(NOW - 1, end=None)]
    yield "a token's end", [Written(Record("TOKEN", "t1", None, end)), Written(Record("TOKEN", "t1", None, end + 1000))]
    yield "a key never ends", [Written(Record("KEY", "k1")), Written(Record("KEY", "k1"))]
    yield "a realm's cut-off", [Written(Record("REALM", "", NOW, end)), Written(Record("REALM", "", NOW + 1, end))]
    yield "kept by both", [user(NOW - 9, {"h1": 0}), user(NOW, {"h1": 0})]
    yield "kept by the later only: its floor is the earlier cut-off", [user(NOW - 9), user(NOW, {"h1": 0})]
    yield "kept by the earlier only: dropped", [user(NOW - 9, {"h1": 0}), user(NOW)]
    yield "kept by different ones", [user(NOW - 9, {"h1": 0, "h2": 3}), user(NOW, {"h2": 0, "h3": 0})]
    yield "the same cut-off, different kept ones: none is kept", [user(NOW, {"h1": 0}), user(NOW, {"h2": 0})]
    yield "the same cut-off, one kept by both", [user(NOW, {"h1": 0, "h2": 5}), user(NOW, {"h2": 7})]
    yield "floors: the higher one", [user(NOW, {"h1": NOW - 500}), user(NOW - 5, {"h1": NOW - 300})]
    yield "a floor that reaches the cut-off drops out", [user(NOW, {"h1": NOW - 500}), user(NOW, {"h1": NOW})]
    yield (
        "three with a chain of keeping",
        [user(NOW - 9, {"h1": 0}), user(NOW - 5, {"h1": 0, "h2": 0}), user(NOW, {"h1": 0, "h2": 0, "h3": 0})],
    )
    eight = {f"h{number}": 0 for number in range(8)}
    yield "eight kept, then eight others", [user(NOW - 9, eight), user(NOW, {f"g{number}": 0 for number in range(8)})]
    yield (
        "a name beyond 16 bits",
        [Written(Record("USER", "\U0001f512", NOW, end)), Written(Record("USER", "\U0001f512", NOW - 1, end + 1))],
    )
    token = Record("TOKEN", "t1", None, end)
    yield "the newer text", [Written(token, NOW, "lost phone"), Written(token, NOW + 1, "a stolen one")]
    yield "of the same time, the greater text", [Written(token, NOW, "b"), Written(token, NOW, "a")]
    yield "greater by code points, not by UTF-16", [Written(token, NOW, "\U0001f512"), Written(token, NOW, "\uff5e")]


def _by_chance(chance: Chance) -> list[Written]:
    scope = chance.one_of(("USER", "USER", "USER", "CLIENT", "TOKEN"))
    writes = []
    for _ in range(2 + chance.below(3)):
        before = None if scope == "TOKEN" else NOW + chance.below(6)
        handles = chance.some_of(("h1", "h2", "h3"), 3) if scope == "USER" else []
        kept = {handle: NOW + chance.below(6) - 3 for handle in sorted(handles)}
        fit = {handle: floor for handle, floor in kept.items() if before is not None and floor < before}
        end = chance.one_of((NOW + DAY, NOW + DAY + 1, NOW + 2 * DAY, None))
        writes.append(Written(Record(scope, "v1", before, end, fit), NOW + chance.below(3), chance.one_of(("", "a", "b"))))
    return writes


def _case(name: str, writes: list[Written]) -> dict[str, Any]:
    places = range(len(writes))
    orders = [list(order) for order in permutations(places)]
    again = [*places, *reversed(places)]
    return {
        "name": name,
        "scope": writes[0].record.scope,
        "value": writes[0].record.value,
        "revocations": [_spelled(write) for write in writes],
        "orders": [*orders, again],
        "expect": _spelled(merged(writes)),
    }


def _spelled(write: Written) -> dict[str, Any]:
    return {
        "issued_before_ms": write.record.before,
        "kept": dict(write.record.kept),
        "expire_time_ms": write.record.end,
        "create_time_ms": write.time,
        "reason": write.reason,
    }
