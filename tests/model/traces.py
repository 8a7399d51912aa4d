"""A trace in words."""

from .explorer import Found, Trace
from .steps import Label
from .world import World

_OF_A_NODE = {"crash", "demote", "promote", "flush", "trim the log", "start as it was", "start empty", "start old"}
_OF_A_WRITE = {"acknowledge", "lose the reply of"}


def told(found: Found) -> str:
    """Returns the promise that breaks, every step that leads there, and the state in which it is broken."""
    lines = [f"broken after {len(found.trace)} steps: {found.broken}"]
    lines += [f"{number:4}. {line}" for number, line in enumerate(_steps(found.trace), 1)]
    if found.trace:
        lines += [f"      {line}" for line in _state(found.trace[-1][1])]
    return "\n".join(lines)


def _steps(trace: Trace) -> list[str]:
    """The search exchanges the servers where it likes; here each keeps its name."""
    lines, exchanged = [], 0
    for label, _, exchange in trace:
        lines.append(_words(label, exchanged))
        exchanged ^= exchange
    return lines


def _words(label: Label, exchanged: int) -> str:
    what, numbers = str(label[0]), [int(number) for number in label[1:]]
    if what in _OF_A_NODE:
        return f"node {numbers[0]}: {what}"
    if what in _OF_A_WRITE:
        return f"{what} write {numbers[0]}"
    if what == "cut off":
        beside = [name for place, name in enumerate("AB") if numbers[1] >> (place ^ exchanged) & 1]
        return f"cut off node {numbers[0]} with {' and '.join(beside) or 'no server'}"
    if not numbers:
        return what
    write, *others = numbers if what == "write" else (-1, *numbers)
    line = f"server {'AB'[others[0] ^ exchanged]}: {what}{f' {write}' if write >= 0 else ''}"
    return line + (f" at node {others[1]}" if len(others) > 1 else "")


def _state(world: World) -> list[str]:
    nodes = [f"node {place}: {node.data}" for place, node in enumerate(world.nodes)]
    return [*nodes, *(str(server) for server in world.servers), str(world.watcher)]
