"""Scenarios of watch streams, written by hand: streams that end and begin, freshness, rules, and the passing of time."""

from collections.abc import Iterator
from typing import Any

from .cases import ACTIVE, revoked, t
from .script import HOUR, OLD, OTHER, OTHER_TOKEN, R1, T1, T2, TOKEN, U1, YOUNG, Script, begun, part, prints, stamp, user


def life_scenarios() -> Iterator[dict[str, Any]]:
    """Yields the scenarios of a watcher's life."""
    for build in BUILDS:
        yield build().spelled()


def _continuation() -> Script:
    script = begun("a stream that goes on", "The watcher resumes with its last revision and gets what it missed, without a snapshot.")
    script.change(3, "aaaaaaaaaaaaaaaa.6", user(-3_000)).end(4)
    script.check(4, (OLD, U1), staleness=2, resume="aaaaaaaaaaaaaaaa.6")
    script.connect(1_000, "aaaaaaaaaaaaaaaa.6").rules(1_001, revision="aaaaaaaaaaaaaaaa.6")
    script.check(1_001, (OLD, U1), staleness=999, resume="aaaaaaaaaaaaaaaa.6")
    script.change(1_002, "aaaaaaaaaaaaaaaa.7", {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(HOUR)})
    script.heartbeat(1_003, "aaaaaaaaaaaaaaaa.7", lag=20)
    script.check(1_010, (TOKEN, T1), (OLD, U1), (YOUNG, ACTIVE), staleness=27, resume="aaaaaaaaaaaaaaaa.7")
    script.heartbeat(1_500, "aaaaaaaaaaaaaaaa.9")
    return script.check(1_500, (TOKEN, T1), resume="aaaaaaaaaaaaaaaa.9")


def _cut_at_first() -> Script:
    script = (
        Script("the first snapshot is cut", "It is not ready, asks from the beginning again, and what it merged stays.").connect(0).rules(0)
    )
    script.receive(1, "", snapshotPart=part("TOKEN", ["t1"], expiries=[HOUR])).end(2)
    script.check(2, (TOKEN, T1), ready=False, staleness=None, resume="")
    script.connect(100, "").rules(101)
    script.receive(102, "", snapshotPart=part("TOKEN", ["t2"], expiries=[HOUR]))
    script.check(102, (TOKEN, T1), (OTHER_TOKEN, T2), ready=False, staleness=None, resume="")
    script.receive(103, R1, snapshotPart={"last": True}).heartbeat(104, R1)
    return script.check(104, (TOKEN, T1), (OTHER_TOKEN, T2), resume=R1)


def _cut_later() -> Script:
    script = begun(
        "a later snapshot is cut", "It stays ready, resumes with what it held before, and does not become fresh by half a snapshot."
    )
    script.end(100).connect(200, R1).rules(201, revision=R1)
    script.receive(202, "", snapshotPart=part("TOKEN", ["t1"], expiries=[HOUR])).end(203)
    script.check(203, (TOKEN, T1), (OTHER_TOKEN, ACTIVE), staleness=201, resume=R1)
    script.connect(300, R1).rules(301, revision=R1)
    script.receive(302, "", snapshotPart=part("TOKEN", ["t2"], expiries=[HOUR]))
    script.receive(303, "aaaaaaaaaaaaaaaa.40", snapshotPart={"last": True}).heartbeat(304, "aaaaaaaaaaaaaaaa.40")
    return script.check(304, (TOKEN, T1), (OTHER_TOKEN, T2), resume="aaaaaaaaaaaaaaaa.40")


def _no_replacement() -> Script:
    script = begun("a snapshot replaces nothing", "What it lacks, or holds with an earlier cut-off or expiry, stays as it was.")
    script.change(3, "aaaaaaaaaaaaaaaa.6", user(-500), {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(HOUR)}).end(4)
    script.connect(10, "aaaaaaaaaaaaaaaa.6").rules(11, revision="aaaaaaaaaaaaaaaa.6")
    script.receive(12, "", snapshotPart=part("USER", ["u1"], cutoffs=[-3_000], expiries=[1_000]))
    script.receive(13, OTHER, snapshotPart={"last": True}).again(5_000, OTHER)
    return script.check(5_000, (YOUNG, U1), (OLD, U1), (TOKEN, T1), resume=OTHER)


