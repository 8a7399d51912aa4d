"""The map of the code, revocation/README.md, is complete."""

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "revocation"
TEXT = (PACKAGE / "README.md").read_text(encoding="utf-8")


def test_every_module_is_on_the_map_once() -> None:
    """Each module and Lua file has its line, and each line its file."""
    rows = re.findall(r"^\| `(\S+\.(?:py|lua))` \| \S", TEXT, re.MULTILINE)
    files = [path for ending in ("py", "lua") for path in PACKAGE.rglob(f"*.{ending}") if path.name != "__init__.py"]
    assert sorted(rows) == sorted(str(path.relative_to(PACKAGE)) for path in files)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([a-z_]+/[a-z_]+(?:/[a-z_]+)*\.(?:py|lua))`", TEXT))))
def test_what_the_text_names_exists(name: str) -> None:
    """The ways of the calls lead through modules that there are."""
    assert (PACKAGE / name).exists() or (PACKAGE.parent / name).exists()


def test_every_package_has_its_table() -> None:
    """With a word on what it is."""
    packages = {path.parent.name for path in PACKAGE.rglob("__init__.py")} - {"revocation"}
    assert packages <= set(re.findall(r"^\| `([a-z]+)`: ", TEXT, re.MULTILINE))
