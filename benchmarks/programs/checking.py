"""What one check costs: each key is a string that was never looked up before, so that neither its hash nor its place is in any cache."""

import asyncio
import random
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from revocation_client import AsyncRevocation, Source, State

from ..spread import percentile
from ..worker import Answer

AT_ONCE: Final = 5_000
"""Checks between which the event loop has no turn: the replica must go on hearing that it is fresh."""


async def time_checks(client: AsyncRevocation, number: int) -> float:
    """Returns the mean microseconds of a check of a good token, the loop included. RuntimeError when one was not answered in memory."""
    payloads = await _cold(payload, number)
    before, taken = _answered_here(client), 0.0
    for first in range(0, number, AT_ONCE):
        some = payloads[first : first + AT_ONCE]
        began = time.perf_counter()
        for one in some:
            await client.check(one)
        taken += time.perf_counter() - began
        await asyncio.sleep(0)
    if _answered_here(client) - before != number:
        raise RuntimeError(f"not every check was answered in memory: {client.stats}")
    return taken / number * 1e6


async def time_finds(find: Callable[[str], object], number: int) -> float:
    """Returns the mean microseconds of a look-up of a token."""
    jtis = await _cold(lambda: str(uuid.uuid4()), number)
    began = time.perf_counter()
    for jti in jtis:
        find(jti)
    return (time.perf_counter() - began) / number * 1e6


async def time_decodes(client: AsyncRevocation, number: int) -> Answer:
    """Returns the median microseconds of decoding a token, without the check and with it, in turns."""
    key = ec.generate_private_key(ec.SECP256R1())
    public, times = key.public_key(), list[tuple[int, int]]()
    for _ in range(number):
        token = jwt.encode(payload(), key, "ES256", headers={"kid": "2026-11"})
        times.append(await _decode_twice(client, token, public, checked_first=len(times) % 2 == 0))
        await asyncio.sleep(0)
    plain, checked = ([one[place] for one in times] for place in (0, 1))
    return {"jwt": percentile(plain, 50) / 1000, "jwt_checked": percentile(checked, 50) / 1000}


async def _decode_twice(client: AsyncRevocation, token: str, key: Any, *, checked_first: bool) -> tuple[int, int]:
    """Returns the nanoseconds of a decode and of a decode with the check. The second of two decodes is a little faster: they take turns."""
    times = {}
    for checked in (checked_first, not checked_first):
        began = time.perf_counter_ns()
        payload = jwt.decode(token, key, algorithms=["ES256"])
        if checked:
            await client.check(payload, kid="2026-11")
        times[checked] = time.perf_counter_ns() - began
    return times[False], times[True]


def payload() -> dict[str, Any]:
    """Returns the payload of a token that is good for an hour."""
    now = int(time.time())
    words = {"jti": str(uuid.uuid4()), "sub": f"user-{random.getrandbits(40)}", "client_id": "web"}  # decides nothing
    return {"iss": "https://issuer.example", **words, "iat": now, "exp": now + 3600}


async def _cold(make: Callable[[], Any], number: int) -> list[Any]:
    """Returns *number* new values in random order, so that they do not lie in memory as they are used."""
    values = []
    for made in range(number):
        values.append(make())
        if made % AT_ONCE == 0:
            await asyncio.sleep(0)
    random.shuffle(values)
    return values


def _answered_here(client: AsyncRevocation) -> int:
    return client.stats.verdicts.get((State.ACTIVE, Source.REPLICA), 0)
