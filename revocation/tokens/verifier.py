"""The verification of raw jwts, from end to end."""

import ssl
import time
from collections.abc import Iterable
from typing import Self

from revocation_client.judgement.claims import InvalidReason
from revocation_client.judgement.millis import Millis

from ..domain.errors import Reason, ServiceError
from ..domain.realms import Realm
from ..domain.verification import Verified
from .header import read_header
from .kept_keys import Clock
from .key_sources import key_source
from .keys import KeySource
from .payload import read_claims
from .refused import RefusedError
from .shape import parse_token


class Verifier:
    """Verifies the jwts of *realms* with their keys, which are read when they are first needed. Close it to end what it fetches.

    *tls* says which authorities to trust for https; None: those of the system. ValueError when the keys of a realm could never be safe.
    """

    def __init__(self, realms: Iterable[Realm], *, tls: ssl.SSLContext | None = None, clock: Clock = time.monotonic) -> None:
        trust = tls or ssl.create_default_context()
        self._sources = {realm.name: key_source(realm, trust, clock) for realm in realms if realm.tokens.jwks}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the fetches that are under way. No verification may be."""
        for source in self._sources.values():
            await source.aclose()

    async def verify(self, realm: Realm, jwt: str, *, now: Millis) -> Verified | InvalidReason:
        """Returns what *jwt* claims when a key of *realm* has signed it, or why it is INVALID.

        *now* serves for nbf only. KEYS_NOT_CONFIGURED when the realm has no keys, KEYS_UNAVAILABLE when they could not be read.
        """
        source = self._source(realm)
        try:
            return await _verify(realm, source, jwt, now=now)
        except RefusedError as refused:
            return refused.reason

    def _source(self, realm: Realm) -> KeySource:
        if realm.name not in self._sources:
            message = f"realm {realm.name!r} has no keys to verify a jwt with; set jwks under the realm in REVOCATION_REALMS_FILE"
            raise ServiceError(Reason.KEYS_NOT_CONFIGURED, message, {"realm": realm.name})
        return self._sources[realm.name]


async def _verify(realm: Realm, source: KeySource, jwt: str, *, now: Millis) -> Verified:
    """Takes the steps in the order of trust: the payload is not even parsed before its signature is good.

    The kid in the claims is that of the key, not the header's: a stolen key whose tokens leave the kid out would escape RevokeKey.
    """
    token = parse_token(jwt)
    header = read_header(token.header, realm.tokens)
    key = await source.find(header.kid, header.algorithm)
    if key is None:
        raise RefusedError(InvalidReason.UNKNOWN_KEY)
    if not key.verifies(token.signed, token.signature):
        raise RefusedError(InvalidReason.SIGNATURE)
    claims = read_claims(token.payload, key.kid, realm, now=now)
    return Verified(claims, token.payload.decode())
