"""The fast lane answers as the default lane does, leaves everything else to that, and holds its ground against hostile peers."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import revocation_service_pb2_grpc as pb_grpc

from tests.eventually import eventually
from tests.servers import Store

from .client import PATIENCE, Service
from .conftest import Serve
from .hostile import Peer, peer_of
from .process import environment, service_process
from .refusals import refusal, refusal_of
from .values import CLAIMS

LIMIT = 4 * 1024 * 1024

SOON = 1.0
"""Seconds for another caller's check while a peer misbehaves, on a busy machine."""


@pytest.fixture(scope="module")
async def lanes(store_servers: Callable[[str], Store], serve: Serve) -> AsyncIterator[tuple[Service, Service]]:
    """The fast lane and the default lane over one store, which has a revocation of every scope."""
    store = store_servers("standalone")
    store.flush()
    async with serve(store, fast_lane="on") as fast, serve(store, fast_lane="off") as default:
        await fast.call("RevokeToken", jti="revoked", reason="lost")
        await fast.call("RevokeUser", user_id="revoked", keep_session_handles=["kept"], reason="left")
        await fast.call("RevokeSession", sid="revoked")
        await fast.call("RevokeClient", client_id="revoked")
        await fast.call("AllowToken", realm="strict", jti="allowed", exp=4e9)
        revision = (await fast.call("RevokeKey", kid="revoked")).revision
        await default.call("CheckToken", claims=CLAIMS, at_least_revision=revision)
        yield fast, default


@pytest.fixture
def fast(lanes: tuple[Service, Service]) -> Service:
    return lanes[0]


WORDS = st.sampled_from(["", "revoked", "kept", "allowed", "other", "x" * 257, "a\0", "\u00e9", "\u2028"])
TIMES = st.none() | st.sampled_from([0.0, 1.5, 1e9, 4e9, 1e300, float("inf"), float("nan")])
CLAIM_SETS = st.fixed_dictionaries(dict.fromkeys(("iss", "sub", "jti", "sid", "client_id", "kid"), WORDS) | {"iat": TIMES, "exp": TIMES})
REALMS = st.sampled_from(["", "", "", "strict", "signed", "nowhere", "x" * 257])
DEMANDS = st.sampled_from(["", "", "", "0123456789abcdef.1", "nonsense"])
SINGLE = st.builds(
    lambda realm, claims, jwt, demand: ("CheckToken", {"realm": realm, "claims": claims, "jwt": jwt, "at_least_revision": demand}),
    REALMS, st.none() | CLAIM_SETS, st.sampled_from(["", "", "a.b.c", "x"]), DEMANDS,
)  # fmt: skip
BATCH = st.builds(
    lambda realm, claims, demand: ("BatchCheckTokens", {"realm": realm, "claims": claims, "at_least_revision": demand}),
    REALMS, st.lists(CLAIM_SETS, max_size=4), DEMANDS,
)  # fmt: skip


@given(asked=SINGLE | BATCH)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_both_lanes_answer_alike(lanes: tuple[Service, Service], asked: tuple[str, Mapping[str, Any]]) -> None:
    """To the byte, but for the time as of which they answer; and refuse with the same words and details."""
    rpc, fields = asked
    fast, default = await asyncio.gather(*(answer(service, rpc, fields) for service in lanes))
    assert fast == default


async def answer(service: Service, rpc: str, fields: Mapping[str, Any]) -> object:
    try:
        response = await service.call(rpc, **fields)
    except grpc.aio.AioRpcError as error:
        return refusal_of(error)
    assert response.HasField("as_of_time")
    response.ClearField("as_of_time")
    return response.SerializeToString(deterministic=True)


async def test_everything_else_is_served_behind_it(fast: Service) -> None:
    """Writes, sessions, health and streams, on the same connection as checks."""
    created = await fast.call("CreateSession", user_id="behind")
    assert (await fast.call("GetSession", session_id=created.session_id)).session.user_id == "behind"
    health = health_pb2_grpc.HealthStub(fast.channel).Watch(health_pb2.HealthCheckRequest())
    assert (await health.read()).status == health_pb2.HealthCheckResponse.SERVING
    watch = pb_grpc.RevocationServiceStub(fast.channel).WatchRevocations(pb.WatchRevocationsRequest())
    assert (await watch.read()).HasField("rules")
    assert await fast.state(**CLAIMS) == "ACTIVE"
    health.cancel()
    watch.cancel()


