"""The port to whatever verifies raw tokens."""

from dataclasses import dataclass, field
from typing import Protocol

from revocation_client.judgement.claims import Claims, InvalidReason
from revocation_client.judgement.millis import Millis

from .realms import Realm


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token with a good signature says: its claims, and all of its payload as JSON."""

    claims: Claims
    payload: str = field(repr=False)


class TokenVerifier(Protocol):
    """Verifies raw tokens with the keys of their realm."""

    async def verify(self, realm: Realm, jwt: str, *, now: Millis) -> Verified | InvalidReason:
        """Return what *jwt* says if its signature and form are good, else why not; expiry is left to the judge.

        Raises ServiceError: KEYS_NOT_CONFIGURED when the realm has no keys, KEYS_UNAVAILABLE when they could not be read.
        """
