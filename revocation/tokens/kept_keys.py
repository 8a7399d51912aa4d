"""The last good key set of a realm, which serves on for a while when it cannot be read again."""

import logging
import math
from collections.abc import Callable
from typing import Final

from ..domain.errors import Reason, ServiceError
from .keys import KeySet, KeySetError

Clock = Callable[[], float]
"""Tells the seconds since some time in the past, and never goes back."""

KEPT: Final = 24 * 3600.0
"""How many seconds a key set serves without having been seen again."""

_log: Final = logging.getLogger(__name__)


class KeptKeys:
    """What is known of a realm's keys, and since when."""

    def __init__(self, realm: str, clock: Clock) -> None:
        self._realm = realm
        self._clock = clock
        self._keys = KeySet(())
        self._seen = -math.inf
        self._fault = ""

    @property
    def age(self) -> float:
        """The seconds since the keys were last seen; infinite when they never were."""
        return self._clock() - self._seen

    def keep(self, keys: KeySet) -> None:
        """Replaces the keys by *keys*, just read."""
        self._keys = keys
        self.renew()

    def renew(self) -> None:
        """Notes that the keys have just been seen unchanged."""
        self._seen = self._clock()
        self._fault = ""

    def fail(self, error: KeySetError) -> None:
        """Logs why the keys could not be read, once for as long as the reason stays the same."""
        if str(error) != self._fault:
            self._fault = str(error)
            _log.warning("the keys of realm %r could not be read: %s", self._realm, error)

    def get(self) -> KeySet:
        """Returns the keys. KEYS_UNAVAILABLE when there are none yet or they are too old."""
        if self.age >= KEPT:
            message = f"the keys of realm {self._realm!r} could not be read; the server's log says why"
            raise ServiceError(Reason.KEYS_UNAVAILABLE, message, {"realm": self._realm})
        return self._keys
