"""The blocks of the README that are tried: fenced ones below a comment that no reader sees, such as `<!-- run -->`."""

import re
from dataclasses import dataclass
from typing import Final

_BLOCK: Final = re.compile(r"^<!-- (run|python|realms) -->\n```\w+\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_TOLD: Final = "..."

_VOLATILE: Final = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "TIME"),
    (re.compile(r"\b[0-9a-f]{16}\.\d+"), "REVISION"),
    (re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])"), "SECRET"),
    (re.compile(r"(?<![\w-])(?=[\w-]*[0-9A-Z])[A-Za-z0-9_-]{22}(?![\w-])"), "HANDLE"),
    (re.compile(r"\d+\.\d+\.\d+"), "VERSION"),
    (re.compile(r"─+"), "LINE"),
    (re.compile(r"[ \t]+"), " "),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a transcript, and what it printed."""

    command: str
    output: str


def blocks(text: str, kind: str) -> list[str]:
    """Returns the blocks of one *kind*, in their order."""
    return [match[2] for match in _BLOCK.finditer(text) if match[1] == kind]


def steps(transcript: str) -> list[Step]:
    """Returns the commands behind `$ `, each with the lines up to the next one."""
    return [Step(*(f"{part}\n".split("\n", 1))) for part in re.split(r"^\$ ", transcript, flags=re.MULTILINE)[1:]]


def agrees(printed: str, told: str) -> bool:
    """Tells whether *printed* is what the README tells, but for times, ids and spaces; `...` stands for any lines."""
    pattern = "".join(r"(?:.*\n)*" if line == _TOLD else re.escape(f"{line}\n") for line in _masked(told).splitlines())
    return re.fullmatch(pattern, f"{_masked(printed)}\n" if printed.strip() else "") is not None


def _masked(text: str) -> str:
    for volatile, word in _VOLATILE:
        text = volatile.sub(word, text)
    return "\n".join(line.strip() for line in text.strip().splitlines())
