"""Verdict cases written by hand: texts, issuers, the allowlist, and which answer comes first. The model must agree."""

from collections.abc import Iterator
from itertools import combinations

from .cases import ACTIVE, DAY, EXPIRED, NOT_ALLOWED, NOW, Case, CaseSet, invalid, revoked, t
from .model import CLAIM_OF, Record, Rules, World

EXP = t(3_600_000)
END = NOW + DAY
MALFORMED = invalid("MALFORMED_CLAIM")
LOCK = "\U0001f512"
VALUES = {"TOKEN": "t1", "SESSION": "h1", "USER": "u1", "CLIENT": "c1", "KEY": "k1"}
EVERYTHING = tuple(Record(scope, value, NOW - 1000 if scope in ("USER", "CLIENT") else None, END) for scope, value in VALUES.items())


def shape_sets() -> Iterator[CaseSet]:
    """Yields the sets about everything but times."""
    yield _texts()
    yield _comparison()
    yield _subjects()
    yield _issuer()
    yield _any_issuer()
    yield _allowlist()
    yield _precedence()
    yield from _scopes()
    yield _causes(EVERYTHING, "the narrowest scope is the cause")
    yield _causes((*EVERYTHING, Record("REALM", "", NOW - 1000, END)), "the narrowest scope is the cause, in a realm that is cut off")


def _texts() -> CaseSet:
    good = {"sub": "u1", "iat": t(-1000), "exp": EXP}
    texts = [
        ("x" * 256, "256 bytes", True),
        ("x" * 257, "257 bytes", False),
        ("\u00e9" * 128, "128 letters of 2 bytes", True),
        ("\u00e9" * 128 + "x", "257 bytes in 129 letters", False),
        ("\u20ac" * 85 + "x", "256 bytes in 86 letters", True),
        ("\u20ac" * 86, "258 bytes in 86 letters", False),
        (LOCK * 64, "64 letters of 4 bytes: not 128 of UTF-16, not 64", True),
        (LOCK * 64 + "x", "257 bytes in 65 letters", False),
        ("\x00", "NUL", False),
        ("a\x00b", "NUL within", False),
        ("a\nb", "a line feed", False),
        ("a\tb", "a tab", False),
        ("a\x1f", "the last of C0", False),
        (" ", "a space is a text", True),
        ("a\x7e", "the last before DEL", True),
        ("a\x7f", "DEL", False),
        ("a\x80", "the first of C1", False),
        ("a\x85b", "NEL", False),
        ("a\x9f", "the last of C1", False),
        ("a\xa0b", "a no-break space, the first after C1", True),
        ("a\u2028b", "a line separator is no control character", True),
        ("\ufeffa", "a byte order mark is no control character", True),
        ("a\u200db", "a joiner is no control character", True),
        (f"{LOCK}{LOCK}", "letters beyond 16 bits", True),
        ("a\u0301", "a combining accent", True),
        ("'\"\\{}[]:/%*?", "signs that mean something elsewhere", True),
    ]
    cases = [Case({**good, "sub": text}, f"sub: {why}", ACTIVE if fit else MALFORMED) for text, why, fit in texts]
    for claim in ("iss", "jti", "sid", "client_id", "kid"):
        cases += [
            Case({**good, claim: "x" * 256}, f"{claim}: 256 bytes", ACTIVE),
            Case({**good, claim: "x" * 257}, f"{claim}: 257 bytes", MALFORMED),
            Case({**good, claim: "a\x7f"}, f"{claim}: DEL", MALFORMED),
            Case({**good, claim: ""}, f"{claim}: empty is absent", ACTIVE),
        ]
    return CaseSet("texts: bytes and control characters", World(NOW), cases)


def _comparison() -> CaseSet:
    values = ["u1", "\u00e9", f"a{LOCK}", "x" * 256, LOCK * 64, "\ufb01", "realm", "\u0130", "user:u9", "a\\b"]
    cases = [Case({"sub": value, "exp": EXP}, f"the value itself, {ascii(value)[:20]}", revoked("USER", value)) for value in values]
    cases += [
        Case({"sub": other, "exp": EXP}, why, ACTIVE)
        for other, why in [
            ("U1", "case matters"),
            ("u1 ", "a space at the end matters"),
            (" u1", "a space before matters"),
            ("u", "a beginning is not the value"),
            ("u11", "a continuation is not the value"),
            ("e\u0301", "decomposed is not composed: no normalisation"),
            ("fi", "a ligature is not its letters"),
            ("x" * 255, "one byte less"),
            (LOCK * 63, "one letter less"),
            (f"a{LOCK[0]}\u200d", "one letter more"),
            ("i\u0307", "no case folding"),
            ("\uff55\uff11", "no folding of width"),
            ("u9", "no prefix of a scope"),
            ("a\\\\b", "no escapes"),
        ]
    ]
    cases += [
        Case({"jti": "u1", "exp": EXP}, "a revoked user's name in jti", ACTIVE),
        Case({"sid": "u1", "exp": EXP}, "a revoked user's name in sid", ACTIVE),
        Case({"client_id": "u1", "exp": EXP}, "a revoked user's name in client_id", ACTIVE),
        Case({"jti": "t", "kid": "u1", "exp": EXP}, "a revoked user's name in kid", ACTIVE),
        Case({"jti": "t", "iss": "u1", "exp": EXP}, "a revoked user's name in iss", ACTIVE),
    ]
    return CaseSet("values are compared as bytes", World(NOW, [Record("USER", value, NOW - 1000, END) for value in values]), cases)


