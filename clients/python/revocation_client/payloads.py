"""The payload of a verified JWT, as the claims that decide about it."""

from collections.abc import Mapping
from typing import Any

from .judgement.claims import Claims, InvalidReason

Payload = Mapping[str, Any] | Claims
"""What a client takes for a token: the payload as a JWT library returns it, or the claims alone."""


def claims_from(payload: Payload, kid: str) -> Claims | InvalidReason:
    """Returns the claims of a payload or of claims that were taken out of one, or what is wrong with their types."""
    if isinstance(payload, Claims):
        return payload._replace(kid=kid) if kid else payload
    return claims_in(payload, kid)


def claims_in(payload: Mapping[str, Any], kid: str = "") -> Claims | InvalidReason:
    """Returns the claims of *payload*, whose other members are left out, or what is wrong with their types. *kid* is the header's."""
    texts = {name: payload[name] for name in ("iss", "sub", "jti", "sid", "client_id") if name in payload}
    if not all(isinstance(text, str) for text in (kid, *texts.values())):
        return InvalidReason.MALFORMED_CLAIM
    times = {name: payload[name] for name in ("iat", "exp") if name in payload}
    if not all(isinstance(time, int | float) and not isinstance(time, bool) for time in times.values()):
        return InvalidReason.NOT_A_NUMBER
    try:
        return Claims(**texts, kid=kid, iat=_number(times, "iat"), exp=_number(times, "exp"))
    except OverflowError:  # an integer beyond every double
        return InvalidReason.NOT_A_NUMBER


def _number(times: Mapping[str, int | float], name: str) -> float | None:
    return float(times[name]) if name in times else None
