"""`revoke` and `allow`: end tokens and sessions, and let tokens in."""

from datetime import datetime
from typing import Annotated, Any

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from revocation_client.v1 import revocation_service_pb2

from .asking import Ask, asking
from .listing import revocation_fields
from .printing import print_fields, print_line, print_time

Reason = Annotated[str, typer.Option(help="Why; for people.")]
Exp = Annotated[
    float | None, typer.Option(metavar="SECONDS", help="The token's own exp; without it, the realm's longest token life counts.")
]
Before = Annotated[
    str | None, typer.Option("--issued-before", metavar="TIME", help="The cut-off in RFC 3339, as 2026-11-23T18:00:00Z; without it, now.")
]


def revoke_token(ask: Ask, jti: Annotated[str, typer.Argument(help="The token's jti.")], exp: Exp = None, reason: Reason = "") -> None:
    """End one token.

    Exit codes: 0 done, 2 error.
    """
    request = revocation_service_pb2.RevokeTokenRequest(realm=ask.realm, jti=jti, exp=exp, reason=reason)
    ask.show(ask.call(ask.revocations.RevokeToken, request), _show_revoked)


def revoke_user(
    ask: Ask,
    user_id: Annotated[str, typer.Argument(help="The user, as tokens name it in sub.")],
    issued_before: Before = None,
    keep: Annotated[list[str] | None, typer.Option(metavar="HANDLE", help="A session that stays alive; up to 8 times.")] = None,
    reason: Reason = "",
) -> None:
    """End every token and session of a user.

    Exit codes: 0 done, 2 error.
    """
    request = revocation_service_pb2.RevokeUserRequest(
        realm=ask.realm, user_id=user_id, issued_before=_time(issued_before), keep_session_handles=keep or (), reason=reason
    )
    ask.show(ask.call(ask.revocations.RevokeUser, request), _show_revoked)


def revoke_session(ask: Ask, sid: Annotated[str, typer.Argument(help="The session's handle.")], reason: Reason = "") -> None:
    """End one session and the tokens that carry its handle in sid.

    Exit codes: 0 done, 2 error.
    """
    request = revocation_service_pb2.RevokeSessionRequest(realm=ask.realm, sid=sid, reason=reason)
    ask.show(ask.call(ask.revocations.RevokeSession, request), _show_revoked)


def revoke_client(
    ask: Ask,
    client_id: Annotated[str, typer.Argument(help="The OAuth client, as tokens name it in client_id.")],
    issued_before: Before = None,
    reason: Reason = "",
) -> None:
    """End every token of an OAuth client.

    Exit codes: 0 done, 2 error.
    """
    request = revocation_service_pb2.RevokeClientRequest(
        realm=ask.realm, client_id=client_id, issued_before=_time(issued_before), reason=reason
    )
    ask.show(ask.call(ask.revocations.RevokeClient, request), _show_revoked)


def revoke_key(ask: Ask, kid: Annotated[str, typer.Argument(help="The key's kid.")], reason: Reason = "") -> None:
    """End every token that a key has signed or ever will.

    Exit codes: 0 done, 2 error.
    """
    request = revocation_service_pb2.RevokeKeyRequest(realm=ask.realm, kid=kid, reason=reason)
    ask.show(ask.call(ask.revocations.RevokeKey, request), _show_revoked)


def revoke_realm(
    ask: Ask,
    realm: Annotated[str, typer.Argument(help='The realm, spelled out even when it is "default": that is the confirmation.')],
    issued_before: Before = None,
    reason: Reason = "",
) -> None:
    """End every token and session of a realm: everybody logs in again.

    Exit codes: 0 done, 2 error.
    """
    request = revocation_service_pb2.RevokeRealmRequest(realm=realm, issued_before=_time(issued_before), reason=reason)
    ask.show(ask.call(ask.revocations.RevokeRealm, request), _show_revoked)


def allow(ask: Ask, jti: Annotated[str, typer.Argument(help="The token's jti.")], exp: Exp = None) -> None:
    """Put a token on the realm's allowlist.

    To take it off again, revoke it.

    Exit codes: 0 done, 2 error.
    """
    request = revocation_service_pb2.AllowTokenRequest(realm=ask.realm, jti=jti, exp=exp)
    answer = ask.call(ask.revocations.AllowToken, request)
    ask.show(answer, lambda answer: print_line(f"Allowed until {print_time(answer.expire_time)}", "green"))


def register(app: typer.Typer) -> None:
    """Adds the commands of this module to *app*."""
    revoke = typer.Typer(no_args_is_help=True)
    app.add_typer(revoke, name="revoke", help="End tokens and sessions.")
    for name, command in (("token", revoke_token), ("user", revoke_user), ("session", revoke_session), ("client", revoke_client)):
        revoke.command(name)(asking(command))
    revoke.command("key")(asking(revoke_key))
    revoke.command("realm")(asking(revoke_realm, realm=False))
    app.command("allow")(asking(allow))


def _show_revoked(answer: Any) -> None:
    """Shows the answer to any of the Revoke RPCs: some have cut-offs and some have none."""
    print_line("Revoked", "green")
    valid_from = print_time(answer.tokens_valid_from) if hasattr(answer, "tokens_valid_from") else ""
    print_fields([*revocation_fields(answer.revocation), ("Tokens valid from", valid_from), ("Revision", answer.revision)])


def _time(written: str | None) -> Timestamp | None:
    if written is None:
        return None
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(f"{written!r} is not a time in RFC 3339") from None
    if time.tzinfo is None:
        raise typer.BadParameter(f"{written!r} has no time zone: end it with Z or an offset")
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp
