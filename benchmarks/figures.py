"""The figures that are measured, by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Figure:
    """What a figure says, for people."""

    label: str
    unit: str


THROUGHPUT: Final = "8 connections x 8 calls"

FIGURES: Final[Mapping[str, Figure]] = {
    "noop": Figure(f"no-op grpc.aio server, {THROUGHPUT}", "calls/s"),
    "default_lane": Figure(f"CheckToken, default lane, {THROUGHPUT}", "calls/s"),
    "fast_lane": Figure(f"CheckToken, fast lane, {THROUGHPUT}", "calls/s"),
    "naive": Figure(f"CheckToken that asks Redis in its handler, {THROUGHPUT}", "calls/s"),
    "noop_go": Figure(f"no-op Go gRPC server, {THROUGHPUT}", "calls/s"),
    "batch": Figure("BatchCheckTokens of 100, default lane", "tokens/s"),
    "fast_lane_p50": Figure("CheckToken, fast lane, 8 in flight, p50", "ms"),
    "fast_lane_p99": Figure("CheckToken, fast lane, 8 in flight, p99", "ms"),
    "fast_lane_below_1ms": Figure("CheckToken, fast lane, 8 in flight, calls under 1 ms", "%"),
    "noop_go_p50": Figure("no-op Go gRPC server, 8 in flight, p50", "ms"),
    "noop_go_p99": Figure("no-op Go gRPC server, 8 in flight, p99", "ms"),
    "noop_go_below_1ms": Figure("no-op Go gRPC server, 8 in flight, calls under 1 ms", "%"),
    "redis_benchmark": Figure("redis-benchmark GET, 64 connections", "calls/s"),
    "redis_get": Figure("redis-py GET, p50", "us"),
    "check_exact": Figure("in-process check, exact revocations, cold keys", "us"),
    "check_many": Figure("in-process check, fingerprints, cold keys", "us"),
    "find_many": Figure("of that, one look-up among the fingerprints", "us"),
    "jwt": Figure("PyJWT decode, ES256", "us"),
    "jwt_checked": Figure("PyJWT decode, ES256, plus in-process check", "us"),
    "watchers_1": Figure("acknowledged RevokeUser to 1 watcher, p99", "ms"),
    "watchers_1_call_p50": Figure("RevokeUser, from the call to 1 watcher, p50", "ms"),
    "watchers_1_call_p99": Figure("RevokeUser, from the call to 1 watcher, p99", "ms"),
    "watchers_10": Figure("acknowledged RevokeUser to the last of 10 watchers, p99", "ms"),
    "watchers_10_call_p50": Figure("RevokeUser, from the call to the last of 10 watchers, p50", "ms"),
    "watchers_10_call_p99": Figure("RevokeUser, from the call to the last of 10 watchers, p99", "ms"),
    "watchers_100": Figure("acknowledged RevokeUser to the last of 100 watchers, p99", "ms"),
    "watchers_100_call_p50": Figure("RevokeUser, from the call to the last of 100 watchers, p50", "ms"),
    "watchers_100_call_p99": Figure("RevokeUser, from the call to the last of 100 watchers, p99", "ms"),
    "ready_exact": Figure("new replica ready, exact revocations", "s"),
    "ready_tokens": Figure("new replica ready, token fingerprints", "s"),
    "ready_users": Figure("new replica ready, user cut-offs", "s"),
    "bytes_tokens": Figure("resident memory of a denied token", "B"),
    "bytes_users": Figure("resident memory of a user's cut-off", "B"),
    "pause_loading": Figure("longest pause of the event loop while loading", "ms"),
    "pause_changes": Figure("longest pause of the event loop while applying live changes", "ms"),
}
