"""What the store forgets the servers still know: they write it back, and meanwhile nothing that was refused is good again."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.eventually import eventually
from tests.servers import Store

from .client import Service
from .conftest import Serve
from .values import CLAIMS

MANY = 400


async def revoke_much(service: Service) -> str:
    """Revokes tokens, a user, a key and a client, and returns a revision that includes them all."""
    await asyncio.gather(*(service.call("RevokeToken", jti=f"lost-{number}", reason="because") for number in range(MANY)))
    await service.call("RevokeUser", user_id="lost", keep_session_handles=["kept"])
    await service.call("RevokeKey", kid="lost")
    return str((await service.call("RevokeClient", client_id="lost")).revision)


async def assert_all_refused(service: Service, at_least: str = "") -> None:
    tokens = [{**CLAIMS, "jti": f"lost-{number}"} for number in range(MANY)]
    others = [{**CLAIMS, "sub": "lost"}, {**CLAIMS, "kid": "lost"}, {**CLAIMS, "client_id": "lost"}]
    answer = await service.call("BatchCheckTokens", claims=tokens + others, at_least_revision=at_least)
    assert [verdict.active for verdict in answer.verdicts] == [False] * (MANY + 3)


def flush(store: Store) -> None:
    """The operator's mistake."""
    store.nodes[0].client().flushall()


def restart_empty(store: Store) -> None:
    """A restart without persistence."""
    store.nodes[0].restart()


@pytest.mark.parametrize("forget", [flush, restart_empty])
async def test_a_store_that_forgot_is_given_back_what_it_had(standalone_server: Store, serve: Serve, forget) -> None:  # type: ignore[no-untyped-def]
    """No check is ever ACTIVE, the store has it again within seconds, and a server that starts then knows it all."""
    async with serve(standalone_server) as service:
        revision = await revoke_much(service)
        forget(standalone_server)
        await assert_all_refused(service)
        await eventually(lambda: _holds(standalone_server, MANY + 3), within=10)
        await assert_all_refused(service, at_least=revision)
        assert await service.is_serving() or await eventually(service.is_serving, within=10)
        async with serve(standalone_server) as newcomer:
            await assert_all_refused(newcomer)
            listed = await newcomer.call("ListRevocations", scope="SCOPE_TOKEN", value="lost-7")
            assert listed.revocations[0].reason == "because"


async def _holds(store: Store, count: int) -> bool:
    return bool(store.nodes[0].client().hlen("rv1:{default}:records") == count)


async def test_control_without_a_server_that_knows_it_is_lost(standalone_server: Store, serve: Serve) -> None:
    """Which is what the acknowledgement level is for: two failures at once."""
    async with serve(standalone_server) as service:
        await revoke_much(service)
    flush(standalone_server)
    async with serve(standalone_server) as newcomer:
        assert await newcomer.state(**{**CLAIMS, "jti": "lost-0"}) == "ACTIVE"


async def test_an_older_state_is_brought_up_to_date(start_store: Start, serve: Serve, tmp_path: Path) -> None:
    """A restored backup: what was revoked since is written back."""
    store = start_store("standalone")
    node = store.nodes[0]
    async with serve(store) as service:
        await service.call("RevokeToken", jti="before")
        node.client().save()
        revision = await revoke_much(service)
        node.kill()
        node.restart()
        await eventually(lambda: _holds(store, MANY + 4), within=15)
        await assert_all_refused(service, at_least=revision)
        assert await service.state(**{**CLAIMS, "jti": "before"}) == "REVOKED"


async def test_several_servers_write_back_without_harm(standalone_server: Store, serve: Serve) -> None:
    """They merge the same, so that the state is what it was."""
    async with serve(standalone_server) as one, serve(standalone_server) as two:
        revision = await revoke_much(one)
        await two.call("CheckToken", claims=CLAIMS, at_least_revision=revision)
        flush(standalone_server)
        await eventually(lambda: _holds(standalone_server, MANY + 3), within=10)
        for server in (one, two):
            await assert_all_refused(server, at_least=revision)
