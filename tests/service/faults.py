"""The ways in which a store can fail its service, each with its end."""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping

from tests.eventually import until
from tests.servers import Process, Store

Fault = Callable[[Process], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def down(node: Process) -> Iterator[None]:
    """Connections are refused."""
    node.kill()
    yield
    node.restart()


@contextlib.contextmanager
def frozen(node: Process) -> Iterator[None]:
    """Connections are accepted, and nothing is answered."""
    node.freeze()
    yield
    node.thaw()


@contextlib.contextmanager
def read_only(node: Process) -> Iterator[None]:
    """It was made a replica of a primary that is not there."""
    node.client().replicaof("127.0.0.1", "1")
    yield
    node.client().replicaof("NO", "ONE")


@contextlib.contextmanager
def full(node: Process) -> Iterator[None]:
    """It has reached maxmemory and evicts nothing."""
    node.client().config_set("maxmemory", "1")
    yield
    node.client().config_set("maxmemory", "0")


@contextlib.contextmanager
def failing_to_persist(node: Process) -> Iterator[None]:
    """Its folder is gone, so its snapshots fail, and it answers MISCONF to every write."""
    node.client().config_set("save", "3600 1")
    shutil.rmtree(node.folder)
    node.client().bgsave()
    until(lambda: node.client().info("persistence")["rdb_last_bgsave_status"] == "err", within=5)
    yield
    node.client().config_set("save", "")


@contextlib.contextmanager
def without_replicas(node: Process) -> Iterator[None]:
    """It takes no writes because too few replicas follow it."""
    node.client().config_set("min-replicas-to-write", "1")
    yield
    node.client().config_set("min-replicas-to-write", "0")


@contextlib.contextmanager
def without_rights(node: Process) -> Iterator[None]:
    """The service's user may not run scripts any more."""
    node.client().execute_command("ACL", "SETUSER", "default", "-eval", "-evalsha")
    yield
    node.client().execute_command("ACL", "SETUSER", "default", "+eval", "+evalsha")


@contextlib.contextmanager
def with_another_password(node: Process) -> Iterator[None]:
    """The service's password does not work any more."""
    admin = node.client()
    admin.ping()
    admin.config_set("requirepass", "another")
    for client in admin.client_list():
        if client["id"] != str(admin.client_id()):
            admin.client_kill_filter(_id=client["id"])
    yield
    admin.config_set("requirepass", "")


SILENT: Mapping[str, Fault] = {"down": down, "frozen": frozen}
"""Nothing is answered."""

CLOSED: Mapping[str, Fault] = {"without rights": without_rights, "with another password": with_another_password}
"""Everything is refused."""

WRITE_PROTECTED: Mapping[str, Fault] = {
    "read-only": read_only,
    "full": full,
    "failing to persist": failing_to_persist,
    "without replicas": without_replicas,
}
"""Writes are refused, and reads are answered."""

FAULTS: Mapping[str, Fault] = {**SILENT, **CLOSED, **WRITE_PROTECTED}


def primary(store: Store) -> Process:
    """Returns the one node of a standalone *store*."""
    (node,) = store.nodes
    return node
