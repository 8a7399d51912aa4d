"""The arithmetic of the bench, and how it reads other programs' reports."""

import pytest

from benchmarks.goals import Goal, outcomes
from benchmarks.h2load import InvalidRunError, Summary, check, framed, parse_summary, parse_times
from benchmarks.spread import Spread, percentile, ratios, share_below

REPORT = """\
starting benchmark...
progress: 10% of clients started

finished in 500.34ms, 2438.00 req/s, 320.10KB/s
requests: 1219 total, 1283 started, 1219 done, 1219 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 1219 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 120.21KB (123094) total, 21.30KB (21811) headers (space savings 83.90%), 50.00KB (51198) data
"""


def test_spread_is_the_median_between_the_extremes() -> None:
    """Where there are two middle values, the median lies between them."""
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0)
    assert Spread.of([4.0, 1.0, 2.0, 3.0]) == Spread(2.5, 1.0, 4.0)
    assert Spread.of([7.0]) == Spread(7.0, 7.0, 7.0)


def test_ratios_compare_the_same_repetition() -> None:
    """A repetition that was slow for both changes nothing."""
    assert ratios([10.0, 5.0], [5.0, 2.5]) == [2.0, 2.0]
    with pytest.raises(ValueError, match="argument 2"):
        ratios([1.0], [1.0, 2.0])


@pytest.mark.parametrize(("percent", "expected"), [(50, 50.0), (99, 99.0), (100, 100.0), (0, 1.0), (99.5, 100.0)])
def test_percentile_is_one_of_the_values(percent: float, expected: float) -> None:
    """By the nearest rank: no value is invented between two others."""
    assert percentile([float(value) for value in range(100, 0, -1)], percent) == expected


def test_share_below_counts_what_is_strictly_below() -> None:
    """A call of exactly the bound is not under it."""
    assert share_below([0.5, 0.999, 1.0, 2.0], 1.0) == 50.0


def test_h2load_report_is_read() -> None:
    """The rate, the counts and the bytes of the answers."""
    assert parse_summary(REPORT) == Summary(rate=2438.0, done=1219, succeeded=1219, failed=0, data_bytes=51198)


def test_h2load_that_did_not_report_is_no_result() -> None:
    """A figure is not made up."""
    with pytest.raises(InvalidRunError, match="could not resolve"):
        parse_summary("could not resolve host")


def test_h2load_log_gives_milliseconds() -> None:
    """The third column is in microseconds."""
    assert parse_times("1700000000000000\t200\t512\n1700000000000600\t200\t1512\n") == [0.512, 1.512]


@pytest.mark.parametrize("answered", [1219, 1215])
def test_run_in_which_calls_were_answered_is_valid(answered: int) -> None:
    """Sizes differ a little, because times are written with as few bytes as they need."""
    check(Summary(2438.0, 1219, 1219, 0, answered * 42), answer_size=37)


@pytest.mark.parametrize(
    "summary",
    [
        Summary(2438.0, 1219, 1219, 0, 0),
        Summary(2438.0, 1219, 1219, 0, 600 * 42),
        Summary(2438.0, 1219, 1200, 19, 1219 * 42),
        Summary(0.0, 0, 0, 0, 0),
    ],
)
def test_run_with_errors_is_no_result(summary: Summary) -> None:
    """gRPC's errors are HTTP's successes, but they carry no message."""
    with pytest.raises(InvalidRunError):
        check(summary, answer_size=37)


def test_message_is_framed_as_grpc_sends_it() -> None:
    """Not compressed, its length in four bytes."""
    assert framed(b"abc") == b"\x00\x00\x00\x00\x03abc"


def test_goal_is_reached_by_its_median() -> None:
    """One bad repetition does not miss it, and one good one does not reach it."""
    more = Goal("ratio", ("a", "b"), 2.0)
    assert more.values({"a": [2.0, 6.0, 1.0], "b": [1.0, 2.0, 1.0]}) == [2.0, 3.0, 1.0]
    assert more.reached(2.0) and not more.reached(1.9)
    less = Goal("time", ("a",), 10.0, at_most=True)
    assert less.reached(10.0) and not less.reached(10.1)


def test_goal_without_measurement_is_open() -> None:
    """An arm that could not run reaches nothing and misses nothing."""
    assert all(outcome.reached is None and outcome.spread is None for outcome in outcomes({}, full=True))


def test_goal_for_many_entries_is_open_in_a_quick_run() -> None:
    """What is said of 10 M entries is not decided by 1 M."""
    series = {"bytes_tokens": [10.0]}
    decided = {full: [one.reached for one in outcomes(series, full=full) if one.spread] for full in (True, False)}
    assert decided == {True: [True], False: [None]}
