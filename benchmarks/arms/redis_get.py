"""What an application pays that asks Redis itself."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from .. import worker
from ..arm import Arm, Sample, UnavailableError
from ..cores import pinned
from ..stage import Stage

_RATE: Final = re.compile(r'^"GET","([\d.]+)"', re.MULTILINE)
_CALLS_PER_SECOND: Final = 60_000


@dataclass(frozen=True, slots=True)
class RedisPy:
    """redis-py, one GET after the other."""

    client: worker.Worker
    gets: int
    label: str = "redis-py GET"

    def sample(self) -> Sample:
        return self.client.ask(gets=self.gets)


@dataclass(frozen=True, slots=True)
class RedisBenchmark:
    """redis-benchmark, the fastest client there is."""

    stage: Stage
    port: int
    label: str = "redis-benchmark GET"

    def sample(self) -> Sample:
        calls = round(_CALLS_PER_SECOND * self.stage.plan.load_seconds)
        command = ["redis-benchmark", "-p", str(self.port), "-t", "get", "-c", "64", "-n", str(calls), "-r", "1000000", "--csv"]
        with pinned(self.stage.cores.server):
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 # a fixed command
        return {"redis_benchmark": parse_rate(output)}


def parse_rate(output: str) -> float:
    """Returns the GETs per second of redis-benchmark's CSV."""
    found = _RATE.search(output)
    if not found:
        raise ValueError(f"redis-benchmark did not report: {output[-500:]}")
    return float(found[1])


@contextmanager
def open_redis_py(stage: Stage) -> Iterator[list[Arm]]:
    """redis-py against a store with 1 M keys."""
    with worker.python("redis_client", stage.store_url, core=stage.cores.server) as client:
        yield [RedisPy(client, stage.plan.gets)]


@contextmanager
def open_redis_benchmark(stage: Stage) -> Iterator[list[Arm]]:
    """redis-benchmark, where it is installed."""
    if shutil.which("redis-benchmark") is None:
        raise UnavailableError("redis-benchmark is missing; on Debian and Ubuntu: sudo apt-get install --yes redis-tools")
    yield [RedisBenchmark(stage, urlsplit(stage.store_url).port or 6379)]
