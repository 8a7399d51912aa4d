"""Which of a user's places still have a living session; the others are freed on the way."""

import asyncio
from collections.abc import Collection
from typing import Final

from revocation_client.judgement.millis import Millis

from ..domain.realms import Realm
from ..domain.sessions import CREATION_TIME, Place, StoredSession
from ..domain.stores import SessionStore
from .living import Found, LivingSessions

_LONGEST_CHAIN: Final = 8
"""How many rotations a place may lag behind."""


async def living_of(
    sessions: SessionStore, living: LivingSessions, realm: Realm, user_id: str, places: Collection[Place]
) -> list[StoredSession]:
    """Returns the living sessions of *places*, and frees those whose sessions are dead, or gone and not about to be written."""
    found = await asyncio.gather(*(behind(sessions, realm, user_id, place) for place in places))
    theirs = [one.session for one in found if one is not None]
    now, lives = await living.which_live(realm, theirs)
    alive = {session.handle: session for session, lives_on in zip(theirs, lives, strict=True) if lives_on}
    dead = {session.handle for session in theirs} - alive.keys()
    gone = [place.handle for place in places if place.handle not in alive and (place.handle in dead or _settled(place, now))]
    if gone:
        await sessions.forget(realm, user_id, gone)
    return list(alive.values())


async def behind(sessions: SessionStore, realm: Realm, user_id: str, place: Place) -> Found | None:
    """Returns the user's session that *place* stands for, or None.

    A place may point to a digest that was rotated away: a rotation moves it last, and a use that began before may move it back.
    """
    digest = place.digest
    for _ in range(_LONGEST_CHAIN):
        session = await sessions.read(realm, digest)
        if session is not None and not session.successor:
            return Found(digest, session) if (session.handle, session.user_id) == (place.handle, user_id) else None
        digest = await sessions.heir(realm, digest)
        if not digest:
            break
    return None


def _settled(place: Place, now: Millis) -> bool:
    """Whether a place without a session cannot be one whose session is about to be written."""
    return place.auth_time + 3 * CREATION_TIME < now
