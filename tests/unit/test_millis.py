"""How NumericDates become milliseconds."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from revocation_client.judgement.millis import Millis, millis_of, next_whole_second

from .strategies import ODD_NUMBERS, SOME

EXACT_UNTIL = (1 << 33) * 1000
"""The year 2242: from there on neighbouring doubles are more than a microsecond apart."""


@SOME
@given(st.integers(-EXACT_UNTIL, EXACT_UNTIL))
@example(1700000000123)
def test_whole_milliseconds_come_through(time: int) -> None:
    """A time in milliseconds, divided by a thousand as JWT libraries do, comes back to the millisecond."""
    assert millis_of(time / 1000) == time


@SOME
@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_order_is_kept(one: float, other: float) -> None:
    """A later NumericDate is never an earlier time, however large or small they are."""
    earlier, later = sorted((one, other))
    assert millis_of(earlier) <= millis_of(later)


@pytest.mark.parametrize(
    ("numeric_date", "milliseconds"),
    [
        (0.0, 0),
        (-0.0, 0),
        (5e-324, 0),
        (0.0009994, 0),
        (0.0009996, 1),
        (-0.0004, -1),
        (-1.0, -1000),
        (1, 1000),
        (1e308, 10**14),
        (-1e308, -(10**14)),
    ],
)
def test_rounding(numeric_date: float, milliseconds: int) -> None:
    """Milliseconds are rounded down, after rounding to the nearest microsecond, and far times are all as far away."""
    assert millis_of(numeric_date) == milliseconds


def test_the_odd_numbers_are_odd() -> None:
    """The odd numbers that the other tests draw hold the ones that no arithmetic can be trusted with."""
    assert {str(number) for number in ODD_NUMBERS} >= {"nan", "inf", "-inf", "1e+308", "-0.0"}


@pytest.mark.parametrize(("time", "second"), [(0, 0), (1, 1000), (999, 1000), (1000, 1000), (1001, 2000), (-1, 0), (-1000, -1000)])
def test_next_whole_second(time: int, second: int) -> None:
    """Tokens with whole-second iat are good from the first whole second that is not before the cut-off."""
    assert next_whole_second(Millis(time)) == second
