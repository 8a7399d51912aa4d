"""What went wrong, in words for people: message, reason, fields, and what to do next."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

import grpc
import typer
from google.rpc import error_details_pb2, status_pb2
from rich.console import Console
from rich.text import Text

from ..domain.errors import ServiceError
from ..realms_file import RealmsFileError
from ..settings import SettingsError
from ..store.folder import EmbeddedError
from .printing import printable

REFUSED: Final = 1
"""Exit code of an answer that is no: a refused token, a store or a service in bad health."""

ERROR: Final = 2
"""Exit code when there is no answer."""

_NEXT: Final[Mapping[str, str]] = {
    "ERROR_REASON_REALM_NOT_FOUND": "Declare the realm in the file that REVOCATION_REALMS_FILE names, or spell it as there.",
    "ERROR_REASON_REALM_NOT_OPEN": "If the store was emptied on purpose, run `revocation init`; if not, restore it first.",
    "ERROR_REASON_KEYS_UNAVAILABLE": "Look whether the server reaches the realm's jwks.",
    "ERROR_REASON_STORE_UNAVAILABLE": "Try again; `revocation doctor` on the server examines the store.",
    "ERROR_REASON_STORE_REFUSED": "Run `revocation doctor` on the server: it says what to change at the store.",
    "ERROR_REASON_STORE_FULL": "Give the store more memory; `revocation doctor` on the server shows how full it is.",
    "ERROR_REASON_OUTCOME_UNKNOWN": "Run the command again: repeating it does no harm.",
    "ERROR_REASON_DRAINING": "Try again: another server will answer.",
    "ERROR_REASON_INTERNAL": "Look for the request id in the server's log.",
    "UNAVAILABLE": "Start the service with `revocation serve`, or name another one with --server or REVOCATION_SERVER.",
    "DEADLINE_EXCEEDED": "Try again, or wait longer with --timeout.",
    "UNIMPLEMENTED": "The server is of another version, or something else answers at this address.",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """An error of a call. *reason* is empty when it did not come from the service itself."""

    code: str
    message: str
    reason: str
    metadata: dict[str, str]
    field_violations: dict[str, str]
    next: str


def failure_of(error: grpc.RpcError) -> Failure:
    """Returns what a failed call tells, out of the google.rpc.Status in its trailing metadata where there is one."""
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in _status(error).details:
        detail.Unpack(info)
        detail.Unpack(bad)
    code = error.code().name
    violations = {violation.field: violation.description for violation in bad.field_violations}
    advice = _NEXT.get(info.reason) or ("" if info.reason else _NEXT.get(code, ""))
    return Failure(code, error.details() or "", info.reason, dict(info.metadata), violations, advice)


@contextlib.contextmanager
def in_words(*, as_json: bool = False) -> Iterator[None]:
    """Ends the command with exit code 2 and the reason on standard error when something fails that can be foreseen."""
    try:
        yield
    except grpc.RpcError as error:
        _complain(failure_of(error), as_json=as_json)
        raise typer.Exit(ERROR) from error
    except ServiceError as error:
        _complain(
            Failure("", error.message, error.reason, dict(error.metadata), {}, _NEXT.get(f"ERROR_REASON_{error.reason}", "")),
            as_json=as_json,
        )
        raise typer.Exit(ERROR) from error
    except (SettingsError, RealmsFileError, EmbeddedError, UnicodeError) as error:
        _complain(Failure("", str(error), "", {}, {}, ""), as_json=as_json)
        raise typer.Exit(ERROR) from error


def _status(error: grpc.RpcError) -> status_pb2.Status:
    for entry in error.trailing_metadata() or ():
        if entry.key == "grpc-status-details-bin":
            with contextlib.suppress(ValueError):
                return status_pb2.Status.FromString(entry.value)
    return status_pb2.Status()


def _complain(failure: Failure, *, as_json: bool) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    if as_json:
        console.out(json.dumps({name: value for name, value in asdict(failure).items() if value}), highlight=False)
        return
    console.print(Text(f"Error: {printable(failure.message, lines=True)}", "bold red"))
    for field, rule in failure.field_violations.items():
        console.print(Text(f"  {printable(field)}: {printable(rule)}"))
    if failure.code or failure.reason:
        details = " ".join(f"{name}={value}" for name, value in failure.metadata.items())
        console.print(Text(printable(f"{failure.code} {failure.reason} {details}".strip()), "dim"))
    if failure.next:
        console.print(Text(failure.next))
