"""Freshness of a server: a proof is as of the moment that its exchange began (section 5)."""

from collections.abc import Iterator

from .confirming import confirmed
from .rules import Setting
from .steps import PROGRESS_PROVE, Step
from .store import admits, enter
from .world import NO_EPOCH, Proof, Server, World, acknowledged, primary_of, with_server


def proof_steps(setting: Setting, world: World) -> Iterator[Step]:
    """Yields the beginning and the end of each server's proof."""
    for place in (0, 1):
        server = world.servers[place]
        if server.epoch == NO_EPOCH or server.snapshot:
            continue
        if server.proof:
            if server.proof.confirmed or confirmed(setting, world, place, server.proof.life, 0):
                yield ("become fresh", place), with_server(world, place, _proven(setting, world, server, server.proof)), PROGRESS_PROVE
            elif all(node.life != server.proof.life for node in world.nodes):
                yield ("the proof is cut off", place), with_server(world, place, server._replace(proof=())), PROGRESS_PROVE
            continue
        node = primary_of(world, place)
        begun = _begin(setting, world, place, node) if node >= 0 else None
        if begun is not None:
            yield ("begin a proof", place, node), begun, PROGRESS_PROVE


def _begin(setting: Setting, world: World, place: int, node: int) -> World | None:
    entered, rules = enter(setting, world, node, True), setting.rules
    if entered is None:
        return None
    data, server = entered.nodes[node].data, entered.servers[place]
    at_head = admits(setting, data, server.epoch) and server.seq == data.seq
    if not at_head or not (data.settled or not rules.proof_only_when_settled):
        return None
    mask = acknowledged(entered, setting.scope.bits)
    worth_telling = setting.scope.watcher and server.proven[0] != server.epoch
    if not mask or not (mask & ~server.fresh or worth_telling):
        return None
    at_once = not rules.proof_waits or not rules.touch
    proof = Proof(mask, data.seq, entered.nodes[node].life, int(at_once))
    after = server._replace(proof=proof) if setting.scope.replicated else _proven(setting, entered, server, proof)
    return with_server(entered, place, after)


def _proven(setting: Setting, world: World, server: Server, proof: Proof) -> Server:
    mask = proof.mask if setting.rules.proof_as_of_beginning else acknowledged(world, setting.scope.bits)
    return server._replace(proof=(), fresh=server.fresh | mask, proven=(server.epoch, proof.seq) if setting.scope.watcher else (0, 0))
