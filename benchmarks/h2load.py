"""h2load (nghttp2), the load: gRPC calls with one and the same request, as fast as they are answered."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from .cores import pinned

MISSING: Final = "h2load is missing; on Debian and Ubuntu: sudo apt-get install --yes nghttp2-client"

_RATE: Final = re.compile(r"finished in [\d.]+\w+, ([\d.]+) req/s")
_COUNTS: Final = re.compile(r"requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed")
_DATA: Final = re.compile(r"\((\d+)\) data")
_FRAME_HEADER: Final = 5
_HEADERS: Final = ("content-type: application/grpc", "te: trailers")


class InvalidRunError(Exception):
    """The answers under load were not those that were asked for, so the figure would mean nothing."""


@dataclass(frozen=True, slots=True)
class Target:
    """One call of one server: *answer_size* is the number of bytes of its answer's message, which tells answers from errors under load."""

    address: str
    path: str
    request: bytes
    answer_size: int


@dataclass(frozen=True, slots=True)
class Load:
    """How many connections ask, how many calls each has in flight, for how long, and on which core."""

    connections: int
    streams: int
    seconds: float
    warm_up: float
    core: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What h2load reports at the end."""

    rate: float
    done: int
    succeeded: int
    failed: int
    data_bytes: int


def installed() -> bool:
    """Whether there is an h2load to run."""
    return shutil.which("h2load") is not None


def run(target: Target, load: Load) -> Summary:
    """Returns what *load* on *target* gave. InvalidRunError when calls failed."""
    with tempfile.TemporaryDirectory() as folder:
        return _warm_run(target, load, Path(folder), [])


def run_timed(target: Target, load: Load) -> list[float]:
    """Returns how long each call took, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        _warm_run(target, load, Path(folder), [f"--log-file={log}"])
        return parse_times(log.read_text(encoding="ascii"))


def parse_summary(output: str) -> Summary:
    """Returns the figures of h2load's report. InvalidRunError when there are none."""
    rate, counts, data = _RATE.search(output), _COUNTS.search(output), _DATA.search(output)
    if not (rate and counts and data):
        raise InvalidRunError(f"h2load did not report: {output[-1000:]}")
    done, succeeded, failed = map(int, counts.groups())
    return Summary(float(rate[1]), done, succeeded, failed, int(data[1]))


def parse_times(log: str) -> list[float]:
    """Returns the milliseconds of the calls in h2load's log: start in microseconds, HTTP status, duration in microseconds."""
    return [int(row.split("\t")[2]) / 1000 for row in log.splitlines()]


def check(summary: Summary, answer_size: int) -> None:
    """Raise InvalidRunError unless nearly every call was answered with a message: gRPC's errors are 200 to HTTP too, but empty."""
    expected = (_FRAME_HEADER + answer_size) * summary.done
    if summary.failed or not summary.done or not 0.9 * expected <= summary.data_bytes <= 1.1 * expected:
        raise InvalidRunError(f"of {summary.done} calls not all were answered: {summary}, {answer_size} bytes expected of each")


def framed(message: bytes) -> bytes:
    """Returns *message* as gRPC sends it, uncompressed (gRPC over HTTP/2, Length-Prefixed-Message)."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def _warm_run(target: Target, load: Load, folder: Path, more: list[str]) -> Summary:
    """Warms the server up in a run of its own: h2load's --warm-up-time counts the bytes of that time, and `check` needs them exact."""
    _run(target, replace(load, seconds=load.warm_up), folder, [])
    return _run(target, load, folder, more)


def _run(target: Target, load: Load, folder: Path, more: list[str]) -> Summary:
    body = folder / "request"
    body.write_bytes(framed(target.request))
    words = ["h2load", f"-c{load.connections}", f"-m{load.streams}", f"-d{body}", *(f"-H{header}" for header in _HEADERS), *more]
    words += [f"-D{round(load.seconds * 1000)}ms", f"http://{target.address}{target.path}"]
    with pinned(load.core):
        done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603 # the bench's own words
    summary = parse_summary(done.stdout)
    check(summary, target.answer_size)
    return summary
