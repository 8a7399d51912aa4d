"""What asking Redis costs an application: redis-py, one GET after the other, each for another key. Words: the URL of the store."""

import random
import sys
import time

import redis

from ..spread import percentile
from ..worker import Answer, answer_all

KEYS = 1_000_000
"""As many as the in-process check knows."""


def populate(store: "redis.Redis") -> None:
    """Put KEYS keys in place."""
    store.execute_command("DEBUG", "POPULATE", KEYS, "revoked", 16)  # type: ignore[no-untyped-call]


def time_gets(store: "redis.Redis", gets: int) -> Answer:
    """Returns the median of *gets* GETs, in microseconds."""
    keys = [f"revoked:{random.randrange(2 * KEYS)}" for _ in range(gets)]  # noqa: S311 # half of them are there
    times = []
    for key in keys:
        began = time.perf_counter_ns()
        store.get(key)
        times.append(time.perf_counter_ns() - began)
    return {"redis_get": percentile(times, 50) / 1000}


def main() -> None:
    with redis.Redis.from_url(sys.argv[1], socket_timeout=60) as store:
        populate(store)
        answer_all(lambda gets: time_gets(store, gets))


main()
