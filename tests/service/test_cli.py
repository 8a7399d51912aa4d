"""Every command against a running service, with its exit codes, for people and as JSON; secrets only over standard input."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.eventually import until
from tests.servers import Store

from .process import ServiceProcess, command, environment, service_process
from .realms import AUDIENCE, ISSUER, SIGNER
from .rpcs import RPCS

EXP = str(int(time.time()) + 3600)


@dataclass(frozen=True)
class Result:
    """How a command ended and what it printed."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        assert not self.stderr or self.code == 2
        return json.loads(self.stdout or self.stderr)


@dataclass(frozen=True)
class Cli:
    """The command line, asking one service. *env* are settings."""

    process: ServiceProcess
    env: dict[str, str]
    folder: Path

    def run(self, *words: str, stdin: str = "", **env: str) -> Result:
        done = subprocess.run(
            command(*words), env=environment(self.env | env), cwd=self.folder, input=stdin, capture_output=True, text=True, timeout=30
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Result(done.returncode, done.stdout, done.stderr)

    def ok(self, *words: str, stdin: str = "") -> Any:
        """Runs a command that must succeed and returns its JSON."""
        result = self.run(*words, "--json", stdin=stdin)
        assert result.code == 0, result
        return result.json


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory, store_servers: Any, realms_file: Path) -> Iterator[Cli]:
    """One service for all commands: each test speaks of names of its own."""
    store: Store = store_servers("standalone")
    store.flush()
    folder = tmp_path_factory.mktemp("cli")
    with service_process({**store.env, "REVOCATION_REALMS_FILE": str(realms_file)}, folder=folder) as process:
        cli = Cli(process, {**store.env, "REVOCATION_REALMS_FILE": str(realms_file), "REVOCATION_SERVER": process.address}, folder)
        until(lambda: cli.run("healthcheck").code == 0, within=20)
        yield cli


def test_check_tells_by_its_exit_code(cli: Cli) -> None:
    """0 active, 1 refused, 2 error; the word for people, the verdict as JSON."""
    active = cli.run("check", "--jti", "c1", "--exp", EXP)
    assert (active.code, active.stdout.split()[0]) == (0, "ACTIVE")
    cli.ok("revoke", "token", "c1", "--exp", EXP, "--reason", "lost")
    revoked = cli.run("check", "--jti", "c1", "--exp", EXP)
    assert (revoked.code, revoked.stdout.split()[0]) == (1, "REVOKED") and "lost" in revoked.stdout
    as_json = cli.run("check", "--jti", "c1", "--exp", EXP, "--json")
    assert (as_json.code, as_json.json["state"], as_json.json["cause"]["reason"]) == (1, "TOKEN_STATE_REVOKED", "lost")
    failed = cli.run("check", "--jti", "c1", "--exp", EXP, "--realm", "nowhere", "--json")
    assert (failed.code, failed.json["reason"]) == (2, "ERROR_REASON_REALM_NOT_FOUND")


def test_check_reads_a_jwt_from_standard_input(cli: Cli) -> None:
    """And never from the command line, where other users see it."""
    jwt = SIGNER.mint({"iss": ISSUER, "aud": AUDIENCE, "sub": "cli-jwt", "exp": int(EXP)})
    assert cli.run("check", "--jwt-stdin", "--realm", "signed", stdin=jwt + "\n").code == 0
    assert cli.run("check", "--jwt-stdin", "--realm", "signed", stdin=jwt[:-4] + "AAAA").code == 1
    assert cli.run("check", "--jwt-stdin", "--realm", "signed").code == 2
    assert cli.run("check", "--jwt", jwt).code == 2


@pytest.mark.parametrize(
    ("what", "claim", "more"),
    [
        ("token", "--jti", ["--exp", EXP]),
        ("user", "--sub", ["--keep", "kept-handle"]),
        ("session", "--sid", []),
        ("client", "--client-id", []),
        ("key", "--kid", []),
    ],
)
def test_revoke_ends_what_it_names(cli: Cli, what: str, claim: str, more: list[str]) -> None:
    """The answer as JSON has the revocation and the revision, which check can demand."""
    value = f"cli-{what}"
    answer = cli.ok("revoke", what, value, *more, "--reason", "why")
    assert (answer["revocation"]["value"], answer["revocation"]["reason"]) == (value, "why")
    claims = ["--sub", "somebody"] if what == "key" else []
    checked = cli.run("check", claim, value, *claims, "--exp", EXP, "--at-least-revision", answer["revision"], "--json")
    assert (checked.code, checked.json["cause"]["scope"]) == (1, f"SCOPE_{what.upper()}")


def test_revoke_realm_must_be_spelled(cli: Cli) -> None:
    """Without the realm's name nothing happens; with it every older token of that realm is refused."""
    assert cli.run("revoke", "realm").code == 2
    cli.ok("revoke", "realm", "scrap")
    assert cli.run("check", "--sub", "u", "--iat", str(time.time() - 60), "--realm", "scrap").code == 1
    assert cli.run("check", "--sub", "u", "--iat", str(time.time() - 60)).code == 0


