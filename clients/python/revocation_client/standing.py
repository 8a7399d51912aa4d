"""Where verdicts come from at present: one log line for each change."""

import logging
from enum import Enum
from typing import Final

from .verdicts import FailureMode

_log: Final = logging.getLogger("revocation_client")


class Standing(Enum):
    """Who judges."""

    NEW = "nobody has been judged yet"
    LOCAL = "tokens are judged in this process"
    REMOTE = "tokens are judged by the service: the replica is off, loading or not fresh, or the realm keeps an allowlist"
    UNDECIDED = "tokens that nobody can judge are refused: the replica is not fresh and the service does not answer"


class Standings:
    """Notes who judges."""

    def __init__(self, mode: FailureMode, realm: str) -> None:
        self._mode = mode
        self._realm = realm or "default"
        self.current = Standing.NEW

    def enter(self, standing: Standing, why: object = "") -> None:
        """Take note of who judged a token, and log it when it is somebody else than before."""
        if standing is self.current:
            return
        self.current = standing
        text = standing.value.replace("refused", "ALLOWED") if self._mode is FailureMode.ALLOW else standing.value
        level = logging.WARNING if standing is Standing.UNDECIDED else logging.INFO
        _log.log(level, "realm %r: %s%s", self._realm, text, f" ({why})" if why else "")
