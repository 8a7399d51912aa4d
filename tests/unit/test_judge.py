"""The one place where a verdict is made: its boundaries as a table, and all of it against a model that was written independently."""

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.claims import Claims, InvalidReason, fault, is_claim
from revocation_client.judgement.judge import Rules, State, Verdict, judge, named
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope, merge

from revocation.domain.stores import Name

from . import naive_model
from .strategies import MANY, NOW, SOME, allowed, claims, index_of, near, plain_claims, revocations, rules

DAY = 86_400_000
PLAIN = Rules(allowlist=False, leeway=Millis(0), longest_token_life=Millis(30 * DAY), issuer="")
LISTED = Rules(allowlist=True, leeway=Millis(0), longest_token_life=Millis(30 * DAY), issuer="")
LENIENT = Rules(allowlist=False, leeway=Millis(1000), longest_token_life=Millis(30 * DAY), issuer="")
STRICT = Rules(allowlist=False, leeway=Millis(0), longest_token_life=Millis(30 * DAY), issuer="https://a")
SHORT = Rules(allowlist=False, leeway=Millis(1000), longest_token_life=Millis(3000), issuer="")

NOW_S = NOW / 1000
GOOD = Claims(sub="u1", jti="t1", iat=NOW_S - 10, exp=NOW_S + 600, sid="h1", client_id="c1", kid="k1")


def indexed(writes: Sequence[Revocation], start: dict[Name, Revocation] | None = None) -> dict[Name, Revocation]:
    """Returns what is known after all of *writes*."""
    known = dict(start or {})
    for write in writes:
        name = (write.scope, write.value)
        known[name] = merge(known[name], write) if name in known else write
    return known


def judged(token: Claims, *writes: Revocation, rules: Rules = PLAIN, allowed: dict[str, Millis] | None = None) -> Verdict:
    """Returns the verdict at NOW, after *writes*."""
    return judge(token, index_of(indexed(writes), allowed), rules, now=Millis(NOW))


def cutoff(milliseconds: int, scope: Scope = Scope.USER, **more: object) -> Revocation:
    """Returns a cut-off at NOW plus *milliseconds*."""
    value = {Scope.USER: "u1", Scope.CLIENT: "c1", Scope.REALM: ""}[scope]
    return Revocation(scope, value, issued_before=Millis(NOW + milliseconds), **more)  # type: ignore[arg-type]


def always(scope: Scope, value: str) -> Revocation:
    """Returns a revocation that matches whatever iat."""
    return Revocation(scope, value, issued_before=ALWAYS, expire_time=NEVER)


KEPT = cutoff(0, kept={"h1": Millis(NOW - 5000)})

CUTOFF_BOUNDARIES = [
    ("iat one millisecond before the cut-off was issued before it.", -0.001, State.REVOKED),
    ("iat at the cut-off was not issued before it.", 0.0, State.ACTIVE),
    ("iat one millisecond after the cut-off was issued later.", 0.001, State.ACTIVE),
    ("iat within the last millisecond before the cut-off counts as that millisecond.", -0.0004, State.REVOKED),
    ("iat within the millisecond of the cut-off counts as the cut-off.", 0.0004, State.ACTIVE),
]


@pytest.mark.parametrize(("why", "seconds", "state"), CUTOFF_BOUNDARIES)
@pytest.mark.parametrize("scope", [Scope.USER, Scope.CLIENT, Scope.REALM])
def test_a_cutoff_refuses_what_was_issued_before_it(scope: Scope, why: str, seconds: float, state: State) -> None:
    """A token is refused when its iat, in milliseconds, is lower than the cut-off."""
    assert judged(GOOD._replace(iat=NOW_S + seconds), cutoff(0, scope)).state is state, why


