"""Answers as people read them: tables, colour and local time; and as programs do: the proto's JSON."""

from collections.abc import Iterable, Sequence
from datetime import UTC

from google.protobuf import json_format
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

Cell = str | Text


def printable(text: str, *, lines: bool = False) -> str:
    """Returns *text* without what would move the cursor or colour the terminal; line ends stay when *lines* are wanted."""
    return "".join(letter if letter.isprintable() or (lines and letter == "\n") else "\N{REPLACEMENT CHARACTER}" for letter in text)


def print_time(time: Timestamp) -> str:
    """Returns *time* in the local zone, to the millisecond."""
    return time.ToDatetime(tzinfo=UTC).astimezone().isoformat(sep=" ", timespec="milliseconds")


def print_short_time(time: Timestamp) -> Text:
    """Returns *time* in the local zone, to the second, as it stands in tables."""
    return Text(time.ToDatetime(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S"), no_wrap=True)


def print_json(message: Message) -> None:
    """Prints *message* with the proto's field names, false and empty values included; times are RFC 3339."""
    text = json_format.MessageToJson(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True, ensure_ascii=False
    )
    Console(soft_wrap=True).out(text, highlight=False)


def print_line(text: str, style: str = "") -> None:
    """Prints one line, as it is."""
    Console(soft_wrap=True, highlight=False).print(Text(printable(text), style))


def print_fields(fields: Iterable[tuple[str, str]]) -> None:
    """Prints names and values, one pair a line; pairs without a value are left out."""
    told = [(name, value) for name, value in fields if value]
    width = max(len(name) for name, _ in told)
    for name, value in told:
        Console(soft_wrap=True, highlight=False).print(Text.assemble((name.ljust(width + 2), "dim"), printable(value)))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Cell]], nothing: str) -> None:
    """Prints *rows* under *columns*, or says that there is *nothing*."""
    if not rows:
        print_line(nothing)
        return
    headings = [Column(name, no_wrap=any(_stays_whole(row[place]) for row in rows)) for place, name in enumerate(columns)]
    table = Table(*headings, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(printable(cell), overflow="fold") for cell in row))
    Console(highlight=False).print(table)


def _stays_whole(cell: Cell) -> bool:
    return isinstance(cell, Text) and bool(cell.no_wrap)
