"""Which revisions a position includes (section 3)."""

from .rules import Rules
from .world import NO_EPOCH, Data, Facts, Server, Watcher, World


def learn(facts: Facts, more: Facts) -> Facts:
    """Returns both, the farther sequence of each epoch."""
    if not more:
        return facts
    known = dict(facts)
    for epoch, seq in more:
        if known.get(epoch, -1) < seq:
            known[epoch] = seq
    return tuple(sorted(known.items()))


def ended(world: World, epoch: int, ancestor: int) -> int:
    """Returns where *ancestor* ended in the lineage of *epoch*, or -1."""
    for known, seq in world.epochs[epoch]:
        if known == ancestor:
            return seq
    return -1


def includes(rules: Rules, world: World, epoch: int, seq: int, held: Facts, wanted: tuple[int, int]) -> bool:
    """Tells whether a reader at the position, which learned that it holds *held*, holds everything up to *wanted*."""
    wanted_epoch, wanted_seq = wanted
    if epoch == NO_EPOCH:
        return False
    if epoch == wanted_epoch:
        return wanted_seq <= seq
    if not rules.newer_epoch_is_not_enough and epoch > wanted_epoch:
        return True
    if not rules.larger_number_is_not_enough and wanted_seq <= seq:
        return True
    end = ended(world, epoch, wanted_epoch)
    if wanted_seq <= (min(end, seq) if rules.lineage_only_up_to_position else end):
        return True
    return any(known == wanted_epoch and wanted_seq <= up_to for known, up_to in held)


def reader_includes(rules: Rules, world: World, reader: Server | Watcher, wanted: tuple[int, int]) -> bool:
    """`includes`, of a server or a watcher."""
    return includes(rules, world, reader.epoch, reader.seq, reader.held, wanted)


def store_includes(rules: Rules, world: World, data: Data, wanted: tuple[int, int]) -> bool:
    """`includes`, of what a store node keeps."""
    return includes(rules, world, data.epoch, data.seq, data.included, wanted)


def facts_of(world: World, reader: Server) -> Facts:
    """Returns everything that *reader* can say that it holds."""
    if reader.epoch == NO_EPOCH or not reader.seq:
        return reader.held
    bounded = tuple((epoch, min(seq, reader.seq)) for epoch, seq in world.epochs[reader.epoch] if seq)
    return learn(learn(reader.held, bounded), ((reader.epoch, reader.seq),))