BOUNDARIES = [
    (
        "iat in whole seconds means the start of that second, so the second of the cut-off is refused.",
        GOOD._replace(iat=NOW_S),
        [cutoff(123)],
        PLAIN,
        State.REVOKED,
    ),
    (
        "The next whole second after a cut-off is later than it.",
        GOOD._replace(iat=NOW_S + 1),
        [cutoff(123)],
        PLAIN,
        State.ACTIVE,
    ),
    (
        "The double next to 1700000000.123 means 123 ms, although it is a little less.",
        GOOD._replace(iat=1700000000.123),
        [cutoff(123)],
        PLAIN,
        State.ACTIVE,
    ),
    (
        "One millisecond less than 1700000000.123 is less.",
        GOOD._replace(iat=1700000000.122),
        [cutoff(123)],
        PLAIN,
        State.REVOKED,
    ),
    (
        "Without iat a token may be of any age.",
        GOOD._replace(iat=None),
        [cutoff(-10 * 365 * DAY)],
        PLAIN,
        State.REVOKED,
    ),
    (
        "Without iat a token may be older than the floor of its kept session, too.",
        GOOD._replace(iat=None),
        [KEPT],
        PLAIN,
        State.REVOKED,
    ),
    (
        "A cut-off of someone else's says nothing about a token without iat.",
        GOOD._replace(iat=None, sub="u2"),
        [cutoff(0)],
        PLAIN,
        State.ACTIVE,
    ),
    (
        "A cut-off older than a living session leaves it alone.",
        GOOD._replace(iat=NOW_S - 10),
        [cutoff(-11_000)],
        PLAIN,
        State.ACTIVE,
    ),
    (
        "A kept session is spared by the cut-off.",
        GOOD._replace(iat=NOW_S - 4),
        [KEPT],
        PLAIN,
        State.ACTIVE,
    ),
    (
        "A kept session is spared at its floor.",
        GOOD._replace(iat=NOW_S - 5),
        [KEPT],
        PLAIN,
        State.ACTIVE,
    ),
    (
        "A kept session is refused below its floor.",
        GOOD._replace(iat=NOW_S - 5.001),
        [KEPT],
        PLAIN,
        State.REVOKED,
    ),
    (
        "Another session is not spared.",
        GOOD._replace(iat=NOW_S - 4, sid="h2"),
        [KEPT],
        PLAIN,
        State.REVOKED,
    ),
    (
        "A token of no session is not spared.",
        GOOD._replace(iat=NOW_S - 4, sid=""),
        [KEPT],
        PLAIN,
        State.REVOKED,
    ),
    (
        "A session that its user's cut-off spares is not spared by the client's.",
        GOOD._replace(iat=NOW_S - 4),
        [KEPT, cutoff(0, Scope.CLIENT)],
        PLAIN,
        State.REVOKED,
    ),
    (
        "A kept session that was ended by itself is ended.",
        GOOD._replace(iat=NOW_S - 4),
        [KEPT, always(Scope.SESSION, "h1")],
        PLAIN,
        State.REVOKED,
    ),
    (
        "A stolen key matches an iat that lies ahead: the thief writes any.",
        GOOD._replace(iat=NOW_S + 3600),
        [always(Scope.KEY, "k1")],
        PLAIN,
        State.REVOKED,
    ),
    (
        "A stolen key matches the largest iat that there is.",
        GOOD._replace(iat=1e308),
        [always(Scope.KEY, "k1")],
        PLAIN,
        State.REVOKED,
    ),
    (
        "A revocation of another key does not match a token without kid.",
        GOOD._replace(kid=""),
        [always(Scope.KEY, "k1")],
        PLAIN,
        State.ACTIVE,
    ),
    (
        "The cut-off of the realm matches a token that names nothing else that is revoked.",
        Claims(client_id="c9", exp=NOW_S + 1),
        [cutoff(0, Scope.REALM)],
        PLAIN,
        State.REVOKED,
    ),
    (
        "A record counts up to the last millisecond before it expires.",
        GOOD,
        [cutoff(0, expire_time=Millis(NOW + 1))],
        PLAIN,
        State.REVOKED,
    ),
    (
        "A record counts no more when it expires.",
        GOOD,
        [cutoff(0, expire_time=Millis(NOW))],
        PLAIN,
        State.ACTIVE,
    ),
    (
        "A token is good up to the last millisecond before exp.",
        GOOD._replace(exp=NOW_S + 0.001),
        [],
        PLAIN,
        State.ACTIVE,
    ),
    (
        "A token is expired on exp (RFC 7519 section 4.1.4).",
        GOOD._replace(exp=NOW_S),
        [],
        PLAIN,
        State.EXPIRED,
    ),
    (
        "Leeway adds to exp once.",
        GOOD._replace(exp=NOW_S - 0.999),
        [],
        LENIENT,
        State.ACTIVE,
    ),
    (
        "Leeway adds to exp no more than once.",
        GOOD._replace(exp=NOW_S - 1),
        [],
        LENIENT,
        State.EXPIRED,
    ),
    (
        "Leeway does not soften a cut-off.",
        GOOD._replace(iat=NOW_S - 0.001),
        [cutoff(0)],
        LENIENT,
        State.REVOKED,
    ),
    (
        "Leeway does not harden a cut-off either.",
        GOOD._replace(iat=NOW_S),
        [cutoff(0)],
        LENIENT,
        State.ACTIVE,
    ),
    (
        "The realm's longest token life ends a token whose exp lies further ahead.",
        GOOD._replace(iat=NOW_S - 3, exp=NOW_S + 600),
        [],
        SHORT,
        State.EXPIRED,
    ),
    (
        "Leeway does not add to the longest token life.",
        GOOD._replace(iat=NOW_S - 3.5, exp=None),
        [],
        SHORT,
        State.EXPIRED,
    ),
    (
        "A token without exp lives for the longest token life.",
        GOOD._replace(iat=NOW_S - 2.999, exp=None),
        [],
        SHORT,
        State.ACTIVE,
    ),
    (
        "An exp without end does not outlive iat and the longest token life.",
        GOOD._replace(iat=NOW_S - 3, exp=1e308),
        [],
        SHORT,
        State.EXPIRED,
    ),
    (
        "An exp before 1970 is past.",
        GOOD._replace(exp=-1e308),
        [],
        PLAIN,
        State.EXPIRED,
    ),
    (
        "An iat before 1970 has outlived the longest token life.",
        GOOD._replace(iat=-1.0, exp=None),
        [],
        PLAIN,
        State.EXPIRED,
    ),
    (
        "The issuer that the realm names is accepted.",
        GOOD._replace(iss="https://a"),
        [],
        STRICT,
        State.ACTIVE,
    ),
    (
        "An issuer that the token does not name is not compared.",
        GOOD._replace(iss=""),
        [],
        STRICT,
        State.ACTIVE,
    ),
    (
        "Any issuer is accepted by a realm that names none.",
        GOOD._replace(iss="https://b"),
        [],
        PLAIN,
        State.ACTIVE,
    ),
]


