"""The quick look lets nothing pass that the judge would not, and leaves to it only what is not plain."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from revocation_client.judgement.claims import Claims, InvalidReason
from revocation_client.judgement.judge import Rules, State, judge
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Revocation, Scope
from revocation_client.payloads import claims_in
from revocation_client.swift import Swift, SwiftIndex

from tests.unit.strategies import MANY, NOW, claims, near, plain_claims, revocations, rules

KEY = b"k" * 16
PLAIN = Rules(allowlist=False, leeway=Millis(0), longest_token_life=Millis(30 * 86_400_000), issuer="")
ODD: st.SearchStrategy[Any] = st.sampled_from([None, True, 5, 0.5, "", "text", b"b", [], ["u1"], {}, 10**400, float("nan"), "1700000000"])

kids = st.sampled_from(["", "", "k1", "x" * 257, "a\x00"])

payloads = st.builds(
    lambda token, odd: {name: value for name, value in token._asdict().items() if value not in ("", None) and name != "kid"} | odd,
    st.one_of(claims, plain_claims),
    st.one_of(st.just({}), st.just({}), st.dictionaries(st.sampled_from(Claims._fields), ODD, max_size=2)),
)


def swift_over(written: list[Revocation], rules: Rules, exact_limit: int = 1000) -> tuple[Swift, SwiftIndex]:
    index = SwiftIndex(KEY, exact_limit)
    for one in written:
        index.put(one, Millis(NOW))
    swift = Swift(index, rules, lambda: NOW / 1000, lambda: 0.0)
    swift.fresh_until = 1.0
    return swift, index


@MANY
@given(
    payloads, st.sampled_from(["", "", "k1", "x" * 257, "a\x00"]), st.lists(revocations(), max_size=4), rules, st.sampled_from([0, 1000])
)
@example({"sub": "u1", "iat": NOW / 1000, "exp": NOW / 1000 + 0.0005}, "", [], PLAIN, 1000)
def test_passes_only_what_is_active(payload: dict[str, Any], kid: str, written: list[Revocation], rules: Rules, exact_limit: int) -> None:
    """For any payload, revocations, rules and boundary."""
    swift, index = swift_over(written, rules, exact_limit)
    token = claims_in(payload, kid)
    if swift.passes(payload, kid):
        assert not isinstance(token, InvalidReason)
        verdict = judge(token, index, rules, now=Millis(NOW))
        assert verdict.state in (State.ACTIVE, State.NOT_ALLOWED)  # a realm with an allowlist never opens it


@MANY
@given(near(NOW - 60_000), st.lists(revocations((Scope.CLIENT, Scope.SESSION)), max_size=3), st.sampled_from([0, 1000]))
def test_passes_what_is_plainly_good(issued: int, written: list[Revocation], exact_limit: int) -> None:
    """A token that nothing matches needs no judge, whatever else is revoked."""
    swift, _ = swift_over(written, PLAIN, exact_limit)
    token = {"iat": issued / 1000, "exp": NOW / 1000 + 60, "aud": ["a"], "jti": "other"}
    assert swift.passes({"sub": "someone", **token})
    assert swift.passes({"sub": "someone", "sid": "s", "client_id": "c", "iss": "https://a", **token}, "k")


def test_is_closed_until_told_and_after_its_time() -> None:
    """No proof of freshness, no quick answer."""
    now = 0.0
    token = {"sub": "u", "iat": NOW // 1000 - 5, "exp": NOW // 1000 + 60}
    swift = Swift(SwiftIndex(KEY), PLAIN, lambda: NOW / 1000, lambda: now)
    assert not swift.passes(token)
    swift.fresh_until = 5.0
    assert swift.passes(token)
    now = 5.0
    assert not swift.passes(token)


def test_notes_what_comes_later() -> None:
    """Revocations that are put into the index afterwards count at once; the realm's own when it is noted."""
    swift, index = swift_over([], PLAIN)
    token = {"sub": "u", "jti": "t", "iat": NOW // 1000 - 5, "exp": NOW // 1000 + 60}
    assert swift.passes(token)
    index.put(Revocation(Scope.REALM, "", Millis(NOW - 4000)), Millis(NOW))
    swift.note_realm(index)
    assert not swift.passes(token)
    assert swift.passes(token | {"iat": NOW // 1000 - 1})
    index.put(Revocation(Scope.TOKEN, "t"), Millis(NOW))
    assert not swift.passes(token | {"iat": NOW // 1000 - 1})
