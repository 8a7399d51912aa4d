"""The tables of the README that come from the code: `python -m tests.docs.tables` writes them anew."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from revocation.settings import ClientSettings, Settings
from revocation.settings_table import table
from revocation.store import keys

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "README.md"

_GENERATED: Final = re.compile(r"(<!-- generated: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_REASON: Final = re.compile(r"((?:  //.*\n)+)  ERROR_REASON_([A-Z_]+) = [1-9]")


def generated(text: str) -> dict[str, str]:
    """Returns the generated parts of *text* by their names."""
    return {match[2]: match[0].removeprefix(match[1]).removesuffix(match[3]) for match in _GENERATED.finditer(text)}


def renewed(text: str) -> str:
    """Returns *text* with its generated parts as they must be."""
    return _GENERATED.sub(lambda match: match[1] + PARTS[match[2]]() + match[3], text)


def settings() -> str:
    """What the server reads."""
    return _settings(Settings)


def client_settings() -> str:
    """What the commands read."""
    return _settings(ClientSettings)


def errors() -> str:
    """The error reasons, as the proto's comments tell them: each begins with the code and ends with the metadata."""
    text = (ROOT / "protos/revocation/v1/error_reason.proto").read_text()
    return _table(("reason", "code", "meaning", "metadata"), (_error(name, comment) for comment, name in _REASON.findall(text)))


def keyspace() -> str:
    """The docstring of the module that spells keys, without its first paragraph."""
    return (keys.__doc__ or "").split("\n\n", 1)[1].strip() + "\n"


PARTS: Final = {"settings": settings, "client settings": client_settings, "errors": errors, "keys": keyspace}


def _settings(kind: type[BaseModel]) -> str:
    rows = (
        (f"`{row.env}`", f"`{row.flag}`" if row.flag else "", f"`{row.default}`" if row.default else "", row.description)
        for row in table(kind)
    )
    return _table(("variable", "flag", "default", "meaning"), rows)


def _error(name: str, comment: str) -> tuple[str, ...]:
    words = " ".join(line.strip().removeprefix("//").strip() for line in comment.splitlines())
    code, rest = words.split(". ", 1)
    meaning, metadata = rest.rstrip(".").rsplit(" Metadata: ", 1)
    return f"`{name}`", code, meaning, "" if metadata == "none" else metadata


def _table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = tuple(columns)
    lines = [columns, ("---",) * len(columns), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text()))
