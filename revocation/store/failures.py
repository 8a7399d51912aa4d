"""What went wrong at the store, in the domain's words: done is never mistaken for not done, nor unknown for either."""

from typing import Final

from redis import exceptions as redis

from ..domain.errors import Reason, ServiceError

NOT_SENT: Final = (redis.AuthenticationError, redis.MaxConnectionsError, redis.BusyLoadingError, redis.ClusterDownError)
"""Failures that come before the command is run, although redis-py counts some of them as broken connections."""

_BEFORE_ANY_WRITE: Final = frozenset({"READONLY", "MISCONF", "NOREPLICAS", "MASTERDOWN", "LOADING", "NOSCRIPT", "BUSY"})
"""Errors that a script meets at its first write or not at all. Any other may come in its middle: the right to one command is missing."""


def failure_of(error: Exception, *, writes: bool) -> ServiceError:
    """Returns what *error* of redis-py, or a TimeoutError of our own, means for a call that *writes* or only reads."""
    if isinstance(error, redis.OutOfMemoryError):
        return ServiceError(Reason.STORE_FULL, "the store is out of memory; nothing was done", {"store_error": "OOM"})
    if isinstance(error, redis.ResponseError | redis.AuthenticationError):
        word = error_word(error)
        if writes and word not in _BEFORE_ANY_WRITE and "script" in str(error):
            return ServiceError(Reason.OUTCOME_UNKNOWN, f"the store stopped in the middle of the write ({word}); see `revocation doctor`")
        return ServiceError(
            Reason.STORE_REFUSED, f"the store refused ({word}); nothing was done; see `revocation doctor`", {"store_error": word}
        )
    if writes and not _not_sent(error):
        return ServiceError(Reason.OUTCOME_UNKNOWN, "the store did not confirm the write: it may or may not have happened; repeat it")
    return ServiceError(Reason.STORE_UNAVAILABLE, "the store did not answer; nothing was done; try again")


def error_word(error: Exception) -> str:
    """Returns the word that Redis begins its errors with, such as READONLY or NOPERM; the rest may quote what the caller sent."""
    names: dict[type[Exception], str] = {
        redis.ReadOnlyError: "READONLY",
        redis.NoPermissionError: "NOPERM",
        redis.AuthenticationError: "WRONGPASS",
    }
    for kind, word in names.items():
        if isinstance(error, kind):
            return word
    word = str(error).split(" ", 1)[0].strip(":-")
    return word if word.isupper() and word.isalpha() else "ERR"


def _not_sent(error: Exception) -> bool:
    """Whether *error* arose before the command left: redis-py says of failures to connect only by their text that they are that."""
    return (
        isinstance(error, NOT_SENT)
        or " connecting to " in str(error)
        or str(error).startswith(("No master found", "Redis Cluster cannot be connected"))
    )
