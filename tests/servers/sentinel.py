"""Three Sentinels over one primary and its replicas."""

import json
from collections.abc import Callable, Mapping, Sequence

from tests.eventually import until

from .process import Process
from .programs import valkey

MASTER = "mymaster"
QUICK = ("info-period", "200", "publish-period", "100")
"""Milliseconds. With the defaults of 10 s and 2 s the Sentinels would take seconds to find one another. The ping period stays as it is: a
replica that has been silent for five of them is not promoted, and a busy machine makes short ones miss."""

PATIENT = ("publish-period", "2000")
"""As it was: whoever reports as primary for four of these periods unexpectedly is demoted, a new primary in mid-failover too."""

Launch = Callable[[str, list[str], Mapping[str, str]], Process]


def add_sentinels(launch: Launch, primary: Process, replicas: Sequence[Process], password: str) -> tuple[Process, ...]:
    """Starts three Sentinels and waits until each knows the others and every replica."""
    config = {
        "bind": "127.0.0.1",
        "sentinel monitor": f"{MASTER} 127.0.0.1 {primary.port} 2",
        "sentinel down-after-milliseconds": f"{MASTER} 1000",
        "sentinel failover-timeout": f"{MASTER} 20000",
    }
    if password:
        config["sentinel auth-pass"] = f"{MASTER} {json.dumps(password, ensure_ascii=False)}"
    sentinels = tuple(launch(f"sentinel-{n}", [valkey(), "--sentinel"], config) for n in (1, 2, 3))
    for sentinel in sentinels:
        sentinel.client().execute_command("SENTINEL", "DEBUG", *QUICK)
    until(lambda: all(_linked(replica) for replica in replicas), within=10)
    until(lambda: all(_informed(sentinel, len(replicas)) for sentinel in sentinels), within=10)
    for sentinel in sentinels:
        sentinel.client().execute_command("SENTINEL", "DEBUG", *PATIENT)
    return sentinels


def _linked(replica: Process) -> bool:
    return replica.client().info("replication")["master_link_status"] == "up"


def _informed(sentinel: Process, replicas: int) -> bool:
    state = sentinel.client().sentinel_master(MASTER)
    linked = [replica for replica in sentinel.client().sentinel_slaves(MASTER) if replica["master-link-status"] == "ok"]
    return len(linked) == replicas and state["num-other-sentinels"] == 2 and state["flags"] == "master"
