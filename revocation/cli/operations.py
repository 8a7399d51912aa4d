"""`serve`, `init` and `doctor`: what is done on the server itself. They load the server, which takes its time, only when they run."""

import asyncio
import inspect
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict
from functools import wraps
from typing import TYPE_CHECKING, Any

import typer
from rich.text import Text

from ..settings import Settings, load
from .asking import AsJson
from .failures import REFUSED, in_words
from .flags import flags_of, secrets_of, signed
from .printing import print_line, print_table

if TYPE_CHECKING:
    from ..store.findings import Finding

STORE_FLAGS = [name for name in Settings.model_fields if name == "data_dir" or name.startswith("redis_")]


def serve(settings: Settings) -> None:
    """Run the service.

    At SIGTERM it takes no new calls, finishes those in flight, and stops.

    Exit codes: 0 stopped when told to, 2 error.
    """
    from .. import server

    if code := server.serve(settings):
        raise typer.Exit(code)


def init(settings: Settings) -> None:
    """Open realms that the store has lost.

    A server opens the declared realms by itself at its very first start. Afterwards an empty store has lost what was revoked: restore it,
    or accept the loss with this command.

    Exit codes: 0 done, 2 error.
    """
    from .. import server

    print_line(f"Open: {', '.join(server.initialize(settings))}", "green")


def doctor(settings: Settings, as_json: AsJson = False) -> None:
    """Examine the store, and say what to change.

    Exit codes: 0 nothing bad was found, 1 something bad was found, 2 error.
    """
    from ..store.doctor import examine

    found = asyncio.run(examine(settings))
    if as_json:
        print_line(json.dumps([asdict(finding) for finding in found]))
    else:
        print_table(("Examined", "Level", "Found", "What to change"), [_row(finding) for finding in found], "Nothing was examined.")
    if any(finding.level == "bad" for finding in found):
        raise typer.Exit(REFUSED)


def register(app: typer.Typer) -> None:
    """Adds the commands of this module to *app*."""
    secrets = secrets_of(Settings)
    app.command("serve", epilog=secrets)(configured(serve, Settings.model_fields))
    app.command("init", epilog=secrets)(configured(init, [*STORE_FLAGS, "realms_file"]))
    app.command("doctor", epilog=secrets)(configured(doctor, STORE_FLAGS))


def configured(command: Callable[..., None], names: Iterable[str]) -> Callable[..., None]:
    """Returns *command* with a flag for each of these settings in place of its first parameter."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    flags = flags_of(Settings, names)

    @wraps(command)
    def run(**given: Any) -> None:
        with in_words(as_json=given.get("as_json", False)):
            command(load(Settings, {flag.name: given.pop(flag.name) for flag in flags}), **given)

    return signed(run, [*own, *flags])


def _row(finding: "Finding") -> tuple[str | Text, ...]:
    colour = {"ok": "green", "warning": "yellow", "bad": "bold red"}[finding.level]
    name = f"{finding.name} ({finding.node})" if finding.node else finding.name
    return name, Text(finding.level, colour), finding.found, finding.advice
