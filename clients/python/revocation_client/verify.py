"""Signatures of jwts, checked in this process. Needs the extra `revocation-client[jwt]`."""

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from .judgement.claims import InvalidReason
from .judgement.millis import millis_of
from .jwts.header import read_header
from .jwts.keys import KeySet, parse_key_set
from .jwts.refused import RefusedError
from .jwts.shape import parse_token
from .jwts.strict_json import NotFiniteError, parse_object
from .payloads import claims_in
from .seen import Seen, SeenTokens
from .verified import Signed

REMEMBERED: Final = 10_000


class TokenVerifier:
    """Verifies jwts with a JSON Web Key Set, by stricter rules than most libraries (RFC 8725).

    Only *algorithms* are accepted, only *types* in the header's typ, and no header that brings a key, points to one, or has crit. With an
    *issuer* or *audiences*, iss and aud must match. *required* claims must be there. *leeway*, in seconds, is for nbf.

    Up to *remembered* good signatures are remembered by the token's digest, so that a token costs microseconds when it is seen again. They
    are forgotten with its exp and with the keys; revocation is judged each time. Any thread may use it.
    """

    def __init__(
        self,
        keys: Mapping[str, Any] | str | bytes,
        *,
        algorithms: Iterable[str],
        audiences: Iterable[str] = (),
        issuer: str = "",
        types: Iterable[str] = ("jwt", "at+jwt"),
        required: Iterable[str] = (),
        leeway: float = 0.0,
        remembered: int = REMEMBERED,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._algorithms, self._types, self._required = frozenset(algorithms), frozenset(types), frozenset(required)
        self._audiences, self._issuer, self._leeway, self._wall = frozenset(audiences), issuer, leeway, wall
        if not self._algorithms:
            raise ValueError("name at least one algorithm")
        self._remembered = remembered
        self.replace_keys(keys)

    def replace_keys(self, keys: Mapping[str, Any] | str | bytes) -> None:
        """Trust these keys from now on and no others. KeySetError when none is fit to verify with; then nothing changes."""
        text = json.dumps(dict(keys)) if isinstance(keys, Mapping) else keys
        key_set = parse_key_set(text.encode() if isinstance(text, str) else text, secrets=True)
        self._trusted: tuple[KeySet, SeenTokens] = key_set, SeenTokens(self._remembered)  # one assignment: other threads see both or none

    def verify(self, token: str) -> Signed | InvalidReason:
        """Returns what a trusted key has signed, or why the token is INVALID. Expiry and revocation are for the client to judge."""
        keys, seen_tokens = self._trusted
        now = self._wall()
        try:
            seen = seen_tokens.get(token, now)
            if seen is None:
                seen = Seen(*self._verified(token, keys))
                self._check_begun(seen.payload, now)
                seen_tokens.put(token, seen)
        except RefusedError as refused:
            return refused.reason
        return Signed(seen.copy(), seen.kid)

    def _verified(self, jwt: str, keys: KeySet) -> tuple[dict[str, Any], str]:
        """Takes the steps in the order of trust. The kid is the key's: a token that leaves it out shall not escape RevokeKey."""
        token = parse_token(jwt)
        header = read_header(token.header, self._algorithms, self._types)
        key = keys.find(header.kid, header.algorithm)
        if key is None:
            raise RefusedError(InvalidReason.UNKNOWN_KEY)
        if not key.verifies(token.signed, token.signature):
            raise RefusedError(InvalidReason.SIGNATURE)
        payload = _parse(token.payload)
        self._check(payload)
        return payload, key.kid

    def _check(self, payload: Mapping[str, Any]) -> None:
        claims = claims_in(payload)
        if isinstance(claims, InvalidReason):
            raise RefusedError(claims)
        if not self._required <= payload.keys():
            raise RefusedError(InvalidReason.MALFORMED_CLAIM)
        if self._issuer and claims.iss != self._issuer:
            raise RefusedError(InvalidReason.ISSUER)
        if self._audiences and self._audiences.isdisjoint(_audience(payload)):
            raise RefusedError(InvalidReason.AUDIENCE)

    def _check_begun(self, payload: Mapping[str, Any], now: float) -> None:
        begins = payload.get("nbf", 0.0)
        if isinstance(begins, bool) or not isinstance(begins, int | float):
            raise RefusedError(InvalidReason.NOT_A_NUMBER)
        if millis_of(begins) > (now + self._leeway) * 1000:
            raise RefusedError(InvalidReason.NOT_YET_VALID)


def _parse(data: bytes) -> dict[str, Any]:
    try:
        return parse_object(data)
    except NotFiniteError as error:
        raise RefusedError(InvalidReason.NOT_A_NUMBER) from error
    except ValueError as error:
        raise RefusedError(InvalidReason.MALFORMED_TOKEN) from error


def _audience(payload: Mapping[str, Any]) -> Collection[str]:
    """Returns whom the token is for: one string or a list of them (RFC 7519 section 4.1.3)."""
    aud = payload.get("aud")
    audience: list[Any] = aud if isinstance(aud, list) else [aud]
    if not all(isinstance(one, str) for one in audience):
        raise RefusedError(InvalidReason.AUDIENCE)
    return audience
