"""A check may demand the revision that a write returned: it is held, or it can never be and the call fails at once."""

from collections.abc import Callable
from typing import Any

import grpc
import pytest

from tests.servers import Store

from .client import Service
from .conftest import Serve
from .refusals import Refusal, refusal
from .values import CLAIMS

CHECKS = ("CheckToken", "BatchCheckTokens", "GetSession")


async def demanding(service: Service, rpc: str, revision: str) -> Any:
    """Asks *rpc* something that would be good, of the realm default, with this at_least_revision."""
    if rpc == "GetSession":
        made = await service.call("CreateSession", user_id="revisions")
        return await service.call(rpc, session_id=made.session_id, at_least_revision=revision)
    return await service.call(rpc, claims=[CLAIMS] if rpc == "BatchCheckTokens" else CLAIMS, at_least_revision=revision)


def moved(revision: str, by: int) -> str:
    """Returns the revision of the same epoch that lies *by* behind this one."""
    epoch, _, sequence = revision.partition(".")
    return f"{epoch}.{int(sequence) + by}"


def assert_unreachable(refused: Refusal, revision: str) -> None:
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "REVISION_UNREACHABLE"), refused
    assert refused.metadata == {"revision": revision}


@pytest.mark.parametrize("rpc", CHECKS)
async def test_a_revision_that_was_returned_is_held(service: Service, rpc: str) -> None:
    """The newest and every one before it; a check's own revision is no earlier than what it was asked for."""
    revisions = [(await service.call("RevokeToken", jti=f"held-{rpc}-{number}")).revision for number in range(3)]
    for revision in revisions:
        answer = await demanding(service, rpc, revision)
        if rpc != "GetSession":
            assert int(answer.revision.partition(".")[2]) >= int(revisions[-1].partition(".")[2])


@pytest.mark.parametrize("rpc", CHECKS)
async def test_a_revision_ahead_of_the_store_fails(service: Service, rpc: str) -> None:
    """FAILED_PRECONDITION at once: nobody will ever hold it."""
    ahead = moved((await service.call("RevokeToken", jti=f"ahead-{rpc}")).revision, 1000)
    assert_unreachable(await refusal(demanding(service, rpc, ahead)), ahead)


@pytest.mark.parametrize("rpc", CHECKS)
async def test_a_revision_of_another_realm_fails(service: Service, rpc: str) -> None:
    """However small its number is: realms have histories of their own."""
    other = (await service.call("RevokeToken", realm="scrap", jti=f"other-{rpc}")).revision
    assert_unreachable(await refusal(demanding(service, rpc, other)), other)


@pytest.mark.parametrize("rpc", CHECKS)
async def test_a_revision_that_was_never_printed_is_a_bad_field(service: Service, rpc: str) -> None:
    """INVALID_ARGUMENT that names the field."""
    refused = await refusal(demanding(service, rpc, "not-a-revision"))
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("at_least_revision",))


async def test_every_write_returns_a_revision_that_checks_hold(service: Service) -> None:
    """Numbers rise by one with each change, and not at all with a repetition."""
    writes = [
        ("RevokeToken", {"jti": "every", "exp": 4e9}),
        ("RevokeSession", {"sid": "every"}),
        ("RevokeKey", {"kid": "every"}),
        ("RevokeUser", {"user_id": "every"}),
        ("RevokeClient", {"client_id": "every"}),
    ]
    revisions = [(await service.call(rpc, **fields)).revision for rpc, fields in writes]
    assert revisions == [moved(revisions[0], by) for by in range(len(writes))]
    assert (await service.call("RevokeKey", kid="every")).revision == revisions[-1]
    assert (await service.call("RevokeToken", jti="every", exp=4e9)).revision == revisions[-1]
    assert (await demanding(service, "CheckToken", revisions[-1])).revision == revisions[-1]


async def test_ending_a_session_returns_its_revision(service: Service) -> None:
    """EndSession gives the revision of the end; without a session to end, the current one."""
    made = await service.call("CreateSession", user_id="ends")
    ended = await service.call("EndSession", session_id=made.session_id)
    assert ended.revision == moved(made.revision, 1)
    assert (await service.call("EndSession", session_id=made.session_id)).revision == ended.revision
    await demanding(service, "CheckToken", ended.revision)


@pytest.mark.parametrize("rpc", CHECKS)
async def test_a_former_epoch_is_held_as_far_as_it_went(start_store: Callable[..., Store], serve: Serve, rpc: str) -> None:
    """After a restart of the primary its revisions are held, and what goes beyond them is not; numbers go on without a gap."""
    store = start_store("standalone", appendonly=True)
    async with serve(store) as service:
        last = (await service.call("RevokeToken", jti="before")).revision
        store.nodes[0].restart()
        async with serve(store) as successor:
            after = (await successor.call("RevokeToken", jti="after")).revision
            assert after.partition(".")[0] != last.partition(".")[0]
            assert int(after.partition(".")[2]) == int(last.partition(".")[2]) + 1
            await demanding(successor, rpc, last)
            await demanding(successor, rpc, after)
            beyond = moved(last, 1)
            assert_unreachable(await refusal(demanding(successor, rpc, beyond)), beyond)
            assert await successor.state(jti="before", exp=4e9) == "REVOKED"


async def test_a_lost_history_fails(standalone_server: Store, serve: Serve) -> None:
    """A store that lost everything while no server ran can never hold a revision from before, however many writes follow."""
    async with serve(standalone_server) as service:
        lost = (await service.call("RevokeToken", jti="lost")).revision
    standalone_server.flush()
    async with serve(standalone_server) as successor:
        for number in range(3):
            await successor.call("RevokeToken", jti=f"later-{number}")
        assert_unreachable(await refusal(demanding(successor, "CheckToken", lost)), lost)
