"""Verdict cases written by hand: what is easily got wrong about times. Every answer is a person's; the model must agree."""

from collections.abc import Iterator
from math import inf, nan, nextafter

from .cases import ACTIVE, DAY, EXPIRED, NOW, Case, CaseSet, invalid, revoked, t
from .model import Record, Rules, World

EXP = t(3_600_000)
CENTURY = 36_500 * DAY
USER = revoked("USER", "u1")
NOT_A_NUMBER = invalid("NOT_A_NUMBER")


def boundary_sets() -> Iterator[CaseSet]:
    """Yields the sets about times."""
    yield _cutoff()
    yield _same_second()
    yield _every_millisecond()
    yield _leeway()
    yield _exp()
    yield _life()
    yield _missing_times()
    yield _kept()
    yield _kept_twice()
    yield _future()
    yield _lapsed()
    yield _far_times()
    yield _long_ago()
    yield _ahead()


def _cutoff() -> CaseSet:
    at = NOW - 10_000
    cases = [
        Case({"sub": "u1", "iat": iat, "exp": EXP}, why, expected)
        for iat, why, expected in [
            (t(-10_001), "one millisecond before the cut-off is before it", USER),
            (t(-10_000), "iat at the cut-off was not issued before it", ACTIVE),
            (t(-9_999), "one millisecond after the cut-off is after it", ACTIVE),
            (t(-10_000.4), "the last millisecond before the cut-off counts as a whole", USER),
            (t(-9_999.6), "the millisecond of the cut-off counts as the cut-off", ACTIVE),
            (nextafter(at / 1000, 0), "the double right below the cut-off is the cut-off: whole microseconds first", ACTIVE),
            (nextafter(at / 1000, inf), "the double right above the cut-off is the cut-off", ACTIVE),
            (t(-10_000.001), "one microsecond before the cut-off is in the millisecond before it", USER),
            (t(-9_999.999), "one microsecond after the cut-off is at the cut-off", ACTIVE),
            (t(-11_000), "the second before is before", USER),
            (t(-DAY), "a day before is before", USER),
        ]
    ]
    other = Case({"sub": "u2", "iat": t(-DAY), "exp": EXP}, "another user's token is not touched", ACTIVE)
    return CaseSet("a cut-off, to the millisecond", World(NOW, (Record("USER", "u1", at),)), (*cases, other))


def _same_second() -> CaseSet:
    cases = [
        Case({"sub": "u1", "iat": iat, "exp": EXP}, why, expected)
        for iat, why, expected in [
            (t(-10_000), "whole seconds mean the start of that second: the second of the cut-off is refused", USER),
            (t(-9_000), "the next whole second is good", ACTIVE),
            (t(-9_878), "one millisecond before the cut-off, within its second", USER),
            (t(-9_877), "at the cut-off, within its second", ACTIVE),
            (t(-9_876), "one millisecond after the cut-off, within its second", ACTIVE),
        ]
    ]
    return CaseSet("the second of the cut-off", World(NOW, (Record("USER", "u1", NOW - 9_877),)), cases)


def _every_millisecond() -> CaseSet:
    """Doubles lie above or below the decimals that they stand for; neither may cost a millisecond."""
    offsets = [-20_000 + 1_000 * (place % 7) + (place * 37) % 1000 for place in range(41)]
    records = [Record("USER", f"u{place}", NOW + offset) for place, offset in enumerate(offsets)]
    cases = []
    for place, offset in enumerate(offsets):
        at, before = {"iat": t(offset), "exp": EXP}, {"iat": t(offset - 1), "exp": EXP}
        cases.append(Case({"sub": f"u{place}", **at}, f"{offset % 1000} ms into a second is exact", ACTIVE))
        cases.append(Case({"sub": f"u{place}", **before}, f"{(offset - 1) % 1000} ms is one less", revoked("USER", f"u{place}")))
    return CaseSet("doubles of every millisecond", World(NOW, records), cases)


