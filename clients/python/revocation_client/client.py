"""The client for threads: the one for asyncio, on a loop of its own."""

import threading
import weakref
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar, Unpack

from google.protobuf.message import Message

from . import requests
from .engine import Engine
from .loop_thread import LoopThread
from .methods import Request
from .options import Options, Setup
from .payloads import Payload
from .stats import Stats
from .verdicts import ACTIVE, Verdict, invalid
from .verified import Signed, Verified, Verifier

P = ParamSpec("P")
R = TypeVar("R", bound=Message)
T = TypeVar("T")


class Caller(Protocol):
    """Whatever answers requests."""

    def call(self, request: Request[R]) -> R:
        """Returns the response, or raises RevocationError."""
        ...


def _asked(build: Callable[P, Request[R]]) -> Callable[Concatenate[Caller, P], R]:
    @wraps(build)
    def ask(self: Caller, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.call(build(*args, **kwargs))

    return ask


class Verbs:
    """Every write and every session call; see `requests` for what they take. Each raises RevocationError when it fails."""

    revoke_token = _asked(requests.revoke_token)
    revoke_user = _asked(requests.revoke_user)
    revoke_session = _asked(requests.revoke_session)
    revoke_client = _asked(requests.revoke_client)
    revoke_key = _asked(requests.revoke_key)
    revoke_realm = _asked(requests.revoke_realm)
    allow_token = _asked(requests.allow_token)
    list_revocations = _asked(requests.list_revocations)
    create_session = _asked(requests.create_session)
    get_session = _asked(requests.get_session)
    update_session = _asked(requests.update_session)
    rotate_session = _asked(requests.rotate_session)
    end_session = _asked(requests.end_session)
    list_sessions = _asked(requests.list_sessions)


class Revocation(Verbs):
    """Tells which tokens are still good, without asking anyone in most cases; see `Options` for the keywords. Any thread may use it.

    It opens at its first use or with `with`; until then a process may fork. After that a child gets ForkedError and needs a client of its
    own. Close it.
    """

    def __init__(self, target: str | Sequence[str], **options: Unpack[Options]) -> None:
        self._engine = Engine(Setup(target, **options))
        self._lock = threading.Lock()
        self._thread: LoopThread | None = None

    def __enter__(self) -> Self:
        self._run(self._opened())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all that is under way, and the thread. Closing again does nothing."""
        with self._lock:
            thread, self._thread = self._thread, None
            if thread is None or self._engine.forked:
                self._engine.closed = True
                return
        self._finalizer.detach()
        _close(self._engine, thread)

    @property
    def stats(self) -> Stats:
        """The counters, as they are now."""
        return self._engine.stats()

    def wait_ready(self, timeout: float = 10.0) -> bool:
        """Returns whether the replica is fresh, so that checks need no call, waiting up to *timeout* seconds for it."""
        return self._run(self._engine.wait_ready(timeout))

    def check(self, claims: Payload, *, kid: str = "") -> Verdict:
        """Returns the verdict about a token whose signature is good: *claims* is its payload, *kid* stands in its header. Never raises
        because of the service: when nobody can say, the failure mode decides.
        """
        engine = self._engine
        swift = engine.replica.swift
        if swift is not None and swift.passes(claims, kid):
            engine.passed += 1
            return ACTIVE
        here = self.check_here(claims, kid=kid)
        return self._run(engine.check(claims, kid)) if here is None else here

    def check_here(self, claims: Payload, *, kid: str = "") -> Verdict | None:
        """Returns what this process knows for sure, at once; None when the service must be asked."""
        self._engine.guard()
        return self._engine.check_here(claims, kid)

    def check_batch(self, claims: Sequence[Payload]) -> list[Verdict]:
        """Returns the verdicts in the order of the tokens, as `check` does."""
        return self._run(self._engine.check_batch(claims))

    def check_remote(self, claims: Payload, *, kid: str = "", at_least_revision: str = "") -> Verdict:
        """Returns the service's verdict, which reflects at least that revision: one that a write returned. RevocationError without one."""
        return self._run(self._engine.check_remote(claims, kid, at_least_revision))

    def check_jwt(self, token: str, *, at_least_revision: str = "") -> Verified:
        """Returns the service's verdict about a raw jwt, whose signature it verifies with the realm's keys."""
        return self._run(self._engine.check_jwt(token, at_least_revision))

    def verify(self, token: str, verifier: Verifier) -> Verified:
        """Returns the verdict about a raw jwt: signature, expiry and revocation in one call."""
        signed = verifier.verify(token)
        if not isinstance(signed, Signed):
            return Verified(invalid(signed), None)
        verdict = self.check(signed.payload, kid=signed.kid)
        return Verified(verdict, signed.payload if verdict.active else None)

    def call(self, request: Request[R]) -> R:
        """Returns the response to *request*, one of `requests`."""
        return self._run(self._engine.call(request))

    async def _opened(self) -> None:
        self._engine.open()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            thread = self._started()
        except BaseException:
            work.close()
            raise
        return thread.run(work)

    def _started(self) -> LoopThread:
        self._engine.guard()
        with self._lock:
            if self._thread is None:
                self._thread = LoopThread()
                self._finalizer = weakref.finalize(self, _close, self._engine, self._thread)
            return self._thread


def _close(engine: Engine, thread: LoopThread) -> None:
    if not engine.forked:
        thread.run(engine.close())
        thread.stop()
