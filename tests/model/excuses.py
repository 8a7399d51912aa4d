"""What two failures may cost: the only losses that the promises excuse (section 6), each accounted where it happens."""

from collections.abc import Iterable

from .rules import Setting
from .world import World, acknowledged


def excuse(setting: Setting, world: World, kept: int, servers: Iterable[int]) -> World:
    """After a second failure, excuses the acknowledged records that neither the store (*kept*) nor one of *servers* knows."""
    if world.hurt < 2:
        return world
    for server in servers:
        kept |= world.servers[server].known
    lost = acknowledged(world, setting.scope.bits) & ~kept
    return world._replace(excused=world.excused | lost) if lost else world
