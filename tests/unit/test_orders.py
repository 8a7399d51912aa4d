"""What the revoking calls ask for, and that no record is forgotten while it could still match."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.claims import Claims
from revocation_client.judgement.judge import Rules, State, judge
from revocation_client.judgement.millis import ALWAYS, Millis
from revocation_client.judgement.revocations import Revocation, Scope

from revocation.domain.orders import Order, cutoff_order, key_order, session_order, token_end, token_life, token_order
from revocation.domain.realms import CLOCK_SKEW, DAY, HOUR, MINUTE, SECOND, Realm, SessionRules

from .strategies import MANY, NOW, SOME, index_of

REALM = Realm(
    "r",
    Rules(allowlist=False, leeway=Millis(1500), longest_token_life=Millis(HOUR), issuer=""),
    sessions=SessionRules(longest_life=Millis(DAY)),
    cutoff_margin=Millis(300),
)


@pytest.mark.parametrize(
    ("exp", "end"),
    [
        (0.0, 1500 + MINUTE + 500),
        (100.0, 100_000 + 1500 + MINUTE + 500),
        (100.5, 100_500 + 1500 + MINUTE),
        (100.501, 100_501 + 1500 + MINUTE + 999),
        (1700000000.123, 1700000000_123 + 1500 + MINUTE + 377),
    ],
)
def test_the_end_of_a_token_is_rounded_up(exp: float, end: int) -> None:
    """A token is remembered until exp, leeway and clock skew are past, in whole seconds rounded up."""
    assert token_end(REALM, exp) == end
    assert end % SECOND == 0


@SOME
@given(st.floats(0, 1e11))
def test_the_end_of_a_token_is_never_early(exp: float) -> None:
    """Whatever exp is, the record ends no earlier than the token on every clock, and less than a second later."""
    end = token_end(REALM, exp)
    assert end is not None
    assert -1 <= end - (exp * SECOND + REALM.rules.leeway + CLOCK_SKEW) < SECOND + 1


def test_a_token_without_exp_is_remembered_for_the_longest_life() -> None:
    """Without exp nothing is known of a token's end, and the realm's longest token life counts from now."""
    order = token_order(REALM, "t", None, "why")
    assert token_end(REALM, None) is None
    assert order == Order(Scope.TOKEN, "t", "why", expire_time=None, life=Millis(HOUR + 1500 + MINUTE))
    assert token_life(REALM) == order.life


def test_a_token_with_exp_is_remembered_until_then() -> None:
    """With exp the record ends when the token does."""
    assert token_order(REALM, "t", 100.5, "why").expire_time == 100_500 + 1500 + MINUTE


def test_a_key_is_never_forgotten() -> None:
    """Whoever stole a key writes any iat, so its revocation has no end."""
    order = key_order("k", "why")
    assert (order.scope, order.value, order.reason) == (Scope.KEY, "k", "why")
    assert order.expire_time is order.life is order.issued_before is None


def test_a_session_is_remembered_as_long_as_a_cutoff() -> None:
    """The tokens of a session may live as long as any."""
    assert session_order(REALM, "h", "why") == Order(Scope.SESSION, "h", "why", life=REALM.cutoff_life)


def test_a_cutoff_takes_the_margin_of_its_realm() -> None:
    """A cut-off without a time of the caller's is now plus the realm's margin; one with a time is that time."""
    order = cutoff_order(REALM, Scope.USER, "u", None, "why", ("h1", "h2"))
    assert order == Order(Scope.USER, "u", "why", None, Millis(300), ("h1", "h2"), life=REALM.cutoff_life)
    assert cutoff_order(REALM, Scope.CLIENT, "c", Millis(5), "").issued_before == 5


def put_in_force(order: Order, time: int) -> Revocation:
    """Returns the record that an order becomes at the store's *time*, in the words of `Order`."""
    issued_before, begun = ALWAYS, time
    if order.scope.has_cutoff:
        issued_before = begun = Millis(time + 1 + order.margin) if order.issued_before is None else order.issued_before
    expire_time = order.expire_time if order.expire_time is not None else Millis(begun + (order.life or 0))
    return Revocation(order.scope, order.value, issued_before, expire_time)


@MANY
@given(
    order=st.one_of(
        st.sampled_from(
            [cutoff_order(REALM, scope, "x" if scope is not Scope.REALM else "", None, "") for scope in (Scope.USER, Scope.REALM)]
        ),
        st.integers(-2 * DAY, 5 * SECOND).map(lambda ahead: cutoff_order(REALM, Scope.CLIENT, "x", Millis(NOW + ahead), "")),
        st.sampled_from([session_order(REALM, "x", ""), token_order(REALM, "x", None, "")]),
    ),
    age=st.integers(0, HOUR),
    exp=st.none() | st.sampled_from([1e308, NOW / 1000 + 10]),
    skew=st.integers(-CLOCK_SKEW, CLOCK_SKEW),
    late=st.integers(0, 3),
)
def test_a_record_outlives_what_it_refuses(order: Order, age: int, exp: float | None, skew: int, late: int) -> None:
    """A token with iat that is refused when a record is written is expired when the store forgets that record, on every clock allowed."""
    token = Claims(sub="x", jti="x", sid="x", client_id="x", iat=(NOW - age) / SECOND, exp=exp)
    record = put_in_force(order, NOW)
    index = index_of({(record.scope, record.value): record})
    if judge(token, index, REALM.rules, now=Millis(NOW)).state is State.REVOKED:
        assert judge(token, index_of({}), REALM.rules, now=Millis(record.expire_time + skew + late)).state is State.EXPIRED


@SOME
@given(exp=st.integers(NOW, NOW + 400 * DAY).map(lambda time: time / SECOND), skew=st.integers(-CLOCK_SKEW, CLOCK_SKEW))
def test_the_record_of_a_token_outlives_it(exp: float, skew: int) -> None:
    """A token that was revoked with its exp is expired when the store forgets it, with or without iat."""
    record = put_in_force(token_order(REALM, "x", exp, ""), NOW)
    assert judge(Claims(jti="x", exp=exp), index_of({}), REALM.rules, now=Millis(record.expire_time + skew)).state is State.EXPIRED
