"""The state of the model: frozen tuples, cheap to hash. Records are bits of a mask, so that merging is `|`."""

from typing import NamedTuple

Facts = tuple[tuple[int, int], ...]
"""Pairs of epoch and sequence, one per epoch: everything up to there is included."""

Entry = tuple[int, Facts]
"""An entry of the log: a record's bit, or 0 and the facts that a marker states."""

NO_EPOCH = -1


class Data(NamedTuple):
    """What a store node keeps of the realm. The log holds the sequences from *first* to *seq*; *done*: servers with nothing left."""

    epoch: int
    life: int
    seq: int
    settled: int
    done: int
    records: int
    first: int
    log: tuple[Entry, ...]
    included: Facts


class Node(NamedTuple):
    """A store process. *life* is the replication id of a primary, -1 for a replica."""

    up: int
    primary: int
    life: int
    data: Data


class Snapshot(NamedTuple):
    """A snapshot under way: the position that was read with its first page, and which page that was."""

    epoch: int
    seq: int
    included: Facts
    page: int


class Proof(NamedTuple):
    """A freshness proof under way: what was acknowledged when it began, and which life of a primary must have been confirmed."""

    mask: int
    seq: int
    life: int
    confirmed: int


class Server(NamedTuple):
    """A server process: the node it takes for the primary (*view*), its position, index and ring, and what it owes the store.

    *fresh*: what had been acknowledged when its last proof began; *proven*: the revision that this was made at.
    """

    view: int
    epoch: int
    seq: int
    known: int
    held: Facts
    base: int
    ring: tuple[Entry, ...]
    snapshot: tuple[()] | Snapshot
    debt: int
    marks: Facts
    proof: tuple[()] | Proof
    fresh: int
    proven: tuple[int, int]


class Watcher(NamedTuple):
    """An application's replica."""

    epoch: int
    seq: int
    known: int
    held: Facts
    fresh: int


class Write(NamedTuple):
    """A client's write of one record: NEW, RAN, or its outcome; where it ran and the revision it was answered."""

    phase: int
    server: int
    life: int
    confirmed: int
    epoch: int
    seq: int


NEW, RAN, DONE, NOT_DONE, UNKNOWN = range(5)


class World(NamedTuple):
    """Everything. *cut*: the node cut off from the majority and the servers with it; *epochs*: the lineage of each epoch."""

    nodes: tuple[Node, ...]
    authority: int
    cut: tuple[int, int]
    epochs: tuple[Facts, ...]
    servers: tuple[Server, ...]
    watcher: Watcher
    writes: tuple[Write, ...]
    faults: int
    hurt: int
    lives: int
    excused: int


NOT_CUT = (-1, 0)
ABSENT = Data(NO_EPOCH, -1, 0, 0, 0, 0, 1, (), ())
BEGINNING = Data(0, 0, 0, 1, 0, 0, 1, (), ())
STARTED = Server(0, NO_EPOCH, 0, 0, (), 0, (), (), 0, (), (), 0, (-1, 0))


def beginning(bits: tuple[int, ...]) -> World:
    """Returns a healthy world in which nothing was revoked yet."""
    node = Node(1, 1, 0, BEGINNING)
    server = STARTED._replace(epoch=0, proven=(0, 0))
    write = Write(NEW, -1, -1, 0, -1, 0)
    return World(
        nodes=(node, node._replace(primary=0, life=-1)),
        authority=0,
        cut=NOT_CUT,
        epochs=((),),
        servers=(server, server),
        watcher=Watcher(0, 0, 0, (), 0),
        writes=(write,) * len(bits),
        faults=0,
        hurt=0,
        lives=1,
        excused=0,
    )


def with_node(world: World, place: int, node: Node) -> World:
    """Returns *world* with another node at *place*."""
    nodes = world.nodes
    return world._replace(nodes=(node, nodes[1]) if place == 0 else (nodes[0], node))


def with_server(world: World, place: int, server: Server) -> World:
    """Returns *world* with another server at *place*."""
    servers = world.servers
    return world._replace(servers=(server, servers[1]) if place == 0 else (servers[0], server))


def with_write(world: World, place: int, write: Write) -> World:
    """Returns *world* with another write at *place*."""
    writes = world.writes
    return world._replace(writes=(*writes[:place], write, *writes[place + 1 :]))


def acknowledged(world: World, bits: tuple[int, ...]) -> int:
    """Returns the records whose revocation was acknowledged."""
    mask = 0
    for write, bit in zip(world.writes, bits, strict=True):
        if write.phase == DONE:
            mask |= bit
    return mask


def reaches(world: World, server: int, node: int) -> bool:
    """Tells whether the network joins them."""
    cut, servers = world.cut
    return cut == -1 or (node == cut) == bool(servers >> server & 1)


def primary_of(world: World, server: int) -> int:
    """Returns the node that *server* takes for the primary, if it reaches it and the node believes it itself; else -1."""
    view = world.servers[server].view
    node = world.nodes[view]
    return view if node.up and node.primary and reaches(world, server, view) else -1
