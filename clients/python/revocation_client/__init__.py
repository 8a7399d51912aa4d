"""Client of the revocation service: tells in a microsecond which tokens are still good.

`Revocation` is for threads, `AsyncRevocation` for asyncio. `revocation_client.verify` checks signatures too (extra `jwt`),
`revocation_client.testing` has a fake for an application's own tests, `revocation_client.v1` the generated stubs, and
`revocation_client.judgement` the rules by which tokens are judged, the server's own.
"""

from .aio import AsyncRevocation
from .client import Revocation
from .errors import ClosedError, ForkedError, RevocationError
from .judgement.claims import Claims, InvalidReason
from .judgement.judge import State
from .judgement.revocations import Scope
from .standing import Standing
from .stats import Stats
from .verdicts import FailureMode, Source, Verdict
from .verified import Verified

__all__ = [
    "AsyncRevocation",
    "Claims",
    "ClosedError",
    "FailureMode",
    "ForkedError",
    "InvalidReason",
    "Revocation",
    "RevocationError",
    "Scope",
    "Source",
    "Standing",
    "State",
    "Stats",
    "Verdict",
    "Verified",
]