def _subjects() -> CaseSet:
    nobody = invalid("NO_SUBJECT")
    cases = [
        Case({"sub": "u2", "exp": EXP}, "sub alone", ACTIVE),
        Case({"jti": "t2", "exp": EXP}, "jti alone", ACTIVE),
        Case({"sid": "h2", "exp": EXP}, "sid alone", ACTIVE),
        Case({"client_id": "c2", "exp": EXP}, "client_id alone", ACTIVE),
        Case({"kid": "k2", "exp": EXP}, "kid alone is no subject", nobody),
        Case({"kid": "k1", "exp": EXP}, "a revoked kid alone: INVALID comes first", nobody),
        Case({"iss": "https://a", "exp": EXP}, "iss alone is no subject", nobody),
        Case({"exp": EXP}, "exp alone", nobody),
        Case({}, "no claim at all", nobody),
        Case({"sub": "", "jti": "", "sid": "", "client_id": "", "exp": EXP}, "empty is absent", nobody),
        Case({"sub": "\n"}, "the text is looked at before the times", MALFORMED),
        Case({"kid": "\n"}, "the text is looked at before the subject", MALFORMED),
        Case({"kid": "k", "exp": float("nan")}, "the subject is looked at before the numbers", nobody),
        Case({"kid": "k"}, "the subject is looked at before the times", nobody),
        Case({"sub": "\x7f", "exp": float("inf")}, "the text is looked at before the numbers", MALFORMED),
    ]
    return CaseSet("who a token speaks of, and which fault is named", World(NOW, EVERYTHING), cases)


def _issuer() -> CaseSet:
    records, wrong = (Record("USER", "u1", NOW - 1000, END),), invalid("ISSUER")
    cases = [
        Case({"sub": "u2", "iss": "https://a", "exp": EXP}, "the realm's issuer", ACTIVE),
        Case({"sub": "u2", "iss": "https://b", "exp": EXP}, "another issuer", wrong),
        Case({"sub": "u2", "iss": "https://a/", "exp": EXP}, "issuers are compared as they are", wrong),
        Case({"sub": "u2", "iss": "HTTPS://A", "exp": EXP}, "issuers differ by case", wrong),
        Case({"sub": "u2", "exp": EXP}, "no issuer is not compared", ACTIVE),
        Case({"sub": "u2", "iss": "", "exp": EXP}, "an empty issuer is none", ACTIVE),
        Case({"sub": "u1", "iss": "https://b", "exp": EXP}, "a wrong issuer comes before a revocation", wrong),
        Case({"sub": "u2", "iss": "https://b", "exp": t(-1)}, "a wrong issuer comes before the end of life", wrong),
        Case({"sub": "u2", "iss": "https://b"}, "the times are looked at before the issuer", invalid("NO_TIME")),
        Case(
            {"sub": "u2", "iss": "https://b", "exp": float("nan")}, "the numbers are looked at before the issuer", invalid("NOT_A_NUMBER")
        ),
        Case({"iss": "https://b", "exp": EXP}, "the subject is looked at before the issuer", invalid("NO_SUBJECT")),
        Case({"sub": "u1", "iss": "https://a", "exp": EXP}, "the right issuer frees nothing", revoked("USER", "u1")),
    ]
    return CaseSet("a realm that names its issuer", World(NOW, records, Rules(issuer="https://a")), cases)


def _any_issuer() -> CaseSet:
    cases = [Case({"sub": "u2", "iss": iss, "exp": EXP}, "any issuer will do", ACTIVE) for iss in ("https://a", "b", LOCK)]
    return CaseSet("a realm that names no issuer", World(NOW), cases)


