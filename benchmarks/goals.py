"""The goals, and whether a run reached them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .spread import Spread, ratios

Series = Mapping[str, Sequence[float]]
"""The samples of each figure, one of each repetition."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure or a ratio of two is to reach. *full_only*: it is meant for 10 M entries, which a quick run has not."""

    label: str
    names: tuple[str, ...]
    bound: float
    unit: str = ""
    at_most: bool = False
    full_only: bool = False

    @property
    def wanted(self) -> str:
        """The bound, for people."""
        return f"{'<=' if self.at_most else '>='} {self.bound:g} {self.unit}".rstrip()

    def values(self, series: Series) -> list[float] | None:
        """Returns what each repetition gave; None when something was not measured."""
        if not all(series.get(name) for name in self.names):
            return None
        first, *others = (series[name] for name in self.names)
        return ratios(first, others[0]) if others else list(first)

    def reached(self, value: float) -> bool:
        """Tells whether *value* is good enough."""
        return value <= self.bound if self.at_most else value >= self.bound


GOALS: Final = (
    Goal("CheckToken, default lane / no-op grpc.aio", ("default_lane", "noop"), 0.90),
    Goal("CheckToken, fast lane / no-op grpc.aio", ("fast_lane", "noop"), 10),
    Goal("CheckToken, fast lane / no-op Go server", ("fast_lane", "noop_go"), 1.0),
    Goal("CheckToken, fast lane, 8 in flight: under 1 ms", ("fast_lane_below_1ms",), 99, "%"),
    Goal("BatchCheckTokens(100) / CheckToken, tokens, default lane", ("batch", "default_lane"), 40),
    Goal("redis-py GET / in-process check, 1 M exact", ("redis_get", "check_exact"), 50),
    Goal("redis-py GET / in-process check, 10 M fingerprints", ("redis_get", "check_many"), 20, full_only=True),
    Goal("PyJWT ES256 decode / decode plus check", ("jwt", "jwt_checked"), 0.98),
    Goal("acknowledged RevokeUser to 1 watcher, p99", ("watchers_1",), 10, "ms", at_most=True),
    Goal("acknowledged RevokeUser to the last of 10, p99", ("watchers_10",), 15, "ms", at_most=True),
    Goal("acknowledged RevokeUser to the last of 100, p99", ("watchers_100",), 50, "ms", at_most=True),
    Goal("memory of a denied token, of 10 M", ("bytes_tokens",), 12, "B", at_most=True, full_only=True),
    Goal("memory of a user's cut-off, of 10 M", ("bytes_users",), 24, "B", at_most=True, full_only=True),
    Goal("cold look-up, of 10 M", ("find_many",), 2.5, "us", at_most=True, full_only=True),
    Goal("new replica ready, 1 M", ("ready_exact",), 3, "s", at_most=True),
    Goal("new replica ready, 10 M", ("ready_tokens",), 15, "s", at_most=True, full_only=True),
    Goal("longest pause while loading 10 M", ("pause_loading",), 10, "ms", at_most=True, full_only=True),
    Goal("longest pause at live changes to 10 M", ("pause_changes",), 10, "ms", at_most=True, full_only=True),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A goal, what was measured, and whether that is good enough; None: not measured, or not meant for this run."""

    goal: Goal
    spread: Spread | None
    reached: bool | None


def outcomes(series: Series, *, full: bool) -> list[Outcome]:
    """Returns the outcome of every goal: its median decides."""
    return [_outcome(goal, series, full=full) for goal in GOALS]


def _outcome(goal: Goal, series: Series, *, full: bool) -> Outcome:
    values = goal.values(series)
    if values is None:
        return Outcome(goal, None, None)
    spread = Spread.of(values)
    return Outcome(goal, spread, goal.reached(spread.median) if full or not goal.full_only else None)
