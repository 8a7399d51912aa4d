"""SIGTERM drains: health says so, no new calls, those in flight finish, open streams hold nothing up, exit 0."""

import asyncio
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.eventually import eventually
from tests.servers import Store

from .client import Client, channel_to
from .conftest import LANES
from .process import ServiceProcess, command, environment, service_process
from .refusals import refusal
from .values import CLAIMS

NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture
async def process(standalone_server: Store, tmp_path: Path, lane: str) -> AsyncIterator[ServiceProcess]:
    """A service that drains at once when it is told to."""
    with service_process({**standalone_server.env, "REVOCATION_FAST_LANE": LANES[lane]}, folder=tmp_path) as process:
        yield process


@pytest.fixture
async def client(process: ServiceProcess) -> AsyncIterator[Client]:
    async with channel_to(process.address) as channel:
        client = Client(process.address, channel)
        await eventually(client.is_serving, within=10)
        yield client


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_with_zero(process: ServiceProcess, client: Client, number: signal.Signals) -> None:
    """At once when nothing is in flight, with a last word in the log and no traceback."""
    process.signal(number)
    assert await asyncio.to_thread(process.exit_code, within=5) == 0
    assert process.lines("stopped") and "Traceback" not in process.stderr
    assert (await refusal(client.call("CheckToken", claims=CLAIMS))).code is grpc.StatusCode.UNAVAILABLE


async def test_a_call_in_flight_finishes(process: ServiceProcess, client: Client) -> None:
    """A log-in that waits for a cut-off a moment ahead is answered after SIGTERM; new calls are refused meanwhile."""
    ahead = Timestamp()
    ahead.FromMilliseconds(int(time.time() * 1000) + 2000)
    await client.call("RevokeUser", user_id="u", issued_before=ahead)
    slow = asyncio.ensure_future(client.call("CreateSession", user_id="u"))
    assert await client.state(**CLAIMS) == "ACTIVE"  # on the same connection, so the log-in has arrived as well
    process.signal()
    await eventually(lambda: process.lines("draining"), within=5)
    async with channel_to(process.address) as channel:
        await eventually(lambda: refuses(Client(process.address, channel)), within=1)
    assert not slow.done()
    assert (await slow).session.user_id == "u"
    assert await asyncio.to_thread(process.exit_code, within=5) == 0


async def refuses(client: Client) -> bool:
    try:
        await client.call("CheckToken", claims=CLAIMS, timeout=1)
    except grpc.aio.AioRpcError as error:
        return error.code() is grpc.StatusCode.UNAVAILABLE
    return False


async def test_open_streams_do_not_hold_it_up(process: ServiceProcess, client: Client) -> None:
    """A health watch hears NOT_SERVING and ends; so does reflection, whose client never stops asking."""
    watch = health_pb2_grpc.HealthStub(client.channel).Watch(health_pb2.HealthCheckRequest())
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
    reflection = reflection_pb2_grpc.ServerReflectionStub(client.channel).ServerReflectionInfo()
    await reflection.write(reflection_pb2.ServerReflectionRequest(list_services=""))
    assert (await reflection.read()).HasField("list_services_response")
    process.signal()
    assert (await watch.read()).status == NOT_SERVING
    assert await asyncio.to_thread(process.exit_code, within=5) == 0
    assert {await watch.code(), await reflection.code()} == {grpc.StatusCode.UNAVAILABLE}


async def test_a_delay_gives_balancers_time(standalone_server: Store, tmp_path: Path) -> None:
    """During drain_delay health says NOT_SERVING while calls are still answered."""
    env = {**standalone_server.env, "REVOCATION_DRAIN_DELAY": "1s"}
    with service_process(env, folder=tmp_path) as process:
        async with channel_to(process.address) as channel:
            client = Client(process.address, channel)
            await eventually(client.is_serving, within=10)
            process.signal()
            await eventually(lambda: process.lines("draining"), within=5)
            assert await client.health() == "NOT_SERVING"
            assert await client.state(**CLAIMS) == "ACTIVE"
        assert await asyncio.to_thread(process.exit_code, within=5) == 0


async def test_it_drains_while_the_store_is_frozen(process: ServiceProcess, client: Client, standalone_server: Store) -> None:
    """Nothing that waits for the store keeps it from ending."""
    standalone_server.nodes[0].freeze()
    stuck = asyncio.ensure_future(refusal(client.call("RevokeToken", jti="stuck", timeout=3)))
    await client.health()  # on the same connection, so the write has arrived as well
    process.signal()
    assert await asyncio.to_thread(process.exit_code, within=8) == 0
    assert (await stuck).reason == "OUTCOME_UNKNOWN"
    standalone_server.nodes[0].thaw()


def serve(env: dict[str, str], folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    """Runs `revocation serve`, which is expected to fail, to its end."""
    return subprocess.run(command("serve", *flags), env=environment(env), cwd=folder, capture_output=True, text=True, timeout=20)


def test_a_port_in_use_is_a_clear_error(standalone_server: Store, tmp_path: Path) -> None:
    """Which names the address, without a traceback and with an exit code that is not zero."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        failed = serve(dict(standalone_server.env), tmp_path, "--listen", address)
    assert failed.returncode == 2
    assert address in failed.stderr and "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("env", "word"),
    [
        ({"REVOCATION_REALMS_FILE": "missing.toml"}, "missing.toml"),
        ({"REVOCATION_LISTEN": "0.0.0.0:0"}, "REVOCATION_INSECURE_BIND"),
        ({"REVOCATION_REDIS_ULR": "x"}, "REVOCATION_REDIS_URL"),
        ({"REVOCATION_REDIS_URL": "http://user:canary@x"}, "REVOCATION_REDIS_URL"),
    ],
)
def test_settings_that_cannot_be_used_are_a_clear_error(tmp_path: Path, env: dict[str, str], word: str) -> None:
    """Which names the setting, repeats no secret and has no traceback."""
    failed = serve(env, tmp_path)
    assert failed.returncode == 2
    assert word in failed.stderr and "Traceback" not in failed.stderr and "canary" not in failed.stderr