def _allowlist() -> CaseSet:
    records = (Record("TOKEN", "t2", end=END), Record("USER", "u1", NOW - 1000, END), Record("TOKEN", "t5", end=NOW - 200_000))
    allowed = {"t1": END, "t2": END, "t3": NOW, "t4": NOW + 1, "t5": END, "t6": NOW - 1}
    token = revoked("TOKEN", "t2")
    cases = [
        Case({"jti": "t1", "exp": EXP}, "on the list", ACTIVE),
        Case({"jti": "t0", "exp": EXP}, "not on the list", NOT_ALLOWED),
        Case({"sub": "u2", "iat": t(-500), "exp": EXP}, "no jti cannot be on the list", NOT_ALLOWED),
        Case({"sub": "u2", "jti": "", "exp": EXP}, "an empty jti cannot be on the list", NOT_ALLOWED),
        Case({"jti": "T1", "exp": EXP}, "the list knows case", NOT_ALLOWED),
        Case({"jti": "t2", "exp": EXP}, "REVOKED comes before the list", token),
        Case({"jti": "t3", "exp": EXP}, "on the list until now", NOT_ALLOWED),
        Case({"jti": "t4", "exp": EXP}, "the last millisecond on the list", ACTIVE),
        Case({"jti": "t6", "exp": EXP}, "the list has forgotten it", NOT_ALLOWED),
        Case({"jti": "t5", "exp": EXP}, "on the list, and its revocation has lapsed", ACTIVE),
        Case({"jti": "t1", "exp": t(-1)}, "EXPIRED comes before the list", EXPIRED),
        Case({"jti": "t0", "exp": t(-1)}, "EXPIRED comes before NOT_ALLOWED", EXPIRED),
        Case({"jti": "t1", "sub": "u1", "iat": t(-2000), "exp": EXP}, "a cut-off comes before the list", revoked("USER", "u1")),
        Case({"jti": "t1", "sub": "u1", "iat": t(-500), "exp": EXP}, "after the cut-off, and on the list", ACTIVE),
        Case({"jti": "t0", "sub": "u1", "iat": t(-2000), "exp": EXP}, "REVOKED comes before NOT_ALLOWED", revoked("USER", "u1")),
        Case({"jti": "t1"}, "INVALID comes before the list", invalid("NO_TIME")),
        Case({"jti": "t1", "exp": float("inf")}, "the list does not make numbers finite", invalid("NOT_A_NUMBER")),
    ]
    return CaseSet("an allowlist", World(NOW, records, Rules(allowlist=True), allowed), cases)


def _precedence() -> CaseSet:
    cases = [
        Case({"jti": "t1", "iss": "https://b", "exp": t(-1)}, "invalid, expired, revoked, not allowed: INVALID", invalid("ISSUER")),
        Case({"jti": "t1", "exp": t(-1)}, "expired, revoked, not allowed: EXPIRED", EXPIRED),
        Case({"jti": "t1", "exp": EXP}, "revoked, not allowed: REVOKED", revoked("TOKEN", "t1")),
        Case({"jti": "t3", "exp": EXP}, "not allowed: NOT_ALLOWED", NOT_ALLOWED),
        Case({"jti": "t2", "exp": EXP}, "none of these: ACTIVE", ACTIVE),
    ]
    rules = Rules(allowlist=True, issuer="https://a")
    return CaseSet("the order of the states", World(NOW, (Record("TOKEN", "t1", end=END),), rules, {"t2": END}), cases)


def _scopes() -> Iterator[CaseSet]:
    """For each scope: tokens that name it or not, before and after, with and without iat."""
    for scope, claim in CLAIM_OF.items():
        before = NOW - 1000 if scope in ("USER", "CLIENT") else None
        value = VALUES[scope]
        cases = []
        for named, iat in [(one, when) for one in (value, value + "x", None) for when in (-1001, -1000, -999, None)]:
            token = {"sub": "nobody", **({claim: named} if named else {}), **({"iat": t(iat)} if iat else {}), "exp": EXP}
            refused = named == value and (before is None or iat is None or iat == -1001)
            when = f"iat {iat} ms" if iat else "no iat"
            cases.append(Case(token, f"{claim} {named or 'absent'}, {when}", revoked(scope, value) if refused else ACTIVE))
        yield CaseSet(f"the scope {scope} alone", World(NOW, (Record(scope, value, before, None if scope == "KEY" else END),)), cases)


def _causes(records: tuple[Record, ...], name: str) -> CaseSet:
    """Every set of one, two, and all scopes that refuse the same token."""
    cases = []
    for size in (1, 2, 5):
        for chosen in combinations(VALUES, size):
            token = {CLAIM_OF[scope]: VALUES[scope] for scope in chosen}
            subject = {} if set(chosen) - {"KEY"} else {"sub": "nobody"}
            narrowest = min(chosen, key=list(CLAIM_OF).index)
            times = {"iat": t(-2000), "exp": EXP}
            cases.append(Case({**subject, **token, **times}, f"{' and '.join(chosen)} refuse it", revoked(narrowest, VALUES[narrowest])))
    return CaseSet(name, World(NOW, records), cases)
