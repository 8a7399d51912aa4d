"""Session ids, tokens, passwords and the pepper appear in no log, no error and no repr, whatever goes wrong."""

import dataclasses
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from revocation_client.judgement.claims import Claims
from revocation_client.judgement.millis import Millis

from revocation.domain.sessions import Change, Place, StoredSession
from revocation.domain.verification import Verified
from revocation.service.sessions import Created, NewSession
from revocation.settings import Settings
from tests.eventually import eventually
from tests.servers import Store

from .client import Client, channel_to
from .faults import full, read_only
from .process import service_process
from .realms import AUDIENCE, ISSUER, SIGNER
from .refusals import Refusal, refusal

PASSWORD = "canary-password"
PEPPER = "canary-pepper"
DATA = b"canary-data"
CALLER_MADE = "canary-caller-made-session-id-1234567890"
NEXT_CALLER_MADE = "canary-next-caller-made-session-id-12345"


async def everything(client: Client) -> tuple[set[str], list[Refusal]]:
    """Makes calls that succeed and calls that fail; returns the secrets in them, and the refusals."""
    created = await client.call("CreateSession", user_id="u", data=DATA)
    rotated = await client.call("RotateSession", session_id=created.session_id)
    await client.call("UpdateSession", session_id=rotated.session_id, data=DATA + b"2")
    await client.call("CreateSession", realm="callers", user_id="u", session_id=CALLER_MADE)
    jwt = SIGNER.mint({"iss": ISSUER, "aud": AUDIENCE, "sub": "u", "exp": 4e9, "canary-claim": "canary-payload"})
    assert (await client.call("CheckToken", realm="signed", jwt=jwt)).active
    assert not (await client.call("CheckToken", realm="signed", jwt=jwt[:-4] + "AAAA")).active
    refused = [
        await refusal(client.call("GetSession", session_id=created.session_id)),
        await refusal(client.call("GetSession", session_id=CALLER_MADE + "\n")),
        await refusal(client.call("UpdateSession", session_id=rotated.session_id, etag="7", data=DATA)),
        await refusal(client.call("RotateSession", session_id=created.session_id)),
        await refusal(client.call("RotateSession", session_id=rotated.session_id, new_session_id=NEXT_CALLER_MADE)),
        await refusal(client.call("CreateSession", realm="callers", user_id="u", session_id=CALLER_MADE)),
        await refusal(client.call("CreateSession", realm="callers", user_id="u", session_id="canary-weak!")),
        await refusal(client.call("CheckToken", jwt=jwt)),
        await refusal(client.call("CheckToken", realm="broken-keys", jwt=jwt)),
        await refusal(client.send("GetSession", b"\x12\x0ecanary-session\xff")),
    ]
    await client.call("EndSession", session_id=rotated.session_id)
    return {"canary", created.session_id, rotated.session_id, *jwt.split(".")}, refused


def assert_clean(text: str, secrets: set[str]) -> None:
    for secret in secrets:
        assert secret not in text, secret


@pytest.mark.parametrize("log_format", ["json", "human"])
async def test_no_secret_is_logged_or_answered(
    start_store: Callable[..., Store], realms_file: Path, tmp_path: Path, log_format: str
) -> None:
    """At the most talkative level, in good calls, in bad ones, with a store that fails, and with one whose data is garbage."""
    store = start_store("standalone", password=PASSWORD)
    env = {**store.env, "REVOCATION_SESSION_PEPPER": PEPPER, "REVOCATION_REALMS_FILE": str(realms_file)}
    with service_process({**env, "REVOCATION_LOG_LEVEL": "debug", "REVOCATION_LOG_FORMAT": log_format}, folder=tmp_path) as process:
        async with channel_to(process.address) as channel:
            client = Client(process.address, channel)
            await eventually(client.is_serving, within=10)
            secrets, refused = await everything(client)
            refused += await failing(client, store, secrets)
            refused += [await corrupt(client, store, secrets)]
        process.signal()
        process.exit_code(within=10)
    assert process.lines("internal") or process.lines("call failed"), "the INTERNAL error was logged"
    assert_clean(process.stderr, secrets)
    for one in refused:
        assert_clean(repr(one), secrets)


async def failing(client: Client, store: Store, secrets: set[str]) -> list[Refusal]:
    """Calls that a failing store refuses."""
    created = await client.call("CreateSession", user_id="failing", data=DATA)
    secrets.add(created.session_id)
    refused = []
    for fault in (read_only, full):
        with fault(store.nodes[0]):
            refused.append(await refusal(client.call("UpdateSession", session_id=created.session_id, data=DATA)))
            refused.append(await refusal(client.call("CreateSession", realm="callers", user_id="u", session_id=NEXT_CALLER_MADE)))
    store.nodes[0].freeze()
    refused.append(await refusal(client.call("GetSession", session_id=created.session_id, timeout=1)))
    store.nodes[0].thaw()
    await eventually(client.is_serving, within=10)
    return refused


async def corrupt(client: Client, store: Store, secrets: set[str]) -> Refusal:
    """A call that meets garbage in the store: INTERNAL, with a request id that the log has too."""
    created = await client.call("CreateSession", user_id="corrupt", data=DATA)
    secrets.add(created.session_id)
    admin = store.nodes[0].client()
    for key in admin.scan_iter("*/s/*"):
        if admin.hget(key, "user") == "corrupt":
            admin.hset(key, mapping={"attributes": "{canary"})
    refused = await refusal(client.call("GetSession", session_id=created.session_id))
    assert (refused.code, refused.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert refused.metadata["request_id"] in refused.message
    return refused


SESSION = StoredSession("h", "u", DATA, {}, 1, Millis(1), None, Millis(1), Millis(1), Millis(9), successor="canary-digest")
HOLDERS = [
    SESSION,
    Place("h", "canary-digest", Millis(1), Millis(1), Millis(9)),
    Change(data=DATA),
    NewSession(data=DATA, session_id=CALLER_MADE),
    Verified(Claims(sub="u"), "canary-payload"),
    Settings(
        redis_url=f"redis://:{PASSWORD}@localhost/0", redis_password=PASSWORD, redis_sentinel_password=PASSWORD, session_pepper=PEPPER
    ),
]


@pytest.mark.parametrize("holder", [*HOLDERS, Created(SESSION, CALLER_MADE, (), None)], ids=lambda holder: type(holder).__name__)  # type: ignore[arg-type]
def test_what_holds_a_secret_does_not_print_it(holder: Any) -> None:
    """Neither by repr nor by str, nor inside of something else."""
    wrapped = dataclasses.make_dataclass("Wrapped", ["inner"])(holder)
    try:
        raise ValueError(holder)
    except ValueError as error:
        printed = "".join(traceback.format_exception(error))
    for text in (repr(holder), str(holder), repr(wrapped), printed):
        assert "canary" not in text