def _leeway() -> CaseSet:
    rules = Rules(leeway=1000, life=3000)
    records = (Record("USER", "u1", NOW - 1000), Record("TOKEN", "t1", end=NOW + DAY))
    cases = [
        Case({"sub": "u2", "exp": t(-1000)}, "exp plus leeway is now: over", EXPIRED),
        Case({"sub": "u2", "exp": t(-999)}, "one millisecond of leeway is left", ACTIVE),
        Case({"sub": "u2", "exp": t(-1001)}, "leeway has passed", EXPIRED),
        Case({"sub": "u2", "exp": t(-2000)}, "leeway counts once, not twice", EXPIRED),
        Case({"sub": "u2", "iat": t(-3000)}, "leeway does not lengthen the longest life", EXPIRED),
        Case({"sub": "u2", "iat": t(-2999)}, "the last millisecond of the longest life", ACTIVE),
        Case({"sub": "u2", "iat": t(-2999), "exp": t(-999)}, "both ends lie one millisecond ahead", ACTIVE),
        Case({"sub": "u2", "iat": t(-3000), "exp": t(5000)}, "the earlier end counts: the longest life", EXPIRED),
        Case({"sub": "u2", "iat": t(-100), "exp": t(-1000)}, "the earlier end counts: exp plus leeway", EXPIRED),
        Case({"sub": "u1", "iat": t(-1001), "exp": EXP}, "leeway is not taken off a cut-off", USER),
        Case({"sub": "u1", "iat": t(-1000), "exp": EXP}, "nor added to it", ACTIVE),
        Case({"sub": "u1", "iat": t(-1001), "exp": t(-999)}, "a token that lives on leeway is refused all the same", USER),
        Case({"jti": "t1", "iat": t(-1001), "exp": t(-999)}, "a revoked token that lives on leeway is refused", revoked("TOKEN", "t1")),
        Case({"jti": "t1", "exp": t(-1000)}, "EXPIRED comes before REVOKED", EXPIRED),
    ]
    return CaseSet("leeway, once, and for exp only", World(NOW, records, rules), cases)


def _exp() -> CaseSet:
    cases = [
        Case({"jti": "t1", "exp": t(-1)}, "exp has passed", EXPIRED),
        Case({"jti": "t1", "exp": t(0)}, "exp is now: over (RFC 7519 section 4.1.4: on or after)", EXPIRED),
        Case({"jti": "t1", "exp": t(0.4)}, "exp within this millisecond: over", EXPIRED),
        Case({"jti": "t1", "exp": nextafter(NOW / 1000, inf)}, "the double right above now is now", EXPIRED),
        Case({"sub": "u1", "iat": t(-1000), "exp": t(0.4)}, "exp within this millisecond, with everything that a token has", EXPIRED),
        Case({"sub": "u1", "iat": t(-1000), "exp": t(1)}, "exp one millisecond ahead, with everything that a token has", ACTIVE),
        Case({"jti": "t1", "exp": t(1)}, "exp is one millisecond ahead", ACTIVE),
        Case({"jti": "t1", "exp": t(0.999)}, "one microsecond short of the next millisecond: over", EXPIRED),
        Case({"jti": "t1", "exp": t(1000)}, "exp is a second ahead", ACTIVE),
        Case({"jti": "t1", "iat": t(-1000), "exp": t(-500)}, "a token of half a second", EXPIRED),
        Case({"jti": "t1", "iat": t(-1000), "exp": t(-2000)}, "exp before iat is over all the same", EXPIRED),
        Case({"jti": "t1", "exp": t(30 * DAY + 1)}, "without iat, exp alone decides, however far", ACTIVE),
        Case({"jti": "t1", "exp": 0}, "exp 0 is a time, not an absent claim", EXPIRED),
        Case({"jti": "t1", "iat": t(-1000), "exp": 0}, "exp 0 with a fresh iat", EXPIRED),
    ]
    return CaseSet("the end of exp", World(NOW), cases)


