"""What a test may ask of a store server."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .certificates import Certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How the data nodes are set up; the default is the fastest: nothing on disk, no password, no limit, no TLS."""

    appendonly: bool = False
    password: str = ""
    maxmemory: str = ""
    tls: bool = False
    config: Mapping[str, str] = field(default_factory=dict)
    """More directives of the configuration file, which win over the others."""

    def directives(self, folder: Path) -> dict[str, str]:
        """The configuration of one data node but for its ports; certificates are looked for in *folder*."""
        base = {
            "bind": "127.0.0.1",
            "save": '""',
            "appendonly": "yes" if self.appendonly else "no",
            "appendfsync": "always",
            "maxmemory-policy": "noeviction",
            "repl-diskless-sync-delay": "0",
            "repl-ping-replica-period": "1",
            "shutdown-timeout": "0",
            "enable-debug-command": "local",
        }
        if self.maxmemory:
            base["maxmemory"] = self.maxmemory
        if self.password:
            base |= {"requirepass": self.password, "masterauth": self.password}
        if self.tls:
            base |= _tls(Certificates.in_folder(folder))
        return base | self.config


def _tls(certificates: Certificates) -> dict[str, str]:
    return {
        "tls-ca-cert-file": str(certificates.ca),
        "tls-cert-file": str(certificates.server_cert),
        "tls-key-file": str(certificates.server_key),
        "tls-auth-clients": "optional",
    }
