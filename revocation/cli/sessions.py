"""`sessions`: see and end a user's sessions."""

from collections.abc import Iterator
from typing import Annotated

import typer
from revocation_client.v1 import session_pb2, session_service_pb2
from rich.text import Text

from .asking import Ask, asking, read_secret
from .printing import Cell, print_fields, print_line, print_short_time, print_table, printable

SecretStdin = Annotated[bool, typer.Option("--session-id-stdin", help="Read the secret session id from standard input.")]


def list_sessions(
    ask: Ask,
    user_id: Annotated[str, typer.Argument(help="The user.")],
    current_stdin: Annotated[
        bool, typer.Option("--current-stdin", help="Read the current session's id from standard input, to mark it.")
    ] = False,
    page_size: Annotated[int, typer.Option(help="Sessions to ask for at once, 1 to 100.")] = 100,
) -> None:
    """List the living sessions of a user, oldest first.

    Exit codes: 0 done, 2 error.
    """
    request = session_service_pb2.ListSessionsRequest(realm=ask.realm, user_id=user_id, page_size=page_size)
    if current_stdin:
        request.current_session_id = read_secret("session id")
    found = session_service_pb2.ListSessionsResponse(sessions=_every_page(ask, request))
    ask.show(found, lambda found: print_table(_COLUMNS, [_row(one) for one in found.sessions], "There is no living session."))


def end_session(
    ask: Ask,
    handle: Annotated[str, typer.Option(help="The session's handle; needs --user.")] = "",
    user: Annotated[str, typer.Option(metavar="USER_ID", help="Whose session the handle is.")] = "",
    session_id_stdin: SecretStdin = False,
    reason: Annotated[str, typer.Option(help="Why; for people.")] = "",
) -> None:
    """End one session and the tokens that carry its handle, by --handle and --user or by its secret.

    Exit codes: 0 done, 2 error.
    """
    if session_id_stdin == bool(handle) or bool(handle) != bool(user):
        raise typer.BadParameter("give either --handle and --user, or --session-id-stdin")
    secret = read_secret("session id") if session_id_stdin else ""
    request = session_service_pb2.EndSessionRequest(realm=ask.realm, session_id=secret, handle=handle, user_id=user, reason=reason)
    ask.show(ask.call(ask.sessions.EndSession, request), _show_ended)


def register(app: typer.Typer) -> None:
    """Adds the commands of this module to *app*."""
    sessions = typer.Typer(no_args_is_help=True)
    app.add_typer(sessions, name="sessions", help="See and end a user's sessions.")
    sessions.command("list")(asking(list_sessions))
    sessions.command("end")(asking(end_session))


_COLUMNS = ("Handle", "Logged in", "Last used", "Attributes")


def _row(session: session_pb2.Session) -> tuple[Cell, ...]:
    return (
        Text(printable(session.handle), no_wrap=True),
        print_short_time(session.auth_time) if session.HasField("auth_time") else "",
        "now (current)" if session.current else print_short_time(session.last_use_time),
        ", ".join(f"{name}: {value}" for name, value in sorted(session.attributes.items())),
    )


def _show_ended(answer: session_service_pb2.EndSessionResponse) -> None:
    print_line("Ended" if answer.ended else "There was no such living session", "green" if answer.ended else "yellow")
    print_fields([("Revision", answer.revision)])


def _every_page(ask: Ask, request: session_service_pb2.ListSessionsRequest) -> Iterator[session_pb2.Session]:
    while True:
        page = ask.call(ask.sessions.ListSessions, request)
        yield from page.sessions
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token
