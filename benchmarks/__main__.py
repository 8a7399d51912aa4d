"""`python -m benchmarks`: measure everything, or `--only` some; print tables, and write results/latest.json and results/latest.png."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from . import cores, goals, machine, plot
from .plan import FULL, QUICK
from .report import Report, as_json, show
from .run import OPENINGS, measure

RESULTS: Final = Path(__file__).parent / "results"


class Display:
    """A line that says what is going on. It moves between two samples only, so that it takes no time from them."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def tell(self, what: str, done: int, steps: int) -> None:
        self._progress.update(self._task, description=what, completed=done, total=steps or None)
        self._progress.refresh()


def main() -> None:
    words, console, began = _words(), _console(), time.monotonic()
    plan = QUICK if words.quick else FULL
    with Progress(TextColumn("{task.description:<60}"), BarColumn(), TimeElapsedColumn(), console=console, auto_refresh=False) as progress:
        display = Display(progress, progress.add_task("", total=None))
        run = measure(plan, cores.available(), words.only or list(OPENINGS), display.tell)
    report = Report(plan.name, machine.describe(), run.series, goals.outcomes(run.series, full=plan is FULL), run.missing)
    show(report, console)
    _write(report, words.results)
    console.print(f"{time.monotonic() - began:.0f} s; written to {words.results}/latest.json and latest.png")


def _console() -> Console:
    """Where nobody's window bounds the lines, tables are as wide as they need."""
    return Console() if sys.stdout.isatty() else Console(width=120)


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute instead of six: fewer and shorter repetitions, 1 M entries at most")
    parser.add_argument("--only", action="append", choices=list(OPENINGS), help="measure this alone; may be repeated")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of latest.json and latest.png")
    return parser.parse_args()


def _write(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "latest.json").write_text(json.dumps(as_json(report), indent=2) + "\n", encoding="utf-8")
    plot.draw(report, folder / "latest.png")


if __name__ == "__main__":
    main()