def _life() -> CaseSet:
    cases = [
        Case({"sid": "h1", "iat": t(-30 * DAY)}, "the longest life ends now", EXPIRED),
        Case({"sid": "h1", "iat": t(-30 * DAY + 1)}, "its last millisecond", ACTIVE),
        Case({"sid": "h1", "iat": t(-30 * DAY), "exp": t(DAY)}, "whatever exp says", EXPIRED),
        Case({"sid": "h1", "iat": t(-30 * DAY + 1), "exp": t(365 * DAY)}, "a year of exp does no harm before", ACTIVE),
        Case({"sid": "h1", "iat": t(-DAY)}, "iat alone is enough", ACTIVE),
        Case({"sid": "h1", "iat": 0}, "iat 0 is a time, not an absent claim", EXPIRED),
        Case({"sid": "h1", "iat": 0, "exp": t(DAY)}, "iat 0 with a good exp", EXPIRED),
        Case({"sid": "h1", "iat": -0.0, "exp": t(DAY)}, "minus zero is zero", EXPIRED),
    ]
    return CaseSet("the longest life of a token", World(NOW), cases)


def _missing_times() -> CaseSet:
    records = (
        Record("USER", "u1", NOW - 20_000, NOW + DAY),
        Record("CLIENT", "c1", NOW - 20_000, NOW + DAY),
        Record("USER", "u2", NOW - 20_000, NOW + DAY, {"h1": 0}),
    )
    client = revoked("CLIENT", "c1")
    cases = [
        Case({"sub": "u1", "exp": EXP}, "no iat while a cut-off exists for its user: refused, it may be of any age", USER),
        Case({"client_id": "c1", "exp": EXP}, "no iat while a cut-off exists for its client", client),
        Case({"sub": "u3", "client_id": "c1", "exp": EXP}, "one cut-off of several scopes is enough", client),
        Case({"sub": "u2", "sid": "h1", "exp": EXP}, "no iat, of a kept session: refused, kept or not", revoked("USER", "u2")),
        Case({"sub": "u3", "exp": EXP}, "no iat, and no cut-off for this user", ACTIVE),
        Case({"sub": "u1", "exp": t(-1)}, "no iat and expired: EXPIRED comes first", EXPIRED),
        Case({"sub": "u1"}, "neither iat nor exp", invalid("NO_TIME")),
        Case({"jti": "t1", "kid": "k1"}, "neither iat nor exp, and nothing revoked", invalid("NO_TIME")),
        Case({"sub": "u1", "iat": t(-1000)}, "iat alone, after the cut-off", ACTIVE),
        Case({"sub": "u1", "iat": t(-30_000)}, "iat alone, before the cut-off", USER),
    ]
    return CaseSet("tokens without iat or without exp", World(NOW, records), cases)


def _kept() -> CaseSet:
    records = (Record("USER", "u1", NOW - 1_000, NOW + DAY, {"h1": NOW - 5_000, "h2": 0, "h4": 0}), Record("SESSION", "h4", end=NOW + DAY))
    cases = [
        Case({"sub": "u1", "sid": sid, "iat": iat, "exp": EXP}, why, expected)
        for sid, iat, why, expected in [
            ("h1", t(-5_000), "at the floor of a kept session", ACTIVE),
            ("h1", t(-5_001), "one millisecond below the floor of a kept session", USER),
            ("h1", t(-2_000), "between its floor and the cut-off a kept session lives", ACTIVE),
            ("h1", t(-500), "after the cut-off everything lives", ACTIVE),
            ("h2", t(-20 * DAY), "a floor of 0: no earlier cut-off stood against it", ACTIVE),
            ("h3", t(-2_000), "a session that was not kept", USER),
            ("h3", t(-1_000), "a session that was not kept, begun at the cut-off", ACTIVE),
            ("H1", t(-2_000), "handles differ by case", USER),
            ("h1 ", t(-2_000), "handles are compared as they are, spaces included", USER),
            ("h4", t(-2_000), "keeping a session in a cut-off does not bring back a revoked one", revoked("SESSION", "h4")),
        ]
    ]
    more = [
        Case({"sub": "u1", "iat": t(-2_000), "exp": EXP}, "no sid is no kept session", USER),
        Case({"sub": "u1", "sid": "", "iat": t(-2_000), "exp": EXP}, "an empty sid is no sid", USER),
        Case({"sub": "u2", "sid": "h3", "iat": t(-2_000), "exp": EXP}, "another user's sessions are not touched", ACTIVE),
        Case({"sid": "h3", "iat": t(-2_000), "exp": EXP}, "without sub no user's cut-off is looked up", ACTIVE),
    ]
    return CaseSet("kept sessions and their floors", World(NOW, records), (*cases, *more))


