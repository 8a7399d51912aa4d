"""The realms as operators declare them: one TOML file, and the rules that it must keep."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from revocation_client.judgement.claims import is_claim

from .domain.orders import FARTHEST_CUTOFF
from .domain.realms import DEFAULT_REALM, MINUTE, SECOND, Realm, Realms
from .durations import Duration, limits, print_duration

ALGORITHMS: Final = frozenset({"EdDSA", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"})
"""Asymmetric ones only: who can check a token must not be able to make one (RFC 8725 section 3.2)."""

_PLAIN: Final = {
    "Extra inputs are not permitted": "no such field",
    "Input should be a valid dictionary or instance of _RealmTable": "must be a table",
    "Input should be a valid dictionary or instance of _SessionTable": "must be a table",
}


class RealmsFileError(ValueError):
    """A realms file that cannot be used. Each line of the message names a realm, a field and its rule."""


def load_realms(path: Path | None) -> Realms:
    """Returns the realms that the file declares; without a file only `default`, with the defaults of `domain.realms`.

    A file declares all that there is: when it has no `default`, requests that name no realm are NOT_FOUND.
    """
    if path is None:
        return Realms({DEFAULT_REALM: Realm(DEFAULT_REALM)})
    try:
        return parse_realms(path.read_text(encoding="utf-8"), path.resolve().parent)
    except OSError as error:
        raise RealmsFileError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RealmsFileError(f"{path}: is not UTF-8") from error
    except RealmsFileError as error:
        raise RealmsFileError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from None


def parse_realms(text: str, folder: Path) -> Realms:
    """Returns the realms of a TOML *text*, whose JWKS paths are relative to *folder*."""
    try:
        file = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RealmsFileError(f"is not TOML: {error}") from error
    except ValidationError as error:
        raise RealmsFileError("\n".join(_line(fault["loc"], fault["msg"]) for fault in error.errors(include_input=False))) from None
    if not file.realms:
        raise RealmsFileError("declares no realm: write at least [realms.default]")
    realms = {name: _realm(name, table, folder) for name, table in file.realms.items()}
    if faults := [line for realm in realms.values() for line in _faults(realm)]:
        raise RealmsFileError("\n".join(faults))
    return Realms(realms)


def _name(name: str) -> str:
    if not name or not is_claim(name):
        raise ValueError("the name must be 1 to 256 bytes of UTF-8 without control characters")
    return name


def _issuer(issuer: str) -> str:
    if not issuer or not is_claim(issuer):
        raise ValueError("must be 1 to 256 bytes of UTF-8 without control characters")
    return issuer


def _texts(written: object) -> frozenset[str]:
    if not isinstance(written, list) or not written or not all(isinstance(one, str) and one for one in written):
        raise ValueError("must be a list of at least one text")
    return frozenset(written)


def _known_algorithms(algorithms: frozenset[str]) -> frozenset[str]:
    if not algorithms <= ALGORITHMS:
        raise ValueError(f"must be of {', '.join(sorted(ALGORITHMS))}")
    return algorithms


def _lower(types: frozenset[str]) -> frozenset[str]:
    return frozenset(one.lower() for one in types)


def _key_source(jwks: str) -> str:
    if not jwks or ("://" in jwks and not re.match("https://[^/]", jwks)):
        raise ValueError("must be an https:// URL or a file's path; over http:// anyone on the way could exchange the keys")
    return jwks


Texts = Annotated[frozenset[str], BeforeValidator(_texts)]


class _Table(BaseModel):
    """A table of the file. What it leaves out is None here and keeps the domain's default."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _SessionTable(_Table):
    idle_timeout: Annotated[Duration, limits(least=SECOND)] | None = None
    absolute_timeout: Annotated[Duration, limits(least=SECOND)] | None = None
    longest_life: Annotated[Duration, limits(least=SECOND)] | None = None
    max_sessions: Annotated[int, Field(ge=0, le=1000)] | None = None
    caller_ids: bool | None = None


class _RealmTable(_Table):
    issuer: Annotated[str, AfterValidator(_issuer)] | None = None
    audiences: Texts | None = None
    algorithms: Annotated[Texts, AfterValidator(_known_algorithms)] | None = None
    types: Annotated[Texts, AfterValidator(_lower)] | None = None
    jwks: Annotated[str, AfterValidator(_key_source)] | None = None
    allowlist: bool | None = None
    leeway: Annotated[Duration, limits(most=10 * MINUTE)] | None = None
    longest_token_life: Annotated[Duration, limits(least=SECOND)] | None = None
    cutoff_margin: Annotated[Duration, limits(most=FARTHEST_CUTOFF)] | None = None
    max_staleness: Annotated[Duration, limits(least=SECOND)] | None = None
    sessions: _SessionTable = _SessionTable()


class _File(_Table):
    realms: dict[Annotated[str, AfterValidator(_name)], _RealmTable] = Field(default_factory=dict)


def _realm(name: str, table: _RealmTable, folder: Path) -> Realm:
    """Builds the domain's realm; what the table leaves out keeps the domain's default."""
    plain = Realm(name)
    said = table.model_dump(exclude_none=True)
    sessions = said.pop("sessions")
    tokens = {key: said.pop(key) for key in ("audiences", "algorithms", "types") if key in said}
    return replace(
        plain,
        cutoff_margin=said.pop("cutoff_margin", plain.cutoff_margin),
        max_staleness=said.pop("max_staleness", plain.max_staleness),
        tokens=replace(plain.tokens, jwks=_located(said.pop("jwks", ""), folder), **tokens),
        sessions=replace(plain.sessions, **sessions),
        rules=replace(plain.rules, **said),
    )


def _located(jwks: str, folder: Path) -> str:
    return jwks if not jwks or jwks.startswith("https://") else str(folder / jwks)


def _faults(realm: Realm) -> Iterator[str]:
    """Yields a line for each rule between fields that a realm breaks."""
    sessions = realm.sessions
    limit = f"must be at most sessions.longest_life, which is {print_duration(sessions.longest_life)}"
    if sessions.absolute_timeout > sessions.longest_life:
        yield f"realm {realm.name!r}: sessions.absolute_timeout: {limit}"
    if sessions.idle_timeout > sessions.longest_life:
        yield f"realm {realm.name!r}: sessions.idle_timeout: {limit}"


def _line(place: tuple[int | str, ...], rule: str) -> str:
    rule = _PLAIN.get(rule, rule.removeprefix("Value error, ").replace("Input should be", "must be"))
    if place[:1] != ("realms",) or len(place) == 1:
        return f"{'.'.join(map(str, place))}: {rule}"
    field = ".".join(str(part) for part in place[2:] if part != "[key]")
    return f"realm {place[1]!r}: {field}: {rule}" if field else f"realm {place[1]!r}: {rule}"
