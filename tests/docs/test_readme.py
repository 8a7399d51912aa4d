"""The README tells the truth: its commands and snippets are run against a real service, its tables are those of the code."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from revocation.domain.realms import Realm
from revocation.durations import print_duration
from revocation.realms_file import _RealmTable, _SessionTable, parse_realms
from tests.eventually import until
from tests.service.process import ServiceProcess, environment, service_process

from .blocks import agrees, blocks, steps
from .tables import PARTS, README, ROOT, generated

TEXT = README.read_text()
PAGES = [README, *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "revocation/README.md"))]
TRANSCRIPT = [step for block in blocks(TEXT, "run") for step in steps(block)]
ADDRESS = "localhost:50051"
END = "\x1e"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service runs and keeps its data."""
    return tmp_path_factory.mktemp("readme")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[ServiceProcess]:
    """What `make serve` starts, on a port of its own, with the realm that the allowlist's recipe speaks of."""
    (folder / "realms.toml").write_text("[realms.default]\n[realms.vault]\nallowlist = true\n")
    with service_process({"REVOCATION_REALMS_FILE": str(folder / "realms.toml")}, folder=folder) as running:
        until(lambda: _is_healthy(running), within=20)
        yield running


@pytest.fixture(scope="module")
def printed(service: ServiceProcess, folder: Path) -> list[str]:
    """What each command of the README prints when they are run one after another in one shell."""
    programs = folder / "programs"
    programs.mkdir()
    _program(programs / "revocation", f'exec {sys.executable} -m revocation "$@"')
    _program(programs / "grpcurl", f'exec {_grpcurl()} "$@"')
    script = "".join(f"{{ {step.command}\n}} 2>&1; status=$?; printf '{END}'; (exit $status)\n" for step in TRANSCRIPT)
    for here, there in (
        (ADDRESS, service.address),
        ("$PWD/.venv/bin", str(programs)),
        ("revocation doctor", f"revocation doctor --data-dir {folder / '.revocation'}"),
    ):
        script = script.replace(here, there)
    env = environment({"REVOCATION_SERVER": service.address, "COLUMNS": "110"})
    env["PATH"] = f"{programs}:{env['PATH']}"
    shell = subprocess.run(["bash", "-c", script], env=env, cwd=ROOT, capture_output=True, text=True, timeout=120)
    return shell.stdout.split(END)[:-1]


@pytest.mark.parametrize("place", range(len(TRANSCRIPT)), ids=[step.command[:60] for step in TRANSCRIPT])
def test_a_command_prints_what_the_readme_tells(printed: list[str], place: int) -> None:
    """But for times, ids and spaces."""
    assert len(printed) == len(TRANSCRIPT)
    assert agrees(printed[place], TRANSCRIPT[place].output), f"{TRANSCRIPT[place].command}\n{printed[place]}"


def test_there_are_commands_to_run() -> None:
    """A slip in a marker would leave all of them out."""
    assert len(TRANSCRIPT) >= 15
    assert len(blocks(TEXT, "python")) == TEXT.count("```python\n")


def test_agreement_is_not_taken_for_granted() -> None:
    """Control: another word, a missing line and an extra one are noticed."""
    told = "ACTIVE\nRevision 2e79ffec41b57d3f.1\n...\nend\n"
    assert agrees("ACTIVE\nRevision  0000000000000000.12\nmore\neven more\nend\n", told)
    for wrong in ("REVOKED\nRevision 2e79ffec41b57d3f.1\nend\n", "ACTIVE\nend\n", "ACTIVE\nRevision 2e79ffec41b57d3f.1\nend\nmore\n"):
        assert not agrees(wrong, told)


def test_the_snippets_run(service: ServiceProcess) -> None:
    """All Python of the README in one program, and the recipes do what they say."""
    source = "\n".join(blocks(TEXT, "python")).replace(ADDRESS, service.address)
    subprocess.run([sys.executable, "-c", source + RECIPES], env=environment({}), check=True, timeout=60, cwd=ROOT)


