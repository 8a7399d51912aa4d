"""RevocationService: each handler reads its request, asks a use case, and writes the answer."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from revocation_client.judgement.millis import next_whole_second
from revocation_client.judgement.revocations import Scope
from revocation_client.v1 import revocation_pb2
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import revocation_service_pb2_grpc as pb_grpc
from revocation_client.wire import revocation_message, timestamp

from ..domain.errors import InvalidFieldError, Reason, ServiceError
from ..domain.orders import Order, cutoff_order, key_order, session_order, token_end, token_life, token_order
from ..domain.realms import Realm, Realms
from ..domain.stores import Cursor, Page, RevocationStore, Written
from . import fields
from .checking import TokenChecks
from .page_tokens import revocations_cursor, revocations_token
from .watching import WatchStreams


class RevocationServicer(pb_grpc.RevocationServiceServicer):
    """Serves the realms of *realms* with the use cases given."""

    def __init__(self, realms: Realms, store: RevocationStore, checks: TokenChecks, streams: WatchStreams) -> None:
        self._realms = realms
        self._store = store
        self._checks = checks
        self._streams = streams

    async def CheckToken(self, request: pb.CheckTokenRequest, context: Any) -> Any:
        return self._checks.one_at_once(request) or await self._checks.one(request)

    async def BatchCheckTokens(self, request: pb.BatchCheckTokensRequest, context: Any) -> Any:
        return self._checks.many_at_once(request) or await self._checks.many(request)

    async def RevokeToken(self, request: pb.RevokeTokenRequest, context: Any) -> pb.RevokeTokenResponse:
        realm = self._realm(request.realm)
        jti, exp, reason = fields.identifier("jti", request.jti), _exp(request), fields.optional_text("reason", request.reason)
        return pb.RevokeTokenResponse(**_written(await self._revoke(realm, token_order(realm, jti, exp, reason))))

    async def RevokeUser(self, request: pb.RevokeUserRequest, context: Any) -> pb.RevokeUserResponse:
        realm = self._realm(request.realm)
        user_id = fields.identifier("user_id", request.user_id)
        keep = fields.kept_handles("keep_session_handles", request.keep_session_handles)
        return pb.RevokeUserResponse(**await self._cut_off(realm, Scope.USER, user_id, request, keep))

    async def RevokeSession(self, request: pb.RevokeSessionRequest, context: Any) -> pb.RevokeSessionResponse:
        realm = self._realm(request.realm)
        sid, reason = fields.identifier("sid", request.sid), fields.optional_text("reason", request.reason)
        return pb.RevokeSessionResponse(**_written(await self._revoke(realm, session_order(realm, sid, reason))))

    async def RevokeClient(self, request: pb.RevokeClientRequest, context: Any) -> pb.RevokeClientResponse:
        realm = self._realm(request.realm)
        client_id = fields.identifier("client_id", request.client_id)
        return pb.RevokeClientResponse(**await self._cut_off(realm, Scope.CLIENT, client_id, request))

    async def RevokeKey(self, request: pb.RevokeKeyRequest, context: Any) -> pb.RevokeKeyResponse:
        realm = self._realm(request.realm)
        kid, reason = fields.identifier("kid", request.kid), fields.optional_text("reason", request.reason)
        return pb.RevokeKeyResponse(**_written(await self._revoke(realm, key_order(kid, reason))))

    async def RevokeRealm(self, request: pb.RevokeRealmRequest, context: Any) -> pb.RevokeRealmResponse:
        realm = self._realm(fields.identifier("realm", request.realm))
        return pb.RevokeRealmResponse(**await self._cut_off(realm, Scope.REALM, "", request))

    async def AllowToken(self, request: pb.AllowTokenRequest, context: Any) -> pb.AllowTokenResponse:
        realm = self._realm(request.realm)
        jti, exp = fields.identifier("jti", request.jti), _exp(request)
        if not realm.rules.allowlist:
            message = f"realm {realm.name!r} keeps no allowlist; set `allowlist = true` in REVOCATION_REALMS_FILE"
            raise ServiceError(Reason.ALLOWLIST_DISABLED, message, {"realm": realm.name})
        until = await self._store.allow(realm, jti, token_end(realm, exp), token_life(realm))
        return pb.AllowTokenResponse(expire_time=timestamp(until))

    async def ListRevocations(self, request: pb.ListRevocationsRequest, context: Any) -> pb.ListRevocationsResponse:
        realm, scope = self._realm(request.realm), _scope(request)
        size = fields.page_size("page_size", request.page_size, default=100, most=1000)
        after = revocations_cursor(realm.name, scope, request.page_token)
        page = await self._page(realm, scope, request.value, after, size)
        return pb.ListRevocationsResponse(
            revocations=map(revocation_message, page.revocations), next_page_token=revocations_token(realm.name, scope, page.next)
        )

    async def WatchRevocations(self, request: pb.WatchRevocationsRequest, context: Any) -> AsyncIterator[Any]:
        realm, resume = self._realm(request.realm), fields.revision("resume_revision", request.resume_revision)
        async for message in self._streams.stream(realm, resume):
            yield message

    def _realm(self, name: str) -> Realm:
        return self._realms.get(fields.optional_text("realm", name))

    async def _revoke(self, realm: Realm, order: Order) -> Written:
        return await self._store.revoke(realm, (order,))

    async def _cut_off(self, realm: Realm, scope: Scope, value: str, request: Any, keep: Sequence[str] = ()) -> dict[str, Any]:
        issued_before = fields.cutoff("issued_before", request.issued_before) if request.HasField("issued_before") else None
        reason = fields.optional_text("reason", request.reason)
        written = await self._revoke(realm, cutoff_order(realm, scope, value, issued_before, reason, tuple(keep)))
        valid_from = next_whole_second(written.revocations[0].issued_before)
        return {**_written(written), "tokens_valid_from": timestamp(valid_from)}

    async def _page(self, realm: Realm, scope: Scope | None, value: str, after: Cursor | None, size: int) -> Page:
        if not value:
            return await self._store.page(realm, scope, after, size)
        if scope is None:
            raise InvalidFieldError("value", "needs a scope")
        reading = await self._store.read(realm, [(scope, fields.identifier("value", value))])
        return Page(tuple(one for one in reading.revocations.values() if reading.time < one.expire_time), None, "")


def _exp(request: pb.RevokeTokenRequest | pb.AllowTokenRequest) -> float | None:
    return fields.numeric_date("exp", request.exp) if request.HasField("exp") else None


def _scope(request: pb.ListRevocationsRequest) -> Scope | None:
    if request.scope not in revocation_pb2.Scope.values():
        raise InvalidFieldError("scope", "must be one of Scope's values")
    return Scope(request.scope) if request.scope else None


def _written(written: Written) -> dict[str, Any]:
    return {"revocation": revocation_message(written.revocations[0]), "revision": str(written.revision)}
