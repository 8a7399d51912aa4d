"""How the service is reached."""

import json
from collections.abc import Sequence
from typing import Final

import grpc

_KEEPALIVE: Final = 10_000
_NO_ANSWER: Final = 3_000
_FIRST_PAUSE: Final = 100
_LONGEST_PAUSE: Final = 5_000
_LONGEST_MESSAGE: Final = 8 * 1024 * 1024

_SERVICE_CONFIG: Final = json.dumps({"loadBalancingConfig": [{"round_robin": {}}], "healthCheckConfig": {"serviceName": ""}})

ChannelOptions = Sequence[tuple[str, str | int]]

_OPTIONS: Final[ChannelOptions] = (
    ("grpc.service_config", _SERVICE_CONFIG),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.keepalive_time_ms", _KEEPALIVE),
    ("grpc.keepalive_timeout_ms", _NO_ANSWER),
    ("grpc.initial_reconnect_backoff_ms", _FIRST_PAUSE),
    ("grpc.min_reconnect_backoff_ms", _FIRST_PAUSE),
    ("grpc.max_reconnect_backoff_ms", _LONGEST_PAUSE),
    ("grpc.max_receive_message_length", _LONGEST_MESSAGE),
)
"""Calls go round the addresses that serve. A dead connection is noticed after 13 s. C-core's own retries are off: what repeats calls
goes by their idempotency level.
"""


def target_of(targets: str | Sequence[str]) -> str:
    """Returns one target for gRPC: a name, which may resolve to several addresses, or several addresses of IPv4 or of IPv6."""
    if isinstance(targets, str):
        return targets
    if len(targets) == 1:
        return targets[0]
    if not targets:
        raise ValueError("name at least one target")
    family = "ipv6" if targets[0].startswith("[") else "ipv4"
    if not all(_is_address(target, family) for target in targets):
        raise ValueError("several targets must be addresses with ports, all of IPv4 or all of IPv6; or give one DNS name that has them all")
    return f"{family}:{','.join(targets)}"


def open_channel(
    targets: str | Sequence[str], credentials: grpc.ChannelCredentials | None, options: ChannelOptions = ()
) -> grpc.aio.Channel:
    """Returns a channel, without TLS when there are no *credentials*; *options* come after its own and win. Close it."""
    target = target_of(targets)
    chosen = (*_OPTIONS, *_authority(targets), *options)
    if credentials is None:
        return grpc.aio.insecure_channel(target, options=chosen)
    return grpc.aio.secure_channel(target, credentials, options=chosen)


def _authority(targets: str | Sequence[str]) -> ChannelOptions:
    """Of several addresses the first; C-core would join them all with commas, which is no authority (RFC 3986 section 3.2)."""
    return () if isinstance(targets, str) else (("grpc.default_authority", targets[0]),)


def _is_address(target: str, family: str) -> bool:
    host, colon, port = target.rpartition(":")
    shape = host.startswith("[") and host.endswith("]") if family == "ipv6" else host.replace(".", "").isdigit() and host.count(".") == 3
    return bool(colon) and port.isdigit() and shape