RECIPES = """
import time

def issued(**claims): return {"iat": int(time.time()), "exp": int(time.time()) + 600} | claims
def living(session_id):
    try:
        return sessions.GetSession(session_service_pb2.GetSessionRequest(session_id=session_id), timeout=1).session
    except grpc.RpcError as error:
        assert reason_of(error) == "ERROR_REASON_SESSION_NOT_FOUND"
def begin(user_id, **fields):
    made = sessions.CreateSession(session_service_pb2.CreateSessionRequest(user_id=user_id, **fields), timeout=5)
    return made.session_id, made.session.handle

assert is_good(issued(sub="u")) and not is_good(issued(sub=7)) and not is_good({"sub": "u"})

old, old_handle = begin("ann")
assert is_good(issued(sub="ann", sid=old_handle))
secret, sid = password_changed("ann")
assert is_good(issued(sub="ann", sid=sid)), "the new log-in, in the second of the cut-off"
assert not is_good(issued(sub="ann", sid=old_handle)) and not is_good(issued(sub="ann"))
assert living(secret) and not living(old)

revocations.RevokeUser(revocation_service_pb2.RevokeUserRequest(user_id="eve"), timeout=1)
assert is_good(claims_of_login("eve", 600)), "a moment after the cut-off"

log_out(secret)
assert not living(secret) and not is_good(issued(sub="ann", sid=sid))
log_out_token("j", time.time() + 600)
assert not is_good(issued(jti="j"))

here, here_handle = begin("ben")
there, there_handle = begin("ben")
log_out_everywhere_else("ben", here_handle)
assert living(here) and not living(there)

phone, _ = begin("cid", attributes={"device": "phone"})
laptop, _ = begin("cid", attributes={"device": "laptop"})
end_device("cid", "phone")
assert living(laptop) and not living(phone)

vaulted = revocation_service_pb2.CheckTokenRequest(realm="vault", claims=claims_pb2.Claims(**issued(jti="v")))
assert not revocations.CheckToken(vaulted, timeout=1).active
issue("v", time.time() + 600)
assert revocations.CheckToken(vaulted, timeout=1).active

anonymous, _ = begin("")
cookie = logged_in(anonymous, "dan")
assert living(cookie).user_id == "dan" and not living(anonymous)
"""


@pytest.mark.parametrize("part", PARTS)
def test_a_table_is_that_of_the_code(part: str) -> None:
    """`python -m tests.docs.tables` writes it anew."""
    assert generated(TEXT)[part] == PARTS[part]()


def test_the_example_of_realms_can_be_used() -> None:
    """And declares what it shows."""
    (example,) = blocks(TEXT, "realms")
    realms = parse_realms(example, ROOT)
    assert [realm.name for realm in realms] == ["default", "partners", "vault"]
    assert realms.get("vault").rules.allowlist
    assert print_duration(realms.get("default").rules.longest_token_life) == "1h"


def test_every_field_of_a_realm_is_told_with_its_default() -> None:
    """The table of realms has each field that the file may have, and no other."""
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \| (.*?) \|", TEXT, re.MULTILINE))
    fields = [
        *(name for name in _RealmTable.model_fields if name != "sessions"),
        *(f"sessions.{name}" for name in _SessionTable.model_fields),
    ]
    assert list(rows) == fields
    assert rows == {field: _default(field) for field in fields}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """To a file of this repository, or to a heading of the page."""
    text = page.read_text()
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link and not link.startswith("mailto:")]
    dead = [link for link in links if not (link[1:] in anchors if link.startswith("#") else (page.parent / link.split("#")[0]).exists())]
    assert dead == []


def test_every_target_and_setting_exists() -> None:
    """A `make` target or REVOCATION_* name in the text is one that there is."""
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z0-9-]+)", TEXT)) <= targets
    known = set(re.findall(r"REVOCATION_[A-Z_]+", PARTS["settings"]() + PARTS["client settings"]()))
    told = set(re.findall(r"REVOCATION_[A-Z_]*[A-Z]", TEXT)) - {"REVOCATION_TOKEN_STATE"}
    assert told <= known | {f"{name}_FILE" for name in known}


def _default(field: str) -> str:
    realm = Realm("example")
    holder: Any = realm.sessions if field.startswith("sessions.") else realm
    name = field.removeprefix("sessions.")
    for owner in (holder, realm.rules, realm.tokens):
        if hasattr(owner, name):
            return _printed(name, getattr(owner, name))
    raise AssertionError(field)


def _printed(name: str, value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(f"`{one}`" for one in sorted(value)) or "any"
    if isinstance(value, str):
        return value or ("none" if name == "jwks" else "any")
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    assert isinstance(value, int)
    return f"`{value}`" if name == "max_sessions" else f"`{print_duration(value)}`"  # type: ignore[arg-type]


def _is_healthy(service: ServiceProcess) -> bool:
    words = [sys.executable, "-m", "revocation", "healthcheck", "--server", service.address]
    return subprocess.run(words, env=environment({}), capture_output=True, timeout=20).returncode == 0


def _grpcurl() -> str:
    return os.environ.get("GRPCURL") or shutil.which("grpcurl") or f"{sys.executable} -m tests.docs.grpcurl"


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)
