"""HOST:PORT, as services are told where to listen and clients where to connect."""

import ipaddress
import re
from typing import Final, NamedTuple

_WRITTEN: Final = re.compile(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:\[\]/@]+)):([0-9]{1,5})", re.ASCII)


class Address(NamedTuple):
    """A host and a port, printed as HOST:PORT with the brackets that an IPv6 host needs."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, written: str) -> "Address":
        """Returns what *written* names; ValueError, which does not repeat it, when that is not HOST:PORT."""
        match = _WRITTEN.fullmatch(written.strip())
        if match is None or int(match[3]) > 65_535:
            raise ValueError("must be HOST:PORT, as in 127.0.0.1:50051, [::1]:50051 or localhost:50051")
        return cls(match[1] or match[2], int(match[3]))

    @property
    def is_loopback(self) -> bool:
        """Whether only processes of this machine can reach it."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False
