"""How a client is set up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import grpc

from .channels import ChannelOptions
from .judgement.index import EXACT_LIMIT
from .verdicts import FailureMode


class Options(TypedDict, total=False):
    """The keywords of a client.

    Without *credentials* there is no TLS. *timeout* is the deadline of each call in seconds, *check_timeout* that of a check that needs the
    service. Without *replica* every check asks the service. Up to *exact_limit* values of a scope are kept exactly, more as fingerprints.
    *metadata* goes with every call.
    """

    realm: str
    credentials: grpc.ChannelCredentials | None
    timeout: float
    check_timeout: float
    failure_mode: FailureMode
    replica: bool
    exact_limit: int
    metadata: Sequence[tuple[str, str]]
    channel_options: ChannelOptions


@dataclass(frozen=True, slots=True)
class Setup:
    """Where the service is, and how to use it: see `Options`. *target* is a name, which may resolve to several addresses, or addresses."""

    target: str | Sequence[str]
    realm: str = ""
    credentials: grpc.ChannelCredentials | None = None
    timeout: float = 1.0
    check_timeout: float = 0.5
    failure_mode: FailureMode = FailureMode.REFUSE
    replica: bool = True
    exact_limit: int = EXACT_LIMIT
    metadata: Sequence[tuple[str, str]] = ()
    channel_options: ChannelOptions = ()