@pytest.mark.parametrize(("why", "token", "writes", "rules", "state"), BOUNDARIES, ids=[row[0] for row in BOUNDARIES])
def test_boundaries(why: str, token: Claims, writes: list[Revocation], rules: Rules, state: State) -> None:
    """Each boundary of the rules of judgement falls on the side that its sentence says."""
    verdict = judged(token, *writes, rules=rules)
    assert verdict.state is state, why
    assert verdict.active is (state is State.ACTIVE)


@pytest.mark.parametrize(
    ("why", "jti", "until", "state"),
    [
        ("A token that was never allowed is not.", "t1", None, State.NOT_ALLOWED),
        ("A token is allowed up to the last millisecond.", "t1", NOW + 1, State.ACTIVE),
        ("A token is allowed no more when its time is up.", "t1", NOW, State.NOT_ALLOWED),
        ("A time of nought is past.", "t1", 0, State.NOT_ALLOWED),
        ("A token without jti cannot be on the list.", "", NOW + 1, State.NOT_ALLOWED),
    ],
)
def test_an_allowlist_realm_takes_only_what_is_listed(why: str, jti: str, until: int | None, state: State) -> None:
    """Where the realm keeps an allowlist, a token is good only until the time that it was allowed for."""
    listed = {} if until is None else {"t1": Millis(until)}
    assert judged(GOOD._replace(jti=jti), rules=LISTED, allowed=listed).state is state, why
    assert judged(GOOD._replace(jti=jti), rules=PLAIN, allowed=listed).state is State.ACTIVE, "Other realms do not look it up."


