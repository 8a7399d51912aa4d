"""One server process: started, frozen, killed and started again."""

import atexit
import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.eventually import until

from .certificates import Certificates
from .ports import free_port
from .programs import leash

START = 10.0
"""Seconds that a server may take to answer."""
END = 5.0
"""Seconds that a server may take to end after SIGTERM."""
SECRETS = {"requirepass", "masterauth"}


class Process:
    """A server on a port of its own, with its configuration, log and data in a folder of its own."""

    def __init__(self, name: str, command: list[str], folder: Path, config: Mapping[str, str]) -> None:
        self.name = name
        self.folder = folder
        self.port = 0
        self._command = command
        self._config = dict(config)
        self._child: subprocess.Popen[bytes] | None = None
        self._client: redis.Redis | None = None

    @property
    def pid(self) -> int:
        return self._running().pid

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Starts it for the first time, on a free port; when another process was quicker to take that, on another one."""
        self.folder.mkdir(parents=True)
        for _ in range(5):
            self._configure(free_port(), free_port())
            self._spawn()
            if self._answers():
                return
            if "Address already in use" not in self.log():
                break
        raise RuntimeError(f"{self.name} did not start:\n{self.log()[-2000:]}")

    def freeze(self) -> None:
        """Stops it where it is: the kernel still accepts connections for it, but nothing is answered."""
        pid = self.pid
        os.kill(pid, signal.SIGSTOP)
        until(lambda: os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT | os.WNOHANG), within=END)

    def thaw(self) -> None:
        """Lets it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """Ends it as kill -9 does, frozen or not."""
        self._running().kill()
        self.reap()

    def stop(self) -> None:
        """Ends it in good order; by force when it does not obey."""
        self.ask_to_stop()
        self.reap()

    def restart(self) -> None:
        """Starts it again on the same port with the files that it left; kills it first when it still runs."""
        if self.alive:
            self.kill()
        self._spawn()
        if not self._answers():
            raise RuntimeError(f"{self.name} did not start again:\n{self.log()[-2000:]}")

    def client(self) -> redis.Redis:
        """The client of this very process: it never retries, waits at most 2 s and returns text."""
        if self._client is None:
            self._client = self.connect()
        return self._client

    def connect(self) -> redis.Redis:
        """A new client, as `client`; the caller closes it."""
        tls = {"ssl": True, "ssl_ca_certs": str(Certificates.in_folder(self.folder.parent).ca)} if self._tls else {}
        return redis.Redis(
            port=self.port,
            host="127.0.0.1",
            password=self._config.get("requirepass"),
            socket_timeout=2,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            **tls,
        )

    def ask_to_stop(self) -> None:
        if self.alive:
            os.kill(self.pid, signal.SIGCONT)
            os.kill(self.pid, signal.SIGTERM)

    def reap(self) -> None:
        """Waits until it has ended, and ends it by force when that takes too long."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._child is not None:
            try:
                self._child.wait(END)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
            atexit.unregister(self._child.kill)

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._child is not None and self._child.poll() is None, f"{self.name} does not run"
        return self._child

    def _configure(self, port: int, bus_port: int) -> None:
        self.port = port
        ports = {"port": "0", "tls-port": str(port)} if self._tls else {"port": str(port)}
        if self._config.get("cluster-enabled") == "yes":
            ports["cluster-port"] = str(bus_port)
        lines = [_line(directive, value) for directive, value in (self._config | ports).items()]
        (self.folder / "server.conf").write_text("".join(lines))

    def _spawn(self) -> None:
        program, *arguments = self._command
        with (self.folder / "server.log").open("wb") as log:
            self._child = subprocess.Popen(
                [*leash(), program, "server.conf", *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        atexit.register(self._child.kill)

    def _answers(self) -> bool:
        """Waits until it answers, has read its data, and is not another server on the same port; False when it has ended."""
        with contextlib.closing(self.connect()) as client:
            until(lambda: not self.alive or self._ready(client), within=START)
        return self.alive

    def _ready(self, client: redis.Redis) -> bool:
        try:
            info: Any = client.info()
        except redis.RedisError:
            return False
        return info["process_id"] == self.pid and not info.get("loading")

    @property
    def _tls(self) -> bool:
        return "tls-cert-file" in self._config


def _line(directive: str, value: str) -> str:
    return f"{directive} {json.dumps(value, ensure_ascii=False) if directive in SECRETS else value}\n"
