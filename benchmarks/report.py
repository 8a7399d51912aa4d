"""The results: as tables for people, as JSON for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from .figures import FIGURES
from .goals import Outcome
from .spread import Spread


@dataclass(frozen=True, slots=True)
class Report:
    """What one run found, and where."""

    plan: str
    machine: Mapping[str, str]
    series: Mapping[str, Sequence[float]]
    outcomes: Sequence[Outcome]
    missing: Mapping[str, str]

    def spreads(self) -> dict[str, Spread]:
        """Returns the spread of each figure that was measured, in the order of FIGURES."""
        return {name: Spread.of(self.series[name]) for name in FIGURES if self.series.get(name)}


def as_json(report: Report) -> dict[str, Any]:
    """Returns *report* for programs; single samples included."""
    return {
        "plan": report.plan,
        "machine": dict(report.machine),
        "goals": [_goal_entry(outcome) for outcome in report.outcomes],
        "figures": {name: _figure_entry(name, spread, report.series[name]) for name, spread in report.spreads().items()},
        "missing": dict(report.missing),
    }


def show(report: Report, console: Console) -> None:
    """Print *report*."""
    console.print(_figures_table(report), _goals_table(report), sep="\n")
    for name, why in report.missing.items():
        console.print(f"[yellow]not measured: {name}[/]: {why}", highlight=False)
    console.print(f"{report.machine['cpu']}, {report.machine['cores']} cores, {report.machine['kernel']}, {report.machine['python']}")


def number(value: float) -> str:
    """Returns *value* with three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _figure_entry(name: str, spread: Spread, values: Sequence[float]) -> dict[str, Any]:
    figure = FIGURES[name]
    return {"label": figure.label, "unit": figure.unit, **_spread_entry(spread), "values": [_rounded(value) for value in values]}


def _goal_entry(outcome: Outcome) -> dict[str, Any]:
    goal = outcome.goal
    entry = {"label": goal.label, "unit": goal.unit, "at_most" if goal.at_most else "at_least": goal.bound, "reached": outcome.reached}
    return entry | (_spread_entry(outcome.spread) if outcome.spread else {})


def _spread_entry(spread: Spread) -> dict[str, float]:
    return {"median": _rounded(spread.median), "low": _rounded(spread.low), "high": _rounded(spread.high)}


def _rounded(value: float) -> float:
    return float(f"{value:.5g}")


def _figures_table(report: Report) -> Table:
    table = Table(
        "figure", *_right("median", "low", "high"), "", title=f"Medians of {_repetitions(report)} repetitions ({report.plan} run)"
    )
    for name, spread in report.spreads().items():
        table.add_row(FIGURES[name].label, number(spread.median), number(spread.low), number(spread.high), FIGURES[name].unit)
    return table


def _goals_table(report: Report) -> Table:
    table = Table("goal", *_right("wanted", "median", "low", "high"), "", title="Goals: ratios of the same repetition, and bounds")
    for outcome in report.outcomes:
        goal, spread = outcome.goal, outcome.spread
        found = [number(value) for value in (spread.median, spread.low, spread.high)] if spread else ["-"] * 3
        table.add_row(goal.label, goal.wanted, *found, _word(outcome))
    return table


def _word(outcome: Outcome) -> str:
    match outcome.reached:
        case True:
            return "[bold green]reached[/]"
        case False:
            return "[bold red]missed[/]"
    return "[yellow]not measured[/]" if outcome.spread is None else "[dim]full run only[/]"


def _right(*names: str) -> list[Column]:
    return [Column(name, justify="right") for name in names]


def _repetitions(report: Report) -> int:
    return max(map(len, report.series.values()), default=0)
