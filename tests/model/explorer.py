"""Breadth-first search through every interleaving, with state hashing and the symmetry of the two servers."""

import gc
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

from .faults import fault_steps, store_steps
from .freshness import proof_steps
from .promises import broken_at_rest, broken_by, broken_in
from .reading import read_steps
from .repair import repair_steps
from .rules import Setting
from .steps import Label, Step
from .watching import watch_steps
from .world import BEGINNING, Data, World, beginning, with_node
from .writes import write_steps

Trace = tuple[tuple[Label, World, int], ...]
"""Steps, what each led to, and 1 where the search then exchanged the two servers."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an exploration came to: how many states and steps, and the shortest way to a *broken* promise, if any is."""

    states: int
    steps: int
    depth: int
    broken: str = ""
    trace: Trace = ()


@dataclass(slots=True)
class _Search:
    setting: Setting
    parents: dict[int, tuple[int, int]] = field(default_factory=dict)
    rest: dict[int, int] = field(default_factory=dict)
    steps: int = 0


def steps_of(setting: Setting, world: World) -> Iterator[Step]:
    """Yields every step from *world*."""
    return chain(
        write_steps(setting, world),
        read_steps(setting, world),
        repair_steps(setting, world),
        proof_steps(setting, world),
        watch_steps(setting, world),
        store_steps(setting, world),
        fault_steps(setting, world),
    )


def explore(setting: Setting, deepest: int = 10_000) -> Found:
    """Visits every state that *deepest* steps reach, nearest first, until a promise breaks."""
    gc.disable()  # a fifth of the time, and nothing here refers to itself
    try:
        return _explore(_Search(setting), deepest)
    finally:
        gc.enable()


def _explore(search: _Search, deepest: int) -> Found:
    first = _start(search.setting)
    search.parents[hash(first)] = (0, -1)
    level, depth = [first], 0
    while level and depth <= deepest:
        following: list[World] = []
        for world in level:
            broken, chosen = _expand(search, world, following)
            if broken:
                trace = _trace(search, first, hash(world), chosen)
                return Found(len(search.parents), search.steps, depth, broken, trace)
        level, depth = following, depth + 1
    return Found(len(search.parents), search.steps, depth - 1, "" if level else _turns_for_ever(search))


def _start(setting: Setting) -> World:
    world = beginning(setting.scope.bits)
    if setting.scope.replicated:
        return world
    return world._replace(nodes=(world.nodes[0], world.nodes[1]._replace(up=0)))


def _expand(search: _Search, world: World, following: list[World]) -> tuple[str, int]:
    """Adds the new successors of *world*. Returns the promise that breaks and by which step, -1: here."""
    setting, here = search.setting, hash(world)
    best, onward = 99, 0
    for place, (_, after, rank) in enumerate(steps_of(setting, world)):
        search.steps += 1
        state = canonical(setting, after)
        key = hash(state)
        if 0 < rank < best:
            best, onward = rank, key
        if (broken := broken_by(setting, world, after)) or (key not in search.parents and (broken := broken_in(setting, after))):
            return broken, place
        if key not in search.parents:
            search.parents[key] = (here, place)
            following.append(state)
    if best == 99:
        return broken_at_rest(setting, world), -1
    search.rest[here] = onward
    return "", -1


def canonical(setting: Setting, world: World) -> World:
    """Returns *world* or its mirror image with the two servers exchanged, whichever comes first, without what nobody will see."""
    if world.faults == setting.scope.faults and world.cut[0] == -1 and world.nodes[world.authority].up:
        world = _without_replica(world)
    one, two = world.servers
    if one > two or (one == two and mirror(world) < world):
        return mirror(world)
    return world


def _without_replica(world: World) -> World:
    """No fault is left that could promote the replica, so what it holds is of no account."""
    place = 1 - world.authority
    replica = world.nodes[place]
    return world if replica.primary or replica.data is BEGINNING else with_node(world, place, replica._replace(data=BEGINNING))


def mirror(world: World) -> World:
    """Returns *world* with its servers exchanged."""
    node, servers = world.cut
    return world._replace(
        nodes=tuple(home._replace(data=_mirrored(home.data)) if home.data.done else home for home in world.nodes),
        cut=(node, _swapped(servers)),
        servers=world.servers[::-1],
        writes=tuple(write._replace(server=1 - write.server) if write.server >= 0 else write for write in world.writes),
    )


def _mirrored(data: Data) -> Data:
    return data._replace(done=_swapped(data.done))


def _swapped(mask: int) -> int:
    return (mask >> 1) | (mask & 1) << 1


def _trace(search: _Search, first: World, key: int, last: int) -> Trace:
    """Replays the way to the state *key*, and the step *last* from there."""
    chosen = [last] if last >= 0 else []
    while search.parents[key][1] >= 0:
        key, place = search.parents[key]
        chosen.append(place)
    world, trace = first, []
    for place in reversed(chosen):
        label, after, _ = list(steps_of(search.setting, world))[place]
        world = canonical(search.setting, after)
        trace.append((label, after, int(world.writes != after.writes or world.servers != after.servers)))
    return tuple(trace)


def _turns_for_ever(search: _Search) -> str:
    """Whether the way to rest from some state comes back to it."""
    resting: set[int] = set()
    for start in search.rest:
        way: dict[int, None] = {}
        key = start
        while key not in resting and key in search.rest:
            if key in way:
                return "at rest: the way to rest never ends"
            way[key] = None
            key = search.rest[key]
        resting.update(way)
    return ""
