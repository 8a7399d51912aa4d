"""Durations are read to the millisecond, and everything that is none is refused without being repeated."""

import pytest
from revocation_client.judgement.millis import Millis

from revocation.durations import parse_duration, print_duration

GOOD = {
    "250ms": 250,
    "30s": 30_000,
    "15m": 900_000,
    "12h": 43_200_000,
    "30d": 2_592_000_000,
    "1.5s": 1_500,
    "0.5d": 43_200_000,
    " 5 m ": 300_000,
    "30": 30_000,
    "0": 0,
    30: 30_000,
    0.25: 250,
    "36500d": 36_500 * 86_400_000,
}

BAD = [
    "",
    " ",
    "x",
    "-1s",
    "1e3",
    "1w",
    "1 s s",
    "s",
    "٣s",
    ".5s",
    "0.5ms",
    "36501d",
    -1,
    0.0001,
    float("nan"),
    float("inf"),
    True,
    None,
    ["1s"],
]


@pytest.mark.parametrize(("written", "millis"), GOOD.items())
def test_a_duration_is_read_to_the_millisecond(written: object, millis: int) -> None:
    """Every unit, fractions and bare seconds give whole milliseconds."""
    assert parse_duration(written) == millis


@pytest.mark.parametrize("written", BAD, ids=repr)
def test_what_is_no_duration_is_refused(written: object) -> None:
    """The message states the rule and does not repeat what was written."""
    with pytest.raises(ValueError, match=r"^must be ") as caught:
        parse_duration(written)
    assert str(caught.value).count("'") == 0


@pytest.mark.parametrize(
    ("millis", "printed"), [(0, "0s"), (1, "1ms"), (1_500, "1500ms"), (90_000, "90s"), (3_600_000, "1h"), (2_592_000_000, "30d")]
)
def test_a_printed_duration_reads_back(millis: int, printed: str) -> None:
    """The largest unit that fits is used, and nothing is rounded."""
    assert print_duration(Millis(millis)) == printed
    assert parse_duration(printed) == millis
