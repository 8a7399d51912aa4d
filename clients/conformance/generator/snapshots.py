"""Scenarios of watch streams, written by hand: what snapshots and changes say."""

from collections.abc import Iterator
from typing import Any

from .cases import ACTIVE, NOW, revoked, t
from .script import HOUR, OLD, OTHER_TOKEN, R1, T1, T2, TOKEN, U1, YOUNG, Script, begun, part, prints, stamp, user


def snapshot_scenarios() -> Iterator[dict[str, Any]]:
    """Yields the scenarios of one stream's content."""
    for build in BUILDS:
        yield build().spelled()


def _empty() -> Script:
    script = Script("an empty realm", "One part that says last is a snapshot; a heartbeat makes it fresh.")
    script.check(0, ready=False, staleness=None, resume="")
    script.connect(0).rules(10)
    script.check(10, ready=False, staleness=None, resume="")
    script.receive(20, R1, snapshotPart={"last": True})
    script.check(20, ready=True, staleness=None, resume=R1)
    script.heartbeat(30, R1)
    return script.check(30, (TOKEN, ACTIVE), (OLD, ACTIVE), resume=R1)


def _exact() -> Script:
    script = (
        Script("a snapshot of exact values", "Cut-offs and expiries are added to base_time; a negative expiry means never.")
        .connect(0)
        .rules(0)
    )
    script.receive(1, "", snapshotPart=part("TOKEN", ["t1", "t2"], expiries=[HOUR, -1]))
    script.receive(2, "", snapshotPart=part("USER", ["u1", "u2"], cutoffs=[-3_000, -500], expiries=[HOUR, HOUR]))
    script.receive(3, R1, snapshotPart={"last": True}).heartbeat(3, R1)
    second = {"sub": "u2", "iat": t(-1_000), "exp": t(HOUR)}
    script.check(3, (TOKEN, T1), (OTHER_TOKEN, T2), ({"jti": "t3", "exp": t(HOUR)}, ACTIVE), (OLD, U1), (YOUNG, ACTIVE), resume=R1)
    at = {"sub": "u2", "iat": t(-500), "exp": t(HOUR)}
    return script.check(3, (second, revoked("USER", "u2")), (at, ACTIVE), resume=R1)


def _parts() -> Script:
    script = (
        Script("a snapshot in parts", "Only the part that says last completes it; what came before is merged already.").connect(0).rules(0)
    )
    script.receive(1, "", snapshotPart=part("TOKEN", ["t1"], expiries=[HOUR]))
    script.check(1, (TOKEN, T1), ready=False, staleness=None, resume="")
    script.receive(2, "", snapshotPart=part("TOKEN", ["t2"], expiries=[HOUR]))
    script.check(2, (TOKEN, T1), (OTHER_TOKEN, T2), ready=False, staleness=None, resume="")
    script.receive(3, R1, snapshotPart={**part("CLIENT", ["c1"], cutoffs=[0], expiries=[-1]), "last": True}).heartbeat(4, R1)
    client = {"client_id": "c1", "iat": t(-1), "exp": t(HOUR)}
    return script.check(4, (TOKEN, T1), (OTHER_TOKEN, T2), (client, revoked("CLIENT", "c1")), resume=R1)


def _fingerprints() -> Script:
    script = Script(
        "a snapshot of fingerprints", "Little-endian numbers in ascending order, each with its cut-off and its step of the grid."
    )
    script.connect(0).rules(0)
    script.receive(1, "", snapshotPart=prints("TOKEN", [("t1", None, 60), ("t2", None, 60), ("\U0001f512", None, 60)]))
    users = [("u1", NOW - 3_000, 120), ("u2", NOW - 500, 120), *((f"x{number}", NOW, 120) for number in range(20))]
    script.receive(2, "", snapshotPart=prints("USER", users))
    script.receive(3, R1, snapshotPart={"last": True}).heartbeat(3, R1)
    lock = {"jti": "\U0001f512", "exp": t(HOUR)}
    script.check(3, (TOKEN, T1), (OTHER_TOKEN, T2), (lock, revoked("TOKEN", "\U0001f512")), (OLD, U1), (YOUNG, ACTIVE), resume=R1)
    last, at = {"sub": "x19", "iat": t(-1), "exp": t(HOUR)}, {"sub": "x19", "iat": t(0), "exp": t(HOUR)}
    script.check(3, (last, revoked("USER", "x19")), (at, ACTIVE), ({"sub": "t1", "exp": t(HOUR)}, ACTIVE), resume=R1)
    return script.check(3, ({"jti": "u1", "exp": t(HOUR)}, ACTIVE), ({"jti": "t3", "exp": t(HOUR)}, ACTIVE), resume=R1)


