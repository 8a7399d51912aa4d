"""Every RPC answers JSON that was written by hand."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .service import Service, serving

NOW = int(time.time())
TOKEN = {"iat": NOW - 60, "exp": NOW + 600}
SERVICES = ("revocation.v1.RevocationService", "revocation.v1.SessionService")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests; each of them speaks of users and tokens of its own."""
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


def state(service: Service, realm: str = "", **claims: object) -> str:
    answer = service.call("RevocationService/CheckToken", realm=realm, claims=TOKEN | claims)
    assert answer.get("active", False) == (answer["state"] == "TOKEN_STATE_ACTIVE")
    return answer["state"]


def test_list_and_describe(service: Service) -> None:
    """Reflection names the services, and describes RPCs and messages."""
    assert {*SERVICES, "grpc.health.v1.Health"} <= set(service.ask("list").split())
    assert "rpc CheckToken" in service.ask("describe", SERVICES[0])
    assert "at_least_revision" in service.ask("describe", "revocation.v1.CheckTokenRequest")


def test_revoke_token(service: Service) -> None:
    """A token is good until it is revoked; the answer names the cause, and a check may demand the revision."""
    assert state(service, jti="t1") == "TOKEN_STATE_ACTIVE"
    revoked = service.call("RevocationService/RevokeToken", jti="t1", exp=TOKEN["exp"], reason="lost")
    assert revoked["revocation"]["scope"] == "SCOPE_TOKEN"
    answer = service.call("RevocationService/CheckToken", claims=TOKEN | {"jti": "t1"}, at_least_revision=revoked["revision"])
    assert (answer["state"], answer["cause"]["value"], answer["cause"]["reason"]) == ("TOKEN_STATE_REVOKED", "t1", "lost")
    assert answer["revision"] and answer["as_of_time"]


def test_batch_check_tokens(service: Service) -> None:
    """The verdicts stand in the order of the claims."""
    service.call("RevocationService/RevokeToken", jti="b2")
    claims = [TOKEN | {"jti": "b1"}, TOKEN | {"jti": "b2"}, {"jti": "b3", "exp": NOW - 7200}, {"jti": "b4"}]
    answer = service.call("RevocationService/BatchCheckTokens", claims=claims)
    states = [verdict["state"].removeprefix("TOKEN_STATE_") for verdict in answer["verdicts"]]
    assert states == ["ACTIVE", "REVOKED", "EXPIRED", "INVALID"]
    assert answer["verdicts"][3]["invalid_reason"] == "INVALID_REASON_NO_TIME"


def test_revoke_user(service: Service) -> None:
    """What began before is refused, but for the kept session; the answer says from when on tokens are good."""
    answer = service.call("RevocationService/RevokeUser", user_id="alice", keep_session_handles=["here"])
    assert answer["revocation"]["kept_sessions"][0]["handle"] == "here"
    assert "." not in answer["tokens_valid_from"], "a whole second"
    assert state(service, sub="alice", sid="there") == "TOKEN_STATE_REVOKED"
    assert state(service, sub="alice", sid="here") == "TOKEN_STATE_ACTIVE"


def test_revoke_session(service: Service) -> None:
    """Tokens with that sid are refused."""
    assert service.call("RevocationService/RevokeSession", sid="s1")["revocation"]["value"] == "s1"
    assert state(service, sub="bob", sid="s1") == "TOKEN_STATE_REVOKED"


def test_revoke_client(service: Service) -> None:
    """Tokens of that client are refused; the claim is spelled client_id."""
    assert service.call("RevocationService/RevokeClient", client_id="app")["tokens_valid_from"]
    assert state(service, sub="bob", client_id="app") == "TOKEN_STATE_REVOKED"


def test_revoke_key(service: Service) -> None:
    """Tokens with that kid are refused for ever: the revocation has no end."""
    assert "expire_time" not in service.call("RevocationService/RevokeKey", kid="k1")["revocation"]
    assert state(service, sub="bob", kid="k1") == "TOKEN_STATE_REVOKED"


def test_revoke_realm(service: Service) -> None:
    """Every token of that realm is refused, none of another."""
    assert service.call("RevocationService/RevokeRealm", realm="scrap")["revocation"]["scope"] == "SCOPE_REALM"
    assert state(service, "scrap", sub="carol") == "TOKEN_STATE_REVOKED"
    assert state(service, sub="carol") == "TOKEN_STATE_ACTIVE"


def test_allow_token(service: Service) -> None:
    """In a realm with an allowlist a token is good once it is allowed."""
    assert state(service, "vault", jti="a1") == "TOKEN_STATE_NOT_ALLOWED"
    assert service.call("RevocationService/AllowToken", realm="vault", jti="a1", exp=TOKEN["exp"])["expire_time"]
    assert state(service, "vault", jti="a1") == "TOKEN_STATE_ACTIVE"


def test_list_revocations(service: Service) -> None:
    """A scope and a value pick one revocation."""
    service.call("RevocationService/RevokeSession", sid="listed", reason="audit")
    answer = service.call("RevocationService/ListRevocations", scope="SCOPE_SESSION", value="listed")
    assert [(found["value"], found["reason"]) for found in answer["revocations"]] == [("listed", "audit")]


def test_a_session_from_log_in_to_log_out(service: Service) -> None:
    """Create, get, update, rotate, list and end: the handle stays, the secret changes, and the end is final."""
    data = base64.b64encode(b"cart").decode()
    created = service.call("SessionService/CreateSession", user_id="dave", data=data, attributes={"device": "phone"}, idle_timeout="60s")
    handle, secret = created["session"]["handle"], created["session_id"]
    assert service.call("SessionService/GetSession", session_id=secret)["session"]["data"] == data
    etag = created["session"]["etag"]
    updated = service.call("SessionService/UpdateSession", session_id=secret, etag=etag, attributes={"device": "laptop"})
    assert updated["session"]["attributes"] == {"device": "laptop"} and updated["session"]["etag"] != etag
    rotated = service.call("SessionService/RotateSession", session_id=secret)
    assert rotated["session"]["handle"] == handle and rotated["session_id"] != secret
    listed = service.call("SessionService/ListSessions", user_id="dave", current_session_id=rotated["session_id"])
    assert [(found["handle"], found["current"]) for found in listed["sessions"]] == [(handle, True)]
    assert service.call("SessionService/EndSession", session_id=rotated["session_id"])["ended"] is True
    assert service.call("SessionService/ListSessions", user_id="dave") == {}
    assert state(service, sub="dave", sid=handle) == "TOKEN_STATE_REVOKED"


def test_sigterm_ends_it_and_a_restart_remembers(tmp_path: Path) -> None:
    """SIGTERM: exit 0. What was revoked before is refused after."""
    with serving(tmp_path) as first:
        first.call("RevocationService/RevokeToken", jti="kept")
        assert first.terminate() == 0
    with serving(tmp_path) as second:
        assert state(second, jti="kept") == "TOKEN_STATE_REVOKED"


def test_every_rpc_was_called(service: Service) -> None:
    """What reflection lists is what the tests above have called, but for the stream; it stands last, and only passes after them."""
    listed = {rpc for name in SERVICES for rpc in service.ask("list", name).split()}
    assert service.called == listed - {"revocation.v1.RevocationService.WatchRevocations"}
