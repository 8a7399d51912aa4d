"""Checking tokens."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from revocation_client.judgement.claims import Claims, InvalidReason
from revocation_client.judgement.judge import State, Verdict, judge
from revocation_client.judgement.millis import Millis

from ..domain.realms import Realm
from ..domain.replicas import Replicas, View
from ..domain.revisions import Revision
from ..domain.verification import TokenVerifier

Clock = Callable[[], Millis]


class Checked(NamedTuple):
    """Verdicts, and the view that they were made from."""

    verdicts: Sequence[Verdict]
    view: View
    payload: str = ""


class Checks:
    """Judges tokens by what is known in memory; *clock* serves for expiry only."""

    def __init__(self, replicas: Replicas, verifier: TokenVerifier, clock: Clock) -> None:
        self._replicas = replicas
        self._verifier = verifier
        self._clock = clock

    def check_at_once(self, realm: Realm, claims: Sequence[Claims], at_least: Revision | None) -> Checked | None:
        """Returns what `check` returns when memory has all that it needs, else None. Any thread may ask."""
        view = self._replicas.glance(realm, at_least)
        if view is None or (realm.rules.allowlist and not self._replicas.knows_allowed(realm, _jtis(claims))):
            return None
        return self._judged(realm, claims, view)

    async def check(self, realm: Realm, claims: Sequence[Claims], at_least: Revision | None) -> Checked:
        """Returns one verdict for each of *claims*, all as of one revision, which includes *at_least*."""
        view = await self._replicas.view(realm, at_least)
        if realm.rules.allowlist:
            await self._replicas.learn_allowed(realm, _jtis(claims))
        return self._judged(realm, claims, view)

    async def check_jwt(self, realm: Realm, jwt: str, at_least: Revision | None) -> Checked:
        """Returns the verdict about a raw token, with its payload when signature and form are good."""
        verified = await self._verifier.verify(realm, jwt, now=self._clock())
        if isinstance(verified, InvalidReason):
            view = await self._replicas.view(realm, at_least)
            return Checked((Verdict(State.INVALID, invalid_reason=verified),), view)
        checked = await self.check(realm, (verified.claims,), at_least)
        return Checked(checked.verdicts, checked.view, verified.payload)

    def _judged(self, realm: Realm, claims: Sequence[Claims], view: View) -> Checked:
        now = self._clock()
        return Checked([judge(one, view.index, realm.rules, now=now) for one in claims], view)


def _jtis(claims: Sequence[Claims]) -> set[str]:
    return {one.jti for one in claims if one.jti}