def _kept_twice() -> CaseSet:
    end = NOW + DAY
    records = (
        Record("USER", "u1", NOW - 9_000, end, {"h1": 0, "h2": 0}),
        Record("USER", "u1", NOW - 4_000, end, {"h2": 0, "h3": 0}),
        Record("USER", "u2", NOW - 4_000, end),
        Record("USER", "u2", NOW - 9_000, end, {"h1": 0}),
        Record("USER", "u3", NOW - 4_000, end, {"h1": 0}),
        Record("USER", "u3", NOW - 9_000, end),
    )
    cases = [
        Case({"sub": sub, "sid": sid, "iat": iat, "exp": EXP}, why, expected)
        for sub, sid, iat, why, expected in [
            ("u1", "h1", t(-8_000), "kept by the first cut-off only: the second one refuses it", USER),
            ("u1", "h1", t(-9_500), "and still when it is older than both", USER),
            ("u1", "h2", t(-9_500), "kept by both: lives", ACTIVE),
            ("u1", "h3", t(-9_500), "kept by the second only: what the first refused stays refused", USER),
            ("u1", "h3", t(-8_000), "kept by the second only, begun after the first", ACTIVE),
            ("u1", "h3", t(-9_000), "kept by the second only, begun at the first", ACTIVE),
            ("u1", "h4", t(-4_001), "kept by neither", USER),
            (
                "u2",
                "h1",
                t(-5_000),
                "a plain later cut-off refuses what an earlier one kept, in whatever order they come",
                revoked("USER", "u2"),
            ),
            ("u2", "h1", t(-4_000), "begun at the later cut-off", ACTIVE),
            ("u3", "h1", t(-9_001), "an earlier cut-off that comes later gives a kept session its floor", revoked("USER", "u3")),
            ("u3", "h1", t(-9_000), "at that floor", ACTIVE),
            ("u3", "h2", t(-4_001), "and does not lower the cut-off of the others", revoked("USER", "u3")),
        ]
    ]
    return CaseSet("two cut-offs with different kept sessions", World(NOW, records), cases)


def _future() -> CaseSet:
    records = (Record("KEY", "k1"), Record("USER", "u1", NOW + 4_000), Record("SESSION", "h1", end=NOW + DAY))
    key, session = revoked("KEY", "k1"), revoked("SESSION", "h1")
    cases = [
        Case(
            {"sub": "u2", "kid": "k1", "iat": t(5_000), "exp": EXP}, "a revoked key with an iat ahead: whoever stole it writes any iat", key
        ),
        Case({"sub": "u2", "kid": "k1", "iat": t(20 * 365 * DAY), "exp": t(21 * 365 * DAY)}, "even years ahead", key),
        Case({"sub": "u2", "kid": "k1", "exp": EXP}, "a revoked key without iat", key),
        Case({"sub": "u2", "kid": "k2", "iat": t(5_000), "exp": EXP}, "iat ahead is no fault of its own", ACTIVE),
        Case({"sid": "h1", "iat": t(5_000), "exp": EXP}, "an ended session refuses whatever iat", session),
        Case({"sub": "u1", "iat": t(3_999), "exp": EXP}, "a cut-off ahead counts already", USER),
        Case({"sub": "u1", "iat": t(0), "exp": EXP}, "so a token of this moment is refused", USER),
        Case({"sub": "u1", "iat": t(4_000), "exp": EXP}, "an iat at that cut-off is good", ACTIVE),
        Case({"sub": "u1", "iat": t(5_000), "exp": t(4_500)}, "exp before an iat ahead", ACTIVE),
        Case({"kid": "k1", "iat": t(-1000), "exp": EXP}, "kid alone is no subject", invalid("NO_SUBJECT")),
    ]
    return CaseSet("iat and cut-offs that lie ahead", World(NOW, records), cases)


