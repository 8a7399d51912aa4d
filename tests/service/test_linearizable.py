"""A check that demands an acknowledged revision is refused on every server; without the demand, staleness is bounded."""

import asyncio
import itertools
import time

import grpc
import pytest

from tests.eventually import eventually
from tests.servers import Store

from .client import Service
from .conftest import Serve
from .refusals import refusal
from .values import CLAIMS

WRITERS, CHECKERS, ROUNDS = 8, 16, 12


async def test_no_server_answers_active_after_an_acknowledged_revocation_that_was_demanded(store_server: Store, serve: Serve) -> None:
    """Several servers, concurrent writers, checks of what was acknowledged a moment ago: not one is ACTIVE."""
    async with serve(store_server) as one, serve(store_server) as two, serve(store_server) as three:
        servers, acknowledged, wrong, checks = (one, two, three), [], [], 0
        turns, done = itertools.cycle(servers), asyncio.Event()

        async def write(writer: int) -> None:
            for number in range(ROUNDS):
                jti = f"lin-{writer}-{number}"
                answer = await next(turns).call("RevokeToken", jti=jti)
                acknowledged.append((jti, answer.revision))

        async def check() -> None:
            nonlocal checks
            while not done.is_set() or not checks:
                if not acknowledged:
                    await asyncio.sleep(0)
                    continue
                jti, revision = acknowledged[-1 - checks % min(4, len(acknowledged))]
                claims = {**CLAIMS, "jti": jti}
                answer = await next(turns).call("CheckToken", claims=claims, at_least_revision=revision)
                checks += 1
                if answer.active:
                    wrong.append((jti, revision, answer.revision))

        checkers = [asyncio.ensure_future(check()) for _ in range(CHECKERS)]
        await asyncio.gather(*(write(writer) for writer in range(WRITERS)))
        done.set()
        await asyncio.gather(*checkers)
        assert len(acknowledged) == WRITERS * ROUNDS
        assert checks >= WRITERS
        assert not wrong


async def test_the_acknowledging_server_enforces_at_once(service: Service) -> None:
    """Its own memory has the write before it answers, so the next check needs no demand."""
    for number in range(30):
        await service.call("RevokeToken", jti=f"own-{number}")
        assert await service.state(**{**CLAIMS, "jti": f"own-{number}"}) == "REVOKED"


async def test_every_other_server_enforces_soon(store_server: Store, serve: Serve) -> None:
    """Far sooner than the bound, without a demand."""
    async with serve(store_server) as one, serve(store_server) as two:
        await one.call("RevokeUser", user_id="soon")
        await eventually(lambda: _is_revoked(two, "soon"), within=2)


async def _is_revoked(service: Service, user: str) -> bool:
    return await service.state(**{**CLAIMS, "sub": user}) == "REVOKED"


async def test_as_of_time_is_true(lone_service: Service) -> None:
    """It never claims more than what was acknowledged by then, and moves on while nothing happens."""
    first = await lone_service.call("CheckToken", claims=CLAIMS)
    assert first.as_of_time.ToNanoseconds() / 1e9 <= time.time() + 1
    assert not first.stale

    async def moved_on() -> bool:
        later = await lone_service.call("CheckToken", claims=CLAIMS)
        return bool(later.as_of_time.ToNanoseconds() > first.as_of_time.ToNanoseconds())

    await eventually(moved_on, within=5)


@pytest.mark.parametrize("serve_stale", [False, True])
async def test_beyond_the_bound_checks_are_refused_or_marked(standalone_server: Store, serve: Serve, tmp_path, serve_stale: bool) -> None:  # type: ignore[no-untyped-def]
    """UNAVAILABLE and NOT_SERVING by default; marked as stale where the operator chose that. What is known to be revoked stays so."""
    realms = tmp_path / "realms.toml"
    realms.write_text('[realms.default]\nmax_staleness = "1s"\n')
    async with serve(standalone_server, realms_file=realms, serve_stale=serve_stale) as service:
        await service.call("RevokeToken", jti="known")
        standalone_server.nodes[0].freeze()
        assert await service.state(**CLAIMS) == "ACTIVE"
        await eventually(lambda: _is_beyond(service, serve_stale), within=10)
        if serve_stale:
            assert await service.state(**{**CLAIMS, "jti": "known"}) == "REVOKED"
        else:
            refused = await refusal(service.call("CheckToken", claims=CLAIMS))
            assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STALE")
        await eventually(lambda: _is_unhealthy(service), within=2)
        standalone_server.nodes[0].thaw()
        await eventually(service.is_serving, within=10)
        assert not (await service.call("CheckToken", claims=CLAIMS)).stale


async def _is_beyond(service: Service, serve_stale: bool) -> bool:
    try:
        return bool((await service.call("CheckToken", claims=CLAIMS)).stale)
    except grpc.aio.AioRpcError:
        return not serve_stale


async def _is_unhealthy(service: Service) -> bool:
    return not await service.is_serving()
