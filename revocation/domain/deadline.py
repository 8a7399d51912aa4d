"""The deadline of the call that is being served, by which everything done for it must have ended."""

from contextvars import ContextVar

deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""On the event loop's clock, in seconds; None: outside of calls."""