def _lapsed() -> CaseSet:
    named = [("TOKEN", "jti", None), ("SESSION", "sid", None), ("USER", "sub", NOW - 1000), ("CLIENT", "client_id", NOW - 1000)]
    records, cases = [], []
    for scope, claim, before in named:
        for value, end, why in [
            ("past", NOW - 1, "a revocation that has lapsed"),
            ("now", NOW, "a revocation that lapses now"),
            ("ahead", NOW + 1, "a revocation in its last millisecond"),
            ("never", None, "a revocation that never lapses"),
        ]:
            records.append(Record(scope, value, before, end))
            over = end is not None and end <= NOW
            token = {"sub": "u", claim: value, "iat": t(-2000), "exp": EXP}
            cases.append(Case(token, f"{why}: {scope}", ACTIVE if over else revoked(scope, value)))
    again = (Record("USER", "twice", NOW - 9_000, NOW - 1), Record("USER", "twice", NOW - 20_000, NOW - 5_000))
    cases.append(Case({"sub": "twice", "iat": t(-DAY), "exp": EXP}, "two that have lapsed", ACTIVE))
    return CaseSet("revocations that have lapsed", World(NOW, (*records, *again)), cases)


def _far_times() -> CaseSet:
    records = (Record("USER", "u1", NOW - 10_000, NOW + DAY, {"h1": 0}), Record("TOKEN", "t1", end=NOW + DAY))
    cases = [
        *(Case({"sub": "u2", "iat": bad, "exp": EXP}, f"iat {bad}", NOT_A_NUMBER) for bad in (nan, inf, -inf)),
        *(Case({"sub": "u2", "iat": t(-1000), "exp": bad}, f"exp {bad}", NOT_A_NUMBER) for bad in (nan, inf, -inf)),
        Case({"sub": "u1", "iat": nan}, "NaN compares false with a cut-off and would pass", NOT_A_NUMBER),
        Case({"jti": "t1", "exp": nan}, "INVALID comes before REVOKED", NOT_A_NUMBER),
        Case({"sub": "u2", "iat": t(-1000), "exp": 1e308}, "exp 1e308 is a number, and far", ACTIVE),
        Case({"sub": "u1", "iat": t(-20_000), "exp": 1e308}, "exp 1e308 does not free what is refused", USER),
        Case({"sub": "u2", "exp": 1e308}, "exp 1e308 alone", ACTIVE),
        Case({"sub": "u2", "iat": t(-1000), "exp": -1e308}, "exp -1e308 is long over", EXPIRED),
        Case({"sub": "u1", "iat": 1e308, "exp": EXP}, "iat 1e308 is after every cut-off", ACTIVE),
        Case({"sub": "u1", "iat": 1e308}, "iat 1e308 alone", ACTIVE),
        Case({"jti": "t1", "iat": 1e308, "exp": 1e308}, "a revoked token is refused whatever its times", revoked("TOKEN", "t1")),
        Case({"sub": "u1", "iat": -1e308, "exp": EXP}, "iat -1e308 is older than the longest life", EXPIRED),
        Case({"sub": "u2", "iat": 5e-324, "exp": EXP}, "the least number above 0", EXPIRED),
        Case({"sub": "u1", "iat": -1, "exp": EXP}, "iat before 1970", EXPIRED),
        Case({"sub": "u2", "exp": -1}, "exp before 1970", EXPIRED),
        Case({"sub": "u2", "exp": 1e11}, "exp 1e11", ACTIVE),
        Case({"sub": "u1", "iat": 253402300799.999, "exp": 253402300799.999}, "the last millisecond of the year 9999", ACTIVE),
        Case({"sub": "u2", "exp": 9007199254740993}, "a whole number that a double cannot hold", ACTIVE),
        Case({"sub": "u2", "exp": 9223372036854775807}, "the largest 64-bit number", ACTIVE),
    ]
    return CaseSet("numbers that are not finite, or far away", World(NOW, records), cases)


