"""Keys from a real https server: fetched when needed, once for all who wait, not too often, and kept when the server fails."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from revocation_client.judgement.claims import InvalidReason
from revocation_client.judgement.millis import Millis

from revocation.domain.errors import Reason, ServiceError
from revocation.domain.realms import Realm, TokenRules
from revocation.domain.verification import Verified
from revocation.tokens.verifier import Verifier
from tests.unit.tokens.clock import Clock
from tests.unit.tokens.issuer import Issuer, ok
from tests.unit.tokens.jwts import key_set, signer

OLD, NEW = signer("ES256", "old"), signer("ES256", "new")
DOWN = b"HTTP/1.1 503 Service Unavailable\r\n\r\n"
MINUTE, DAY = 60, 24 * 3600


class Caller:
    """Verifies tokens of a realm whose keys the issuer serves."""

    def __init__(self, issuer: Issuer, clock: Clock) -> None:
        self.realm = replace(Realm("acme"), tokens=TokenRules(jwks=issuer.url))
        self.verifier = Verifier([self.realm], tls=issuer.trust, clock=clock)

    async def verify(self, token: str) -> Verified | InvalidReason:
        return await self.verifier.verify(self.realm, token, now=Millis(0))

    async def accepts(self, token: str) -> bool:
        return isinstance(await self.verify(token), Verified)

    async def unavailable(self, token: str) -> bool:
        with pytest.raises(ServiceError) as failure:
            await self.verify(token)
        return failure.value.reason is Reason.KEYS_UNAVAILABLE


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def issuer(tmp_path: Path) -> AsyncIterator[Issuer]:
    async with Issuer(tmp_path, ok(key_set(OLD.jwk()))) as issuer:
        yield issuer


@pytest.fixture
async def caller(issuer: Issuer, clock: Clock) -> AsyncIterator[Caller]:
    caller = Caller(issuer, clock)
    async with caller.verifier:
        yield caller


async def test_one_fetch_for_all(caller: Caller, issuer: Issuer) -> None:
    """Nothing is fetched before it is needed, and then once."""
    assert issuer.requests == []
    assert all(await asyncio.gather(*(caller.accepts(OLD.mint()) for _ in range(50))))
    assert await caller.accepts(OLD.mint())
    assert len(issuer.requests) == 1


async def test_cancelled_caller(caller: Caller, issuer: Issuer) -> None:
    """A caller who gives up, even the first, does not take the fetch away from the others."""
    issuer.open.clear()
    first, second = (asyncio.create_task(caller.accepts(OLD.mint())) for _ in range(2))
    await issuer.asked(1)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    issuer.open.set()
    assert await second
    assert len(issuer.requests) == 1


async def test_bad_tokens_fetch_nothing(caller: Caller, issuer: Issuer) -> None:
    """What is refused by its shape or header alone needs no keys."""
    assert await caller.verify("x") is InvalidReason.MALFORMED_TOKEN
    assert await caller.verify(OLD.mint(alg="none")) is InvalidReason.ALGORITHM
    assert issuer.requests == []


async def test_rotation(caller: Caller, issuer: Issuer, clock: Clock) -> None:
    """An unknown name fetches the keys again, once in 30 seconds for all unknown names together."""
    assert await caller.accepts(OLD.mint())
    issuer.answer = ok(key_set(NEW.jwk()))
    clock.now += 29
    assert await caller.verify(NEW.mint()) is InvalidReason.UNKNOWN_KEY
    assert len(issuer.requests) == 1
    clock.now += 1
    assert all(await asyncio.gather(*(caller.accepts(NEW.mint()) for _ in range(10))))
    assert await caller.verify(OLD.mint()) is InvalidReason.UNKNOWN_KEY
    assert await caller.verify(OLD.mint(kid="made up")) is InvalidReason.UNKNOWN_KEY
    assert len(issuer.requests) == 2


async def test_refresh_in_the_background(caller: Caller, issuer: Issuer, clock: Clock) -> None:
    """Keys in use are fetched again after five minutes, and no caller with a known key waits for it."""
    assert await caller.accepts(OLD.mint())
    clock.now += 5 * MINUTE - 1
    assert await caller.accepts(OLD.mint())
    issuer.open.clear()
    issuer.answer = ok(key_set(NEW.jwk()))
    clock.now += 1
    assert await caller.accepts(OLD.mint())
    await issuer.asked(2)
    assert await caller.accepts(OLD.mint())
    joins = asyncio.create_task(caller.accepts(NEW.mint()))
    issuer.open.set()
    assert await joins
    assert await caller.verify(OLD.mint()) is InvalidReason.UNKNOWN_KEY
    assert len(issuer.requests) == 2


async def test_outage(caller: Caller, issuer: Issuer, clock: Clock) -> None:
    """The last good keys serve for a day, during which the issuer is asked every 30 seconds at most."""
    assert await caller.accepts(OLD.mint())
    issuer.answer = DOWN
    clock.now += DAY - 31
    for asked in (2, 3):
        assert await caller.verify(OLD.mint(kid="made up")) is InvalidReason.UNKNOWN_KEY
        assert await caller.accepts(OLD.mint())
        assert len(issuer.requests) == asked
        clock.now += 30
    assert await caller.unavailable(OLD.mint())
    issuer.answer = ok(key_set(OLD.jwk()))
    clock.now += 1
    assert await caller.accepts(OLD.mint())


async def test_no_keys_yet(caller: Caller, issuer: Issuer, clock: Clock) -> None:
    """While there are no keys at all the issuer is asked again after a second, not for every token."""
    issuer.answer = DOWN
    assert await caller.unavailable(OLD.mint())
    assert await caller.unavailable(OLD.mint())
    assert len(issuer.requests) == 1
    clock.now += 1
    issuer.answer = ok(key_set(OLD.jwk()))
    assert await caller.accepts(OLD.mint())
    assert len(issuer.requests) == 2


async def test_no_secrets_from_a_url(caller: Caller, issuer: Issuer) -> None:
    """A symmetric key that anyone can fetch is no key."""
    issuer.answer = ok(key_set(signer("HS256").jwk()))
    assert await caller.unavailable(OLD.mint())


async def test_close_ends_the_fetch(caller: Caller, issuer: Issuer) -> None:
    """Closing leaves nothing behind, and whoever still waits is told that there are no keys."""
    issuer.open.clear()
    waiting = asyncio.create_task(caller.unavailable(OLD.mint()))
    await issuer.asked(1)
    assert any("KeyUrl" in repr(task) for task in asyncio.all_tasks())
    await caller.verifier.aclose()
    assert await waiting
    assert not any("KeyUrl" in repr(task) for task in asyncio.all_tasks())


async def test_authority_that_is_not_trusted(issuer: Issuer) -> None:
    """By default the system's authorities decide, and the test's is none of them."""
    realm = replace(Realm("acme"), tokens=TokenRules(jwks=issuer.url))
    async with Verifier([realm]) as verifier:
        with pytest.raises(ServiceError) as failure:
            await verifier.verify(realm, OLD.mint(), now=Millis(0))
    assert failure.value.reason is Reason.KEYS_UNAVAILABLE
    assert issuer.requests == []
