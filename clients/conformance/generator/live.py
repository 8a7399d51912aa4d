"""Which cases can be played against a running server, whose clock nobody sets, and which revocations its API cannot write.

The reasons are part of the cases (`live`), and the README says what each one means.
"""

from .model import Claims, World, is_named, verdict

FARTHEST_CUTOFF = 5_000
"""How far ahead of its clock a server takes a cut-off, milliseconds."""

SESSION_LIFE = 30 * 86_400_000
"""The default of the longest session, for which a cut-off is remembered when tokens live shorter."""

WINDOW = 60_000
"""For how long the verdict must stand, so that the server's clock may go on meanwhile."""


def live(token: Claims, world: World) -> str:
    """Returns "run", or why a case cannot be played against a server."""
    named = [record for record in world.records if is_named(record, token)]
    if any(record.before is not None and record.before > world.now + FARTHEST_CUTOFF for record in named):
        return "ahead"
    if any(record.scope != "TOKEN" and world.lapsed(record) for record in named):
        return "lapsed"
    remembered = max(world.rules.life, SESSION_LIFE)
    if any(record.before is not None and record.before + remembered <= world.now + WINDOW for record in named):
        return "old"
    if verdict(token, world) != verdict(token, world.later(WINDOW)):
        return "clock"
    return "run"
