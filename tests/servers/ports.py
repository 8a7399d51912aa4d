"""Free ports."""

import secrets
import socket

CANDIDATES = range(15_000, 32_000)
"""Below the ports of outgoing connections, so that none of those takes the port of a server that is down for a restart."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now. Somebody else may be quicker: be ready to try another one."""
    while True:
        port = secrets.choice(CANDIDATES)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
