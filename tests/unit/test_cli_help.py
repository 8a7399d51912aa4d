"""Every command explains itself, and none takes a secret as an argument."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from revocation.cli.app import build
from revocation.settings import ClientSettings, Settings
from revocation.settings_table import table

COMMANDS = {
    ("serve",),
    ("init",),
    ("doctor",),
    ("check",),
    ("allow",),
    ("list",),
    ("healthcheck",),
    ("version",),
    *(("revoke", scope) for scope in ("token", "user", "session", "client", "key", "realm")),
    ("sessions", "list"),
    ("sessions", "end"),
}


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))
    if path and not hasattr(command, "commands"):
        yield path, command


EVERY = dict(commands(typer.main.get_command(build())))


def flags(path: tuple[str, ...]) -> set[str]:
    return {flag for option in EVERY[path].params for flag in option.opts}


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(build(), list(words), env={"COLUMNS": "200"}, prog_name="revocation")
    return result.exit_code, result.output


def test_the_commands_are_these() -> None:
    """No more and no less than the issue names."""
    assert EVERY.keys() == COMMANDS


@pytest.mark.parametrize("path", sorted(COMMANDS), ids=" ".join)
def test_a_command_explains_itself(path: tuple[str, ...]) -> None:
    """Its exit codes, and every option."""
    code, text = run(*path, "--help")
    assert code == 0
    assert "Exit code" in text
    assert all(option.help for option in EVERY[path].params if option.name != "help")


@pytest.mark.parametrize("path", sorted(COMMANDS), ids=" ".join)
def test_no_secret_is_an_argument(path: tuple[str, ...]) -> None:
    """Passwords come from the environment or files, tokens and session ids from standard input: other processes see arguments."""
    secrets = {row.env.removeprefix("REVOCATION_").lower() for row in table(Settings) if not row.flag} | {"jwt", "session_id", "token"}
    assert secrets.isdisjoint(parameter.name for parameter in EVERY[path].params)


def test_serve_has_a_flag_for_every_other_setting() -> None:
    """And its help lists their variables, those of the secrets included."""
    assert {row.flag for row in table(Settings) if row.flag} <= flags(("serve",))
    assert {"--listen", "--data-dir"} <= flags(("serve",))
    _, text = run("serve", "--help")
    words = " ".join(text.split())
    assert [row.env for row in table(Settings) if row.env not in words] == []
    assert [row.default for row in table(Settings) if row.flag and f"default {row.default}" not in words and row.default] == []


def test_commands_that_ask_share_their_options() -> None:
    """Where, how long, and in which form."""
    for path in COMMANDS - {("serve",), ("init",), ("doctor",), ("version",)}:
        assert {"--server", "--timeout", "--json"} <= flags(path)
    assert {row.flag for row in table(ClientSettings)} <= flags(("check",))


def test_a_whole_realm_must_be_spelled() -> None:
    """It is an argument without a default, and not an option that the environment could set."""
    assert run("revoke", "realm")[0] == 2
    assert "--realm" not in flags(("revoke", "realm"))


@pytest.mark.parametrize(
    "words",
    [
        ("check",),
        ("check", "--sub", "alice", "--jwt-stdin"),
        ("check", "--sub", "alice", "--iat", "soon"),
        ("check", "--jwt-stdin"),
        ("sessions", "end"),
        ("sessions", "end", "--handle", "h"),
        ("sessions", "end", "--handle", "h", "--user", "u", "--session-id-stdin"),
        ("revoke", "user", "alice", "--issued-before", "2026-01-01T00:00:00"),
        ("revoke", "user", "alice", "--issued-before", "yesterday"),
        ("list", "--scope", "nobody"),
        ("list", "--server", "nowhere"),
        ("serve", "--listen", "0.0.0.0:1"),
        ("serve", "--drain-grace", "soon"),
        ("nonsense",),
    ],
    ids=" ".join,
)
def test_a_wrong_call_is_an_error(words: tuple[str, ...]) -> None:
    """Exit code 2, and a reason."""
    code, text = run(*words)
    assert code == 2
    assert "Error" in text
