"""The fake behaves as the service does: the same scenarios with both, and the conformance cases."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from revocation_client import AsyncRevocation, FailureMode, RevocationError, Scope, Source, State
from revocation_client.judgement.judge import Verdict as Judged
from revocation_client.testing import AsyncFakeRevocation, FakeRealm, FakeRevocation

from tests.eventually import eventually
from tests.service.client import Service

from .conformance import VerdictSet, claims_of, expectation_of, verdict_sets
from .test_aio import payload

Either = AsyncRevocation | AsyncFakeRevocation


@pytest.fixture(params=["real", "fake"])
async def client(request: pytest.FixtureRequest, service: Service) -> AsyncIterator[Either]:
    if request.param == "fake":
        yield AsyncFakeRevocation()
        return
    async with AsyncRevocation(service.address, timeout=5.0, check_timeout=5.0) as real:
        assert await real.wait_ready(10)
        yield real


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name of the test's own: the real service is shared."""
    return request.node.name


async def state(client: Either, revision: str, **claims: Any) -> str:
    """The state of a token as of a write."""
    verdict = await client.check_remote(payload(**claims), at_least_revision=revision)
    return verdict.state.name if verdict.state else ""


async def reason_of(call: Awaitable[Any]) -> tuple[str, str]:
    """The code and the reason with which a call fails."""
    with pytest.raises(RevocationError) as caught:
        await call
    return caught.value.code.name, caught.value.reason.removeprefix("ERROR_REASON_")


async def test_revocations(client: Either, name: str) -> None:
    """Every scope refuses what it names and nothing else; a later token of a user is good again from tokens_valid_from on."""
    now = int(time.time())
    await client.revoke_token(f"{name}-t", exp=now + 100)
    await client.revoke_session(f"{name}-s")
    await client.revoke_client(f"{name}-c")
    await client.revoke_key(f"{name}-k")
    cut = await client.revoke_user(f"{name}-u", keep_session_handles=[f"{name}-kept"], reason="lost phone")
    valid = cut.tokens_valid_from.seconds
    assert cut.revocation.issued_before.ToMilliseconds() <= valid * 1000 < cut.revocation.issued_before.ToMilliseconds() + 1000
    found = [
        await state(client, cut.revision, sub="other", jti=f"{name}-t"),
        await state(client, cut.revision, sub="other", sid=f"{name}-s"),
        await state(client, cut.revision, sub="other", client_id=f"{name}-c"),
        await state(client, cut.revision, sub=f"{name}-u"),
        await state(client, cut.revision, sub=f"{name}-u", sid=f"{name}-kept"),
        await state(client, cut.revision, sub=f"{name}-u", iat=valid),
        await state(client, cut.revision, sub="other"),
        await state(client, cut.revision, sub="other", exp=now - 1),
        await state(client, cut.revision),
    ]
    assert found == ["REVOKED"] * 4 + ["ACTIVE"] * 3 + ["EXPIRED", "INVALID"]
    assert (await client.check_remote(payload(sub="other"), kid=f"{name}-k", at_least_revision=cut.revision)).state is State.REVOKED
    listed = (await client.list_revocations(Scope.USER, f"{name}-u")).revocations
    assert [(one.value, one.reason, [kept.handle for kept in one.kept_sessions]) for one in listed] == [
        (f"{name}-u", "lost phone", [f"{name}-kept"])
    ]


async def test_repeating_changes_nothing(client: Either, name: str) -> None:
    """An earlier cut-off leaves the later one in force, and the same one the revision."""
    first = await client.revoke_user(name)
    earlier = await client.revoke_user(name, issued_before=datetime.now(UTC) - timedelta(hours=1))
    assert earlier.revocation.issued_before == first.revocation.issued_before
    key = await client.revoke_key(name)
    assert (await client.revoke_key(name)).revision == key.revision
    assert not key.revocation.HasField("expire_time")


async def test_faults(client: Either, name: str) -> None:
    """What the service refuses, the fake refuses in the same words."""
    calls: list[Callable[[], Awaitable[Any]]] = [
        lambda: client.revoke_token(""),
        lambda: client.revoke_user(""),
        lambda: client.revoke_user("u", issued_before=datetime.now(UTC) + timedelta(minutes=1)),
        lambda: client.allow_token("t"),
        lambda: client.revoke_token("t", realm="no-such-realm"),
        lambda: client.get_session("unknown"),
        lambda: client.create_session(name, session_id="A" * 43),
    ]
    assert [await reason_of(call()) for call in calls] == [
        ("INVALID_ARGUMENT", "INVALID_FIELD"),
        ("INVALID_ARGUMENT", "INVALID_FIELD"),
        ("INVALID_ARGUMENT", "INVALID_FIELD"),
        ("FAILED_PRECONDITION", "ALLOWLIST_DISABLED"),
        ("NOT_FOUND", "REALM_NOT_FOUND"),
        ("NOT_FOUND", "SESSION_NOT_FOUND"),
        ("FAILED_PRECONDITION", "CALLER_IDS_DISABLED"),
    ]


