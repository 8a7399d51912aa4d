"""What a signed payload claims, and whether the realm lets such a token in. The judge takes it from there: iat and exp are its own."""

from collections.abc import Mapping
from typing import Any

from revocation_client.judgement.claims import Claims, InvalidReason
from revocation_client.judgement.millis import Millis, millis_of

from ..domain.realms import Realm
from .refused import RefusedError
from .strict_json import NotFiniteError, parse_object


def read_claims(data: bytes, kid: str, realm: Realm, *, now: Millis) -> Claims:
    """Returns the claims in *data*, signed with the key *kid*. Refused when malformed, not for *realm*, or not valid yet."""
    payload = _parse(data)
    claims = _claims(payload, kid)
    if realm.rules.issuer and claims.iss != realm.rules.issuer:
        raise RefusedError(InvalidReason.ISSUER)
    if realm.tokens.audiences and realm.tokens.audiences.isdisjoint(_audience(payload)):
        raise RefusedError(InvalidReason.AUDIENCE)
    not_before = _time(payload, "nbf")
    if not_before is not None and millis_of(not_before) > now + realm.rules.leeway:
        raise RefusedError(InvalidReason.NOT_YET_VALID)
    return claims


def _parse(data: bytes) -> dict[str, Any]:
    try:
        return parse_object(data)
    except NotFiniteError as error:
        raise RefusedError(InvalidReason.NOT_A_NUMBER) from error
    except ValueError as error:
        raise RefusedError(InvalidReason.MALFORMED_TOKEN) from error


def _claims(payload: Mapping[str, Any], kid: str) -> Claims:
    return Claims(
        iss=_text(payload, "iss"),
        sub=_text(payload, "sub"),
        jti=_text(payload, "jti"),
        iat=_time(payload, "iat"),
        exp=_time(payload, "exp"),
        sid=_text(payload, "sid"),
        client_id=_text(payload, "client_id"),
        kid=kid,
    )


def _text(payload: Mapping[str, Any], name: str) -> str:
    value = payload.get(name, "")
    if not isinstance(value, str):
        raise RefusedError(InvalidReason.MALFORMED_CLAIM)
    return value


def _time(payload: Mapping[str, Any], name: str) -> float | None:
    if name not in payload:
        return None
    value = payload[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RefusedError(InvalidReason.NOT_A_NUMBER)
    return float(value)


def _audience(payload: Mapping[str, Any]) -> list[str]:
    """Returns whom the token is for: one string or a list of them (RFC 7519 section 4.1.3)."""
    aud = payload.get("aud")
    audience: list[Any] = aud if isinstance(aud, list) else [aud]
    if not all(isinstance(one, str) for one in audience):
        raise RefusedError(InvalidReason.AUDIENCE)
    return audience
