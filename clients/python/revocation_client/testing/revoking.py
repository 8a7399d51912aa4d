"""RevocationService in memory."""

from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from ..errors import RevocationError
from ..judgement.claims import Claims
from ..judgement.judge import Verdict, judge
from ..judgement.millis import ALWAYS, NEVER, Millis, millis_of, next_whole_second
from ..judgement.revocations import Revocation, Scope
from ..status_details import Details
from ..v1 import revocation_service_pb2 as pb
from ..v1 import verdict_pb2
from ..wire import claims_of, revocation_message, time_of, timestamp
from .world import SKEW, World, fault, identifier

_FARTHEST = 5_000


class Revoking:
    """Answers what RevocationService would; each method is an RPC's."""

    def __init__(self, world: World) -> None:
        self._world = world

    def judge(self, claims: Claims) -> Verdict:
        """Returns the verdict about a token."""
        return judge(claims, self._world, self._world.realm.rules, now=self._world.now)

    def CheckToken(self, request: pb.CheckTokenRequest) -> pb.CheckTokenResponse:  # noqa: N802
        if request.jwt:
            raise fault("FAILED_PRECONDITION", "KEYS_NOT_CONFIGURED", "the fake has no keys; use verify", {"realm": self._world.realm.name})
        message = _message(self.judge(claims_of(request.claims)))
        return pb.CheckTokenResponse(
            active=message.active,
            state=message.state,
            cause=message.cause if message.HasField("cause") else None,
            invalid_reason=message.invalid_reason,
            revision=self._world.revision,
            as_of_time=timestamp(self._world.now),
        )

    def BatchCheckTokens(self, request: pb.BatchCheckTokensRequest) -> pb.BatchCheckTokensResponse:  # noqa: N802
        verdicts = [_message(self.judge(claims_of(claims))) for claims in request.claims]
        return pb.BatchCheckTokensResponse(verdicts=verdicts, revision=self._world.revision, as_of_time=timestamp(self._world.now))

    def RevokeToken(self, request: pb.RevokeTokenRequest) -> pb.RevokeTokenResponse:  # noqa: N802
        exp = request.exp if request.HasField("exp") else None
        return pb.RevokeTokenResponse(**self._ended(Scope.TOKEN, identifier("jti", request.jti), self._token_end(exp), request.reason))

    def RevokeSession(self, request: pb.RevokeSessionRequest) -> pb.RevokeSessionResponse:  # noqa: N802
        end = Millis(self._world.now + self._cutoff_life())
        return pb.RevokeSessionResponse(**self._ended(Scope.SESSION, identifier("sid", request.sid), end, request.reason))

    def RevokeKey(self, request: pb.RevokeKeyRequest) -> pb.RevokeKeyResponse:  # noqa: N802
        return pb.RevokeKeyResponse(**self._ended(Scope.KEY, identifier("kid", request.kid), NEVER, request.reason))

    def RevokeUser(self, request: pb.RevokeUserRequest) -> pb.RevokeUserResponse:  # noqa: N802
        keep = [identifier("keep_session_handles", handle) for handle in request.keep_session_handles]
        return pb.RevokeUserResponse(**self._cut_off(Scope.USER, identifier("user_id", request.user_id), request, keep))

    def RevokeClient(self, request: pb.RevokeClientRequest) -> pb.RevokeClientResponse:  # noqa: N802
        return pb.RevokeClientResponse(**self._cut_off(Scope.CLIENT, identifier("client_id", request.client_id), request))

    def RevokeRealm(self, request: pb.RevokeRealmRequest) -> pb.RevokeRealmResponse:  # noqa: N802
        return pb.RevokeRealmResponse(**self._cut_off(Scope.REALM, "", request))

    def AllowToken(self, request: pb.AllowTokenRequest) -> pb.AllowTokenResponse:  # noqa: N802
        jti, world = identifier("jti", request.jti), self._world
        if not world.realm.allowlist:
            raise fault("FAILED_PRECONDITION", "ALLOWLIST_DISABLED", "the realm keeps no allowlist", {"realm": world.realm.name})
        end = self._token_end(request.exp if request.HasField("exp") else None)
        world.allowed[jti] = max(end, world.allowed.get(jti, end))
        return pb.AllowTokenResponse(expire_time=timestamp(world.allowed[jti]))

    def ListRevocations(self, request: pb.ListRevocationsRequest) -> pb.ListRevocationsResponse:  # noqa: N802
        """All in pages whose tokens are numbers."""
        found = [one for one in self._world.in_force() if request.scope in (0, int(one.scope))]
        if request.value:
            found = [one for one in found if one.value == request.value]
        first = int(request.page_token or 0)
        behind = first + (request.page_size or 100)
        more = str(behind) if behind < len(found) else ""
        return pb.ListRevocationsResponse(revocations=map(revocation_message, found[first:behind]), next_page_token=more)

    def end_sessions(self, handles: Sequence[str], reason: str) -> str:
        """End sessions and their tokens; returns the revision."""
        for handle in handles:
            self._ended(Scope.SESSION, handle, Millis(self._world.now + self._cutoff_life()), reason)
        return self._world.revision

    def _ended(self, scope: Scope, value: str, end: Millis, reason: str) -> dict[str, Any]:
        put = self._world.put(Revocation(scope, value, ALWAYS, end, create_time=self._world.now, reason=reason))
        return {"revocation": revocation_message(put), "revision": self._world.revision}

    def _cut_off(self, scope: Scope, value: str, request: Any, keep: Sequence[str] = ()) -> dict[str, Any]:
        world = self._world
        known = world.find(scope, value)
        cutoff = self._cutoff(request.issued_before) if request.HasField("issued_before") else None
        time = cutoff if cutoff is not None else Millis(world.now + world.realm.cutoff_margin)
        floors = {handle: known.floor(handle) if known else Millis(0) for handle in keep}
        kept = {handle: floor for handle, floor in floors.items() if floor < time}
        end = Millis(time + self._cutoff_life())
        put = world.put(Revocation(scope, value, time, end, kept, world.now, request.reason))
        valid_from = timestamp(next_whole_second(put.issued_before))
        return {"revocation": revocation_message(put), "revision": world.revision, "tokens_valid_from": valid_from}

    def _cutoff(self, time: Timestamp) -> Millis:
        cutoff = time_of(time)
        if cutoff > self._world.now + _FARTHEST:
            rule = "must be at most 5 seconds ahead of the store's clock"
            details = Details("ERROR_REASON_INVALID_FIELD", {"field": "issued_before"}, (("issued_before", rule),))
            raise RevocationError(grpc.StatusCode.INVALID_ARGUMENT, f"issued_before {rule}", details, writes=True)
        return cutoff

    def _token_end(self, exp: float | None) -> Millis:
        realm = self._world.realm
        if exp is None:
            return Millis(self._world.now + realm.longest_token_life + realm.leeway + SKEW)
        return next_whole_second(Millis(millis_of(exp) + realm.leeway + SKEW))

    def _cutoff_life(self) -> int:
        realm = self._world.realm
        return max(realm.longest_token_life, realm.longest_session_life) + realm.leeway + SKEW


def _message(verdict: Verdict) -> verdict_pb2.Verdict:
    return verdict_pb2.Verdict(
        active=verdict.active,
        state=verdict_pb2.TokenState.ValueType(verdict.state),
        cause=revocation_message(verdict.cause) if verdict.cause else None,
        invalid_reason=verdict_pb2.InvalidReason.ValueType(verdict.invalid_reason or 0),
    )
