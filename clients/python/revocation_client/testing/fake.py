"""The fakes: the same calls as the clients', answered in memory."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

import grpc
from google.protobuf.message import Message

from ..aio import AsyncVerbs
from ..client import Verbs
from ..errors import RevocationError
from ..judgement.claims import InvalidReason
from ..judgement.judge import State
from ..methods import Request
from ..payloads import Payload, claims_from
from ..standing import Standing
from ..stats import Stats
from ..verdicts import FailureMode, Source, Verdict, invalid, undecided, verdict_here
from ..verified import Signed, Verified, Verifier
from .revoking import Revoking
from .sessions import Sessions
from .world import FakeRealm, World

R = TypeVar("R", bound=Message)


class FakeRevocation(Verbs):
    """Stands in for `Revocation`. Set *away* to true to see what the application does while the service cannot be reached.

    *calls* are the names of the RPCs that were made, checks left out. The clock is the real one until `advance` moves it.
    """

    def __init__(
        self,
        realm: FakeRealm = FakeRealm(),  # noqa: B008 - frozen
        *,
        failure_mode: FailureMode = FailureMode.REFUSE,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.away = False
        self.calls: list[str] = []
        self._world = World(realm, clock)
        self._revoking = Revoking(self._world)
        self._sessions = Sessions(self._world, self._revoking)
        self._failure_mode = failure_mode
        self._counts: Counter[tuple[State | None, Source]] = Counter()
        self._allowed_blindly = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def advance(self, seconds: float) -> None:
        """Let time pass for the fake."""
        self._world.advance(seconds)

    @property
    def now(self) -> float:
        """The fake's time, in seconds since the epoch."""
        return self._world.now / 1000

    @property
    def stats(self) -> Stats:
        """As the real ones."""
        standing = Standing.UNDECIDED if self.away else Standing.LOCAL
        size, made = len(self._world.index), len(self.calls)
        return Stats(standing, True, self._world.revision, 0.0, size, 1, 1, made, Counter(self._counts), self._allowed_blindly)

    def wait_ready(self, timeout: float = 10.0) -> bool:
        """Returns whether the service is not away."""
        return not self.away

    def check(self, claims: Payload, *, kid: str = "") -> Verdict:
        """As `Revocation.check`."""
        found = self._judged(claims, kid)
        if found.active and self.away:
            found = undecided(self._failure_mode, _away())
            self._allowed_blindly += found.active
        self._counts[found.state, found.source] += 1
        return found

    def check_here(self, claims: Payload, *, kid: str = "") -> Verdict | None:
        """As `Revocation.check_here`."""
        found = self._judged(claims, kid)
        return None if found.active and self.away else found

    def check_batch(self, claims: Sequence[Payload]) -> list[Verdict]:
        """As `Revocation.check_batch`."""
        return list(map(self.check, claims))

    def check_remote(self, claims: Payload, *, kid: str = "", at_least_revision: str = "") -> Verdict:
        """As `Revocation.check_remote`."""
        if self.away:
            raise _away()
        return self._judged(claims, kid)

    def verify(self, token: str, verifier: Verifier) -> Verified:
        """As `Revocation.verify`."""
        signed = verifier.verify(token)
        if not isinstance(signed, Signed):
            return Verified(invalid(signed), None)
        verdict = self.check(signed.payload, kid=signed.kid)
        return Verified(verdict, signed.payload if verdict.active else None)

    def call(self, request: Request[R]) -> R:
        """Returns the response to *request*, or raises RevocationError."""
        if self.away:
            raise _away()
        self.calls.append(request.rpc)
        self._world.check_realm(request.message.realm)
        service: Any = self._sessions if hasattr(self._sessions, request.rpc) else self._revoking
        answer: R = getattr(service, request.rpc)(request.message)
        return answer

    def _judged(self, payload: Payload, kid: str) -> Verdict:
        claims = claims_from(payload, kid)
        return invalid(claims) if isinstance(claims, InvalidReason) else verdict_here(self._revoking.judge(claims))


class AsyncFakeRevocation(AsyncVerbs):
    """Stands in for `AsyncRevocation`; *fake* is the one for threads that does the work, and may be used beside it."""

    def __init__(self, fake: FakeRevocation | None = None) -> None:
        self.fake = fake or FakeRevocation()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""

    @property
    def stats(self) -> Stats:
        """As the real ones."""
        return self.fake.stats

    async def wait_ready(self, timeout: float = 10.0) -> bool:  # noqa: ASYNC109 - as the real one
        """Returns whether the service is not away."""
        return self.fake.wait_ready(timeout)

    async def check(self, claims: Payload, *, kid: str = "") -> Verdict:
        """As `AsyncRevocation.check`."""
        return self.fake.check(claims, kid=kid)

    def check_here(self, claims: Payload, *, kid: str = "") -> Verdict | None:
        """As `AsyncRevocation.check_here`."""
        return self.fake.check_here(claims, kid=kid)

    async def check_batch(self, claims: Sequence[Payload]) -> list[Verdict]:
        """As `AsyncRevocation.check_batch`."""
        return self.fake.check_batch(claims)

    async def check_remote(self, claims: Payload, *, kid: str = "", at_least_revision: str = "") -> Verdict:
        """As `AsyncRevocation.check_remote`."""
        return self.fake.check_remote(claims, kid=kid, at_least_revision=at_least_revision)

    async def verify(self, token: str, verifier: Verifier) -> Verified:
        """As `AsyncRevocation.verify`."""
        return self.fake.verify(token, verifier)

    async def call(self, request: Request[R]) -> R:
        """Returns the response to *request*, or raises RevocationError."""
        return self.fake.call(request)


def _away() -> RevocationError:
    return RevocationError(grpc.StatusCode.UNAVAILABLE, "the fake is away", writes=True)
