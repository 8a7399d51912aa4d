"""Over random histories the service says of every token what a model says that remembers every write and merges nothing."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given, settings
from hypothesis import strategies as st
from revocation_client.v1 import revocation_pb2, verdict_pb2

from tests.servers import Store

from .client import Service
from .conftest import Serve
from .naive import Realm, Write

NOW = int(time.time())
REALMS = ("default", "strict")
IDS = st.sampled_from(["a", "b", "c"])
TIMES = st.one_of(st.integers(-20, -1), st.sampled_from([-5.5, -5.001, -4.999])).map(lambda seconds: NOW + seconds)
"""When tokens are issued and cut off; whole seconds and fractions that lie next to each other."""
ENDS = st.sampled_from([NOW - 3600, NOW + 3600, NOW + 7200])
SKEW = 60
"""Seconds that a record outlives its token's exp."""

CLAIMS = st.fixed_dictionaries(
    {},
    optional={"sub": IDS, "jti": IDS, "sid": IDS, "client_id": IDS, "kid": IDS, "iat": TIMES, "exp": ENDS},
)
WRITES = st.one_of(
    st.tuples(st.sampled_from(["RevokeToken", "AllowToken"]), st.fixed_dictionaries({"jti": IDS}, optional={"exp": ENDS})),
    st.tuples(st.just("RevokeSession"), st.fixed_dictionaries({"sid": IDS})),
    st.tuples(st.just("RevokeKey"), st.fixed_dictionaries({"kid": st.just("c")})),
    st.tuples(
        st.just("RevokeUser"),
        st.fixed_dictionaries({"user_id": IDS, "keep_session_handles": st.lists(IDS, max_size=3)}, optional={"issued_before": TIMES}),
    ),
    st.tuples(st.just("RevokeClient"), st.fixed_dictionaries({"client_id": IDS}, optional={"issued_before": TIMES})),
    st.tuples(st.just("RevokeRealm"), st.fixed_dictionaries({"issued_before": st.integers(-20, -15).map(lambda seconds: NOW + seconds)})),
)
STEPS = st.lists(st.tuples(st.sampled_from(REALMS), WRITES, st.lists(CLAIMS, max_size=6)), max_size=25)


@pytest.fixture(scope="module")
def two_realms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As few realms as can be, because each history has a service of its own."""
    path = tmp_path_factory.mktemp("realms") / "realms.toml"
    path.write_text("[realms.default]\n[realms.strict]\nallowlist = true\n")
    return path


@given(steps=STEPS)
@settings(max_examples=30, deadline=None)
async def test_the_service_agrees_with_a_naive_model(
    store_servers: Callable[[str], Store], serve: Serve, two_realms: Path, steps: list[Any]
) -> None:
    """After each write, for tokens of all kinds, asked one by one and in a batch; at the end the lists agree too."""
    store = store_servers("standalone")
    store.flush()
    async with serve(store, realms_file=two_realms) as service:
        await agree(service, steps)


async def agree(service: Service, steps: list[Any]) -> None:
    models = {realm: Realm(allowlist=realm == "strict") for realm in REALMS}
    for realm, (rpc, fields), tokens in steps:
        if rpc != "AllowToken" or models[realm].allowlist:
            await write(service, models[realm], realm, rpc, fields)
        for each in REALMS:
            await compare(service, models[each], each, tokens)
    for realm in REALMS:
        listed = await service.call("ListRevocations", realm=realm)
        assert {named(one) for one in listed.revocations} == models[realm].in_force(time.time())


async def write(service: Service, model: Realm, realm: str, rpc: str, fields: dict[str, Any]) -> None:
    """Does it, and has the model remember what was asked for."""
    sent = {**fields, **({"issued_before": timestamp(fields["issued_before"])} if "issued_before" in fields else {})}
    answer = await service.call(rpc, realm=realm, **sent)
    ends = fields["exp"] + SKEW if "exp" in fields else math.inf
    if rpc == "AllowToken":
        model.allowed.append((fields["jti"], ends))
        return
    scope = rpc.removeprefix("Revoke").upper()
    value = next((fields[name] for name in ("jti", "user_id", "sid", "client_id", "kid") if name in fields), "")
    before = (
        fields.get("issued_before", answer.revocation.issued_before.ToMilliseconds() / 1000)
        if scope in ("USER", "CLIENT", "REALM")
        else None
    )
    model.writes.append(Write(scope, value, before, frozenset(fields.get("keep_session_handles", ())), ends))
    assert named(answer.revocation) == (scope, value)


async def compare(service: Service, model: Realm, realm: str, tokens: list[dict[str, Any]]) -> None:
    """Asks about *tokens* in a batch, and about the first one alone."""
    if not tokens:
        return
    batch = await service.call("BatchCheckTokens", realm=realm, claims=tokens)
    alone = await service.call("CheckToken", realm=realm, claims=tokens[0])
    now = time.time()
    for claims, verdict in [*zip(tokens, batch.verdicts, strict=True), (tokens[0], alone)]:
        state = verdict_pb2.TokenState.Name(verdict.state).removeprefix("TOKEN_STATE_")
        assert state == model.state(claims, now), (realm, claims)
        assert verdict.active == (state == "ACTIVE")
        assert not verdict.HasField("cause") if state != "REVOKED" else named(verdict.cause) in model.causes(claims, now)


def named(revocation: Any) -> tuple[str, str]:
    return revocation_pb2.Scope.Name(revocation.scope).removeprefix("SCOPE_"), revocation.value


def timestamp(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromMilliseconds(round(seconds * 1000))
    return stamp
