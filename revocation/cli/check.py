"""`check`: ask whether a token is still good."""

from collections.abc import Callable
from typing import Annotated, Any

import typer
from revocation_client.v1 import claims_pb2, revocation_service_pb2, verdict_pb2

from .asking import Ask, asking, read_secret
from .failures import REFUSED
from .listing import revocation_fields
from .printing import print_fields, print_line, print_time

Time = Annotated[float | None, typer.Option(metavar="SECONDS", help="Seconds since the epoch, fractions allowed.")]


def check(
    ask: Ask,
    sub: Annotated[str, typer.Option(help="The user.")] = "",
    jti: Annotated[str, typer.Option(help="The token's own identifier.")] = "",
    iat: Time = None,
    exp: Time = None,
    sid: Annotated[str, typer.Option(help="The handle of the token's session.")] = "",
    client_id: Annotated[str, typer.Option(help="The OAuth client.")] = "",
    kid: Annotated[str, typer.Option(help="The key that signed it.")] = "",
    iss: Annotated[str, typer.Option(help="The issuer.")] = "",
    jwt_stdin: Annotated[bool, typer.Option("--jwt-stdin", help="Read a signed token from standard input, instead of claims.")] = False,
    at_least_revision: Annotated[str, typer.Option(metavar="REVISION", help="Reflect at least the write that returned this.")] = "",
) -> None:
    """Ask whether a token is still good.

    Give the claims of a token that you have verified, or have the service verify it.

    Exit codes: 0 active, 1 refused, 2 error.
    """
    claims = claims_pb2.Claims(sub=sub, jti=jti, iat=iat, exp=exp, sid=sid, client_id=client_id, kid=kid, iss=iss)
    if jwt_stdin == bool(claims.ByteSize()):
        raise typer.BadParameter("give either claims or --jwt-stdin")
    request = revocation_service_pb2.CheckTokenRequest(realm=ask.realm, at_least_revision=at_least_revision)
    if jwt_stdin:
        request.jwt = read_secret("jwt")
    else:
        request.claims.CopyFrom(claims)
    verdict = ask.call(ask.revocations.CheckToken, request)
    ask.show(verdict, _show)
    if not verdict.active:
        raise typer.Exit(REFUSED)


def register(app: typer.Typer) -> None:
    """Adds the command to *app*."""
    app.command("check")(asking(check))


def _show(verdict: revocation_service_pb2.CheckTokenResponse) -> None:
    state = _word(verdict_pb2.TokenState.Name, verdict.state, "TOKEN_STATE_")
    fault = _word(verdict_pb2.InvalidReason.Name, verdict.invalid_reason, "INVALID_REASON_") if verdict.invalid_reason else ""
    cause = revocation_fields(verdict.cause) if verdict.HasField("cause") else []
    as_of = print_time(verdict.as_of_time) + (" (stale)" if verdict.stale else "")
    print_line(state, "bold green" if verdict.active else "bold red")
    print_fields([("Fault", fault), *cause, ("Revision", verdict.revision), ("As of", as_of), ("Payload", verdict.payload)])


def _word(name_of: Callable[[Any], str], number: int, prefix: str) -> str:
    try:
        return name_of(number).removeprefix(prefix)
    except ValueError:
        return f"unknown ({number})"
