"""Commands that ask a running service: where it is, how long to wait, and how to print what it says."""

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from getpass import getpass
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar

import grpc
import typer
from google.protobuf.message import Message
from revocation_client.v1.revocation_service_pb2_grpc import RevocationServiceStub
from revocation_client.v1.session_service_pb2_grpc import SessionServiceStub

from ..domain.realms import SECOND
from ..settings import ClientSettings, load
from .failures import in_words
from .flags import flags_of, signed
from .printing import print_json

P = ParamSpec("P")
Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, with the field names of the proto.")]

MOST_OF_A_SECRET = 65_536


@dataclass(frozen=True, slots=True)
class Ask:
    """A service to ask, and the manner to answer in."""

    channel: grpc.Channel
    realm: str
    timeout: float
    as_json: bool

    @property
    def revocations(self) -> RevocationServiceStub:
        """The RPCs of RevocationService."""
        return RevocationServiceStub(self.channel)

    @property
    def sessions(self) -> SessionServiceStub:
        """The RPCs of SessionService."""
        return SessionServiceStub(self.channel)

    def call(self, method: "grpc.UnaryUnaryMultiCallable[Request, Response]", request: Request) -> Response:
        """Returns the answer to one *request*."""
        return method(request, timeout=self.timeout)

    def show(self, answer: Response, show: Callable[[Response], None]) -> None:
        """Prints *answer*: as JSON when that is wanted, else in the way that *show* knows."""
        print_json(answer) if self.as_json else show(answer)


def asking(command: Callable[Concatenate[Ask, P], None], *, realm: bool = True) -> Callable[..., None]:
    """Returns *command* with the options that every asking command has, in place of its first parameter."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    flags = flags_of(ClientSettings, None if realm else {"server", "timeout"})
    as_json = inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=AsJson)

    @wraps(command)
    def run(**given: Any) -> None:
        with in_words(as_json=given["as_json"]):
            settings = load(ClientSettings, {flag.name: given.pop(flag.name) for flag in flags})
            with grpc.insecure_channel(settings.server) as channel:
                command(Ask(channel, settings.realm, settings.timeout / SECOND, given.pop("as_json")), **given)  # type: ignore[call-arg]

    return signed(run, [*own, *flags, as_json])


def read_secret(name: str) -> str:
    """Returns a secret from standard input; on a terminal it is asked for and does not show."""
    secret = getpass(f"{name}: ") if sys.stdin.isatty() else sys.stdin.read(MOST_OF_A_SECRET)
    if not secret.strip():
        raise typer.BadParameter(f"there is no {name} on standard input")
    return secret.strip()
