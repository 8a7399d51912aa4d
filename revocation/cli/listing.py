"""`list`: see which revocations are in force."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer
from revocation_client.v1 import revocation_pb2, revocation_service_pb2

from .asking import Ask, asking
from .printing import Cell, print_short_time, print_table, print_time


class ScopeName(StrEnum):
    """The scopes, as they are typed."""

    TOKEN = "token"  # noqa: S105 # a word, not a secret
    USER = "user"
    SESSION = "session"
    CLIENT = "client"
    KEY = "key"
    REALM = "realm"


def list_revocations(
    ask: Ask,
    scope: Annotated[ScopeName | None, typer.Option(help="Only this scope.")] = None,
    value: Annotated[str, typer.Option(help="Only the revocation of this value; needs --scope.")] = "",
    page_size: Annotated[int, typer.Option(help="Revocations to ask for at once, 1 to 1000.")] = 1000,
) -> None:
    """List the revocations in force.

    Those that end first come first.

    Exit codes: 0 done, 2 error.
    """
    number = revocation_pb2.Scope.Value(f"SCOPE_{scope.name}") if scope else revocation_pb2.SCOPE_UNSPECIFIED
    request = revocation_service_pb2.ListRevocationsRequest(realm=ask.realm, scope=number, value=value, page_size=page_size)
    found = revocation_service_pb2.ListRevocationsResponse(revocations=_every_page(ask, request))
    ask.show(found, lambda found: print_table(_COLUMNS, [_row(one) for one in found.revocations], "Nothing is revoked."))


def register(app: typer.Typer) -> None:
    """Adds the command to *app*."""
    app.command("list")(asking(list_revocations))


def revocation_fields(revocation: revocation_pb2.Revocation) -> list[tuple[str, str]]:
    """Returns what a person wants to know of one revocation."""
    return [
        ("Scope", _scope(revocation)),
        ("Value", revocation.value),
        ("Issued before", print_time(revocation.issued_before) if revocation.HasField("issued_before") else "any time"),
        ("Kept sessions", _kept(revocation)),
        ("Until", print_time(revocation.expire_time) if revocation.HasField("expire_time") else "for ever"),
        ("Written", print_time(revocation.create_time)),
        ("Reason", revocation.reason),
    ]


_COLUMNS = ("Scope", "Value", "Issued before", "Kept", "Until", "Reason")


def _row(revocation: revocation_pb2.Revocation) -> tuple[Cell, ...]:
    issued_before = print_short_time(revocation.issued_before) if revocation.HasField("issued_before") else "any time"
    until = print_short_time(revocation.expire_time) if revocation.HasField("expire_time") else "for ever"
    return _scope(revocation), revocation.value, issued_before, _kept(revocation), until, revocation.reason


def _scope(revocation: revocation_pb2.Revocation) -> str:
    return revocation_pb2.Scope.Name(revocation.scope).removeprefix("SCOPE_").lower()


def _kept(revocation: revocation_pb2.Revocation) -> str:
    return ", ".join(kept.handle for kept in revocation.kept_sessions)


def _every_page(ask: Ask, request: revocation_service_pb2.ListRevocationsRequest) -> Iterator[revocation_pb2.Revocation]:
    while True:
        page = ask.call(ask.revocations.ListRevocations, request)
        yield from page.revocations
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
