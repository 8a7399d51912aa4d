"""The client for asyncio."""

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, Self, TypeVar, Unpack

from google.protobuf.message import Message

from . import requests
from .engine import Engine
from .methods import Request
from .options import Options, Setup
from .payloads import Payload
from .stats import Stats
from .verdicts import ACTIVE, Verdict, invalid
from .verified import Signed, Verified, Verifier

P = ParamSpec("P")
R = TypeVar("R", bound=Message)


class AsyncCaller(Protocol):
    """Whatever answers requests."""

    async def call(self, request: Request[R]) -> R:
        """Returns the response, or raises RevocationError."""
        ...


def _asked(build: Callable[P, Request[R]]) -> Callable[Concatenate[AsyncCaller, P], Awaitable[R]]:
    @wraps(build)
    async def ask(self: AsyncCaller, /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.call(build(*args, **kwargs))

    return ask


class AsyncVerbs:
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


class AsyncRevocation(AsyncVerbs):
    """Tells which tokens are still good, without asking anyone in most cases; see `Options` for the keywords.

    It opens at its first use or with `async with`, and belongs to that event loop. Close it.
    """

    def __init__(self, target: str | Sequence[str], **options: Unpack[Options]) -> None:
        self._engine = Engine(Setup(target, **options))

    async def __aenter__(self) -> Self:
        self._engine.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End all that is under way."""
        await self._engine.close()

    @property
    def stats(self) -> Stats:
        """The counters, as they are now."""
        return self._engine.stats()

    async def wait_ready(self, timeout: float = 10.0) -> bool:  # noqa: ASYNC109 - a question, not a call
        """Returns whether the replica is fresh, so that checks need no call, waiting up to *timeout* seconds for it."""
        return await self._engine.wait_ready(timeout)

    async def check(self, claims: Payload, *, kid: str = "") -> Verdict:
        """Returns the verdict about a token whose signature is good: *claims* is its payload, *kid* stands in its header. Never raises
        because of the service: when nobody can say, the failure mode decides.
        """
        engine = self._engine
        swift = engine.replica.swift
        if swift is not None and swift.passes(claims, kid):
            engine.passed += 1
            return ACTIVE
        return await engine.check(claims, kid)

    def check_here(self, claims: Payload, *, kid: str = "") -> Verdict | None:
        """Returns what this process knows for sure, at once; None when the service must be asked."""
        self._engine.guard()
        return self._engine.check_here(claims, kid)

    async def check_batch(self, claims: Sequence[Payload]) -> list[Verdict]:
        """Returns the verdicts in the order of the tokens, as `check` does."""
        return await self._engine.check_batch(claims)

    async def check_remote(self, claims: Payload, *, kid: str = "", at_least_revision: str = "") -> Verdict:
        """Returns the service's verdict, which reflects at least that revision: one that a write returned. RevocationError without one."""
        return await self._engine.check_remote(claims, kid, at_least_revision)

    async def check_jwt(self, token: str, *, at_least_revision: str = "") -> Verified:
        """Returns the service's verdict about a raw jwt, whose signature it verifies with the realm's keys."""
        return await self._engine.check_jwt(token, at_least_revision)

    async def verify(self, token: str, verifier: Verifier) -> Verified:
        """Returns the verdict about a raw jwt: signature, expiry and revocation in one call."""
        signed = verifier.verify(token)
        if not isinstance(signed, Signed):
            return Verified(invalid(signed), None)
        verdict = await self.check(signed.payload, kid=signed.kid)
        return Verified(verdict, signed.payload if verdict.active else None)

    async def call(self, request: Request[R]) -> R:
        """Returns the response to *request*, one of `requests`."""
        return await self._engine.call(request)
