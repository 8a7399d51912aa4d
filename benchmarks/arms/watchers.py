"""From the call that revokes to the last of many watchers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from .. import worker
from ..arm import Arm, Sample
from ..spread import percentile
from ..stage import Stage

CROWDS: Final = (1, 10, 100)


@dataclass(frozen=True, slots=True)
class Watchers:
    """So many *watchers*, told of so many *revocations*, one after the other."""

    client: worker.Worker
    watchers: int
    revocations: int

    @property
    def label(self) -> str:
        return f"RevokeUser to {self.watchers} watchers"

    def sample(self) -> Sample:
        answer = self.client.ask(watchers=self.watchers, revocations=self.revocations)
        return {
            f"watchers_{self.watchers}": percentile(answer["from_acknowledgement"], 99),
            f"watchers_{self.watchers}_call_p50": percentile(answer["from_call"], 50),
            f"watchers_{self.watchers}_call_p99": percentile(answer["from_call"], 99),
        }


@contextmanager
def open_watchers(stage: Stage) -> Iterator[list[Arm]]:
    """Watchers in one process, of a service on the other core."""
    with worker.python("watchers", stage.service("default"), core=stage.cores.load) as client:
        yield [Watchers(client, crowd, stage.plan.revocations) for crowd in CROWDS]
