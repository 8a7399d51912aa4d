"""What a step is, and in which order steps lead to rest when nothing else fails."""

from .world import World

Label = tuple[str | int, ...]
Step = tuple[Label, World, int]
"""What happens, what it leads to, and its rank: among several, the lowest rank above 0 is the way to rest."""

FAULT = 0
PROGRESS_HEAL, PROGRESS_START, PROGRESS_DEMOTE, PROGRESS_TURN, PROGRESS_COPY, PROGRESS_WRITE = 1, 2, 3, 4, 5, 6
PROGRESS_READ, PROGRESS_REPAIR, PROGRESS_SETTLE, PROGRESS_PROVE, PROGRESS_WATCH = 7, 8, 9, 10, 11


def hurt(world: World, harm: int) -> World:
    """Counts a fault, and *harm* among the failures against which the promises are weighed."""
    return world._replace(faults=world.faults + 1, hurt=world.hurt + harm)
