"""Revocations as Redis keeps them: a name, `scope:value`, and JSON whose times are decimal text, exact at any size."""

import json
from typing import Any

from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope

from ..domain.orders import Order


def name_of(scope: Scope, value: str) -> str:
    """Returns the name under which a realm keeps the revocation of *value*."""
    return f"{scope.name.lower()}:{value}"


def revocation_of(name: bytes, record: bytes) -> Revocation:
    """Returns the revocation that is kept under *name*."""
    scope, _, value = name.decode().partition(":")
    words: dict[str, Any] = json.loads(record)
    return Revocation(
        scope=Scope[scope.upper()],
        value=value,
        issued_before=Millis(int(words["d"])) if "d" in words else ALWAYS,
        expire_time=Millis(int(words["x"])) if "x" in words else NEVER,
        kept={handle: Millis(int(floor)) for handle, floor in words.get("k", {}).items()},
        create_time=Millis(int(words["c"])),
        reason=words["r"],
    )


def order_words(order: Order) -> dict[str, Any]:
    """Returns *order* as the script revoke.lua takes it."""
    words: dict[str, Any] = {"scope": order.scope.name.lower(), "value": order.value, "reason": order.reason, "margin": order.margin}
    if order.issued_before is not None:
        words["cut"] = str(order.issued_before)
    if order.keep:
        words["keep"] = order.keep
    if order.expire_time is not None:
        words["expire"] = str(order.expire_time)
    if order.life is not None:
        words["life"] = order.life
    return words


def restored_words(revocation: Revocation) -> dict[str, Any]:
    """Returns *revocation* as the script restore.lua takes it."""
    record: dict[str, Any] = {"c": str(revocation.create_time), "r": revocation.reason}
    if revocation.issued_before != ALWAYS:
        record["d"] = str(revocation.issued_before)
    if revocation.expire_time != NEVER:
        record["x"] = str(revocation.expire_time)
    if revocation.kept:
        record["k"] = {handle: str(floor) for handle, floor in revocation.kept.items()}
    return {"scope": revocation.scope.name.lower(), "value": revocation.value, "record": record}
