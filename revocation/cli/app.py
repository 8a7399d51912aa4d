"""The command line as a whole."""

import typer

from . import check, health, listing, operations, revocations, sessions


def build() -> typer.Typer:
    """Returns the command `revocation` with all its commands."""
    app = typer.Typer(
        name="revocation",
        help="End a token, a user, a device or a leaked key at once; keep sessions; ask what is still good.",
        epilog="Exit codes: 0 done, 1 the answer is no (check, doctor, healthcheck), 2 error. Secrets are never arguments: "
        "tokens and session ids are read from standard input, passwords from the environment or files.",
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for module in (operations, check, revocations, listing, sessions, health):
        module.register(app)
    return app
