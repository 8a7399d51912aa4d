"""Callers that give up harm nobody: no answer goes to the wrong caller, and nothing is left open (CVE-2023-28858)."""

import asyncio
import contextlib
import os
from typing import Any

import grpc

from tests.eventually import eventually

from .client import Service
from .values import CLAIMS

CANCELLED = 2000
CHECKED = 200
SOME = 100
"""Files that may stay open: the service keeps a few connections more or less, of at most 64 to a node. Two thousand leaks would show."""


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


async def verdicts(service: Service) -> list[bool]:
    """Asks about many tokens at once, each in a call of its own that the store must answer, and returns which of them are active."""
    asked = (service.call("ListRevocations", scope="SCOPE_TOKEN", value=f"storm-{number}") for number in range(CHECKED))
    found = await asyncio.gather(*asked)
    for number, answer in enumerate(found):
        assert {one.value for one in answer.revocations} <= {f"storm-{number}"}, "the answer to another caller"
    checked = (service.call("CheckToken", claims={"jti": f"storm-{number}", "exp": 4e9}) for number in range(CHECKED))
    active = [answer.active for answer in await asyncio.gather(*checked)]
    assert active == [not answer.revocations for answer in found]
    return active


async def give_up(call: Any, after: int) -> None:
    """Cancels *call* after some turns of the event loop, wherever it is then."""
    for _ in range(after):
        await asyncio.sleep(0)
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError, grpc.aio.AioRpcError):
        await call


async def test_after_a_storm_of_cancelled_calls_every_answer_is_right(service: Service) -> None:
    """Two thousand calls are cancelled at every stage; then each of two hundred callers gets its own answer, and no file is left open."""
    odd = [f"storm-{number}" for number in range(1, CHECKED, 2)]
    await asyncio.gather(*(service.call("RevokeToken", jti=jti, exp=4e9) for jti in odd))
    expected = [number % 2 == 0 for number in range(CHECKED)]
    await asyncio.gather(*(some_call(service, number) for number in range(1000)))  # connections that stay open are opened
    assert await verdicts(service) == expected
    before = open_files()
    for first in range(0, CANCELLED, 200):
        storm = range(first, first + 200)
        await asyncio.gather(*(give_up(some_call(service, number), after=number % 40) for number in storm))
    assert await verdicts(service) == expected
    await eventually(lambda: open_files() <= before + SOME, within=10)
    assert await service.state(**CLAIMS) == "ACTIVE"


def some_call(service: Service, number: int) -> Any:
    """Starts one of several calls about things of its own."""
    match number % 4:
        case 0:
            return service.call("ListRevocations", scope="SCOPE_TOKEN", value=f"storm-{number % CHECKED}")
        case 1:
            return service.call("RevokeToken", jti=f"cancelled-{number}", exp=4e9)
        case 2:
            return service.call("CreateSession", user_id=f"cancelled-{number}")
        case _:
            return service.call("CheckToken", claims={"jti": f"storm-{number % CHECKED}", "exp": 4e9})


async def test_a_cancelled_write_is_whole_or_not_at_all(service: Service) -> None:
    """Whatever the caller gave up on, state and list agree, and repeating it succeeds."""
    jtis = [f"half-{number}" for number in range(100)]
    await asyncio.gather(*(give_up(service.call("RevokeToken", jti=jti, exp=4e9), after=number % 30) for number, jti in enumerate(jtis)))
    for jti in jtis[::10]:
        await service.call("RevokeToken", jti=jti, exp=4e9)
        listed = await service.call("ListRevocations", scope="SCOPE_TOKEN", value=jti)
        assert [one.value for one in listed.revocations] == [jti]
        assert await service.state(jti=jti, exp=4e9) == "REVOKED"
