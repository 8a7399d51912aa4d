"""The service as an operator starts it, and grpcurl as a person calls it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.eventually import until
from tests.servers.ports import free_port
from tests.servers.programs import leash

REALMS = """
[realms.default]
[realms.vault]
allowlist = true
[realms.scrap]
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A running service. `called` are the full names of the RPCs that were called with JSON."""

    process: subprocess.Popen[bytes]
    grpcurl: str
    address: str
    called: set[str] = field(default_factory=set)

    def ask(self, *words: str, data: str | None = None) -> str:
        """Runs grpcurl and returns what it prints; CalledProcessError when the service answers with an error."""
        options = ["-plaintext", "-max-time", "10", *(["-d", data] if data is not None else [])]
        return subprocess.run(
            [self.grpcurl, *options, self.address, *words], check=True, stdout=subprocess.PIPE, text=True, timeout=20
        ).stdout

    def call(self, rpc: str, **request: object) -> dict[str, Any]:
        """Calls Service/Rpc of revocation.v1 with JSON and returns the JSON of the answer, its fields named as in the proto."""
        name = f"revocation.v1.{rpc}"
        answer: dict[str, Any] = json.loads(self.ask(name, data=json.dumps(request)), object_hook=_proto_names)
        self.called.add(name.replace("/", "."))
        return answer

    def is_ready(self) -> bool:
        assert self.process.poll() is None, "the service ended"
        health = subprocess.run(
            [self.grpcurl, "-plaintext", "-max-time", "2", self.address, "grpc.health.v1.Health/Check"], capture_output=True, timeout=20
        )
        return b'"SERVING"' in health.stdout

    def terminate(self) -> int:
        """Sends SIGTERM and returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


def _proto_names(message: dict[str, Any]) -> dict[str, Any]:
    """Python servers leave json_name out of their reflection: grpcurl then prints as_of_time, and asOfTime when it has the proto files."""
    return {re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name): value for name, value in message.items()}


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    """Runs the service over an embedded Valkey with its data in *folder*; ready when this returns."""
    address = f"127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "revocation", "serve", "--listen", address, "--data-dir", str(folder / "data")]
    (folder / "realms.toml").write_text(REALMS)
    env = {name: value for name, value in os.environ.items() if not name.startswith("REVOCATION_")}
    env["REVOCATION_REALMS_FILE"] = str(folder / "realms.toml")
    grpcurl = find_grpcurl()
    with subprocess.Popen([*leash(), *command], env=env, stdin=subprocess.DEVNULL) as process:
        try:
            service = Service(process, grpcurl, address)
            until(service.is_ready, within=20)
            yield service
            service.terminate()
        finally:
            process.kill()


def find_grpcurl() -> str:
    """Returns the path of grpcurl; without one the test skips, and fails in CI."""
    path = os.environ.get("GRPCURL") or shutil.which("grpcurl")
    if path:
        return path
    reason = "no grpcurl: go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest, and name it in GRPCURL"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
