"""The payload of a verified JWT, as the claims that decide about it."""

from collections.abc import Mapping
from typing import Any

from .judgement.claims import Claims, InvalidReason


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
