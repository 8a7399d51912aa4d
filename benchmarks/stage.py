"""What arms are made from: the plan, the cores, a store, and the service in front of it."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.servers import Options, Store, start
from tests.service.process import service_process

from .arm import Arm, UnavailableError
from .cores import Cores, pinned
from .plan import Plan

FAST_LANE: Final = {"default": "off", "fast": "on"}
"""What REVOCATION_FAST_LANE says for each lane."""


class Stage:
    """A running store, and the service, which is started when it is first asked for. *stack* ends them."""

    def __init__(self, plan: Plan, cores: Cores, stack: ExitStack) -> None:
        self.plan: Final = plan
        self.cores: Final = cores
        self._stack = stack
        self._store = _store(stack, cores.load)
        self._addresses: dict[str, str] = {}

    @property
    def store_url(self) -> str:
        """Where the store is."""
        return self._store.env["REVOCATION_REDIS_URL"]

    def service(self, lane: str) -> str:
        """Returns the address of the service on *lane*, a process of its own. UnavailableError where that lane cannot be had."""
        if lane == "fast" and find_spec("pygrpc_native") is None:
            raise UnavailableError("the fast lane needs pygrpc-native: pip install 'revocation[native]'")
        if lane not in self._addresses:
            env = {**self._store.env, "REVOCATION_FAST_LANE": FAST_LANE[lane]}
            self._addresses[lane] = _service(self._stack, env, self.cores.server)
        return self._addresses[lane]


Opening = Callable[[Stage], AbstractContextManager[list[Arm]]]
"""Starts what some arms need, which is ended with the block. UnavailableError when that cannot be had here."""


@contextmanager
def staged(plan: Plan, cores: Cores) -> Iterator[Stage]:
    """The stage; everything on it is ended with the block."""
    with ExitStack() as stack:
        yield Stage(plan, cores, stack)


def _store(stack: ExitStack, core: int | None) -> Store:
    """A Valkey that writes to the disk before it acknowledges."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    with pinned(core):
        return stack.enter_context(start("standalone", folder / "store", Options(appendonly=True)))


def _service(stack: ExitStack, env: dict[str, str], core: int | None) -> str:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    with pinned(core):
        service = stack.enter_context(service_process(env, folder=folder))
    if "serving" not in service.stderr:
        raise UnavailableError(f"the service did not start: {service.stderr[-500:]}")
    return service.address