def test_precedence() -> None:
    """Of everything that is wrong with a token the first counts of INVALID, EXPIRED, REVOKED, NOT_ALLOWED."""
    wrongs = [
        (State.INVALID, lambda token, writes, listed: (token._replace(iss="\x00"), writes, listed)),
        (State.EXPIRED, lambda token, writes, listed: (token._replace(exp=NOW_S - 1), writes, listed)),
        (State.REVOKED, lambda token, writes, listed: (token, [always(Scope.TOKEN, "t1")], listed)),
        (State.NOT_ALLOWED, lambda token, writes, listed: (token, writes, {})),
    ]
    for chosen in product([False, True], repeat=len(wrongs)):
        case: tuple[Claims, list[Revocation], dict[str, Millis]] = (GOOD, [], {"t1": Millis(NOW + 1)})
        expected = State.ACTIVE
        for wanted, (state, wrong) in reversed(list(zip(chosen, wrongs, strict=True))):
            if wanted:
                case, expected = wrong(*case), state
        token, writes, listed = case
        assert judged(token, *writes, rules=LISTED, allowed=listed).state is expected


@pytest.mark.parametrize(
    ("why", "token", "reason"),
    [
        ("Nothing could ever revoke it.", Claims(iss="https://a", kid="k1", iat=NOW_S), InvalidReason.NO_SUBJECT),
        ("Nothing tells how old it is.", Claims(sub="u1"), InvalidReason.NO_TIME),
        ("NaN compares false and would pass.", Claims(sub="u1", exp=math.nan), InvalidReason.NOT_A_NUMBER),
        ("NaN in iat is as bad beside a good exp.", Claims(sub="u1", iat=math.nan, exp=NOW_S + 1), InvalidReason.NOT_A_NUMBER),
        ("An infinite exp is no time.", Claims(sub="u1", exp=math.inf), InvalidReason.NOT_A_NUMBER),
        ("An iat of minus infinity is no time.", Claims(sub="u1", iat=-math.inf, exp=NOW_S + 1), InvalidReason.NOT_A_NUMBER),
        ("257 bytes are too long for any claim.", Claims(sub="x" * 257, iat=NOW_S), InvalidReason.MALFORMED_CLAIM),
        ("129 characters of two bytes are too long.", Claims(sub="u1", sid="é" * 129, iat=NOW_S), InvalidReason.MALFORMED_CLAIM),
        ("A control character could forge a line of a log.", Claims(sub="u1", kid="a\nb", iat=NOW_S), InvalidReason.MALFORMED_CLAIM),
        ("C1 controls are controls.", Claims(sub="u1", client_id="a\x85b", iat=NOW_S), InvalidReason.MALFORMED_CLAIM),
        ("JSON can spell half of a surrogate pair.", Claims(sub="u1", jti="\ud800", iat=NOW_S), InvalidReason.MALFORMED_CLAIM),
        ("The issuer is another one.", Claims(iss="https://b", sub="u1", iat=NOW_S), InvalidReason.ISSUER),
        ("The shape counts before the subject.", Claims(iss="\x00"), InvalidReason.MALFORMED_CLAIM),
        ("The subject counts before the times.", Claims(iss="https://b"), InvalidReason.NO_SUBJECT),
        ("The times count before the issuer.", Claims(iss="https://b", sub="u1", iat=math.nan), InvalidReason.NOT_A_NUMBER),
    ],
)
def test_unfit_claims_are_invalid(why: str, token: Claims, reason: InvalidReason) -> None:
    """Claims that cannot be judged give the verdict INVALID with the reason, and no error."""
    assert judged(token, rules=STRICT) == Verdict(State.INVALID, invalid_reason=reason), why
    assert fault(token, "https://a") is reason


