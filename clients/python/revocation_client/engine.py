"""What both clients are made of: the replica and the calls of one event loop."""

import asyncio
import json
import os
import time
import weakref
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from .calling import Calling
from .channels import open_channel, target_of
from .coalescing import Coalescer
from .errors import ClosedError, ForkedError, RevocationError
from .following import Follower
from .judgement.claims import Claims, InvalidReason, fault
from .judgement.judge import State
from .judgement.millis import Millis
from .methods import Request
from .options import Setup
from .payloads import Payload, claims_from
from .replica import Replica
from .standing import Standing, Standings
from .stats import Stats
from .v1 import revocation_service_pb2 as pb
from .verdicts import ACTIVE, Source, Verdict, invalid, undecided, verdict_here, verdict_there
from .verified import Verified
from .wire import claims_message

R = TypeVar("R", bound=Message)


class Engine:
    """Judges tokens, here where possible. It opens at its first use; everything but `check_here` belongs to the loop that opened it."""

    def __init__(self, setup: Setup) -> None:
        target_of(setup.target)  # which says at once when it is none
        self.replica = Replica(exact_limit=setup.exact_limit)
        self.passed = 0
        self.forked = self.closed = False
        self._setup = setup
        self._standings = Standings(setup.failure_mode, setup.realm)
        self._counts: Counter[tuple[State | None, Source]] = Counter()
        self._allowed_blindly = 0
        self._channel: grpc.aio.Channel | None = None
        self._following: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether calls can be made."""
        return self._channel is not None

    def guard(self) -> None:
        """Raise ForkedError or ClosedError when this client cannot be used any more."""
        if self.forked:
            raise ForkedError("the client was open when this process was forked from its parent; open clients after forking")
        if self.closed:
            raise ClosedError("the client was closed")

    def open(self) -> None:
        """Open what calls need, and begin to follow the realm. Opening again does nothing."""
        self.guard()
        if self._channel is not None:
            return
        setup = self._setup
        make = partial(open_channel, setup.target, setup.credentials, setup.channel_options)
        self._channel = make()
        self._calling = Calling(self._channel, setup.realm, tuple(setup.metadata))
        self._coalescer = Coalescer(self._ask)
        self._follower = Follower(self.replica, make, setup.realm, tuple(setup.metadata), self._note)
        if setup.replica:
            self._following = asyncio.create_task(self._follower.run())
        os.register_at_fork(after_in_child=partial(_forked, weakref.ref(self)))

    async def close(self) -> None:
        """End everything that is under way. Closing again does nothing."""
        self.closed = True
        self.replica.distrust()
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        if self._channel is not None:
            await self._coalescer.close()
            await self._channel.close()

    def check_here(self, payload: Payload, kid: str = "") -> Verdict | None:
        """Returns what this process knows for sure about a token; None when the service must be asked."""
        found = self._look(payload, kid)
        return found if isinstance(found, Verdict) else None

    async def check(self, payload: Payload, kid: str = "") -> Verdict:
        """Returns the verdict about a token; that of the failure mode when neither this process nor the service can say."""
        self.open()
        found = self._look(payload, kid)
        if isinstance(found, Verdict):
            return found
        try:
            verdict = await self._coalescer.check(found, self._setup.check_timeout)
        except RevocationError as error:
            self._note(Standing.UNDECIDED, error)
            verdict = undecided(self._setup.failure_mode, error)
            self._allowed_blindly += verdict.active
        else:
            self._note(Standing.REMOTE)
        return self._counted(verdict)

    async def check_batch(self, payloads: Sequence[Payload]) -> list[Verdict]:
        """Returns the verdicts in the order of the tokens; the service is asked for many at once."""
        return list(await asyncio.gather(*map(self.check, payloads)))

    async def check_remote(self, payload: Payload, kid: str, at_least_revision: str) -> Verdict:
        """Returns the service's verdict, or that about claims that no message can hold. RevocationError when there is none."""
        claims = claims_from(payload, kid)
        reason = claims if isinstance(claims, InvalidReason) else fault(claims, "")
        if isinstance(claims, InvalidReason) or reason is not None:
            return self._counted(invalid(reason or InvalidReason.MALFORMED_CLAIM))
        message = pb.CheckTokenRequest(claims=claims_message(claims), at_least_revision=at_least_revision)
        return self._counted(verdict_there(await self.call(Request("CheckToken", message, pb.CheckTokenResponse))))

    async def check_jwt(self, token: str, at_least_revision: str) -> Verified:
        """Returns the service's verdict about a raw jwt. RevocationError when there is none."""
        message = pb.CheckTokenRequest(jwt=token, at_least_revision=at_least_revision)
        response = await self.call(Request("CheckToken", message, pb.CheckTokenResponse))
        verdict = self._counted(verdict_there(response))
        return Verified(verdict, json.loads(response.payload) if verdict.active else None)

    async def call(self, request: Request[R]) -> R:
        """Returns the response to *request*, or raises RevocationError."""
        self.open()
        return await self._calling.call(request, self._setup.timeout)

    async def wait_ready(self, timeout: float) -> bool:  # noqa: ASYNC109 - a question, not a call
        """Returns whether the replica is fresh, waiting up to *timeout* seconds for it."""
        self.open()
        try:
            async with asyncio.timeout(timeout), self._follower.news:
                await self._follower.news.wait_for(self._is_fresh)
        except TimeoutError:
            return self._is_fresh()
        return True

    def stats(self) -> Stats:
        """Returns a look at the counters."""
        verdicts = self._counts + Counter({(State.ACTIVE, Source.REPLICA): self.passed})
        return Stats(
            standing=self._standings.current,
            ready=self.replica.ready,
            revision=self.replica.revision,
            staleness=self.replica.staleness(time.monotonic()),
            size=len(self.replica),
            streams=self._follower.streams if self.is_open else 0,
            snapshots=self.replica.snapshots,
            calls=self._calling.attempts if self.is_open else 0,
            verdicts=verdicts,
            allowed_blindly=self._allowed_blindly,
        )

    def _look(self, payload: Payload, kid: str) -> Verdict | Claims:
        """Returns the verdict, or else the claims that the service must be asked about."""
        if isinstance(payload, Mapping) and self.replica.passes(payload, kid):
            self.passed += 1
            return ACTIVE
        claims = claims_from(payload, kid)
        if isinstance(claims, InvalidReason):
            return self._counted(invalid(claims))
        verdict = self.replica.judge(claims, Millis(time.time_ns() // 1_000_000))
        if verdict is None:
            reason = fault(claims, "")
            return claims if reason is None else self._counted(invalid(reason))
        if verdict.state is State.NOT_ALLOWED or (verdict.active and not self._is_fresh()):
            return claims
        return self._counted(verdict_here(verdict))

    def _note(self, standing: Standing = Standing.LOCAL, why: object = "") -> None:
        """Take note of who judged, or, once the replica can, that it does: an answer may come when it is no longer needed."""
        rules = self.replica.rules
        if self._is_fresh() and rules is not None and not rules.allowlist:
            self._standings.enter(Standing.LOCAL)
        elif standing is not Standing.LOCAL:
            self._standings.enter(standing, why)

    def _counted(self, verdict: Verdict) -> Verdict:
        self._counts[verdict.state, verdict.source] += 1
        return verdict

    def _is_fresh(self) -> bool:
        return self.replica.is_fresh(time.monotonic())

    async def _ask(self, claims: Sequence[Claims], timeout: float) -> list[Verdict]:  # noqa: ASYNC109
        message = pb.BatchCheckTokensRequest(claims=map(claims_message, claims))
        response = await self._calling.call(Request("BatchCheckTokens", message, pb.BatchCheckTokensResponse), timeout)
        return list(map(verdict_there, response.verdicts))


def _forked(engine: "weakref.ref[Engine]") -> None:
    """In a child process, the threads of gRPC and of the loop are gone; whoever waited for them would wait for ever."""
    if (here := engine()) is not None:
        here.forked = True
        here.replica.distrust()