def _resync() -> Script:
    script = begun("an order to watch again", "What is known stays, and the next stream resumes with the last revision.")
    script.change(3, "aaaaaaaaaaaaaaaa.6", user(-3_000)).receive(4, "", resync={})
    script.check(5, (OLD, U1), staleness=3, resume="aaaaaaaaaaaaaaaa.6").end(6)
    script.connect(10, "aaaaaaaaaaaaaaaa.6").rules(11, revision="aaaaaaaaaaaaaaaa.6")
    script.receive(12, "", snapshotPart=part("TOKEN", ["t1"], expiries=[HOUR]))
    script.check(12, (OLD, U1), (TOKEN, T1), staleness=10, resume="aaaaaaaaaaaaaaaa.6")
    script.receive(13, "aaaaaaaaaaaaaaaa.90", snapshotPart={"last": True}).heartbeat(14, "aaaaaaaaaaaaaaaa.90")
    return script.check(14, (OLD, U1), (TOKEN, T1), resume="aaaaaaaaaaaaaaaa.90")


def _slow_reader() -> Script:
    script = begun(
        "a slow reader", "It grows stale while it does not read; what it then reads counts, but proves nothing until it watches anew."
    )
    script.check(6_000, (OLD, ACTIVE), staleness=5_998, resume=R1, stale=True)
    for number in range(6, 30):
        value = {"scope": "SCOPE_TOKEN", "value": f"t{number}", "expireTime": stamp(HOUR)}
        script.change(6_001, f"aaaaaaaaaaaaaaaa.{number}", value)
    script.receive(6_002, "", resync={}).end(6_002)
    last = ({"jti": "t29", "exp": t(HOUR)}, revoked("TOKEN", "t29"))
    script.check(6_002, last, staleness=6_000, resume="aaaaaaaaaaaaaaaa.29", stale=True)
    script.connect(6_100, "aaaaaaaaaaaaaaaa.29").rules(6_101, revision="aaaaaaaaaaaaaaaa.29")
    script.change(6_102, "aaaaaaaaaaaaaaaa.30", user(-3_000)).heartbeat(6_103, "aaaaaaaaaaaaaaaa.30")
    return script.check(6_103, last, (OLD, U1), resume="aaaaaaaaaaaaaaaa.30")


def _new_epoch() -> Script:
    script = begun("a new epoch in the stream", "Revisions are opaque: the last one is what to resume with, though its number went back.")
    script.change(3, "aaaaaaaaaaaaaaaa.50", user(-3_000)).change(
        4, OTHER, {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(HOUR)}
    )
    script.heartbeat(5, OTHER)
    return script.check(5, (OLD, U1), (TOKEN, T1), resume=OTHER).end(6).connect(10, OTHER)


def _new_epoch_snapshot() -> Script:
    script = begun("a new epoch with a snapshot", "What the store lost and the watcher knows stays refused.")
    script.change(3, "aaaaaaaaaaaaaaaa.6", {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(HOUR)}).receive(
        4, "", resync={}
    ).end(4)
    script.connect(10, "aaaaaaaaaaaaaaaa.6").rules(11, revision="aaaaaaaaaaaaaaaa.6")
    script.receive(12, "", snapshotPart=prints("TOKEN", [("t2", None, 60)]))
    script.check(12, (TOKEN, T1), (OTHER_TOKEN, T2), staleness=10, resume="aaaaaaaaaaaaaaaa.6")
    script.receive(13, OTHER, snapshotPart={"last": True}).heartbeat(14, OTHER)
    return script.check(14, (TOKEN, T1), (OTHER_TOKEN, T2), resume=OTHER).end(15).connect(20, OTHER)


def _staleness() -> Script:
    script = begun("staleness grows between heartbeats", "Changes are no proof of freshness; only heartbeats are.")
    script.check(1_002, (TOKEN, ACTIVE), staleness=1_000, resume=R1).heartbeat(1_002, R1)
    script.check(1_002, (TOKEN, ACTIVE), resume=R1)
    for at, number in ((3_000, 6), (5_000, 7)):
        revision = f"aaaaaaaaaaaaaaaa.{number}"
        script.change(at, revision, user(-3_000)).check(at, (OLD, U1), staleness=at - 1_002, resume=revision)
    script.check(6_001, (OLD, U1), staleness=4_999, resume="aaaaaaaaaaaaaaaa.7")
    script.check(6_003, (OLD, U1), staleness=5_001, resume="aaaaaaaaaaaaaaaa.7", stale=True)
    script.heartbeat(7_000, "aaaaaaaaaaaaaaaa.7")
    return script.check(7_000, (OLD, U1), resume="aaaaaaaaaaaaaaaa.7")