def _prefixes() -> Script:
    script = (
        Script("fingerprints in parts by their first bits", "Parts of different prefix_bits, in any order, make one table.")
        .connect(0)
        .rules(0)
    )
    values = [(f"t{number}", None, 60) for number in range(40)]
    for prefix_bits, prefix in ((1, 1), (2, 1), (3, 1), (3, 0)):
        script.receive(1, "", snapshotPart=prints("TOKEN", values, prefix_bits, prefix))
    script.receive(2, R1, snapshotPart={"last": True}).heartbeat(2, R1)
    found = [({"jti": value, "exp": t(HOUR)}, revoked("TOKEN", value)) for value, _, _ in values]
    return script.check(2, *found, ({"jti": "t40", "exp": t(HOUR)}, ACTIVE), resume=R1)


def _never() -> Script:
    script = Script("fingerprints that never expire", "The step 255 means never, whatever the unit.").connect(0).rules(0)
    script.receive(1, "", snapshotPart=prints("KEY", [("k1", None, 255), ("k2", None, 1)]))
    script.receive(2, R1, snapshotPart={"last": True})
    far = 20 * 24 * HOUR
    script.again(far, R1)
    key = {"sub": "u9", "kid": "k1", "iat": t(far), "exp": t(far + HOUR)}
    return script.check(far, (key, revoked("KEY", "k1")), ({**key, "kid": "k2"}, ACTIVE), resume=R1)


def _rounded() -> Script:
    script = (
        Script("fingerprints lapse on their grid", "An expiry is base_time plus its step in units. A client may keep it one unit longer.")
        .connect(0)
        .rules(0)
    )
    script.receive(1, "", snapshotPart=prints("TOKEN", [("t1", None, 10), ("t2", None, 100)], unit=2_000))
    script.receive(2, R1, snapshotPart={"last": True}).again(19_999, R1)
    script.check(19_999, (TOKEN, T1), (OTHER_TOKEN, T2), resume=R1)
    script.again(24_000, R1)
    return script.check(24_000, (TOKEN, ACTIVE), (OTHER_TOKEN, T2), resume=R1)


def _overlap() -> Script:
    script = Script("overlap and repetition", "Merging the same twice, or in a snapshot and as a change, does no harm.").connect(0).rules(0)
    script.receive(1, "", snapshotPart=part("USER", ["u1"], cutoffs=[-3_000], expiries=[HOUR]))
    script.receive(2, R1, snapshotPart={"last": True})
    for at in (3, 4, 5):
        script.change(at, "aaaaaaaaaaaaaaaa.6", user(-3_000))
        script.change(at, "aaaaaaaaaaaaaaaa.7", {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(HOUR)})
    script.heartbeat(6, "aaaaaaaaaaaaaaaa.7")
    return script.check(6, (TOKEN, T1), (OLD, U1), (YOUNG, ACTIVE), resume="aaaaaaaaaaaaaaaa.7")


def _reorder() -> Script:
    script = begun(
        "changes in another order", "A change of an earlier cut-off that comes later changes nothing; several stand in one message."
    )
    script.change(3, "aaaaaaaaaaaaaaaa.8", user(-500), user(-3_000), {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(HOUR)})
    script.check(3, (YOUNG, U1), (OLD, U1), (TOKEN, T1), staleness=1, resume="aaaaaaaaaaaaaaaa.8")
    script.change(4, "aaaaaaaaaaaaaaaa.9", user(-4_000), {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(5)})
    return script.check(10, (YOUNG, U1), (TOKEN, T1), staleness=8, resume="aaaaaaaaaaaaaaaa.9")


def _monotone() -> Script:
    script = begun("the cut-off of one and the end of another", "Cut-off and expiry are merged each for itself.")
    script.change(3, "aaaaaaaaaaaaaaaa.6", user(-500, end=1_000)).change(4, "aaaaaaaaaaaaaaaa.7", user(-3_000, end=HOUR))
    script.again(5_000, "aaaaaaaaaaaaaaaa.7")
    return script.check(5_000, (YOUNG, U1), resume="aaaaaaaaaaaaaaaa.7")