@pytest.mark.parametrize("claim", ["sub", "jti", "sid", "client_id"])
def test_one_subject_is_enough(claim: str) -> None:
    """Each of sub, jti, sid and client_id is enough for a token to be judged."""
    assert judged(Claims(iat=NOW_S)._replace(**{claim: "x"})).active  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "fit"),
    [
        ("", True),
        ("x" * 255, True),
        ("x" * 256, True),
        ("x" * 257, False),
        ("é" * 128, True),
        ("é" * 128 + "x", False),
        ("𝄞" * 64, True),
        ("𝄞" * 64 + "x", False),
        (" ", True),
        ("{realm}:%2F", True),
        ("\u2028", True),
        ("\x1f", False),
        ("\x7f", False),
        ("\x80", False),
        ("\x9f", False),
        ("\xa0", True),
        ("\udfff", False),
    ],
)
def test_what_may_stand_in_a_claim(text: str, fit: bool) -> None:
    """A claim has at most 256 bytes of UTF-8 and no control characters."""
    assert is_claim(text) is fit


def test_the_narrowest_cause_is_named() -> None:
    """Of several revocations that match, the verdict names the narrowest: token, session, user, client, key, realm."""
    causes = [
        always(Scope.TOKEN, "t1"),
        always(Scope.SESSION, "h1"),
        cutoff(0),
        cutoff(0, Scope.CLIENT),
        always(Scope.KEY, "k1"),
        cutoff(0, Scope.REALM),
    ]
    assert [scope for scope, _ in named(GOOD)] == [cause.scope for cause in causes]
    while causes:
        assert judged(GOOD, *causes).cause == causes.pop(0)


# --- against the model ------------------------------------------------------------------------------------------------------------------


def seconds(time: Millis) -> Fraction:
    """Returns *time* as the model counts it."""
    return Fraction(time, 1000)


def expected(token: Claims, writes: Sequence[Revocation], allowed: dict[str, Millis], rules: Rules, now: int) -> naive_model.Expected:
    """Returns what the model says."""
    world = naive_model.World(
        now=seconds(Millis(now)),
        writes=tuple(
            naive_model.Write(
                one.scope.name,
                one.value,
                naive_model.ALL_TIME if one.issued_before == ALWAYS else seconds(one.issued_before),
                naive_model.FOREVER if one.expire_time == NEVER else seconds(one.expire_time),
                {handle: seconds(floor) for handle, floor in one.kept.items()},
            )
            for one in writes
        ),
        allowed={jti: seconds(until) for jti, until in allowed.items()},
        allowlist=rules.allowlist,
        leeway=seconds(rules.leeway),
        longest_token_life=seconds(rules.longest_token_life),
        issuer=rules.issuer,
    )
    return naive_model.verdict(naive_model.Token(**token._asdict()), world)


def assert_agree(verdict: Verdict, model: naive_model.Expected) -> None:
    """The state is the model's; a cause and a fault are among those that the model finds."""
    assert verdict.state.name == model.state
    assert (verdict.cause is not None) == (verdict.state is State.REVOKED)
    assert (verdict.invalid_reason is not None) == (verdict.state is State.INVALID)
    assert verdict.cause is None or (verdict.cause.scope.name, verdict.cause.value) in model.causes
    assert verdict.invalid_reason is None or verdict.invalid_reason.name in model.faults
    assert verdict.active is (model.state == "ACTIVE")


@MANY
@given(claims, st.lists(revocations(), max_size=6), allowed, rules, near(NOW))
def test_judge_agrees_with_the_naive_model(
    token: Claims, writes: list[Revocation], listed: dict[str, Millis], rules: Rules, now: Millis
) -> None:
    """Whatever the claims, the history and the realm, the verdict is the naive model's."""
    assert_agree(judge(token, index_of(indexed(writes), listed), rules, now=now), expected(token, writes, listed, rules, now))


