"""Flags made from settings, so that no setting is described twice."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any

import typer
from pydantic_settings import BaseSettings

from ..settings_table import PREFIX, Setting, table


def flags_of(kind: type[BaseSettings], names: Iterable[str] | None = None) -> list[inspect.Parameter]:
    """Returns a parameter for each setting of *kind* that may be a flag, or for those of *names*."""
    chosen = set(kind.model_fields if names is None else names)
    return [_parameter(_name(row), row) for row in table(kind) if row.flag and _name(row) in chosen]


def secrets_of(kind: type[BaseSettings]) -> str:
    """Returns the names of the settings that are no flags, for the end of a help text."""
    names = ", ".join(row.env for row in table(kind) if not row.flag)
    return f"Secrets are no flags: {names} come from the environment, or from files that <NAME>_FILE names."


def signed(command: Callable[..., None], parameters: Sequence[inspect.Parameter]) -> Callable[..., None]:
    """Gives *command* the signature that typer reads."""
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return command


def _name(row: Setting) -> str:
    return row.env.removeprefix(PREFIX).lower()


def _parameter(name: str, row: Setting) -> inspect.Parameter:
    default = f"; default {row.default}" if row.default else ""
    is_switch = row.default in {"true", "false"}
    flag = f"{row.flag}/--no-{row.flag.removeprefix('--')}" if is_switch else row.flag
    option = typer.Option(
        flag, help=f"{_sentence(row.description)}{default} ({row.env}).", metavar=None if is_switch else _metavar(row), show_default=False
    )
    annotation: Any = Annotated[bool | None if is_switch else str | None, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def _sentence(description: str) -> str:
    return description[:1].upper() + description[1:]


def _metavar(row: Setting) -> str:
    for ending, word in (("HOST:PORT", "HOST:PORT"), ("duration", "DURATION"), ("bytes", "BYTES")):
        if row.description.endswith(ending):
            return word
    return "DIR" if row.flag.endswith("-dir") else "FILE" if row.flag.endswith("-file") else "TEXT"