def _store_lag() -> Script:
    script = begun("the server's own lag", "Staleness is the lag that the heartbeat tells plus the time since it came.")
    for at, lag in ((1_002, 250), (2_002, 1_250), (3_002, 2_250), (4_502, 3_750)):
        script.heartbeat(at, R1, lag=lag).check(at, (TOKEN, ACTIVE), staleness=lag, resume=R1)
        script.check(at + 500, (TOKEN, ACTIVE), staleness=lag + 500, resume=R1)
    script.heartbeat(5_802, R1, lag=5_050)
    script.check(5_802, (TOKEN, ACTIVE), staleness=5_050, resume=R1, stale=True)
    script.heartbeat(6_802, R1, lag=3)
    return script.check(6_802, (TOKEN, ACTIVE), staleness=3, resume=R1)


def _silence() -> Script:
    script = begun("a silence", "After more than 2.5 seconds without a message a stream proves nothing any more: what is read may be old.")
    script.heartbeat(2_402, R1).check(2_402, (TOKEN, ACTIVE), resume=R1)
    script.heartbeat(5_002, R1).check(5_002, (TOKEN, ACTIVE), staleness=2_600, resume=R1)
    script.change(5_003, "aaaaaaaaaaaaaaaa.6", user(-3_000)).heartbeat(5_004, "aaaaaaaaaaaaaaaa.6")
    script.check(5_004, (OLD, U1), staleness=2_602, resume="aaaaaaaaaaaaaaaa.6")
    script.end(5_100).connect(5_200, "aaaaaaaaaaaaaaaa.6").rules(5_201, revision="aaaaaaaaaaaaaaaa.6")
    script.heartbeat(5_202, "aaaaaaaaaaaaaaaa.6")
    return script.check(5_202, (OLD, U1), (TOKEN, ACTIVE), resume="aaaaaaaaaaaaaaaa.6")


def _no_proof() -> Script:
    script = begun("a heartbeat within a snapshot", "Without a revision a heartbeat shows that the stream lives, and proves nothing.")
    script.end(100).connect(200, R1).rules(201)
    script.receive(202, "", snapshotPart=part("TOKEN", ["t1"], expiries=[HOUR]))
    script.heartbeat(1_202, "")
    script.check(1_202, (TOKEN, T1), (OTHER_TOKEN, ACTIVE), staleness=1_200, resume=R1)
    script.receive(1_300, "", snapshotPart=part("TOKEN", ["t2"], expiries=[HOUR]))
    script.receive(1_301, "aaaaaaaaaaaaaaaa.8", snapshotPart={"last": True}).heartbeat(1_302, "aaaaaaaaaaaaaaaa.8")
    return script.check(1_302, (TOKEN, T1), (OTHER_TOKEN, T2), resume="aaaaaaaaaaaaaaaa.8")


def _stale_across_streams() -> Script:
    script = begun("a new stream is not fresh by itself", "Rules and changes of a new stream prove nothing; its first heartbeat does.")
    script.end(10).connect(7_000, R1).rules(7_001, revision=R1)
    script.check(7_001, (TOKEN, ACTIVE), staleness=6_999, resume=R1, stale=True)
    script.change(7_002, "aaaaaaaaaaaaaaaa.6", user(-3_000))
    script.check(7_002, (OLD, U1), staleness=7_000, resume="aaaaaaaaaaaaaaaa.6", stale=True)
    script.heartbeat(7_003, "aaaaaaaaaaaaaaaa.6", lag=100)
    return script.check(7_003, (OLD, U1), staleness=100, resume="aaaaaaaaaaaaaaaa.6")


