"""A fake of the client for an application's own tests: no server, no thread, and a clock that the test moves.

It keeps revocations and sessions in memory and judges with the very judge of the real one, so what an application learns from it holds.
"""

from .fake import AsyncFakeRevocation, FakeRevocation
from .world import FakeRealm

__all__ = ["AsyncFakeRevocation", "FakeRealm", "FakeRevocation"]
