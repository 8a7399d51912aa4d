"""The words in which scenarios of watch streams are written."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from .cases import NOW, revoked, spelled_claims, t
from .fingerprints import fingerprint
from .model import Claims, Expectation

HOUR = 3_600_000
KEY = bytes(range(16))
R1 = "aaaaaaaaaaaaaaaa.5"
OTHER = "bbbbbbbbbbbbbbbb.3"

TOKEN = {"jti": "t1", "exp": t(HOUR)}
OTHER_TOKEN = {"jti": "t2", "exp": t(HOUR)}
OLD = {"sub": "u1", "iat": t(-5_000), "exp": t(HOUR)}
YOUNG = {"sub": "u1", "iat": t(-1_000), "exp": t(HOUR)}
T1, T2, U1 = revoked("TOKEN", "t1"), revoked("TOKEN", "t2"), revoked("USER", "u1")


class Script:
    """A scenario as it is written down, step by step. Times are milliseconds after its beginning, revisions what the messages carry."""

    def __init__(self, name: str, why: str) -> None:
        self._name = name
        self._why = why
        self._steps: list[dict[str, Any]] = []

    def connect(self, at: int, resume: str = "") -> "Script":
        """The watcher opens a stream and must ask to *resume* there."""
        return self._step("connect", at, resume_revision=resume)

    def receive(self, at: int, revision: str, **event: Any) -> "Script":
        """A message arrives."""
        return self._step("receive", at, message={**({"revision": revision} if revision else {}), **event})

    def rules(self, at: int, revision: str = "", **other: Any) -> "Script":
        """The realm's rules arrive: no leeway, 30 days, 5 seconds, but for what is *other*."""
        plain = {"longestTokenLife": "2592000s", "maxStaleness": "5s", "fingerprintKey": b64encode(KEY).decode()}
        return self.receive(at, revision, rules={**plain, **other})

    def change(self, at: int, revision: str, *revocations: Mapping[str, Any]) -> "Script":
        """Changes arrive."""
        return self.receive(at, revision, changes={"revocations": list(revocations)})

    def heartbeat(self, at: int, revision: str, lag: int = 0) -> "Script":
        """A heartbeat arrives."""
        return self.receive(at, revision, heartbeat={"storeLag": f"{lag / 1000:.3f}s"})

    def end(self, at: int) -> "Script":
        """The stream breaks off or ends."""
        return self._step("end", at)

    def again(self, at: int, revision: str) -> "Script":
        """The stream breaks off, and the next one is fresh at once: what silence says nothing about."""
        return self.end(at).connect(at, revision).rules(at, revision=revision).heartbeat(at, revision)

    def check(
        self, at: int, *judged: tuple[Claims, Expectation], ready: bool = True, staleness: int | None = 0, resume: str, stale: bool = False
    ) -> "Script":
        """What must be known now."""
        verdicts = [{"claims": spelled_claims(claims), "expect": dict(expected)} for claims, expected in judged]
        may_answer = ready and staleness is not None and not stale
        return self._step(
            "check", at, ready=ready, staleness_ms=staleness, may_answer=may_answer, resume_revision=resume, verdicts=verdicts
        )

    def spelled(self) -> dict[str, Any]:
        """Returns the scenario as its file spells it."""
        return {"name": self._name, "why": self._why, "origin_ms": NOW, "steps": self._steps}

    def _step(self, kind: str, at: int, **content: Any) -> "Script":
        self._steps.append({kind: {"at_ms": at, **content}})
        return self


def stamp(offset: int) -> str:
    """Returns the time *offset* milliseconds after the beginning, as proto JSON spells it."""
    return (datetime.fromtimestamp(NOW // 1000, UTC) + timedelta(milliseconds=offset)).isoformat(timespec="milliseconds")[:-6] + "Z"


def user(before: int, kept: Mapping[str, int | None] | None = None, end: int = HOUR) -> dict[str, Any]:
    """Returns a cut-off of the user u1; a floor None is absent."""
    sessions = [{"handle": one, **({} if floor is None else {"issuedBefore": stamp(floor)})} for one, floor in (kept or {}).items()]
    plain = {"scope": "SCOPE_USER", "value": "u1", "issuedBefore": stamp(before), "expireTime": stamp(end)}
    return {**plain, "keptSessions": sessions} if sessions else plain


def part(scope: str, values: Sequence[str], *, cutoffs: Sequence[int] = (), expiries: Sequence[int]) -> dict[str, Any]:
    """Returns a part of exact values whose times are relative to the beginning, and to its base_time in the message."""
    base = NOW + min([0, *cutoffs])
    shift = NOW - base
    return {
        "scope": f"SCOPE_{scope}",
        "values": list(values),
        "baseTime": str(base),
        **({"cutoffs": [str(cutoff + shift) for cutoff in cutoffs]} if cutoffs else {}),
        "expiries": [str(expiry + shift if expiry >= 0 else -1) for expiry in expiries],
    }


def prints(
    scope: str, entries: Sequence[tuple[str, int | None, int]], prefix_bits: int = 0, prefix: int = 0, unit: int = 60_000
) -> dict[str, Any]:
    """Returns a part of those *entries* (value, cut-off in ms since the epoch, step) whose fingerprints begin with *prefix*."""
    rows = sorted((int.from_bytes(fingerprint(KEY, scope, value), "little"), cutoff, step) for value, cutoff, step in entries)
    rows = [row for row in rows if row[0] >> (64 - prefix_bits) == prefix]
    cutoffs = b"".join(cutoff.to_bytes(8, "little", signed=True) for _, cutoff, _ in rows if cutoff is not None)
    return {
        "scope": f"SCOPE_{scope}",
        "fingerprints": b64encode(b"".join(number.to_bytes(8, "little") for number, _, _ in rows)).decode(),
        **({"prefixBits": prefix_bits, "prefix": prefix} if prefix_bits else {}),
        "baseTime": str(NOW),
        **({"packedCutoffs": b64encode(cutoffs).decode()} if cutoffs else {}),
        "packedExpiries": b64encode(bytes(step for _, _, step in rows)).decode(),
        "expiryUnit": str(unit),
    }


def begun(name: str, why: str) -> Script:
    """A stream of an empty realm that is ready and was fresh at 2 ms."""
    script = Script(name, why).connect(0).rules(0).receive(1, R1, snapshotPart={"last": True})
    return script.heartbeat(2, R1)