def _new_rules() -> Script:
    script = begun("rules that change", "The newest rules hold from then on, and what is known stays.")
    over = {"jti": "t2", "exp": t(-500)}
    script.change(3, "aaaaaaaaaaaaaaaa.6", {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(HOUR)})
    script.check(3, (over, {"state": "EXPIRED"}), (TOKEN, T1), staleness=1, resume="aaaaaaaaaaaaaaaa.6")
    script.rules(4, revision="aaaaaaaaaaaaaaaa.6", leeway="60s", maxStaleness="1s")
    script.check(4, (over, ACTIVE), (TOKEN, T1), staleness=2, resume="aaaaaaaaaaaaaaaa.6")
    script.check(1_001, (over, ACTIVE), staleness=999, resume="aaaaaaaaaaaaaaaa.6")
    script.check(1_003, (over, ACTIVE), staleness=1_001, resume="aaaaaaaaaaaaaaaa.6", stale=True)
    script.heartbeat(1_004, "aaaaaaaaaaaaaaaa.6").rules(1_005, revision="aaaaaaaaaaaaaaaa.6", longestTokenLife="2s")
    token = {"sub": "u9", "iat": t(-3_000), "exp": t(HOUR)}
    return script.check(1_005, (token, {"state": "EXPIRED"}), staleness=1, resume="aaaaaaaaaaaaaaaa.6")


def _allowlist() -> Script:
    script = Script(
        "an allowlist", "A watcher does not hold the list: what it would call ACTIVE, or not on the list, it must ask about."
    ).connect(0)
    script.rules(0, allowlist=True).receive(1, "", snapshotPart=part("TOKEN", ["t1"], expiries=[HOUR]))
    script.receive(2, R1, snapshotPart={"last": True}).heartbeat(2, R1)
    over = {"jti": "t2", "exp": t(0)}
    script.check(2, (TOKEN, T1), (OTHER_TOKEN, {"state": "ASK"}), (over, {"state": "EXPIRED"}), (OLD, {"state": "ASK"}), resume=R1)
    return script.check(2, ({"jti": "t2"}, {"state": "INVALID", "invalid_reason": "NO_TIME"}), resume=R1)


def _issuer() -> Script:
    script = (
        Script("a realm that names its issuer", "The rules of the stream are those of the judge.").connect(0).rules(0, issuer="https://a")
    )
    script.receive(2, R1, snapshotPart={"last": True}).heartbeat(2, R1)
    wrong = {"state": "INVALID", "invalid_reason": "ISSUER"}
    return script.check(2, ({**TOKEN, "iss": "https://b"}, wrong), ({**TOKEN, "iss": "https://a"}, ACTIVE), (TOKEN, ACTIVE), resume=R1)


def _lapse() -> Script:
    script = begun("revocations lapse", "At its expiry a revocation is over, and not before.")
    script.change(3, "aaaaaaaaaaaaaaaa.6", {"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(60_000)}).change(
        3, "aaaaaaaaaaaaaaaa.7", user(-3_000, {"h1": None}, end=60_000)
    )
    script.again(59_999, "aaaaaaaaaaaaaaaa.7").check(59_999, (TOKEN, T1), (OLD, U1), resume="aaaaaaaaaaaaaaaa.7")
    return script.check(60_000, (TOKEN, ACTIVE), (OLD, ACTIVE), staleness=1, resume="aaaaaaaaaaaaaaaa.7")


def _renewal() -> Script:
    script = begun("a revocation that lapsed comes again", "It is in force again.")
    first, again = ({"scope": "SCOPE_TOKEN", "value": "t1", "expireTime": stamp(end)} for end in (1_000, HOUR))
    script.change(3, "aaaaaaaaaaaaaaaa.6", first).heartbeat(2_000, "aaaaaaaaaaaaaaaa.6")
    script.check(2_000, (TOKEN, ACTIVE), resume="aaaaaaaaaaaaaaaa.6").change(2_001, "aaaaaaaaaaaaaaaa.7", again)
    return script.check(2_001, (TOKEN, T1), staleness=1, resume="aaaaaaaaaaaaaaaa.7")


BUILDS = (
    _continuation,
    _cut_at_first,
    _cut_later,
    _no_replacement,
    _resync,
    _slow_reader,
    _new_epoch,
    _new_epoch_snapshot,
    _staleness,
    _store_lag,
    _silence,
    _no_proof,
    _stale_across_streams,
    _new_rules,
    _allowlist,
    _issuer,
    _lapse,
    _renewal,
)