def test_a_cut_off_takes_a_time(cli: Cli) -> None:
    """In RFC 3339 with a zone; anything else is an error that says so."""
    answer = cli.ok("revoke", "user", "cli-time", "--issued-before", "2026-01-01T00:00:00Z")
    assert answer["revocation"]["issued_before"] == answer["tokens_valid_from"] == "2026-01-01T00:00:00Z"
    for wrong in ("yesterday", "2026-01-01T00:00:00"):
        assert cli.run("revoke", "user", "cli-time", "--issued-before", wrong).code == 2
    ahead = cli.run("revoke", "user", "cli-time", "--issued-before", "2099-01-01T00:00:00Z", "--json")
    assert (ahead.code, ahead.json["reason"]) == (2, "ERROR_REASON_INVALID_FIELD")


def test_allow_lets_a_token_in(cli: Cli) -> None:
    """In an allowlist realm; in another one it is an error."""
    assert cli.run("check", "--jti", "cli-allow", "--exp", EXP, "--realm", "strict").code == 1
    assert cli.ok("allow", "cli-allow", "--exp", EXP, "--realm", "strict")["expire_time"]
    assert cli.run("check", "--jti", "cli-allow", "--exp", EXP, "--realm", "strict").code == 0
    assert cli.run("allow", "cli-allow").code == 2


def test_list_shows_what_is_in_force(cli: Cli) -> None:
    """As a table, and as JSON; a scope and a value pick one."""
    cli.ok("revoke", "session", "cli-list", "--reason", "audit")
    assert "cli-list" in cli.run("list").stdout
    listed = cli.ok("list", "--scope", "session", "--value", "cli-list")
    assert [one["reason"] for one in listed["revocations"]] == ["audit"]


def test_sessions_are_listed_and_ended(cli: Cli, stub: Any) -> None:
    """By handle and user, or by the secret over standard input; what is gone is not an error."""
    first, second = stub("CreateSession", user_id="cli-user"), stub("CreateSession", user_id="cli-user")
    listed = cli.ok("sessions", "list", "cli-user", "--current-stdin", stdin=second.session_id)
    assert [(one["handle"], one["current"]) for one in listed["sessions"]] == [(first.session.handle, False), (second.session.handle, True)]
    assert second.session_id not in json.dumps(listed)
    assert cli.ok("sessions", "end", "--handle", first.session.handle, "--user", "cli-user")["ended"]
    assert cli.ok("sessions", "end", "--session-id-stdin", stdin=second.session_id + "\n")["ended"]
    assert not cli.ok("sessions", "end", "--session-id-stdin", stdin=second.session_id)["ended"]
    assert cli.run("sessions", "list", "cli-user").code == 0
    assert cli.run("sessions", "end", "--handle", first.session.handle).code == 2


@pytest.fixture
def stub(cli: Cli) -> Any:
    """Calls an RPC by its name, over a channel of its own."""
    with grpc.insecure_channel(cli.process.address) as channel:

        def call(rpc: str, **fields: Any) -> Any:
            method = RPCS[rpc]
            invoke = channel.unary_unary(method.path, method.request.SerializeToString, method.response.FromString)
            return invoke(method.request(**fields), timeout=5)

        yield call


def test_doctor_examines_the_store(cli: Cli) -> None:
    """1 because these tests' store keeps nothing on disk, and that is named; 2 never."""
    result = cli.run("doctor", "--json")
    assert result.code == 1
    assert {one["name"] for one in result.json if one["level"] == "bad"} == {"persistence"}
    assert "persistence" in cli.run("doctor").stdout


def test_healthcheck_tells_by_its_exit_code(cli: Cli) -> None:
    """0 serving, 1 not serving or not reachable."""
    assert cli.run("healthcheck").code == 0
    assert cli.run("healthcheck", "--service", "revocation.v1.SessionService").code == 0
    assert cli.run("healthcheck", "--server", "127.0.0.1:1").code == 1


def test_init_and_version(cli: Cli) -> None:
    """Init opens the declared realms and may be repeated; version needs no service."""
    assert cli.run("init").code == 0
    assert cli.ok("version")["revocation"] == "0.1.0"


def test_no_service_is_an_error_that_says_so(cli: Cli) -> None:
    """Exit code 2, and what to do next."""
    result = cli.run("check", "--jti", "t", "--exp", EXP, "--server", "127.0.0.1:1", "--timeout", "1s")
    assert result.code == 2 and "revocation serve" in result.stderr


def test_wrong_words_are_errors(cli: Cli) -> None:
    """Exit code 2 for unknown commands, options and settings."""
    for words in (["nonsense"], ["check", "--nonsense"], ["check"], ["revoke", "token"], ["revoke", "nonsense", "x"]):
        assert cli.run(*words).code == 2, words
    failed = cli.run("check", "--jti", "t", REVOCATION_SERVRE="x")
    assert failed.code == 2 and "REVOCATION_SERVER" in failed.stderr


def test_control_characters_do_not_reach_the_terminal(cli: Cli, stub: Any) -> None:
    """What others wrote into a name or a reason is printed harmlessly."""
    stub("RevokeSession", sid="cli-\u202e-rtl", reason="\u2028break")
    shown = cli.run("list", "--scope", "session", "--value", "cli-\u202e-rtl").stdout
    assert "\u202e" not in shown and "\u2028" not in shown and "rtl" in shown
