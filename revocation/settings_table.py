"""The settings as a table: their names in the environment, their flags, defaults, units and meanings."""

from typing import Any, Final, NamedTuple

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from revocation_client.judgement.millis import Millis

from .durations import print_duration

PREFIX: Final = "REVOCATION_"


def is_secret(field: FieldInfo) -> bool:
    """Tells whether a setting may come from a file, is never a flag, and never prints."""
    return "SecretStr" in str(field.annotation)


class Setting(NamedTuple):
    """One setting as the documentation lists it. *flag* is empty for secrets."""

    env: str
    flag: str
    default: str
    description: str


def table(kind: type[BaseModel]) -> tuple[Setting, ...]:
    """Returns every setting of *kind* for --help and the README."""
    return tuple(_setting(name, field) for name, field in kind.model_fields.items())


def _setting(name: str, field: FieldInfo) -> Setting:
    env = PREFIX + name.upper()
    if is_secret(field):
        return Setting(env, "", "", f"{field.description}; secret: or name a file that holds it in {env}_FILE")
    return Setting(env, "--" + name.replace("_", "-"), _printed(field), field.description or "")


def _printed(field: FieldInfo) -> str:
    value: Any = field.default
    if isinstance(value, bool):
        return str(value).lower()
    if field.annotation is Millis:
        return print_duration(value)
    return "" if value in (None, ()) else str(value)


def secret_files(kind: type[BaseModel]) -> dict[str, str]:
    """Returns, for every secret of *kind*, the variable that names a file which holds it."""
    return {name: f"{PREFIX}{name.upper()}_FILE" for name, field in kind.model_fields.items() if is_secret(field)}
