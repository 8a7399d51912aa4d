"""The doctor finds what can make a store forget revocations, over every kind of store."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from revocation.settings import Settings, load
from revocation.store.doctor import examine
from revocation.store.embedded import EmbeddedValkey
from revocation.store.findings import Facts, Finding, Level, findings
from tests.servers import Store

HEALTHY_INFO: dict[str, object] = {
    "redis_version": "7.2.4",
    "valkey_version": "9.1.2",
    "role": "master",
    "maxmemory_policy": "noeviction",
    "evicted_keys": 0,
    "aof_enabled": 1,
    "aof_last_write_status": "ok",
    "slave0": {"state": "online", "lag": 0},
    "used_memory": 10,
    "maxmemory": 100,
}
HEALTHY_CONFIG = {"appendfsync": "always", "replica-priority": "100"}


def by_name(found: tuple[Finding, ...] | list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in found}


def settings_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in store.env.items():
        monkeypatch.setenv(name, value)
    return load(Settings)


def test_a_healthy_store_needs_no_change() -> None:
    """Every finding is ok and advises nothing."""
    found = findings(Facts(HEALTHY_INFO, HEALTHY_CONFIG, 0.1))
    assert {(finding.level, finding.advice) for finding in found} == {(Level.OK, "")}


@pytest.mark.parametrize(
    ("info", "config", "clock", "name", "level"),
    [
        ({"valkey_version": "7.1.0"}, {}, 0, "version", Level.BAD),
        ({"valkey_version": None, "redis_version": "6.2.14"}, {}, 0, "version", Level.BAD),
        ({"role": "slave"}, {}, 0, "role", Level.BAD),
        ({"maxmemory_policy": "volatile-lru"}, {}, 0, "eviction policy", Level.BAD),
        ({"maxmemory_policy": None}, {}, 0, "eviction policy", Level.WARNING),
        ({"evicted_keys": 1}, {}, 0, "evicted keys", Level.BAD),
        ({"aof_enabled": 0}, {}, 0, "persistence", Level.BAD),
        ({"aof_enabled": None}, {}, 0, "persistence", Level.WARNING),
        ({}, {"appendfsync": "everysec"}, 0, "persistence", Level.WARNING),
        ({}, {"appendfsync": None}, 0, "persistence", Level.WARNING),
        ({"aof_last_write_status": "err"}, {}, 0, "last writes to disk", Level.BAD),
        ({"rdb_last_bgsave_status": "err"}, {}, 0, "last writes to disk", Level.BAD),
        ({"slave0": None}, {}, 0, "replication", Level.WARNING),
        ({"slave0": {"state": "wait_bgsave"}}, {}, 0, "replication", Level.WARNING),
        ({"slave0": {"state": "online", "lag": 60}}, {}, 0, "replication", Level.WARNING),
        ({"used_memory": 80}, {}, 0, "memory", Level.WARNING),
        ({"used_memory": 95}, {}, 0, "memory", Level.BAD),
        ({"maxmemory": 0}, {}, 0, "memory", Level.WARNING),
        ({}, {}, -6.0, "clock", Level.WARNING),
        ({}, {}, 61.0, "clock", Level.BAD),
    ],
)
def test_a_fault_is_found(info: dict[str, object], config: dict[str, str], clock: float, name: str, level: Level) -> None:
    """With advice, and without a word against anything else. None stands for what the store does not tell."""
    facts = Facts(known(HEALTHY_INFO | info), known(HEALTHY_CONFIG | config), clock)
    wrong = [finding for finding in findings(facts) if finding.level is not Level.OK]
    assert [(finding.name, finding.level) for finding in wrong] == [(name, level)]
    assert wrong[0].advice


def known(words: Mapping[str, Any]) -> dict[str, Any]:
    return {name: word for name, word in words.items() if word is not None}


async def test_every_primary_is_examined(store_server: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a Cluster each one by its name; the fault that these stores are started with, no append-only file, is found in all of them."""
    found = await examine(settings_of(store_server, monkeypatch))
    bad = [finding for finding in found if finding.level is Level.BAD]
    assert [finding.name for finding in bad] == ["persistence"] * len(store_server.primaries())
    assert len({finding.node for finding in bad}) == len(bad)


async def test_a_store_that_forgets_is_found(start_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """An eviction policy is seen even where CONFIG is forbidden, and the rest is then unknown."""
    store = start_store("standalone", appendonly=True, config={"maxmemory-policy": "allkeys-lru", "rename-command": 'CONFIG ""'})
    found = by_name(await examine(settings_of(store, monkeypatch)))
    assert (found["eviction policy"].level, found["eviction policy"].found) == (Level.BAD, "allkeys-lru")
    assert (found["persistence"].level, found["persistence"].found) == (Level.WARNING, "append-only file, appendfsync unknown")


async def test_the_embedded_store_is_healthy(tmp_path: Path) -> None:
    """But for having no replica; without a running one the doctor says so."""
    settings = load(Settings, {"data_dir": tmp_path})
    assert (await examine(settings))[0].found == f"no embedded Valkey is running on {tmp_path}"
    async with EmbeddedValkey(tmp_path):
        found = await examine(settings)
    assert [finding.name for finding in found if finding.level is not Level.OK] == ["replication"]


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/socket"])
async def test_a_store_out_of_reach_is_one_bad_finding(url: str) -> None:
    """With advice, and without the password."""
    found = await examine(load(Settings, {"redis_url": url.replace("//", "//:hunter2@", 1)}))
    assert [(finding.name, finding.level) for finding in found] == [("connection", Level.BAD)]
    assert "hunter2" not in str(found)
