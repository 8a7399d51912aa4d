"""The machine and the versions that a result belongs to."""

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from tests.servers.programs import valkey

PACKAGES: Final = ("grpcio", "protobuf", "redis", "hiredis", "pyjwt", "cryptography", "pygrpc-native", "revocation", "revocation-client")
PROGRAMS: Final = {"h2load": ("h2load", "--version"), "go": ("go", "version"), "redis-benchmark": ("redis-benchmark", "--version")}


def describe() -> dict[str, str]:
    """Returns everything that changes figures, by name."""
    return {
        "cpu": _cpu_model(),
        "cores": str(os.cpu_count()),
        "memory": _memory(),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        **{package: _installed(package) for package in PACKAGES},
        "valkey": _first_line((valkey(), "--version")),
        **{name: _first_line(command) for name, command in PROGRAMS.items()},
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _first_line(command: tuple[str, ...]) -> str:
    try:
        output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout  # noqa: S603 # fixed commands
    except (OSError, subprocess.SubprocessError):
        return "missing"
    return output.partition("\n")[0].strip()
