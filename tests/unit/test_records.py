"""Revocations as Redis keeps them."""

import json

from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope

from revocation.domain.orders import Order
from revocation.store.records import name_of, order_words, revocation_of

from .strategies import SOME, revocations


@SOME
@given(revocations(), st.text(st.characters(codec="utf-8"), max_size=20))
def test_a_record_reads_as_the_revocation_that_it_is(one: Revocation, value: str) -> None:
    """Scope, value, times, floors and text come back from the name and the JSON that the store keeps; a value may hold anything."""
    words: dict[str, object] = {"c": str(one.create_time), "r": one.reason}
    if one.issued_before != ALWAYS:
        words["d"] = str(one.issued_before)
    if one.expire_time != NEVER:
        words["x"] = str(one.expire_time)
    if one.kept:
        words["k"] = {handle: str(floor) for handle, floor in one.kept.items()}
    read = revocation_of(name_of(one.scope, value).encode(), json.dumps(words).encode())
    assert read == Revocation(one.scope, value, one.issued_before, one.expire_time, one.kept, one.create_time, one.reason)


@SOME
@given(
    st.tuples(st.sampled_from(Scope), st.text("user:token", max_size=6)),
    st.tuples(st.sampled_from(Scope), st.text("user:token", max_size=6)),
)
def test_no_two_records_share_a_name(one: tuple[Scope, str], other: tuple[Scope, str]) -> None:
    """Another scope or value is another name."""
    assert (name_of(*one) == name_of(*other)) is (one == other)


def test_what_an_order_leaves_open_is_left_out() -> None:
    """The script is told only what was ordered, and times that could be large as decimal text."""
    assert order_words(Order(Scope.KEY, "k", "why")) == {"scope": "key", "value": "k", "reason": "why", "margin": 0}
    full = Order(Scope.USER, "u", "", Millis(0), Millis(250), ("h1",), Millis(1 << 60), Millis(9))
    assert order_words(full) == {
        "scope": "user",
        "value": "u",
        "reason": "",
        "margin": 250,
        "cut": "0",
        "keep": ("h1",),
        "expire": str(1 << 60),
        "life": 9,
    }
