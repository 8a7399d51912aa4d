"""The check inside the application, and the replica that it asks: what it costs, weighs, and how soon it is there."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from .. import worker
from ..arm import Arm, Sample
from ..plan import Plan
from ..stage import Stage

LIVE: Final = "tokens"
"""The realm that changes are applied to."""


@dataclass(frozen=True, slots=True)
class NewReplica:
    """A new process that loads the *size* entries of *realm*, and is then asked to check tokens."""

    stage: Stage
    server: worker.Worker
    realm: str
    size: int

    @property
    def label(self) -> str:
        return f"new replica of {self.size:,} {self.realm}"

    def sample(self) -> Sample:
        address = f"127.0.0.1:{self.server.hello['port']}"
        with worker.python("replica_client", address, self.realm, core=self.stage.cores.server) as replica:
            loaded = replica.hello
            sample = {f"ready_{self.realm}": loaded["seconds"], f"bytes_{self.realm}": loaded["bytes"] / self.size}
            return {**sample, **self._more(replica, loaded, self.stage.plan)}

    def _more(self, replica: worker.Worker, loaded: Mapping[str, Any], plan: Plan) -> Sample:
        """What only one of the realms is for."""
        if self.realm == "exact":
            checked = replica.ask(name="check", number=plan.checks)
            return {"check_exact": checked["check"]} | replica.ask(name="decode", number=plan.decodes)
        if self.realm == LIVE:
            pauses = {"pause_loading": loaded["pause"], "pause_changes": self._pause_at_changes(replica, plan.changes)}
            checked = replica.ask(name="check", number=plan.checks)
            return pauses | {"check_many": checked["check"], "find_many": checked["find"]}
        return {}

    def _pause_at_changes(self, replica: worker.Worker, changes: int) -> float:
        self.server.ask(realm=self.realm, size=changes)
        pause: float = replica.ask(name="expect", number=changes)["pause"]
        return pause


@contextmanager
def open_replicas(stage: Stage) -> Iterator[list[Arm]]:
    """Replicas of a server that holds snapshots, on the other core."""
    plan = stage.plan
    with worker.python("replica_server", plan.exact, plan.many, core=stage.cores.load) as server:
        sizes = {"exact": plan.exact, "tokens": plan.many, "users": plan.many}
        yield [NewReplica(stage, server, realm, size) for realm, size in sizes.items()]
