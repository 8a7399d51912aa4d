"""A Cluster of primaries, formed with CLUSTER commands alone."""

from collections.abc import Sequence
from itertools import permutations

from tests.eventually import until

from .process import Process

SLOTS = 16384


def form_cluster(nodes: Sequence[Process]) -> None:
    """Shares the slots out among *nodes*, introduces them to one another, and waits until each sees all of them and every slot."""
    share = -(-SLOTS // len(nodes))
    for n, node in enumerate(nodes):
        first, last = n * share, min((n + 1) * share, SLOTS) - 1
        node.client().execute_command("CLUSTER SET-CONFIG-EPOCH", n + 1)
        node.client().execute_command("CLUSTER ADDSLOTSRANGE", first, last)
    for node, other in permutations(nodes, 2):
        node.client().execute_command("CLUSTER MEET", "127.0.0.1", other.port, _bus_port(other))
    until(lambda: all(_whole(node, len(nodes)) for node in nodes), within=20)


def _bus_port(node: Process) -> int:
    return int(node.client().config_get("cluster-port")["cluster-port"])


def _whole(node: Process, nodes: int) -> bool:
    state = node.client().execute_command("CLUSTER INFO")
    return state["cluster_state"] == "ok" and int(state["cluster_slots_ok"]) == SLOTS and int(state["cluster_size"]) == nodes
