"""`python -m tests.model`: explores the full scopes on all cores, or, with the name of a rule, prints what its absence breaks."""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from .explorer import Found, explore
from .rules import Rules, Scope, Setting
from .scopes import CONTROLS, FULL
from .traces import told


def main(arguments: list[str]) -> int:
    """Returns 0 when everything is as it should be."""
    out = sys.stdout.write
    for rule in arguments:
        out(f"without {rule} ({CONTROLS[rule].name}): {told(explore(Setting(Rules().without(rule), CONTROLS[rule])))}\n")
    return 0 if arguments else _explore_all()


def _explore_all() -> int:
    began, worst = time.monotonic(), 0
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for scope, (found, seconds) in zip(FULL, processes.map(_timed, FULL), strict=True):
            verdict = told(found) if found.broken else "every promise holds"
            sys.stdout.write(f"{scope.name}: {found.states:,} states, {found.steps:,} steps, {seconds:.0f} s: {verdict}\n")
            sys.stdout.flush()
            worst = max(worst, int(bool(found.broken)))
        for rule, broken in zip(CONTROLS, processes.map(control, CONTROLS), strict=True):
            sys.stdout.write(f"without {rule}: {broken or 'NOTHING BREAKS'}\n")
            worst = max(worst, int(not broken))
    sys.stdout.write(f"{time.monotonic() - began:.0f} s in all\n")
    return worst


def _timed(scope: Scope) -> tuple[Found, float]:
    began = time.monotonic()
    return explore(Setting(Rules(), scope)), time.monotonic() - began


def control(rule: str) -> str:
    """Returns what leaving *rule* out breaks, provided that with it nothing breaks in as many steps; else ''."""
    without = explore(Setting(Rules().without(rule), CONTROLS[rule]))
    with_it = explore(Setting(Rules(), CONTROLS[rule]), deepest=len(without.trace))
    return f"{without.broken} ({len(without.trace)} steps)" if without.broken and not with_it.broken else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
