"""A server reads the store: tail, continuation, snapshot in two pages (section 5)."""

from collections.abc import Iterator

from .repair import joined, registered
from .revisions import ended, facts_of, learn
from .rules import Setting
from .steps import PROGRESS_READ, PROGRESS_TURN, Step
from .store import enter
from .tail import next_entry
from .world import NO_EPOCH, Data, Server, Snapshot, World, primary_of, reaches, with_server


def read_steps(setting: Setting, world: World) -> Iterator[Step]:
    """Yields every read of a server at the node that it takes for the primary, and its turning to the true one."""
    for place in (0, 1):
        server, node = world.servers[place], primary_of(world, place)
        if server.view != world.authority and reaches(world, place, world.authority):
            yield ("turn to the primary", place), with_server(world, place, server._replace(view=world.authority)), PROGRESS_TURN
        entered = enter(setting, world, node, server.epoch != NO_EPOCH) if node >= 0 else None
        if entered is None:
            continue
        for what, after, read in _reads(setting, entered, place, node):
            yield (what, place, node), with_server(after, place, read), PROGRESS_READ


def _reads(setting: Setting, world: World, place: int, node: int) -> Iterator[tuple[str, World, Server]]:
    server, data = world.servers[place], world.nodes[node].data
    if server.snapshot and (server.snapshot.epoch == data.epoch or not setting.rules.one_epoch_per_snapshot):
        after = _finish(setting, world, server, server.snapshot, data)
        yield "read the other page", registered(world, node, place, after), after
        return
    behind = _continuation(setting, world, server, data)
    if behind == IGNORE:
        return
    if behind == SNAPSHOT:
        for page in set(setting.scope.bits):
            yield f"snapshot, page {page}", world, _begin(setting, server, data, page)
    elif server.snapshot:
        yield "abandon the snapshot", world, _abandon(setting, server)
    elif server.epoch != data.epoch:
        after = _stand(setting, world, server, data, behind)
        yield "join", registered(world, node, place, after), after
    elif behind < data.seq:
        yield "read the log", world, next_entry(setting, server, data)


IGNORE, SNAPSHOT = -2, -1


def _continuation(setting: Setting, world: World, server: Server, data: Data) -> int:
    """Returns behind which sequence the reader goes on, or SNAPSHOT, or IGNORE."""
    if server.epoch == NO_EPOCH:
        return SNAPSHOT
    end = data.seq if server.epoch == data.epoch else ended(world, data.epoch, server.epoch)
    if server.epoch != data.epoch and ended(world, server.epoch, data.epoch) >= 0:
        return IGNORE
    if end < 0 and not setting.rules.marker_is_no_lineage:
        end = min(dict(data.included).get(server.epoch, -1), data.seq)
    if end < 0 and not setting.rules.unknown_epoch_means_snapshot:
        end = data.seq
    if end < 0:
        return SNAPSHOT
    behind = min(server.seq, end) if setting.rules.continue_where_epoch_ended else server.seq
    if server.epoch == data.epoch and data.seq < server.seq:
        return SNAPSHOT
    return SNAPSHOT if setting.rules.gap_means_snapshot and behind + 1 < data.first else behind


def _begin(setting: Setting, server: Server, data: Data, page: int) -> Server:
    """The position and the first page; what was merged of an abandoned snapshot stays."""
    server = _abandon(setting, server)
    known = server.known | data.records & page
    return server._replace(known=known, snapshot=Snapshot(data.epoch, data.seq, data.included, page))


def _abandon(setting: Setting, server: Server) -> Server:
    """Gives a snapshot up. No position vouches for what was merged of it, so the server owes all that it knows."""
    if not server.snapshot:
        return server
    owing = server.known if setting.rules.abandoned_pages_are_owed else 0
    return server._replace(snapshot=(), debt=server.debt | owing)


def _finish(setting: Setting, world: World, server: Server, snapshot: Snapshot, data: Data) -> Server:
    rules, other = setting.rules, 3 - snapshot.page
    if not rules.position_before_pages:
        snapshot = snapshot._replace(seq=data.seq, included=data.included)
    known = server.known | data.records & other
    old = server._replace(known=known, snapshot=())
    after = _stand(setting, world, old, data, snapshot.seq)
    if not rules.reader_merges:
        after = after._replace(known=data.records)
    return after._replace(epoch=snapshot.epoch, held=learn(after.held, snapshot.included))


def _stand(setting: Setting, world: World, server: Server, data: Data, behind: int) -> Server:
    """Takes up the position *behind* in the epoch of *data*, and, if that epoch is new, what the server owes it."""
    held = server.held
    if server.epoch not in (NO_EPOCH, data.epoch):
        held = facts_of(world, server)
        server = joined(setting, world, server, data)
    if not setting.rules.marker_read_in_order:
        held = learn(held, data.included)
    return server._replace(epoch=data.epoch, seq=behind, held=held, base=behind, ring=())
