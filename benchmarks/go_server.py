"""The no-op Go server's binary, which is built once and kept."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from .arm import UnavailableError

SOURCE: Final = Path(__file__).parent / "go"
KEPT: Final = Path(__file__).parent.parent / ".cache" / "benchmarks" / "noop-go"

_BUILD_WITHIN: Final = 300.0


def built() -> Path:
    """Returns the binary. UnavailableError when there is none and it cannot be built."""
    if KEPT.exists() and all(one.stat().st_mtime <= KEPT.stat().st_mtime for one in SOURCE.iterdir()):
        return KEPT
    go = shutil.which("go")
    if go is None:
        raise UnavailableError("Go is missing: https://go.dev/dl")
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    command = [go, "build", "-o", str(KEPT), "."]
    done = subprocess.run(command, cwd=SOURCE, env=os.environ | {"CGO_ENABLED": "0"}, capture_output=True, text=True, timeout=_BUILD_WITHIN)  # noqa: S603
    if done.returncode:
        raise UnavailableError(f"the no-op Go server cannot be built: {done.stderr[-500:]}")
    return KEPT