def _long_ago() -> CaseSet:
    """In a realm whose tokens live a century, where times around 1970 can matter."""
    end = NOW + DAY
    records = (
        Record("USER", "u1", NOW - 10_000, end, {"h1": 0}),
        Record("USER", "u2", 0, end),
        Record("USER", "u3", 1, end),
        Record("CLIENT", "c1", 1000, end),
    )
    cases = [
        Case({"sub": "u1", "sid": "h1", "iat": 0}, "a kept session with floor 0, at 0", ACTIVE),
        Case({"sub": "u1", "sid": "h1", "iat": -0.001}, "a floor of 0 is a floor", USER),
        Case({"sub": "u1", "sid": "h1", "iat": -0.0004}, "before 1970, too, times are rounded down", USER),
        Case({"sub": "u1", "sid": "h1", "iat": -1e-7}, "a tenth of a microsecond before 1970 is 1970", ACTIVE),
        Case({"sub": "u1", "sid": "h1", "iat": 1}, "one second after 1970", ACTIVE),
        Case({"sub": "u1", "sid": "h2", "iat": 1}, "another session", USER),
        Case({"sub": "u2", "iat": 0}, "a cut-off of 0 refuses nothing issued at 0", ACTIVE),
        Case({"sub": "u2", "iat": -1}, "a cut-off of 0 refuses what was issued before 1970", revoked("USER", "u2")),
        Case({"sub": "u2", "exp": EXP}, "a cut-off of 0 is a cut-off: no iat, refused", revoked("USER", "u2")),
        Case({"sub": "u3", "iat": 0}, "a cut-off of 1", revoked("USER", "u3")),
        Case({"sub": "u3", "iat": 0.001}, "at a cut-off of 1", ACTIVE),
        Case({"client_id": "c1", "iat": 0.999}, "999 ms", revoked("CLIENT", "c1")),
        Case({"client_id": "c1", "iat": 1}, "1000 ms", ACTIVE),
        Case({"client_id": "c1", "iat": -1e308}, "as long ago as can be said", EXPIRED),
    ]
    return CaseSet("times around 1970", World(NOW, records, Rules(life=CENTURY)), cases)


def _ahead() -> CaseSet:
    records = (Record("USER", "u1", NOW + 60_000), Record("REALM", "", NOW - 60_000), Record("CLIENT", "c1", NOW - 40 * DAY))
    cases = [
        Case({"sub": "u1", "iat": t(30_000), "exp": EXP}, "a cut-off a minute ahead, which no server takes from a caller", USER),
        Case({"sub": "u2", "iat": t(-60_001), "exp": EXP}, "a realm's cut-off", revoked("REALM")),
        Case({"sub": "u2", "iat": t(-60_000), "exp": EXP}, "at a realm's cut-off", ACTIVE),
        Case({"jti": "t1", "exp": EXP}, "no iat while a cut-off exists for the realm", revoked("REALM")),
        Case({"sub": "u1", "iat": t(-60_001), "exp": EXP}, "the narrower scope is the cause", USER),
        Case(
            {"client_id": "c1", "exp": EXP},
            "a cut-off older than any token, while it is held, refuses what has no iat",
            revoked("CLIENT", "c1"),
        ),
    ]
    return CaseSet("cut-offs far ahead and long ago, and a realm's", World(NOW, records), cases)
