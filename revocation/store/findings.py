"""What one store node must be like for nothing to be forgotten, as rules over what it says of itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final


class Level(StrEnum):
    """How bad a finding is: bad ones can lose revocations or stop the service."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and what to change (empty: nothing)."""

    name: str
    level: Level
    found: str
    advice: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a node says: INFO, CONFIG GET (empty where that is forbidden), and how far its clock is ahead of ours, in seconds."""

    info: Mapping[str, Any]
    config: Mapping[str, str]
    clock_ahead: float


def findings(facts: Facts) -> list[Finding]:
    """Returns a finding for every rule."""
    return [rule(facts) for rule in _RULES]


def _version(facts: Facts) -> Finding:
    name, least = ("Valkey", (7, 2)) if "valkey_version" in facts.info else ("Redis", (7, 0))
    version = str(facts.info.get("valkey_version") or facts.info.get("redis_version", "0"))
    level = Level.OK if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) >= least else Level.BAD
    return _finding("version", level, f"{name} {version}", "use Redis 7.0 or later, or Valkey 7.2 or later")


def _role(facts: Facts) -> Finding:
    role = str(facts.info.get("role", "unknown"))
    return _finding(
        "role", Level.OK if role == "master" else Level.BAD, role, "name the primary; with Sentinel, set REVOCATION_REDIS_SENTINELS"
    )


def _eviction(facts: Facts) -> Finding:
    policy = facts.info.get("maxmemory_policy") or facts.config.get("maxmemory-policy")
    advice = "set maxmemory-policy noeviction: any other one forgets revocations when memory is short"
    if policy is None:
        return _unknown("eviction policy", advice)
    return _finding("eviction policy", Level.OK if policy == "noeviction" else Level.BAD, str(policy), advice)


def _evicted(facts: Facts) -> Finding:
    count = int(facts.info.get("evicted_keys", 0))
    advice = "keys of this store have been thrown away, revocations perhaps among them: set noeviction and give it more memory"
    return _finding("evicted keys", Level.BAD if count else Level.OK, f"{count} since its start", advice)


def _persistence(facts: Facts) -> Finding:
    if "aof_enabled" not in facts.info:
        return _unknown("persistence", "see to it that the append-only file is on")
    if not facts.info["aof_enabled"]:
        return _finding(
            "persistence", Level.BAD, "no append-only file", "set appendonly yes: without it a restart forgets what was revoked"
        )
    fsync = facts.config.get("appendfsync", "unknown")
    advice = "set appendfsync always: a crash of the machine loses what was acknowledged since the last fsync"
    return _finding("persistence", Level.OK if fsync == "always" else Level.WARNING, f"append-only file, appendfsync {fsync}", advice)


def _last_writes(facts: Facts) -> Finding:
    names = ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status")
    failed = [name for name in names if facts.info.get(name, "ok") != "ok"]
    advice = "look at the store's log and at the space on its disk: it may refuse writes until it can persist them"
    return _finding(
        "last writes to disk", Level.BAD if failed else Level.OK, ", ".join(f"{name} failed" for name in failed) or "all good", advice
    )


def _replication(facts: Facts) -> Finding:
    replicas = [value for name, value in facts.info.items() if name.startswith("slave") and isinstance(value, dict)]
    behind = [replica for replica in replicas if replica.get("state") != "online" or int(replica.get("lag", 0)) > _LAG]
    found = f"{len(replicas)} replicas, {len(behind)} of them behind; replica-priority {facts.config.get('replica-priority', 'unknown')}"
    if not replicas:
        return _finding(
            "replication", Level.WARNING, found, "the store is the only copy: add a replica, with Sentinel or Cluster to promote it"
        )
    advice = "a replica that lags may be promoted and forget what was acknowledged: find out why, or give it replica-priority 0"
    return _finding("replication", Level.WARNING if behind else Level.OK, found, advice)


def _memory(facts: Facts) -> Finding:
    used, most = int(facts.info.get("used_memory", 0)), int(facts.info.get("maxmemory", 0))
    limit = most or int(facts.info.get("total_system_memory", 0))
    if not limit:
        return _unknown("memory", "see to it that the store has memory to spare")
    share = used / limit
    level = Level.BAD if share > _FULL else Level.WARNING if share > _FILLING else Level.OK
    found = f"{share:.0%} of {limit / 2**20:,.0f} MiB used ({'maxmemory' if most else 'the whole machine; no maxmemory is set'})"
    return _finding("memory", level, found, "give it more memory: when that is full, nothing can be revoked")


def _clock(facts: Facts) -> Finding:
    apart = abs(facts.clock_ahead)
    level = Level.BAD if apart > _CLOCK_STOPS else Level.WARNING if apart > _CLOCK_ALARMS else Level.OK
    found = f"{apart:.3f} s {'ahead of' if facts.clock_ahead > 0 else 'behind'} ours"
    return _finding("clock", level, found, "synchronise the clocks (NTP): cut-offs are set in the store's time")


_LAG: Final = 10
_FILLING: Final = 0.75
_FULL: Final = 0.9
_CLOCK_ALARMS: Final = 5.0
_CLOCK_STOPS: Final = 60.0

_RULES: Final[tuple[Callable[[Facts], Finding], ...]] = (
    _version,
    _role,
    _eviction,
    _evicted,
    _persistence,
    _last_writes,
    _replication,
    _memory,
    _clock,
)


def _finding(name: str, level: Level, found: str, advice: str) -> Finding:
    return Finding(name, level, found, "" if level is Level.OK else advice)


def _unknown(name: str, advice: str) -> Finding:
    return Finding(name, Level.WARNING, "unknown: the store does not tell", advice)
