"""Calls over the network, under the load of h2load."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Final

import grpc
from revocation_client.v1 import claims_pb2
from revocation_client.v1 import revocation_service_pb2 as pb

from .. import h2load, worker
from ..arm import Arm, Sample, UnavailableError
from ..go_server import built
from ..spread import percentile, share_below
from ..stage import Stage

SERVICE: Final = "/revocation.v1.RevocationService"
CONNECTIONS: Final = 8
STREAMS: Final = 8
BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Throughput:
    """How many calls, or tokens, *target* answers in a second."""

    label: str
    figure: str
    target: h2load.Target
    load: h2load.Load
    tokens: int = 1

    def sample(self) -> Sample:
        return {self.figure: h2load.run(self.target, self.load).rate * self.tokens}


@dataclass(frozen=True, slots=True)
class Latency:
    """How long each call of *target* takes."""

    label: str
    figure: str
    target: h2load.Target
    load: h2load.Load

    def sample(self) -> Sample:
        times = h2load.run_timed(self.target, self.load)
        shares = {"p50": percentile(times, 50), "p99": percentile(times, 99), "below_1ms": share_below(times, 1.0)}
        return {f"{self.figure}_{name}": value for name, value in shares.items()}


@contextmanager
def open_noop(stage: Stage) -> Iterator[list[Arm]]:
    """The limit of the default lane."""
    _require_h2load()
    with worker.python("noop_server", _model_answer().hex(), core=stage.cores.server) as server:
        yield [_throughput(stage, "no-op grpc.aio", "noop", _address(server))]


@contextmanager
def open_naive(stage: Stage) -> Iterator[list[Arm]]:
    """What is written first: a handler that asks Redis."""
    _require_h2load()
    with worker.python("naive_server", stage.store_url, core=stage.cores.server) as server:
        yield [_throughput(stage, "naive CheckToken", "naive", _address(server))]


@contextmanager
def open_go(stage: Stage) -> Iterator[list[Arm]]:
    """A no-op server in Go."""
    _require_h2load()
    with worker.running([str(built()), _model_answer().hex()], core=stage.cores.server) as server:
        throughput = _throughput(stage, "no-op Go server", "noop_go", _address(server))
        yield [throughput, _latency(stage, "no-op Go server, 8 in flight", "noop_go", throughput.target)]


@contextmanager
def open_default_lane(stage: Stage) -> Iterator[list[Arm]]:
    """The service on grpcio: one token at a time, and a hundred."""
    _require_h2load()
    address = stage.service("default")
    request = pb.BatchCheckTokensRequest(claims=[_claims(number) for number in range(BATCH)])
    target = _target(address, "BatchCheckTokens", request.SerializeToString())
    batch = Throughput("BatchCheckTokens(100)", "batch", target, _load(stage), BATCH)
    yield [_throughput(stage, "CheckToken, default lane", "default_lane", address), batch]


@contextmanager
def open_fast_lane(stage: Stage) -> Iterator[list[Arm]]:
    """The service behind its native front."""
    _require_h2load()
    address = stage.service("fast")
    throughput = _throughput(stage, "CheckToken, fast lane", "fast_lane", address)
    yield [throughput, _latency(stage, "CheckToken, fast lane, 8 in flight", "fast_lane", throughput.target)]


def _throughput(stage: Stage, label: str, figure: str, address: str) -> Throughput:
    return Throughput(label, figure, _target(address, "CheckToken", _check_request()), _load(stage))


def _latency(stage: Stage, label: str, figure: str, target: h2load.Target) -> Latency:
    return Latency(label, figure, target, _load(stage, streams=1))


def _load(stage: Stage, streams: int = STREAMS) -> h2load.Load:
    return h2load.Load(CONNECTIONS, streams, stage.plan.load_seconds, stage.plan.warm_up_seconds, stage.cores.load)


def _target(address: str, method: str, request: bytes) -> h2load.Target:
    """Returns the call as a target, once it was answered well."""
    path = f"{SERVICE}/{method}"
    with ExitStack() as stack:
        channel = stack.enter_context(grpc.insecure_channel(address))
        ask: Any = channel.unary_unary(path)
        answer: bytes = ask(request, timeout=10, wait_for_ready=True)
    return h2load.Target(address, path, request, len(answer))


def _check_request() -> bytes:
    return pb.CheckTokenRequest(claims=_claims(0)).SerializeToString()


def _claims(number: int) -> claims_pb2.Claims:
    """The claims of a good token, as an identity provider mints them."""
    now = int(time.time())
    jti = f"7e57ab1e-55aa-41d4-a716-{number:012d}"
    return claims_pb2.Claims(iss="https://issuer.example", sub=f"user-{number:08d}", jti=jti, iat=now, exp=now + 3600, client_id="web")


def _model_answer() -> bytes:
    """An answer as the service gives it, for the servers that do nothing."""
    answer = pb.CheckTokenResponse(active=True, state=1, revision="0123456789abcdef.1")  # type: ignore[arg-type] # ACTIVE
    answer.as_of_time.FromMilliseconds(time.time_ns() // 1_000_000)
    return answer.SerializeToString()


def _address(server: worker.Worker) -> str:
    return f"127.0.0.1:{server.hello['port']}"


def _require_h2load() -> None:
    if not h2load.installed():
        raise UnavailableError(h2load.MISSING)
