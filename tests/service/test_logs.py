"""One line for each write with who, what and the revision; JSON for programs, words for a person on a terminal."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.eventually import eventually
from tests.servers import Store

from .client import Client, channel_to
from .process import ServiceProcess, service_process
from .refusals import refusal
from .rpcs import RPCS
from .values import CLAIMS

WRITES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, str]]] = {
    "RevokeToken": ({"jti": "t1"}, {"jti": "t1"}),
    "RevokeUser": ({"user_id": "u1"}, {"user_id": "u1"}),
    "RevokeSession": ({"sid": "s1"}, {"sid": "s1"}),
    "RevokeClient": ({"client_id": "c1"}, {"client_id": "c1"}),
    "RevokeKey": ({"kid": "k1"}, {"kid": "k1"}),
    "RevokeRealm": ({"realm": "scrap"}, {"realm": "scrap"}),
    "AllowToken": ({"realm": "strict", "jti": "t1"}, {"realm": "strict", "jti": "t1"}),
    "CreateSession": ({"user_id": "u2"}, {"user_id": "u2"}),
    "UpdateSession": ({"data": b"x"}, {}),
    "RotateSession": ({}, {}),
    "EndSession": ({}, {}),
}
"""For each RPC that writes a request, and what of it the log says."""

READS = ("CheckToken", "BatchCheckTokens", "ListRevocations", "GetSession", "ListSessions")


@asynccontextmanager
async def logging_service(store: Store, realms_file: Path, folder: Path, **options: Any) -> AsyncIterator[tuple[ServiceProcess, Client]]:
    env = {**store.env, "REVOCATION_REALMS_FILE": str(realms_file), **options.pop("env", {})}
    with service_process(env, folder=folder, **options) as process:
        async with channel_to(process.address) as channel:
            client = Client(process.address, channel)
            await eventually(client.is_serving, within=10)
            yield process, client


def test_the_table_names_every_rpc() -> None:
    """An RPC that is added must say whether it writes."""
    assert {*WRITES, *READS} == set(RPCS)


async def test_each_write_is_one_line_of_json(standalone_server: Store, realms_file: Path, tmp_path: Path) -> None:
    """With the method, the peer, what it was about, and the revision that the caller was given; reads leave none."""
    lane = {"REVOCATION_FAST_LANE": "off"}  # behind the fast lane, every peer is its socket
    async with logging_service(standalone_server, realms_file, tmp_path, env=lane) as (process, client):
        session_id = (await client.call("CreateSession", user_id="u3")).session_id
        revisions = []
        for rpc, (fields, _) in WRITES.items():
            of_session = {"session_id": session_id} if rpc in ("UpdateSession", "RotateSession", "EndSession") else {}
            answer = await client.call(rpc, **fields, **of_session)
            session_id = answer.session_id if rpc == "RotateSession" else session_id
            revisions.append(getattr(answer, "revision", ""))
            await client.call("CheckToken", claims=CLAIMS)
            await client.call("ListRevocations")
        await eventually(lambda: len(writes(process)) > len(WRITES), within=5)
        lines = writes(process)[1:]
    assert [line["method"] for line in lines] == list(WRITES)
    assert [line["revision"] for line in lines] == revisions
    for line, (_, said) in zip(lines, WRITES.values(), strict=True):
        assert line.items() >= said.items()
        assert line["peer"].startswith("ipv4:127.0.0.1:") and line["request_id"] and line["timestamp"].endswith("Z")


def writes(process: ServiceProcess) -> list[dict[str, Any]]:
    """Returns the lines of writes; every complete line must be JSON."""
    complete = process.stderr.rpartition("\n")[0].splitlines()
    return [line for line in map(json.loads, complete) if line["event"] == "write"]


async def test_a_refused_write_is_a_warning(standalone_server: Store, realms_file: Path, tmp_path: Path) -> None:
    """With the reason, so that an attack or a broken caller can be seen; the caller's request id comes along."""
    async with logging_service(standalone_server, realms_file, tmp_path) as (process, client):
        method = RPCS["AllowToken"]
        call = client.channel.unary_unary(method.path, method.request.SerializeToString, method.response.FromString)
        request = method.request(jti="t\u20281")
        await refusal(call(request, timeout=5, metadata=(("x-request-id", "my-id.7"),)))
        (line,) = await eventually(lambda: process.lines("call refused"), within=5)
    said = json.loads(line)
    assert (said["level"], said["method"], said["error"], said["request_id"]) == ("warning", "AllowToken", "ALLOWLIST_DISABLED", "my-id.7")
    assert said["jti"] == "t\u20281"


async def test_a_bad_request_id_is_replaced(standalone_server: Store, realms_file: Path, tmp_path: Path) -> None:
    """What a caller sends for an id never breaks a line."""
    async with logging_service(standalone_server, realms_file, tmp_path) as (process, client):
        method = RPCS["RevokeToken"]
        call = client.channel.unary_unary(method.path, method.request.SerializeToString, method.response.FromString)
        for given in ("a b", "x" * 65, '"}', ""):
            await call(method.request(jti="t"), timeout=5, metadata=(("x-request-id", given),))
        await eventually(lambda: len(writes(process)) == 4, within=5)
        assert {len(line["request_id"]) for line in writes(process)} == {16}


async def test_a_person_gets_words(standalone_server: Store, realms_file: Path, tmp_path: Path) -> None:
    """On a terminal lines are for reading, and nothing that a caller sends reaches it as a control character."""
    async with logging_service(standalone_server, realms_file, tmp_path, terminal=True) as (process, client):
        await client.call("RevokeToken", jti="terminal \u202e\u2028")
        (line,) = await eventually(lambda: process.lines("RevokeToken"), within=5)
    assert not line.startswith("{") and "write" in line


async def test_levels_leave_out_what_is_less(standalone_server: Store, realms_file: Path, tmp_path: Path) -> None:
    """At error a write leaves no line."""
    env = {"REVOCATION_LOG_LEVEL": "error"}
    with service_process({**standalone_server.env, **env, "REVOCATION_LOG_FORMAT": "json"}, folder=tmp_path, awaited=False) as process:
        async with channel_to(process.address) as channel:
            client = Client(process.address, channel)
            await eventually(lambda: answers(client), within=20)
            await client.call("RevokeToken", jti="t")
    assert process.stderr == ""


async def answers(client: Client) -> bool:
    try:
        return await client.is_serving()
    except Exception:
        return False
