"""The results as a picture."""

from pathlib import Path
from typing import Any, Final

from .figures import FIGURES
from .goals import Outcome
from .report import Report, number

RATES: Final = ("noop", "naive", "default_lane", "noop_go", "fast_lane", "redis_benchmark", "batch")
TIMES: Final = ("check_exact", "check_many", "redis_get", "jwt", "jwt_checked")

MOST_TIMES: Final = 100.0

_REACHED: Final = {True: "#2a7f62", False: "#b3423a", None: "#8a8a8a"}
_BAR: Final = "#33658a"


def draw(report: Report, path: Path) -> None:
    """Write *report* to *path*, a PNG: rates, times, and how far each goal was reached."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (rates, times, goals) = plt.subplots(3, 1, figsize=(11, 13), height_ratios=(7, 5, 16), layout="constrained")
    _bars(rates, report, RATES, "calls or tokens per second, one core (more is better)")
    _bars(times, report, TIMES, "microseconds (less is better)")
    _goals(goals, [outcome for outcome in report.outcomes if outcome.spread])
    machine = report.machine
    figure.suptitle(f"{machine['cpu']}, {machine['cores']} cores, {machine['kernel']}, {machine['python']}, {report.plan} run", fontsize=9)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _bars(axes: Any, report: Report, names: tuple[str, ...], title: str) -> None:
    """A bar for each figure up to its median, with a line from its least to its greatest sample."""
    spreads = {FIGURES[name].label: spread for name, spread in report.spreads().items() if name in names}
    medians = [spread.median for spread in spreads.values()]
    errors = [[one.median - one.low for one in spreads.values()], [one.high - one.median for one in spreads.values()]]
    axes.barh(list(spreads), medians, xerr=errors if spreads else None, color=_BAR, capsize=3)
    for place, spread in enumerate(spreads.values()):
        axes.annotate(f"  {number(spread.median)}", (spread.high, place), va="center", fontsize=8)
    axes.margins(x=0.1)
    _finish(axes, title)
    axes.set_xlim(left=1)


def _goals(axes: Any, outcomes: list[Outcome]) -> None:
    """How many times better than its bound each goal is; left of 1 it is missed."""
    places = range(len(outcomes))
    for place, outcome in zip(places, outcomes, strict=True):
        low, middle, high = sorted(_times_better(outcome, value) for value in _values(outcome))
        axes.plot((low, high), (place, place), color=_REACHED[outcome.reached], linewidth=2)
        axes.plot(middle, place, "o", color=_REACHED[outcome.reached])
    axes.set_xlim(1 / 10, MOST_TIMES * 1.2)
    axes.axvline(1, color="black", linewidth=1)
    axes.set_yticks(list(places), [f"{outcome.goal.label}, {outcome.goal.wanted}" for outcome in outcomes])
    _finish(axes, f"goals: how many times better than wanted, {MOST_TIMES:g} at most (left of the line: missed; grey: not for a quick run)")


def _finish(axes: Any, title: str) -> None:
    axes.set_xscale("log")
    axes.invert_yaxis()
    axes.tick_params(labelsize=8)
    axes.set_title(title, fontsize=9, loc="left")


def _values(outcome: Outcome) -> tuple[float, float, float]:
    spread = outcome.spread
    return (spread.low, spread.median, spread.high) if spread else (1.0, 1.0, 1.0)


def _times_better(outcome: Outcome, value: float) -> float:
    """Returns how many times *value* is better than the bound, but no more than MOST_TIMES."""
    times = outcome.goal.bound / max(value, 1e-9) if outcome.goal.at_most else value / outcome.goal.bound
    return min(times, MOST_TIMES)
