"""The committed stubs load under every protobuf that the client declares, from the oldest to the newest."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CLIENT = HERE.parents[1] / "clients" / "python"


@pytest.mark.parametrize(
    ("packages", "protobuf"),
    [
        (["protobuf==5.29.*", "grpcio==1.71.2"], "5.29."),
        (["protobuf==6.33.*", "grpcio"], "6.33."),
        (["protobuf", "grpcio"], ""),
    ],
    ids=["oldest", "6.33", "newest"],
)
def test_the_stubs_load_and_work(tmp_path: Path, packages: list[str], protobuf: str) -> None:
    """The client is installed, not found by its path, so that its declared dependencies are tried as well."""
    run(sys.executable, "-m", "venv", str(tmp_path))
    python = str(tmp_path / "bin" / "python")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(CLIENT), *packages)
    assert run(python, str(HERE / "use_stubs.py"), cwd=tmp_path).startswith(protobuf)


def run(*words: str, cwd: Path | None = None) -> str:
    """Runs a command that must succeed and returns what it printed."""
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