async def test_a_sessions_life(client: Either, name: str) -> None:
    """Created for nobody, bound, changed, rotated, listed, ended; each with the etag and the errors of the service."""
    made = await client.create_session(data=b"a", attributes={"device": "phone", "place": "Oslo"})
    assert not made.session.HasField("auth_time")
    bound = await client.update_session(made.session_id, user_id=name, data=b"b", attributes={"place": ""})
    assert (bound.session.user_id, bound.session.data, dict(bound.session.attributes)) == (name, b"b", {"device": "phone"})
    assert await reason_of(client.update_session(made.session_id, etag=made.session.etag)) == ("ABORTED", "SESSION_CHANGED")
    assert await reason_of(client.update_session(made.session_id, user_id="other")) == ("FAILED_PRECONDITION", "SESSION_BOUND")
    turned = await client.rotate_session(made.session_id, grace=timedelta(seconds=20))
    assert turned.session.handle == made.session.handle
    assert (await client.get_session(made.session_id)).session.handle == made.session.handle
    assert await reason_of(client.rotate_session(made.session_id)) == ("ABORTED", "SESSION_ROTATED")
    (listed,) = (await client.list_sessions(name, current_session_id=turned.session_id)).sessions
    assert (listed.current, listed.data, listed.handle) == (True, b"", made.session.handle)
    ended = await client.end_session(handle=made.session.handle, user_id=name)
    assert ended.ended
    assert await state(client, ended.revision, sub=name, sid=made.session.handle) == "REVOKED"
    assert not (await client.end_session(turned.session_id)).ended
    assert await reason_of(client.get_session(turned.session_id)) == ("NOT_FOUND", "SESSION_NOT_FOUND")


async def test_the_cap(client: Either, name: str) -> None:
    """A third session of two is refused, or ends the oldest."""
    made = []
    for _ in range(2):
        made.append(await client.create_session(name, max_sessions=2))
        await asyncio.sleep(0.005)  # of two sessions of one millisecond either may be the oldest
    assert await reason_of(client.create_session(name, max_sessions=2)) == ("FAILED_PRECONDITION", "SESSION_LIMIT_REACHED")
    third = await client.create_session(name, max_sessions=2, evict_oldest=True)
    assert list(third.evicted_handles) == [made[0].session.handle]
    assert len((await client.list_sessions(name)).sessions) == 2


async def test_logging_out_everywhere(client: Either, name: str) -> None:
    """One write ends all sessions of the user but the kept one; a log-in afterwards lives."""
    made = [await client.create_session(name) for _ in range(3)]
    await client.revoke_user(name, keep_session_handles=[made[1].session.handle])
    later = await client.create_session(name)

    async def handles() -> set[str]:
        return {one.handle for one in (await client.list_sessions(name)).sessions}

    await eventually(lambda: _equal(handles, {made[1].session.handle, later.session.handle}), within=5)


async def _equal(found: Callable[[], Awaitable[set[str]]], wanted: set[str]) -> bool:
    return await found() == wanted


@pytest.mark.parametrize("one", [*verdict_sets()], ids=lambda one: one.name)
def test_conformance(one: VerdictSet) -> None:
    """The fake passes the verdict cases."""
    realm = FakeRealm(
        allowlist=one.rules.allowlist,
        issuer=one.rules.issuer,
        leeway=one.rules.leeway,
        longest_token_life=one.rules.longest_token_life,
    )
    fake = FakeRevocation(realm, clock=lambda: one.now / 1000)
    for revocation in one.revocations:
        fake._world.put(revocation)
    fake._world.allowed.update(one.allowed)
    for case in one.cases:
        verdict = fake.check(claims_of(case["claims"]))
        assert verdict.state is not None
        assert expectation_of(Judged(verdict.state, verdict.cause, verdict.invalid_reason)) == case["expect"], case


def test_the_clock_is_the_tests() -> None:
    """Tokens and sessions end when the test lets time pass."""
    fake = FakeRevocation(clock=lambda: 1_700_000_000.0)
    token = {"sub": "u", "iat": 1_700_000_000, "exp": 1_700_000_600}
    session = fake.create_session("u", idle_timeout=timedelta(minutes=5)).session_id
    assert fake.check(token)
    fake.advance(301)
    with pytest.raises(RevocationError):
        fake.get_session(session)
    fake.advance(300)
    assert fake.check(token).state is State.EXPIRED


@pytest.mark.parametrize("mode", FailureMode)
def test_an_outage_on_demand(mode: FailureMode) -> None:
    """While the fake is away, checks follow the failure mode and calls fail; what is revoked stays refused."""
    with FakeRevocation(failure_mode=mode) as fake:
        fake.revoke_token("known")
        fake.away = True
        verdict = fake.check(payload(sub="u"))
        assert (verdict.active, verdict.source) == (mode is FailureMode.ALLOW, Source.FAILURE_MODE)
        assert fake.check(payload(jti="known")).state is State.REVOKED
        assert fake.stats.allowed_blindly == (mode is FailureMode.ALLOW)
        with pytest.raises(RevocationError):
            fake.revoke_token("t")
        assert fake.calls == ["RevokeToken"]
