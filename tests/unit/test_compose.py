"""What `docker compose up` starts agrees with the settings, with Envoy's configuration, and with least privilege."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from revocation.settings import ClientSettings, Settings
from revocation.settings_table import secret_files, table

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
ENVOY = yaml.safe_load((ROOT / "deploy" / "envoy.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES: dict[str, Any] = COMPOSE["services"]
LISTENERS: dict[str, Any] = {listener["name"]: listener for listener in ENVOY["static_resources"]["listeners"]}
(CLUSTER,) = ENVOY["static_resources"]["clusters"]

every_service = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES.keys())


def _address(holder: dict[str, Any]) -> tuple[str, int]:
    where = holder["address"]["socket_address"]
    return where["address"], where["port_value"]


def test_every_setting_exists() -> None:
    """A REVOCATION_* name anywhere in the files is one that the service reads."""
    known = {setting.env for kind in (Settings, ClientSettings) for setting in table(kind)} | set(secret_files(Settings).values())
    text = DOCKERFILE + (ROOT / "docker-compose.yml").read_text() + (ROOT / "deploy" / "envoy.yaml").read_text()
    assert set(re.findall(r"\bREVOCATION_[A-Z0-9_]+", text)) <= known


def test_the_environment_is_accepted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The service starts with the values of the file, which is to say that no rule of the settings refuses them."""
    (tmp_path / "password").write_text("secret")
    for name, value in SERVICES["revocation"]["environment"].items():
        monkeypatch.setenv(name, str(tmp_path / "password") if name.endswith("_PASSWORD_FILE") else value)
    settings = Settings()
    assert not settings.embedded
    assert settings.redis_password is not None
    assert SERVICES["revocation"]["stop_grace_period"] == "20s"
    assert settings.drain_delay + settings.drain_grace < 20_000


@every_service
def test_every_service_is_confined(service: dict[str, Any]) -> None:
    """Nobody runs as root, gains privileges, or writes outside of a volume or a tmpfs."""
    uid, gid = service["user"].split(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "devices", "network_mode", "pid", "ipc", "userns_mode"}


@every_service
def test_every_service_is_watched(service: dict[str, Any]) -> None:
    """Each has a health check and comes back after a crash; what it depends on is waited for until it is healthy."""
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert service["restart"] == "unless-stopped"
    for name, dependency in service.get("depends_on", {}).items():
        assert name in SERVICES
        assert dependency == {"condition": "service_healthy"}


def test_only_the_balancer_is_published() -> None:
    """And on the loopback address, unless somebody says otherwise."""
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "envoy": ["${PUBLISH:-127.0.0.1:50051}:50051"]
    }


def test_the_store_cannot_be_reached_from_the_balancer() -> None:
    """Only the service shares a network with the store, and that network leads nowhere else."""
    assert SERVICES["valkey"]["networks"] == ["store"]
    assert "store" not in SERVICES["envoy"]["networks"]
    assert COMPOSE["networks"]["store"] == {"internal": True}


def test_the_store_keeps_what_it_acknowledges() -> None:
    """Without the disk a restart, and with an eviction policy a full memory, would silently undo revocations."""
    command = SERVICES["valkey"]["command"][-1]
    for option in ("--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction", "--dir /data"):
        assert option in command
    assert "data:/data" in SERVICES["valkey"]["volumes"]


def test_the_balancer_asks_the_replicas() -> None:
    """Envoy listens where the port is published, and its only upstream is the service, where the service listens."""
    assert _address(LISTENERS["grpc"]) == ("0.0.0.0", 50051)  # noqa: S104
    assert _address(LISTENERS["health"])[0] == "127.0.0.1"
    endpoints = [one["endpoint"] for group in CLUSTER["load_assignment"]["endpoints"] for one in group["lb_endpoints"]]
    host, port = SERVICES["revocation"]["environment"]["REVOCATION_LISTEN"].split(":")
    assert host == "0.0.0.0"  # noqa: S104
    assert [_address(endpoint) for endpoint in endpoints] == [("revocation", int(port))]
    assert SERVICES["revocation"]["deploy"]["replicas"] == 2
    assert set(SERVICES["envoy"]["networks"]) & set(SERVICES["revocation"]["networks"])
    assert "admin" not in ENVOY


def test_a_draining_replica_is_left_before_it_closes() -> None:
    """The balancer asks for the health more often than the time for which a draining replica still takes calls."""
    (check,) = CLUSTER["health_checks"]
    assert check["grpc_health_check"] == {}
    assert check["unhealthy_threshold"] == 1
    assert (check["interval"], check["timeout"], SERVICES["revocation"]["environment"]["REVOCATION_DRAIN_DELAY"]) == ("1s", "1s", "3s")


def test_the_balancer_repeats_only_what_was_not_begun() -> None:
    """A write that a replica may have run is the caller's to repeat."""
    connections = LISTENERS["grpc"]["filter_chains"][0]["filters"][0]["typed_config"]
    (route,) = connections["route_config"]["virtual_hosts"][0]["routes"]
    assert route["route"]["retry_policy"]["retry_on"] == "connect-failure,refused-stream"
    assert route["route"]["timeout"] == "0s"


def test_the_image_does_not_run_as_root() -> None:
    """The last USER of the last stage is the user that the compose file names."""
    last_stage = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.findall(r"^USER (\S+)$", last_stage, re.MULTILINE) == [SERVICES["revocation"]["user"]]
    assert 'ENTRYPOINT ["revocation"]\nCMD ["serve"]' in last_stage
    assert "HEALTHCHECK" in last_stage
