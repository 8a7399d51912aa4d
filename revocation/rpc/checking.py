"""CheckToken and BatchCheckTokens. Both lanes ask here, first for what memory answers at once, and only then for what has to wait.

Answers are made as bytes: a message may be cut between two fields, and what is the same for many calls in a row is encoded once.
"""

from typing import Final

from revocation_client.judgement.claims import Claims
from revocation_client.judgement.judge import ACTIVE, Verdict
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import verdict_pb2
from revocation_client.wire import claims_of, timestamp

from ..domain.errors import InvalidFieldError
from ..domain.realms import Realm, Realms
from ..domain.replicas import View
from ..domain.revisions import Revision
from ..service.checks import Checked, Checks
from . import fields
from .messages import verdict_message

MAX_BATCH: Final = 1000


class TokenChecks:
    """Answers both requests for the realms of *realms*. Any thread may call the methods that are not async."""

    def __init__(self, realms: Realms, checks: Checks) -> None:
        self._realms = realms
        self._checks = checks
        self._as_of_one = _AsOf(pb.CheckTokenResponse)
        self._as_of_many = _AsOf(pb.BatchCheckTokensResponse)

    def one_at_once(self, request: pb.CheckTokenRequest) -> bytes | None:
        """Returns the CheckTokenResponse if memory has all that it needs, else None. Raises as `one` does."""
        realm, at_least = self._about(request)
        claims = _claims(request)
        checked = None if claims is None else self._checks.check_at_once(realm, (claims,), at_least)
        return None if checked is None else self._answer(realm, checked)

    async def one(self, request: pb.CheckTokenRequest) -> bytes:
        """Returns the CheckTokenResponse."""
        realm, at_least = self._about(request)
        claims = _claims(request)
        if claims is None:
            return self._answer(realm, await self._checks.check_jwt(realm, request.jwt, at_least))
        return self._answer(realm, await self._checks.check(realm, (claims,), at_least))

    def many_at_once(self, request: pb.BatchCheckTokensRequest) -> bytes | None:
        """Returns the BatchCheckTokensResponse if memory has all that it needs, else None. Raises as `many` does."""
        realm, at_least = self._about(request)
        checked = self._checks.check_at_once(realm, _all_claims(request), at_least)
        return None if checked is None else self._answers(realm, checked)

    async def many(self, request: pb.BatchCheckTokensRequest) -> bytes:
        """Returns the BatchCheckTokensResponse."""
        realm, at_least = self._about(request)
        return self._answers(realm, await self._checks.check(realm, _all_claims(request), at_least))

    def _about(self, request: pb.CheckTokenRequest | pb.BatchCheckTokensRequest) -> tuple[Realm, Revision | None]:
        realm = self._realms.get(fields.optional_text("realm", request.realm))
        demanded = request.at_least_revision
        return realm, fields.revision("at_least_revision", demanded) if demanded else None

    def _answer(self, realm: Realm, checked: Checked) -> bytes:
        payload = pb.CheckTokenResponse(payload=checked.payload).SerializeToString() if checked.payload else b""
        return _verdict(checked.verdicts[0]) + self._as_of_one.bytes(realm, checked.view) + payload

    def _answers(self, realm: Realm, checked: Checked) -> bytes:
        return b"".join(map(_in_batch, checked.verdicts)) + self._as_of_many.bytes(realm, checked.view)


class _AsOf:
    """The fields of *kind* that say as of when it is true."""

    def __init__(self, kind: type[pb.CheckTokenResponse] | type[pb.BatchCheckTokensResponse]) -> None:
        self._kind = kind
        self._last: dict[str, tuple[View, bytes]] = {}

    def bytes(self, realm: Realm, view: View) -> bytes:
        """Returns them encoded. The last ones of each realm are kept: a pair, because two threads may ask."""
        last = self._last.get(realm.name)
        if last is None or not _as_of_the_same(last[0], view):
            message = self._kind(revision=str(view.revision), as_of_time=timestamp(view.as_of), stale=view.stale)
            self._last[realm.name] = last = view, message.SerializeToString()
        return last[1]


def _as_of_the_same(a: View, b: View) -> bool:
    return a.revision is b.revision and a.as_of == b.as_of and a.stale == b.stale


def _claims(request: pb.CheckTokenRequest) -> Claims | None:
    """Returns the claims to check; None: they stand in a jwt."""
    if request.HasField("claims") == bool(request.jwt):
        raise InvalidFieldError("claims", "or jwt must be given, and not both")
    return None if request.jwt else claims_of(request.claims)


def _all_claims(request: pb.BatchCheckTokensRequest) -> list[Claims]:
    if not 1 <= len(request.claims) <= MAX_BATCH:
        raise InvalidFieldError("claims", f"must be 1 to {MAX_BATCH} sets")
    return list(map(claims_of, request.claims))


def _verdict(verdict: Verdict) -> bytes:
    if verdict is ACTIVE:
        return _ACTIVE
    message = verdict_message(verdict)
    cause = message.cause if message.HasField("cause") else None
    return pb.CheckTokenResponse(
        active=message.active, state=message.state, cause=cause, invalid_reason=message.invalid_reason
    ).SerializeToString()


def _in_batch(verdict: Verdict) -> bytes:
    return _ACTIVE_IN_BATCH if verdict is ACTIVE else pb.BatchCheckTokensResponse(verdicts=[verdict_message(verdict)]).SerializeToString()


_ACTIVE_IN_BATCH: Final = pb.BatchCheckTokensResponse(verdicts=[verdict_message(ACTIVE)]).SerializeToString()
_ACTIVE: Final = pb.CheckTokenResponse(active=True, state=verdict_pb2.TOKEN_STATE_ACTIVE).SerializeToString()
