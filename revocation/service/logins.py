"""Admitting log-ins: when a user may begin a session, judged in the realm's slot so that no revocation is raced past."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Revocation, Scope

from ..domain.deadline import deadline
from ..domain.errors import Reason, ServiceError
from ..domain.realms import SECOND, Realm
from ..domain.revisions import Revision
from ..domain.stores import RevocationStore


@dataclass(frozen=True, slots=True)
class Admission:
    """A log-in that may happen at *time*, and the floors (by handle; "" for all others) below which the user's sessions are dead."""

    time: Millis
    floors: Mapping[str, Millis]
    revision: Revision


async def admit(store: RevocationStore, realm: Realm, user_id: str) -> Admission:
    """Returns when *user_id* (empty: nobody yet) may log in: now, or as soon as a cut-off that lies a moment ahead is past.

    So a log-in is either before a cut-off, and dead, or after it. Raises LOGIN_CUT_OFF when that is past the call's deadline.
    """
    names = {(Scope.REALM, ""), *([(Scope.USER, user_id)] if user_id else [])}
    while True:
        reading = await store.read(realm, names)
        floors = floors_of([one for one in reading.revocations.values() if reading.time < one.expire_time])
        wait = floors.get("", reading.time) - reading.time
        if wait <= 0:
            return Admission(reading.time, floors, reading.position.revision)
        await _wait(wait, floors[""])


def floors_of(cutoffs: list[Revocation]) -> dict[str, Millis]:
    """Returns the floors that *cutoffs* of a user and of the realm set together; {} for none."""
    handles = {"", *(handle for one in cutoffs for handle in one.kept)}
    return {handle: max(one.floor(handle) for one in cutoffs) for handle in handles} if cutoffs else {}


async def _wait(milliseconds: int, until: Millis) -> None:
    limit = deadline.get()
    if limit is not None and asyncio.get_running_loop().time() + milliseconds / SECOND > limit:
        raise ServiceError(
            Reason.LOGIN_CUT_OFF, "a cut-off that lies ahead refuses this log-in; try again later", {"valid_from": rfc3339(until)}
        )
    await asyncio.sleep(milliseconds / SECOND)


def rfc3339(time: Millis) -> str:
    """Returns *time* as RFC 3339 prints it, in UTC."""
    return datetime.fromtimestamp(time / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
