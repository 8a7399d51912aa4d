"""The part of JSON Schema (draft 2020-12) that the schemas of `clients/conformance` use, and not a keyword more."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

TYPES: Mapping[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
ANNOTATIONS = {"$schema", "$defs", "title", "additionalProperties"}


def faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str = "$") -> Iterator[str]:
    """Yields what is wrong with *value*, and where. KeyError for a keyword that is not known here."""
    for keyword, rule in schema.items():
        if keyword not in ANNOTATIONS:
            yield from KEYWORDS[keyword](value, rule, schema, root, place)


def _reference(value: Any, rule: str, schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    yield from faults(value, root["$defs"][rule.removeprefix("#/$defs/")], root, place)


def _type(value: Any, rule: str | list[str], schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    names = [rule] if isinstance(rule, str) else rule
    if not any(isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool)) for name in names):
        yield f"{place}: is not {rule}"


def _properties(value: Any, rule: Mapping[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    for name in value if isinstance(value, dict) else ():
        if name in rule:
            yield from faults(value[name], rule[name], root, f"{place}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{place}: {name} is not expected"


def _required(value: Any, rule: list[str], schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    yield from (f"{place}: {name} is missing" for name in rule if isinstance(value, dict) and name not in value)


def _items(value: Any, rule: Mapping[str, Any], schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    for number, item in enumerate(value if isinstance(value, list) else ()):
        yield from faults(item, rule, root, f"{place}[{number}]")


def _one_of(value: Any, rule: list[Any], schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
    found = [[*faults(value, one, root, place)] for one in rule]
    if found.count([]) != 1:
        yield f"{place}: is {found.count([])} of the shapes that it may have: {min(found, key=len)}"


def _rule(holds: Callable[[Any, Any], bool]) -> Callable[..., Iterator[str]]:
    def check(value: Any, rule: Any, schema: Mapping[str, Any], root: Mapping[str, Any], place: str) -> Iterator[str]:
        if not holds(value, rule):
            yield f"{place}: {value!r} does not fit {rule!r}"

    return check


KEYWORDS: Mapping[str, Callable[..., Iterator[str]]] = {
    "$ref": _reference,
    "type": _type,
    "properties": _properties,
    "required": _required,
    "items": _items,
    "oneOf": _one_of,
    "enum": _rule(lambda value, rule: value in rule),
    "const": _rule(lambda value, rule: value == rule),
    "minimum": _rule(lambda value, rule: not isinstance(value, int | float) or value >= rule),
    "minItems": _rule(lambda value, rule: not isinstance(value, list) or len(value) >= rule),
    "minLength": _rule(lambda value, rule: not isinstance(value, str) or len(value) >= rule),
    "pattern": _rule(lambda value, rule: not isinstance(value, str) or re.search(rule, value) is not None),
}
