"""One run: everything is started, then all arms take turns, repetition after repetition, so that a noisy minute harms them all alike."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from .arm import Arm, UnavailableError
from .arms.calls import open_default_lane, open_fast_lane, open_go, open_naive, open_noop
from .arms.redis_get import open_redis_benchmark, open_redis_py
from .arms.replicas import open_replicas
from .arms.watchers import open_watchers
from .cores import Cores
from .h2load import InvalidRunError
from .plan import Plan
from .stage import Opening, Stage, staged
from .worker import WorkerError

OPENINGS: Final[Mapping[str, Opening]] = {
    "noop": open_noop,
    "default-lane": open_default_lane,
    "fast-lane": open_fast_lane,
    "go": open_go,
    "naive": open_naive,
    "redis-benchmark": open_redis_benchmark,
    "redis-py": open_redis_py,
    "replicas": open_replicas,
    "watchers": open_watchers,
}

Tell = Callable[[str, int, int], None]
"""Is told what happens next, how many steps are done, and how many there are (0: not known yet)."""


@dataclass(slots=True)
class Run:
    """The samples of each figure, and why arms are missing."""

    series: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    missing: dict[str, str] = field(default_factory=dict)


def measure(plan: Plan, cores: Cores, wanted: list[str], tell: Tell) -> Run:
    """Returns the figures of the *wanted* openings."""
    run = Run()
    tell("starting the store", 0, 0)
    with ExitStack() as stack:
        stage = stack.enter_context(staged(plan, cores))
        arms = [arm for name in wanted for arm in _opened(name, stage, stack, run, tell)]
        _take_turns(plan.repetitions, arms, run, tell)
    return run


def _opened(name: str, stage: Stage, stack: ExitStack, run: Run, tell: Tell) -> list[Arm]:
    tell(f"starting {name}", 0, 0)
    try:
        return stack.enter_context(OPENINGS[name](stage))
    except (UnavailableError, WorkerError) as error:
        run.missing[name] = str(error)
        return []


def _take_turns(repetitions: int, arms: list[Arm], run: Run, tell: Tell) -> None:
    steps, done = repetitions * len(arms), 0
    for repetition in range(repetitions):
        for arm in arms:
            tell(f"{repetition + 1} of {repetitions}: {arm.label}", done, steps)
            done += 1
            if arm.label not in run.missing:
                _sample(arm, run)


def _sample(arm: Arm, run: Run) -> None:
    """Take one sample. An arm that fails is out: none of its figures would say what they seem to say."""
    try:
        sample = arm.sample()
    except (InvalidRunError, WorkerError) as error:
        run.missing[arm.label] = str(error)
        return
    for name, value in sample.items():
        run.series[name].append(value)