def test_judge_agrees_with_the_naive_model_on_every_small_world() -> None:
    """Every combination of one record of each kind with the times around its edges is judged as by the model, and every state is met."""
    token = Claims(sub="u1", jti="t1", client_id="c1", kid="k1")
    records: list[Revocation | None] = [None, *(always(scope, value) for scope, value in CAUSES)]
    records += [cutoff(-3000, scope) for scope in (Scope.CLIENT, Scope.REALM)]
    records += [cutoff(-3000, kept=kept) for kept in ({}, {"h1": Millis(0)}, {"h1": Millis(NOW - 4000)})]
    iats = (None, math.nan, *(NOW_S + offset for offset in (-5, -4.001, -4, -3.0005, -3.001, -3, -2.9995, 0, 9)))
    exps = (None, math.inf, *(NOW_S + offset for offset in (-1.001, -1, -0.001, 0, 0.001)))
    ends = (NOW, NOW + 1, NEVER)
    lists: list[dict[str, Millis] | None] = [None, {}, {"t1": Millis(NOW)}, {"t1": Millis(NOW + 1)}]
    met: Counter[State] = Counter()
    for record, iat, exp, sid, end, listed in product(records, iats, exps, ("", "h1", "h2"), ends, lists):
        if record is None and end != NEVER:
            continue
        case = token._replace(iat=iat, exp=exp, sid=sid)
        writes = [_ending(record, Millis(end))] if record else []
        rules = Rules(allowlist=listed is not None, leeway=Millis(1000), longest_token_life=Millis(4500), issuer="")
        verdict = judge(case, index_of(indexed(writes), listed), rules, now=Millis(NOW))
        assert_agree(verdict, expected(case, writes, listed or {}, rules, NOW))
        met[verdict.state] += 1
    assert set(met) == set(State)
    assert min(met.values()) > 500


CAUSES = [(Scope.TOKEN, "t1"), (Scope.SESSION, "h1"), (Scope.KEY, "k1")]


def _ending(record: Revocation, end: Millis) -> Revocation:
    return Revocation(record.scope, record.value, record.issued_before, end, record.kept)


@MANY
@given(plain_claims, st.lists(revocations(), max_size=4), st.lists(revocations(), min_size=1, max_size=3), near(NOW))
def test_a_later_revocation_never_frees(token: Claims, earlier: list[Revocation], later: list[Revocation], now: Millis) -> None:
    """What was REVOKED before more revocations were merged into the index is REVOKED after it, and nothing becomes anything else."""
    known = indexed(earlier)
    before = judge(token, index_of(known), PLAIN, now=now).state
    after = judge(token, index_of(indexed(later, known)), PLAIN, now=now).state
    assert after is State.REVOKED or after is before


@SOME
@given(claims, st.lists(revocations(), max_size=5), allowed, rules, near(NOW), st.randoms(use_true_random=False))
def test_order_and_repetition_do_no_harm(
    token: Claims, writes: list[Revocation], listed: dict[str, Millis], rules: Rules, now: Millis, random: object
) -> None:
    """The verdict is the same, cause included, in whatever order and how often revocations arrive."""
    again = [*writes, *writes]
    random.shuffle(again)  # type: ignore[attr-defined]
    straight = judge(token, index_of(indexed(writes), listed), rules, now=now)
    assert judge(token, index_of(indexed(again), listed), rules, now=now) == straight


@SOME
@given(claims, rules, near(NOW), st.integers(0, 10**9))
def test_time_alone_never_makes_a_token_good(token: Claims, rules: Rules, now: Millis, later: int) -> None:
    """What is EXPIRED or INVALID stays so however much time passes, and what is not allowed does not become so."""
    before = judge(token, index_of({}), rules, now=now)
    after = judge(token, index_of({}), rules, now=Millis(now + later))
    assert after == before or (after.state is State.EXPIRED and before.state is not State.INVALID)
