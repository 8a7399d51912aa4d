"""The watcher: resumes at any server by its revision, and is told of proofs (section 5)."""

from collections.abc import Iterator

from .revisions import ended, facts_of, learn, reader_includes
from .rules import Setting
from .steps import PROGRESS_WATCH, Step
from .world import NO_EPOCH, Server, Watcher, World


def watch_steps(setting: Setting, world: World) -> Iterator[Step]:
    """Yields what either server may tell the watcher next."""
    if not setting.scope.watcher:
        return
    for place in (0, 1):
        server = world.servers[place]
        if server.epoch == NO_EPOCH or server.snapshot:
            continue
        told = _told(setting, world, world.watcher, server)
        if told is not None and told[1] != world.watcher:
            yield (told[0], place), world._replace(watcher=told[1]), PROGRESS_WATCH if place == 0 else 0


def _told(setting: Setting, world: World, watcher: Watcher, server: Server) -> tuple[str, Watcher] | None:
    if watcher.epoch != server.epoch:
        return _resume(setting, world, watcher, server)
    if watcher.seq < server.base:
        return "send the state to the watcher", _snapshot(world, watcher, server)
    if watcher.seq < server.seq:
        bit, facts = server.ring[watcher.seq - server.base]
        after = watcher._replace(seq=watcher.seq + 1, known=watcher.known | bit, held=learn(watcher.held, facts))
        return "send a change to the watcher", after
    return _beat(setting, world, watcher, server)


def _resume(setting: Setting, world: World, watcher: Watcher, server: Server) -> tuple[str, Watcher] | None:
    if ended(world, watcher.epoch, server.epoch) >= 0:
        return None
    end = ended(world, server.epoch, watcher.epoch)
    if end < 0 and not setting.rules.watch_resumes_by_lineage:
        end = server.seq
    behind = min(watcher.seq, end)
    if end < 0 or not server.base <= behind <= server.seq:
        return "send the state to the watcher", _snapshot(world, watcher, server)
    if not setting.rules.watch_resumes_by_lineage:
        behind = min(watcher.seq, server.seq)
    held = learn(watcher.held, _position_of(watcher))
    return "resume the watcher", watcher._replace(epoch=server.epoch, seq=behind, held=held)


def _position_of(watcher: Watcher) -> tuple[tuple[int, int], ...]:
    return ((watcher.epoch, watcher.seq),) if watcher.seq else ()


def _snapshot(world: World, watcher: Watcher, server: Server) -> Watcher:
    """The watcher merges all that the server knows, and so holds all that the server holds."""
    held = learn(learn(watcher.held, _position_of(watcher)), facts_of(world, server))
    return watcher._replace(epoch=server.epoch, seq=server.seq, known=watcher.known | server.known, held=held)


def _beat(setting: Setting, world: World, watcher: Watcher, server: Server) -> tuple[str, Watcher] | None:
    """The proof, if it is of this epoch and the watcher holds the revision that it was made at."""
    if setting.rules.proof_keeps_its_revision:
        passes = server.proven[0] == server.epoch and reader_includes(setting.rules, world, watcher, server.proven)
    else:
        passes = True
    return ("tell the watcher of the proof", watcher._replace(fresh=watcher.fresh | server.fresh)) if passes else None
