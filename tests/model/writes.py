"""A client's write: run, acknowledged, or left unknown (section 4)."""

from collections.abc import Iterator

from .confirming import confirmed
from .revisions import reader_includes
from .rules import Setting
from .steps import FAULT, PROGRESS_WRITE, Step, hurt
from .store import admits, enter, put, with_data
from .world import DONE, NEW, NO_EPOCH, NOT_DONE, RAN, UNKNOWN, World, primary_of, with_write


def write_steps(setting: Setting, world: World) -> Iterator[Step]:
    """Yields every step of a write."""
    for place, write in enumerate(world.writes):
        if write.phase == NEW:
            if place == 0 or world.writes[place - 1].phase != NEW:
                yield from _issue(setting, world, place)
        elif write.phase == RAN:
            yield from _answer(setting, world, place)


def _issue(setting: Setting, world: World, place: int) -> Iterator[Step]:
    for server in (0, 1):
        node = primary_of(world, server)
        if node >= 0 and world.servers[server].proven[0] != NO_EPOCH:
            issued = _run(setting, world, place, server, node)
            if issued is not None:
                yield ("write", place, server, node), issued, 0


def _run(setting: Setting, world: World, place: int, server: int, node: int) -> World | None:
    entered = enter(setting, world, node, True)
    if entered is None:
        return None
    data, write = entered.nodes[node].data, entered.writes[place]
    if not admits(setting, data, entered.servers[server].epoch):
        return with_write(entered, place, write._replace(phase=NOT_DONE))
    merged = put(setting, data, setting.scope.bits[place])
    at_once = not setting.rules.wait_for_replicas or (merged == data and not setting.rules.touch)
    ran = write._replace(
        phase=RAN, server=server, life=entered.nodes[node].life, confirmed=int(at_once), epoch=merged.epoch, seq=merged.seq
    )
    return with_write(with_data(entered, node, merged), place, ran)


def _answer(setting: Setting, world: World, place: int) -> Iterator[Step]:
    write = world.writes[place]
    held = reader_includes(setting.rules, world, world.servers[write.server], (write.epoch, write.seq))
    if (held or not setting.rules.acknowledge_what_is_held) and confirmed(setting, world, write.server, write.life, write.confirmed):
        yield ("acknowledge", place), with_write(world, place, write._replace(phase=DONE, life=-1)), PROGRESS_WRITE
    if "lost" in setting.scope.kinds and world.faults < setting.scope.faults:
        outcome = UNKNOWN if setting.rules.lost_reply_is_unknown else NOT_DONE
        lost = write._replace(phase=outcome, server=-1, life=-1, confirmed=0, epoch=-1, seq=0)
        yield ("lose the reply of", place), hurt(with_write(world, place, lost), 0), FAULT
