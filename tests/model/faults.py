"""What fails: nodes, the network, servers; and how the store's own machinery answers (failover, demotion, replication)."""

from collections.abc import Iterator

from .confirming import replicate
from .excuses import excuse
from .rules import Setting
from .steps import FAULT, PROGRESS_COPY, PROGRESS_DEMOTE, PROGRESS_HEAL, PROGRESS_START, Step, hurt
from .world import ABSENT, BEGINNING, NO_EPOCH, NOT_CUT, RAN, STARTED, UNKNOWN, Node, World, with_node, with_server


def store_steps(setting: Setting, world: World) -> Iterator[Step]:
    """Yields what happens to nodes and network by itself, faults aside."""
    for place, node in enumerate(world.nodes):
        if not node.up and (setting.scope.replicated or place == 0):
            yield from _start(setting, world, place, node)
        elif node.up and node.primary and place != world.authority and world.cut[0] == -1 and world.nodes[1 - place].up:
            yield ("demote", place), with_node(world, place, node._replace(primary=0, life=-1)), PROGRESS_DEMOTE
    if world.cut[0] != -1:
        yield ("heal the network",), world._replace(cut=NOT_CUT), PROGRESS_HEAL
    copied = replicate(setting, world)
    if copied is not None:
        yield ("replicate",), copied, PROGRESS_COPY
    if not world.nodes[world.authority].up or world.cut[0] == world.authority:
        yield from _fail_over(world)


def _start(setting: Setting, world: World, place: int, node: Node) -> Iterator[Step]:
    """A deposed primary may come back as a primary; whoever reconnects asks for the true one, so only a stray finds it."""
    pasts, servers = {"as it was": node.data}, world.servers
    if place == world.authority:
        pasts |= {kind: data for kind, data in (("empty", ABSENT), ("old", BEGINNING)) if kind in setting.scope.kinds}
    elif world.cut[0] == -1:
        servers = tuple(server._replace(view=world.authority) for server in servers)
    life = world.lives if node.primary else -1
    for past, data in pasts.items():
        started = with_node(world, place, node._replace(up=1, life=life, data=data))._replace(servers=servers)
        yield (f"start {past}", place), started._replace(lives=world.lives + node.primary), PROGRESS_START if past == "as it was" else 0


def _fail_over(world: World) -> Iterator[Step]:
    other = 1 - world.authority
    node = world.nodes[other]
    if node.up and not node.primary and world.cut[0] != other:
        promoted = with_node(world, other, node._replace(primary=1, life=world.lives))
        yield ("promote", other), promoted._replace(authority=other, lives=world.lives + 1), 0


def fault_steps(setting: Setting, world: World) -> Iterator[Step]:
    """Yields every fault that the scope still allows."""
    if world.faults >= setting.scope.faults:
        return
    kinds, primary = setting.scope.kinds, world.nodes[world.authority]
    if "crash" in kinds:
        yield from _crash(setting, world)
    if "cut" in kinds and world.cut[0] == -1:
        for node, servers in ((node, servers) for node in (0, 1) for servers in (0, 1, 2, 3)):
            yield ("cut off", node, servers), hurt(world._replace(cut=(node, servers)), 1), FAULT
    if "failover" in kinds:
        for label, after, _ in _fail_over(world):
            yield label, hurt(after, 1), FAULT
    if "flush" in kinds and primary.up and primary.data.epoch != NO_EPOCH:
        yield ("flush", world.authority), hurt(with_node(world, world.authority, primary._replace(data=ABSENT)), 1), FAULT
    if "restart" in kinds:
        for place in (0, 1):
            for view in {world.authority, world.servers[place].view}:
                yield ("restart server", place), _restart(setting, world, place, view), FAULT
    if "stray" in kinds and world.nodes[1 - world.authority].primary:
        for place in (0, 1):
            strayed = world.servers[place]._replace(view=1 - world.authority)
            yield ("stray to the deposed primary", place), hurt(with_server(world, place, strayed), 0), FAULT
    if "trim" in kinds and primary.up and primary.data.log:
        trimmed = primary._replace(data=primary.data._replace(first=primary.data.seq + 1, log=()))
        yield ("trim the log", world.authority), hurt(with_node(world, world.authority, trimmed), 0), FAULT


def _crash(setting: Setting, world: World) -> Iterator[Step]:
    for place, node in enumerate(world.nodes):
        if node.up and (setting.scope.replicated or place == 0):
            yield ("crash", place), hurt(with_node(world, place, node._replace(up=0)), 1), FAULT


def _restart(setting: Setting, world: World, place: int, view: int) -> World:
    """The server forgets everything; the writes under way in it are unknown; a second failure may make that a loss."""
    writes = tuple(
        w._replace(phase=UNKNOWN, server=-1, life=-1, confirmed=0, epoch=-1, seq=0) if w.phase == RAN and w.server == place else w
        for w in world.writes
    )
    after = hurt(with_server(world, place, STARTED._replace(view=view))._replace(writes=writes), 1)
    return excuse(setting, after, world.nodes[world.authority].data.records, (0, 1))
