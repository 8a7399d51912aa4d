"""Checking tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from revocation_client.judgement.claims import Claims, InvalidReason, fault
from revocation_client.judgement.judge import State, Verdict, judge, named
from revocation_client.judgement.millis import Millis

from ..domain.errors import Reason, ServiceError
from ..domain.realms import Realm
from ..domain.revisions import Position, Revision
from ..domain.stores import RevocationStore
from ..domain.verification import TokenVerifier

Clock = Callable[[], Millis]


@dataclass(frozen=True, slots=True)
class Checked:
    """Verdicts, the revision that they reflect, and the time before which every acknowledged write is reflected."""

    verdicts: tuple[Verdict, ...]
    revision: Revision
    as_of: Millis
    payload: str = ""


class Checks:
    """Judges tokens by what the store holds; *clock* serves for expiry only."""

    def __init__(self, store: RevocationStore, verifier: TokenVerifier, clock: Clock) -> None:
        self._store = store
        self._verifier = verifier
        self._clock = clock

    async def check(self, realm: Realm, claims: Sequence[Claims], at_least: Revision | None) -> Checked:
        """Returns one verdict for each of *claims*, all as of one revision, which includes *at_least*."""
        fit = [one for one in claims if fault(one, realm.rules.issuer) is None]
        names = {name for one in fit for name in named(one)}
        jtis = {one.jti for one in fit if one.jti} if realm.rules.allowlist else set()
        reading = await self._store.read(realm, names, jtis)
        demand(reading.position, at_least)
        now = self._clock()
        verdicts = tuple(judge(one, reading, realm.rules, now=now) for one in claims)
        return Checked(verdicts, reading.position.revision, reading.time)

    async def check_jwt(self, realm: Realm, jwt: str, at_least: Revision | None) -> Checked:
        """Returns the verdict about a raw token, with its payload when signature and form are good."""
        verified = await self._verifier.verify(realm, jwt, now=self._clock())
        if isinstance(verified, InvalidReason):
            reading = await self._store.read(realm, ())
            demand(reading.position, at_least)
            return Checked((Verdict(State.INVALID, invalid_reason=verified),), reading.position.revision, reading.time)
        checked = await self.check(realm, (verified.claims,), at_least)
        return Checked(checked.verdicts, checked.revision, checked.as_of, verified.payload)


def demand(position: Position, at_least: Revision | None) -> None:
    """Raises REVISION_UNREACHABLE unless *position*, which is the store's own, includes *at_least*."""
    if at_least is not None and not position.includes(at_least):
        message = "at_least_revision is ahead of the store, of another realm, or of a history that was lost"
        raise ServiceError(Reason.REVISION_UNREACHABLE, message, {"revision": str(at_least)})
