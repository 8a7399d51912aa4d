"""The store's scripts: prologue, fence, merge, append (section 2)."""

from .excuses import excuse
from .revisions import learn
from .rules import Setting
from .world import NO_EPOCH, Data, Entry, Facts, World, with_node


def enter(setting: Setting, world: World, node: int, knows_realm: bool) -> World | None:
    """The prologue: opens a new epoch when another life of a primary, or nobody, wrote the meta. None: the realm is absent."""
    data, life = world.nodes[node].data, world.nodes[node].life
    if data.epoch == NO_EPOCH:
        if setting.rules.amnesia_waits and not knows_realm:
            return None
        return _begin_epoch(setting, world, node, (), knows_realm)
    if data.life == life or not setting.rules.identity_opens_epoch:
        return world
    return _begin_epoch(setting, world, node, learn(world.epochs[data.epoch], ((data.epoch, data.seq),)), True)


def _begin_epoch(setting: Setting, world: World, node: int, lineage: Facts, rightful: bool) -> World:
    home = world.nodes[node]
    data = home.data._replace(epoch=len(world.epochs), life=home.life, settled=0, done=0)
    world = with_node(world, node, home._replace(data=data))._replace(epochs=(*world.epochs, lineage))
    return excuse(setting, world, data.records, (0, 1)) if rightful else world


def admits(setting: Setting, data: Data, joined: int) -> bool:
    """The fence: whether a caller that has joined the epoch *joined* may write."""
    return data.epoch == joined or not setting.rules.fence


def put(setting: Setting, data: Data, bits: int) -> Data:
    """Merges records and appends an entry for each that changes anything."""
    for bit in (1, 2):
        if bits & bit and not data.records & bit:
            data = data._replace(records=data.records | bit if setting.rules.store_merges else bit)
            if setting.rules.append:
                data = append(data, (bit, ()))
    return data


def append(data: Data, entry: Entry) -> Data:
    """Appends *entry* at the next sequence."""
    return data._replace(seq=data.seq + 1, log=(*data.log, entry))


def mark(data: Data, facts: Facts) -> Data:
    """Appends a marker: *facts* are included from here on."""
    return append(data, (0, facts))._replace(included=learn(data.included, facts))


def with_data(world: World, node: int, data: Data) -> World:
    """Returns *world* with other data at *node*."""
    return with_node(world, node, world.nodes[node]._replace(data=data))