async def test_a_message_is_measured_when_it_is_unpacked(fast: Service) -> None:
    """A compressed one of more than 4 MiB is refused, one of less is judged."""
    path = "/revocation.v1.RevocationService/CheckToken"
    send = fast.channel.unary_unary(path)
    refused = await refusal(send(bytes(LIMIT + 1), timeout=PATIENCE, compression=grpc.Compression.Gzip))
    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    good = pb.CheckTokenRequest(claims=dict(CLAIMS)).SerializeToString()
    raw = await send(good, timeout=PATIENCE, compression=grpc.Compression.Gzip)
    assert pb.CheckTokenResponse.FromString(raw).active


async def test_what_must_wait_for_the_store_ends_before_its_deadline(standalone_server: Store, serve: Serve) -> None:
    """The caller hears the reason in time; and a caller who gives up is not waited for."""
    async with serve(standalone_server, fast_lane="on", drain_grace="0s") as service:
        standalone_server.nodes[0].freeze()
        began = time.monotonic()
        refused = await refusal(service.call("CheckToken", claims=CLAIMS, at_least_revision="0123456789abcdef.1", timeout=2))
        assert refused.reason == "STORE_UNAVAILABLE" and time.monotonic() - began < 1.9
        given_up = service.call("CheckToken", claims=CLAIMS, at_least_revision="0123456789abcdef.1")
        assert not given_up.done() and given_up.cancel()
        standalone_server.nodes[0].thaw()
        await eventually(service.is_serving, within=10)
        assert await service.state(**CLAIMS) == "ACTIVE"


async def test_half_open_calls_harm_nobody(fast: Service) -> None:
    """A thousand calls that begin and never say what they want."""
    async with peer_of(fast.address) as peer:
        for number in range(1024):
            peer.open(2 * number + 1)
        await peer.flush()
        await others_are_served(fast)


async def test_calls_that_are_reset_harm_nobody(fast: Service) -> None:
    """Ten thousand calls that end as they begin (CVE-2023-44487), from four peers."""
    for _ in range(4):
        async with peer_of(fast.address) as peer:
            for number in range(2500):
                peer.open(2 * number + 1)
                peer.reset(2 * number + 1)
            await peer.flush()
            await others_are_served(fast)


async def test_a_slow_reader_harms_nobody(fast: Service) -> None:
    """A thousand checks whose answers are never fetched."""
    question = pb.CheckTokenRequest(claims=dict(CLAIMS)).SerializeToString()
    async with peer_of(fast.address, window=0) as peer:
        await ask_many(peer, question)
        await others_are_served(fast)


async def ask_many(peer: Peer, question: bytes) -> None:
    for number in range(1000):
        peer.open(2 * number + 1)
        peer.ask(2 * number + 1, question)
    await peer.flush()


async def others_are_served(service: Service) -> None:
    for _ in range(20):
        answer = await service.call("CheckToken", claims=CLAIMS, timeout=SOON)
        assert answer.active


def test_the_log_says_which_lane_it_is(standalone_server: Store, tmp_path: Path) -> None:
    """By default the fast one, where its package is installed."""
    with service_process(standalone_server.env, folder=tmp_path) as process:
        assert '"lane": "native"' in process.lines("serving")[0]


WITHOUT_THE_PACKAGE = """
import sys
sys.modules["pygrpc_native"] = None  # as good as not installed
from revocation.__main__ import main
main()
"""


def test_a_lane_that_is_not_installed_is_a_clear_error(standalone_server: Store, tmp_path: Path) -> None:
    """It says what to install, without a traceback."""
    words = [sys.executable, "-c", WITHOUT_THE_PACKAGE, "serve", "--listen", "127.0.0.1:0", "--fast-lane", "on"]
    env = environment(standalone_server.env)
    failed = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=20)
    assert failed.returncode == 2
    assert "revocation[native]" in failed.stderr and "Traceback" not in failed.stderr
