"""The reasons of revocations, for people: kept beside the index, which has no room for them."""

from collections import OrderedDict
from dataclasses import replace
from typing import Final

from revocation_client.judgement.index import RevocationIndex
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Revocation, Scope

MOST_TEXTS: Final = 100_000


class ExplainedIndex:
    """An `Index` whose findings say why and since when, for the latest MOST_TEXTS of them. It knows what was allowed, once told."""

    def __init__(self, index: RevocationIndex) -> None:
        self.index: Final = index
        self._texts: OrderedDict[tuple[Scope, str], tuple[Millis, str]] = OrderedDict()
        self._allowed: OrderedDict[str, Millis] = OrderedDict()

    def find(self, scope: Scope, value: str) -> Revocation | None:
        found = self.index.find(scope, value)
        if found is None or (text := self._texts.get((scope, value))) is None:  # looked up once: another thread may forget it
            return found
        create_time, reason = text
        return replace(found, create_time=create_time, reason=reason)

    def allowed_until(self, jti: str) -> Millis | None:
        return self._allowed.get(jti)

    def put(self, revocation: Revocation, now: Millis) -> None:
        """Merge *revocation* in."""
        self.index.put(revocation, now)
        self._texts[revocation.scope, revocation.value] = revocation.create_time, revocation.reason
        if len(self._texts) > MOST_TEXTS:
            self._texts.popitem(last=False)

    def allow(self, jti: str, until: Millis) -> None:
        """Remember that a token was allowed: that never ends before *until*, because to disallow is to revoke."""
        self._allowed[jti] = until
        if len(self._allowed) > MOST_TEXTS:
            self._allowed.popitem(last=False)
