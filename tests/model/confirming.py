"""WAIT: when a script's effects are held by every replica that could be promoted (section 4), and asynchronous replication."""

from .rules import Setting
from .world import RAN, Node, World, with_node


def confirmed(setting: Setting, world: World, server: int, life: int, waited: int) -> bool:
    """Tells whether a script that ran in *life* of a primary counts as acknowledged."""
    if waited or not setting.scope.replicated:
        return True
    places = [place for place, node in enumerate(world.nodes) if node.life == life]
    return bool(places) and _excuses(setting, world, server, places[0])


def _excuses(setting: Setting, world: World, server: int, primary: int) -> bool:
    """Whether the missing replica need not be waited for: the majority calls it down, and *primary* the primary."""
    other = 1 - primary
    if not setting.rules.majority_excuses_replica:
        return not world.nodes[other].up or world.cut[0] != -1
    if world.cut[0] != -1 and world.cut[1] >> server & 1:
        return False
    return world.authority == primary and (not world.nodes[other].up or world.cut[0] == other)


def replicate(setting: Setting, world: World) -> World | None:
    """The replica takes over what its primary holds; None when there is nothing to take."""
    places = [place for place, node in enumerate(world.nodes) if node.up and node.primary and world.nodes[1 - place].primary == 0]
    if not places or not world.nodes[1 - places[0]].up or world.cut[0] != -1:
        return None
    primary: Node = world.nodes[places[0]]
    replica = world.nodes[1 - places[0]]
    writes = tuple(w._replace(confirmed=1) if w.phase == RAN and w.life == primary.life else w for w in world.writes)
    servers = tuple(
        s._replace(proof=s.proof._replace(confirmed=1)) if s.proof and s.proof.life == primary.life else s for s in world.servers
    )
    unseen = world.faults == setting.scope.faults and places[0] == world.authority
    if (unseen or replica.data == primary.data) and writes == world.writes and servers == world.servers:
        return None
    return with_node(world, 1 - places[0], replica._replace(data=primary.data))._replace(writes=writes, servers=servers)