def _kept() -> Script:
    script = (
        Script("kept sessions", "They come whole in with_kept_sessions, with base_time or not, and merge like everything.")
        .connect(0)
        .rules(0)
    )
    script.receive(1, "", snapshotPart={"scope": "SCOPE_USER", "withKeptSessions": [user(-3_000, {"h1": None, "h2": -8_000})]})
    script.receive(2, R1, snapshotPart={"last": True}).heartbeat(2, R1)
    h1, h2 = {**OLD, "sid": "h1"}, {**OLD, "sid": "h2", "iat": t(-9_000)}
    script.check(2, (OLD, U1), (h1, ACTIVE), (h2, U1), ({**h2, "iat": t(-8_000)}, ACTIVE), ({**h1, "sid": "h3"}, U1), resume=R1)
    script.change(3, "aaaaaaaaaaaaaaaa.6", user(-2_000, {"h2": None}))
    script.check(
        3,
        (h1, U1),
        ({**h2, "iat": t(-8_000)}, ACTIVE),
        (h2, U1),
        ({**h1, "iat": t(-2_000)}, ACTIVE),
        staleness=1,
        resume="aaaaaaaaaaaaaaaa.6",
    )
    script.change(4, "aaaaaaaaaaaaaaaa.7", user(-1_500))
    return script.check(4, ({**h2, "iat": t(-8_000)}, U1), (YOUNG, ACTIVE), staleness=2, resume="aaaaaaaaaaaaaaaa.7")


def _kept_fingerprint() -> Script:
    script = Script(
        "a kept session that a fingerprint cuts off",
        "A later plain cut-off refuses it, though it comes as a fingerprint from another server.",
    )
    script.connect(0).rules(0).receive(1, "", snapshotPart={"scope": "SCOPE_USER", "withKeptSessions": [user(-3_000, {"h1": None})]})
    script.receive(2, R1, snapshotPart={"last": True}).heartbeat(2, R1)
    h1 = {**OLD, "sid": "h1"}
    script.check(2, (h1, ACTIVE), (OLD, U1), resume=R1).end(3).connect(1_000, R1).rules(1_000, revision=R1)
    script.receive(1_001, "", snapshotPart=prints("USER", [("u1", NOW - 1_500, 240), ("u2", NOW - 1_500, 240)]))
    script.receive(1_002, "aaaaaaaaaaaaaaaa.9", snapshotPart={"last": True}).heartbeat(1_003, "aaaaaaaaaaaaaaaa.9")
    at = {**h1, "iat": t(-1_500)}
    script.check(1_003, (h1, U1), ({**h1, "iat": t(-1_501)}, U1), (at, ACTIVE), (OLD, U1), resume="aaaaaaaaaaaaaaaa.9")
    script.change(1_004, "aaaaaaaaaaaaaaaa.10", user(-1_000, {"h1": None}, end=HOUR))
    return script.check(1_004, (h1, U1), (at, ACTIVE), ({**OLD, "iat": t(-1_500)}, U1), staleness=1, resume="aaaaaaaaaaaaaaaa.10")


def _every_scope() -> Script:
    script = begun("a change of every scope", "issuedBefore is absent where a revocation always matches, expireTime where it never ends.")
    end = stamp(HOUR)
    script.change(3, "aaaaaaaaaaaaaaaa.6", {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": end})
    script.change(3, "aaaaaaaaaaaaaaaa.7", {"scope": "SCOPE_SESSION", "value": "h1", "expireTime": end})
    script.change(3, "aaaaaaaaaaaaaaaa.8", {"scope": "SCOPE_CLIENT", "value": "c1", "issuedBefore": stamp(-3_000), "expireTime": end})
    script.change(3, "aaaaaaaaaaaaaaaa.9", {"scope": "SCOPE_KEY", "value": "k1"})
    fresh = {"sub": "u9", "iat": t(-1), "exp": t(HOUR)}
    script.check(
        3,
        (TOKEN, T1),
        ({**fresh, "sid": "h1"}, revoked("SESSION", "h1")),
        ({"client_id": "c1", "iat": t(-3_001), "exp": t(HOUR)}, revoked("CLIENT", "c1")),
        ({"client_id": "c1", "iat": t(-3_000), "exp": t(HOUR)}, ACTIVE),
        ({**fresh, "kid": "k1"}, revoked("KEY", "k1")),
        (fresh, ACTIVE),
        staleness=1,
        resume="aaaaaaaaaaaaaaaa.9",
    )
    script.change(4, "aaaaaaaaaaaaaaaa.10", {"scope": "SCOPE_REALM", "issuedBefore": stamp(0), "expireTime": end})
    return script.check(
        4, (fresh, revoked("REALM")), (TOKEN, T1), ({**fresh, "iat": t(0)}, ACTIVE), staleness=2, resume="aaaaaaaaaaaaaaaa.10"
    )


BUILDS = (
    _empty,
    _exact,
    _parts,
    _fingerprints,
    _prefixes,
    _never,
    _rounded,
    _overlap,
    _reorder,
    _monotone,
    _kept,
    _kept_fingerprint,
    _every_scope,
)
