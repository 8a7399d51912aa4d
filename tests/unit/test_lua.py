"""The Lua scripts: one operation in each file, with a header that says how it is called."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

import revocation.store
from revocation.store.keys import FORMAT
from revocation.store.scripts import script

FOLDER = files(revocation.store) / "lua"
TEXTS = {entry.name.removesuffix(".lua"): entry.read_text(encoding="utf-8") for entry in FOLDER.iterdir() if entry.name.endswith(".lua")}
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in Path(revocation.store.__file__).parent.glob("*.py"))


def header_of(name: str) -> str:
    """Returns the comment that the file begins with."""
    lines = TEXTS[name].splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(line.removeprefix("--").removeprefix(" ") for line in lines[:end])


def code_of(name: str) -> str:
    """Returns the file without its comments."""
    return re.sub(r"--.*", "", TEXTS[name])


def section(name: str, word: str) -> str:
    """Returns the lines of the header from *word* to the next section; empty when there is none."""
    found = re.search(rf"^{word}\b.*?(?=^(?:KEYS|ARGV|Result)\b|\Z)", header_of(name), re.DOTALL | re.MULTILINE)
    return found[0] if found else ""


def test_there_are_scripts() -> None:
    """The scripts are package data, so that an installed service has them."""
    assert {"_realm", "_session", "revoke", "read", "session_create", "place_take"} <= set(TEXTS)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_header_says_what_it_does(name: str) -> None:
    """Each file begins with a sentence about what it does."""
    first = header_of(name).splitlines()[0]
    assert first[0].isupper()
    assert re.search(r"[.:,]", header_of(name))


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_header_names_keys_arguments_and_result(name: str) -> None:
    """A file that uses keys or arguments, or answers with more than a number, has a header that says so."""
    code = code_of(name)
    for word in ("KEYS", "ARGV"):
        assert bool(section(name, word)) is bool(re.search(rf"\b{word}\b", code)), word
    if re.search(r"^\s*return [^01\s]", re.sub(r"\bfunction\b.*?^end", "", code, flags=re.DOTALL | re.MULTILINE), re.MULTILINE):
        assert section(name, "Result")


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_argument_is_documented(name: str) -> None:
    """Each argument that the code takes by its number has that number in the header."""
    documented = set(re.findall(r"\b\d+\b", section(name, "ARGV")))
    assert set(re.findall(r"\bARGV\[(\d+)\]", code_of(name))) <= documented or "handles" in section(name, "ARGV")


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_file_is_used(name: str) -> None:
    """No script is left over from what the store no longer does."""
    assert re.search(rf'[" ]{name}[" ]', SOURCES)


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_no_script_spells_a_key(name: str) -> None:
    """Keys come as KEYS and are spelled in one module; scripts neither build them nor look through all of them."""
    assert FORMAT not in code_of(name)
    assert not re.search(r"""call\('(KEYS|SCAN|RANDOMKEY|EVAL)'""", code_of(name))


def test_a_script_begins_with_the_prelude_of_its_family() -> None:
    """What a family of scripts shares is put before each, and the digest is that of the whole."""
    with_prelude, alone = script("revoke", writes=True, prelude="_realm"), script("revoke", writes=True)
    assert with_prelude.text == TEXTS["_realm"] + "\n" + TEXTS["revoke"]
    assert alone.text == TEXTS["revoke"]
    assert re.fullmatch(r"[0-9a-f]{40}", with_prelude.sha)
    assert with_prelude.sha != alone.sha
