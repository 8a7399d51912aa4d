"""Repair: what a server that joins a new epoch owes it, writing back, markers, and settling (section 6)."""

from collections.abc import Iterator

from .excuses import excuse
from .revisions import ended, facts_of, learn, store_includes
from .rules import Setting
from .steps import PROGRESS_REPAIR, PROGRESS_SETTLE, Step
from .store import admits, enter, mark, put, with_data
from .tail import to_the_head
from .world import NO_EPOCH, Data, Server, World, primary_of, reaches, with_server


def joined(setting: Setting, world: World, server: Server, data: Data) -> Server:
    """Returns *server* with what it owes the epoch of *data*: records to write back, and facts to mark as included then."""
    rules = setting.rules
    missing = tuple(fact for fact in facts_of(world, server) if not store_includes(rules, world, data, fact))
    own = (server.epoch, server.seq)
    debt, marks = (server.debt, server.marks) if rules.debt_is_carried else (0, ())
    if missing and rules.write_back:
        end = ended(world, data.epoch, server.epoch)
        can_tell = missing == (own,) and server.base <= end
        if can_tell or not rules.all_when_ring_cannot_tell:
            debt |= _ring_behind(server, max(end, server.base))
        else:
            debt |= server.known
        marks = learn(marks, missing if rules.marker_names_all else tuple(fact for fact in missing if fact == own))
    return server._replace(debt=debt, marks=marks)


def _ring_behind(server: Server, seq: int) -> int:
    bits = 0
    for bit, _ in server.ring[seq - server.base :]:
        bits |= bit
    return bits


def registered(world: World, node: int, place: int, server: Server) -> World:
    """The store notes whether *server*, which has joined the epoch, has nothing left to write back."""
    data = world.nodes[node].data
    if data.settled or data.epoch != server.epoch:
        return world
    nothing_left = not server.debt and not server.marks
    return with_data(world, node, data._replace(done=data.done & ~(1 << place) | nothing_left << place))


def repair_steps(setting: Setting, world: World) -> Iterator[Step]:
    """Yields the steps of every server that has joined an epoch."""
    for place in (0, 1):
        server, node = world.servers[place], primary_of(world, place)
        if node < 0 or server.epoch == NO_EPOCH or server.snapshot:
            continue
        entered = enter(setting, world, node, True)
        if entered is not None and server.seq + 1 < entered.nodes[node].data.first:
            continue
        if entered is not None and admits(setting, entered.nodes[node].data, server.epoch):
            for what, after, rank in _repair(setting, entered, place, node):
                yield (what, place, node), after, rank


def _repair(setting: Setting, world: World, place: int, node: int) -> Iterator[tuple[str, World, int]]:
    server, data = world.servers[place], world.nodes[node].data
    if server.debt and (setting.rules.marker_after_records or not server.marks):
        merged = put(setting, data, server.debt)
        after = to_the_head(setting, server, merged) if setting.rules.debt_until_held else server
        yield "write back", _report(with_data(world, node, merged), node, place, after._replace(debt=0)), PROGRESS_REPAIR
    elif server.marks:
        marked = with_data(world, node, mark(data, server.marks))
        yield "mark", _report(marked, node, place, server._replace(marks=())), PROGRESS_REPAIR
    elif not data.done >> place & 1 and registered(world, node, place, server) != world:
        yield "report nothing left", registered(world, node, place, server), PROGRESS_REPAIR
    if not data.settled and data.epoch == server.epoch and _may_settle(setting, world, node, data):
        yield "settle", _settled(setting, world, node, data), PROGRESS_SETTLE


def _settled(setting: Setting, world: World, node: int, data: Data) -> World:
    """After a second failure, what only a server beyond a partition knows is what the bounded wait puts at risk."""
    absent = 0
    for place in (0, 1):
        if not reaches(world, place, node):
            absent |= world.servers[place].known
    living = [place for place in (0, 1) if reaches(world, place, node)]
    return excuse(setting, with_data(world, node, data._replace(settled=1)), data.records | ~absent, living)


def _report(world: World, node: int, place: int, server: Server) -> World:
    return with_server(registered(world, node, place, server), place, server)


def _may_settle(setting: Setting, world: World, node: int, data: Data) -> bool:
    """Whether every live server that reaches the store has joined and has nothing left; the bounded wait is over for the others."""
    rules = setting.rules
    for place in (0, 1):
        server = world.servers[place]
        knows = server.epoch != NO_EPOCH or (rules.first_pages_count and server.known)
        if not knows or not reaches(world, place, node):
            continue
        if rules.settle_waits_for_the_living and server.epoch != data.epoch:
            return False
        if rules.settle_waits_for_write_back and server.epoch == data.epoch and not data.done >> place & 1:
            return False
    return True
