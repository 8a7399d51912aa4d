"""The log, entry by entry."""

from .revisions import learn
from .rules import Setting
from .world import Data, Server


def next_entry(setting: Setting, server: Server, data: Data) -> Server:
    """Returns *server* with one more entry read."""
    place = server.seq - data.first + 1
    bit, facts = data.log[place] if 0 <= place < len(data.log) else (0, ())
    held = learn(server.held, facts if setting.rules.marker_read_in_order else data.included)
    return server._replace(seq=server.seq + 1, known=server.known | bit, held=held, ring=(*server.ring, (bit, facts)))


def to_the_head(setting: Setting, server: Server, data: Data) -> Server:
    """Returns *server* with all entries read that the answer to its write brought: those behind its position."""
    while server.epoch == data.epoch and server.seq < data.seq:
        server = next_entry(setting, server, data)
    return server
