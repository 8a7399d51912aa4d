"""The client for asyncio, against a real service."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from revocation_client import AsyncRevocation, Claims, RevocationError, Scope, Source, Standing, State

from tests.eventually import eventually
from tests.service.client import Service


def payload(**claims: Any) -> dict[str, Any]:
    """The payload of a token that is good for an hour, as a JWT library returns it."""
    now = int(time.time())
    return {"iat": now - 60, "exp": now + 3600, "aud": ["app"], "roles": ["user"], **claims}


@pytest.fixture
async def client(service: Service) -> AsyncIterator[AsyncRevocation]:
    async with AsyncRevocation(service.address, timeout=5.0, check_timeout=5.0) as client:
        assert await client.wait_ready(10)
        yield client


async def test_a_good_token_is_judged_here(client: AsyncRevocation) -> None:
    """Without a call, and the verdict says so."""
    calls = client.stats.calls
    verdict = await client.check(payload(sub="good", jti="good"))
    assert verdict
    assert (verdict.active, verdict.state, verdict.source) == (True, State.ACTIVE, Source.REPLICA)
    assert client.stats.calls == calls
    assert client.stats.standing is Standing.LOCAL


async def test_every_write_reaches_the_replica(client: AsyncRevocation) -> None:
    """Each kind of revocation is refused here soon after it was acknowledged."""
    await client.revoke_token("ended", exp=time.time() + 100)
    await client.revoke_user("leaver")
    await client.revoke_session("s-ended")
    await client.revoke_client("c-ended")
    answer = await client.revoke_key("k-ended")
    await eventually(lambda: client.stats.revision == answer.revision, within=5)
    tokens = [{"jti": "ended"}, {"sub": "leaver"}, {"sub": "u", "sid": "s-ended"}, {"sub": "u", "client_id": "c-ended"}]
    verdicts = [await client.check(payload(**token)) for token in tokens]
    verdicts.append(await client.check(payload(sub="u"), kid="k-ended"))
    assert [(verdict.state, verdict.source) for verdict in verdicts] == [(State.REVOKED, Source.REPLICA)] * 5
    scopes = [verdict.cause.scope for verdict in verdicts if verdict.cause]
    assert scopes == [Scope.TOKEN, Scope.USER, Scope.SESSION, Scope.CLIENT, Scope.KEY]
    assert not any(verdicts)


async def test_the_service_agrees(client: AsyncRevocation) -> None:
    """check_remote demands the write's own revision, so it is refused at once."""
    revision = (await client.revoke_token("demanded")).revision
    verdict = await client.check_remote(payload(sub="u", jti="demanded"), at_least_revision=revision)
    assert (verdict.state, verdict.source) == (State.REVOKED, Source.SERVER)


async def test_batches_keep_their_order(client: AsyncRevocation) -> None:
    """Good, refused and unfit tokens in one list."""
    revision = (await client.revoke_token("in-batch")).revision
    await eventually(lambda: client.stats.revision == revision, within=5)
    states = [verdict.state for verdict in await client.check_batch([payload(sub="a"), payload(jti="in-batch"), {}, Claims(sub="x")])]
    assert states == [State.ACTIVE, State.REVOKED, State.INVALID, State.INVALID]


@pytest.mark.parametrize("odd", [{"sub": 5}, {"sub": "u", "iat": "now"}, {"sub": "u", "exp": float("nan")}, {"sub": "u", "exp": 10**400}])
async def test_odd_payloads_are_invalid(client: AsyncRevocation, odd: dict[str, Any]) -> None:
    """What a token says is judged, and never raises."""
    assert (await client.check(payload() | odd)).state is State.INVALID
    assert (await client.check_remote(payload() | odd)).state is State.INVALID


async def test_concurrent_checks_become_one_call(service: Service) -> None:
    """A hundred checks of the same moment are one BatchCheckTokens."""
    async with AsyncRevocation(service.address, replica=False, check_timeout=5.0) as client:
        verdicts = await asyncio.gather(*(client.check(payload(sub=f"u{number}")) for number in range(100)))
        assert all(verdict.active and verdict.source is Source.SERVER for verdict in verdicts)
        assert client.stats.calls == 1


async def test_allowlist_realms_ask_the_service(service: Service) -> None:
    """The replica holds no allowlist, but what it knows to be refused needs no call."""
    async with AsyncRevocation(service.address, realm="strict", check_timeout=5.0) as client:
        assert await client.wait_ready(10)
        assert (await client.check(payload(sub="u", jti="listed"))).state is State.NOT_ALLOWED
        await client.allow_token("listed")
        verdict = await client.check(payload(sub="u", jti="listed"))
        assert (verdict.state, verdict.source) == (State.ACTIVE, Source.SERVER)
        revision = (await client.revoke_token("listed")).revision
        await eventually(lambda: client.stats.revision == revision, within=5)
        assert (await client.check(payload(sub="u", jti="listed"))).source is Source.REPLICA


async def test_sessions(client: AsyncRevocation) -> None:
    """A session's whole life."""
    made = await client.create_session("ada", data=b"cart", attributes={"device": "phone"})
    assert (await client.get_session(made.session_id)).session.data == b"cart"
    changed = await client.update_session(made.session_id, etag=made.session.etag, attributes={"device": ""})
    assert dict(changed.session.attributes) == {}
    turned = await client.rotate_session(made.session_id)
    assert [one.current for one in (await client.list_sessions("ada", current_session_id=turned.session_id)).sessions] == [True]
    assert (await client.end_session(turned.session_id)).ended
    with pytest.raises(RevocationError) as caught:
        await client.get_session(turned.session_id)
    assert (caught.value.reason, caught.value.outcome_unknown) == ("ERROR_REASON_SESSION_NOT_FOUND", False)


async def test_errors_say_what_was_wrong(client: AsyncRevocation) -> None:
    """The reason, its metadata, and the fields at fault."""
    with pytest.raises(RevocationError) as caught:
        await client.revoke_token("", realm="default")
    error = caught.value
    assert (error.code.name, error.reason, error.metadata["field"]) == ("INVALID_ARGUMENT", "ERROR_REASON_INVALID_FIELD", "jti")
    assert error.violations[0][0] == "jti"
    assert not error.outcome_unknown
    with pytest.raises(RevocationError) as caught:
        await client.revoke_token("x", realm="no such realm")
    assert (caught.value.reason, dict(caught.value.metadata)) == ("ERROR_REASON_REALM_NOT_FOUND", {"realm": "no such realm"})


async def test_nothing_is_left_running(service: Service) -> None:
    """Closing ends every task that the client began."""
    async with AsyncRevocation(service.address) as client:
        await client.wait_ready(10)
        assert own_tasks()
    assert not own_tasks()


def own_tasks() -> list[str]:
    """The tasks under way that run code of the client."""
    names = [str(task.get_coro()) for task in asyncio.all_tasks()]
    return [name for name in names if "Follower" in name or "Coalescer" in name]
