"""The quick look at a token that is most likely good."""

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from .judgement.index import RevocationIndex
from .judgement.judge import Rules
from .judgement.packing import EXPIRY_BITS
from .judgement.revocations import Revocation, Scope

Clock = Callable[[], float]
Find = Callable[[str], int | None]

_FAR: Final = 9e9
"""Seconds: beyond this (the year 2255) numbers are odd."""

_MARGIN: Final = 0.01
"""Seconds before a boundary that are left to the judge, who counts in whole milliseconds."""


class SwiftIndex(RevocationIndex):
    """An index that lends out its look-ups, so that a check need not go through `find`."""

    def lookup(self, scope: Scope) -> Find:
        """Returns the look-up of packed entries of *scope*, without kept sessions."""
        return self._tables[scope].find

    @property
    def kept(self) -> Mapping[str, Revocation]:
        """The cut-offs of users that spare sessions."""
        return self._with_kept


class Swift:
    """Lets good tokens pass in a microsecond. It knows no more than `judge` does, and leaves to that whatever is not plainly good.

    It is closed until *fresh_until* is set, a time of the monotonic clock. One thread may change what others read.
    """

    __slots__ = (
        *("clock", "fresh_until", "find_client", "find_key", "find_session", "find_token", "find_user"),
        *("issuer", "kept", "longest_life", "realm_floor", "wall"),
    )

    def __init__(self, index: SwiftIndex, rules: Rules, wall: Clock = time.time, clock: Clock = time.monotonic) -> None:
        self.fresh_until = -math.inf
        self.wall, self.clock = wall, clock
        self.issuer, self.longest_life = rules.issuer, rules.longest_token_life / 1000
        self.find_token, self.find_user = index.lookup(Scope.TOKEN), index.lookup(Scope.USER)
        self.find_session, self.find_client = index.lookup(Scope.SESSION), index.lookup(Scope.CLIENT)
        self.find_key, self.kept = index.lookup(Scope.KEY), index.kept
        self.note_realm(index)

    def note_realm(self, index: SwiftIndex) -> None:
        """Take in the realm's own cut-off; call it whenever that may have changed."""
        found = index.find(Scope.REALM, "")
        self.realm_floor = found.issued_before / 1000 + _MARGIN if found else 0.0

    def passes(self, payload: Any, kid: str = "") -> bool:
        """Whether `judge` surely calls the token ACTIVE. It is long because each call that it made would cost a tenth of its time."""
        try:
            issued, ends, text, soon = payload["iat"], payload["exp"], payload["sub"], self.wall() + _MARGIN
            if not (
                self.realm_floor <= issued < _FAR
                and soon < ends < _FAR
                and soon - issued < self.longest_life
                and self.clock() < self.fresh_until
                and text
                and not (self.kept and text in self.kept)
                and (type(issued) is int or type(issued) is float)
                and (type(ends) is int or type(ends) is float)
            ):
                return False
            entry = self.find_user(text)
            if entry is not None and issued * 1000 <= entry >> EXPIRY_BITS:
                return False
            if "jti" in payload:
                jti = payload["jti"]
                text = text + jti
                if self.find_token(jti) is not None:
                    return False
            if "sid" in payload:
                sid = payload["sid"]
                text = text + sid
                if self.find_session(sid) is not None:
                    return False
            if "client_id" in payload:
                client = payload["client_id"]
                text = text + client
                entry = self.find_client(client)
                if entry is not None and issued * 1000 <= entry >> EXPIRY_BITS:
                    return False
            if "iss" in payload:
                issuer = payload["iss"]
                text = text + issuer
                if self.issuer and issuer != self.issuer:
                    return False
            if kid:
                text = text + kid
                if self.find_key(kid) is not None:
                    return False
            return text.isascii() and text.isprintable() and len(text) <= 256
        except (KeyError, TypeError, AttributeError, ValueError):  # a claim is missing or of an odd type
            return False
