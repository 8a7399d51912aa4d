"""The promises of DESIGN section 7, as checks of one state, of one step, and of a world at rest."""

from .revisions import reader_includes, store_includes
from .rules import Setting
from .world import DONE, NO_EPOCH, NOT_DONE, Server, Watcher, World, acknowledged


def broken_in(setting: Setting, world: World) -> str:
    """Returns which promise *world* breaks, or ''."""
    mask = acknowledged(world, setting.scope.bits)
    return (mask and (_lost(world, mask) or _unenforced(setting, world))) or _found(setting, world)


def _lost(world: World, mask: int) -> str:
    """Every acknowledged record is in the store's or in a live server's hands."""
    if world.hurt > 1:
        return ""
    somewhere = world.nodes[world.authority].data.records | world.servers[0].known | world.servers[1].known
    return "not lost: neither the primary nor a server knows an acknowledged record" if mask & ~somewhere else ""


def _unenforced(setting: Setting, world: World) -> str:
    """A reader that claims to be newer than an acknowledgement, or to include its revision, knows the record."""
    readers: tuple[Server | Watcher, ...] = (*world.servers, world.watcher)
    for reader in readers:
        if reader.fresh & ~reader.known & ~world.excused:
            return "enforced: a reader is fresh as of later than an acknowledgement whose record it does not know"
    for write, bit in zip(world.writes, setting.scope.bits, strict=True):
        if write.phase != DONE:
            continue
        revision = (write.epoch, write.seq)
        for reader in readers:
            if not reader.known & bit and reader_includes(setting.rules, world, reader, revision):
                return "enforced: a reader says that it includes an acknowledged revision, and does not know its record"
        for node in world.nodes:
            if not node.data.records & bit and store_includes(setting.rules, world, node.data, revision):
                return "enforced: a store says that it includes an acknowledged revision, and does not hold its record"
    return ""


def _found(setting: Setting, world: World) -> str:
    """A record whose only write was answered "not done" is nowhere."""
    refused = others = 0
    for write, bit in zip(world.writes, setting.scope.bits, strict=True):
        if write.phase == NOT_DONE:
            refused |= bit
        elif write.phase:
            others |= bit
    somewhere = world.nodes[0].data.records | world.nodes[1].data.records | world.servers[0].known | world.servers[1].known
    return 'honest: a write that was answered "not done" is found' if refused & ~others & somewhere else ""


def broken_by(setting: Setting, before: World, after: World) -> str:
    """Returns which promise the step from *before* to *after* breaks, or ''."""
    were: tuple[Server | Watcher, ...] = (*before.servers, before.watcher)
    are: tuple[Server | Watcher, ...] = (*after.servers, after.watcher)
    for old, new in zip(were, are, strict=True):
        if old.known & ~new.known and new.epoch != NO_EPOCH:
            return "never undone: a reader forgets a record that it refused"
    for bit, was, now in zip(setting.scope.bits, before.writes, after.writes, strict=True):
        if was.phase != DONE and now.phase == DONE and not before.servers[was.server].known & bit:
            return "honest: a server acknowledges what it does not know"
    return ""


def broken_at_rest(setting: Setting, world: World) -> str:
    """Returns what is not well in a world where nothing is left to do, or ''."""
    data, mask = world.nodes[world.authority].data, acknowledged(world, setting.scope.bits) & ~world.excused
    if data.epoch == NO_EPOCH and all(server.epoch == NO_EPOCH for server in world.servers):
        return ""
    if mask & ~data.records:
        return "not lost: at rest, the store does not hold an acknowledged record"
    if (world.servers[0].known | world.servers[1].known) & ~data.records:
        return "never undone: at rest, the store does not hold a record that a server refuses"
    if not data.settled or any(server.epoch != data.epoch or mask & ~server.fresh for server in world.servers):
        return "at rest, a server is not fresh"
    if world.hurt > 1 and "restart" in setting.scope.kinds:
        return ""  # who held the revision may have restarted: then it stays refused, FAILED_PRECONDITION
    for write, bit in zip(world.writes, setting.scope.bits, strict=True):
        if write.phase == DONE and bit & mask and not store_includes(setting.rules, world, data, (write.epoch, write.seq)):
            return "enforced: at rest, the store does not include an acknowledged revision"
    return ""
