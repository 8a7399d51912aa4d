"""How much each exploration covers. README.md tells what they come to."""

from .rules import FAULTS, Scope

STORE_LOSSES = ("crash", "empty", "old", "flush")

QUICK = (
    Scope("a crash", (1,), 1, ("crash", "empty", "old")),
    Scope("a flush", (1,), 1, ("flush",)),
    Scope("a partition", (1,), 1, ("cut",)),
    Scope("two records, no crash", (1, 2), 1, ("restart", "trim", "lost")),
    Scope("a watcher and a failover", (1,), 1, ("failover",), watcher=True),
)
"""Explored whenever the tests run."""

FULL = (
    Scope("two records, a watcher and a failover", (1, 2), 1, ("failover",), watcher=True),
    Scope("two records and a crash, or an old start", (1, 2), 1, ("crash", "old")),
    Scope("two records and a flush", (1, 2), 1, ("flush",)),
    Scope("a watcher and any one fault", (1,), 1, FAULTS, watcher=True),
    Scope("two losses of one node", (1,), 2, (*STORE_LOSSES, "restart"), replicated=False),
    Scope("one record written twice", (1, 1), 1, ("crash", "cut", "failover", "restart", "lost")),
    Scope("two records and a partition", (1, 2), 1, ("cut",)),
    Scope("failovers, restarts, trims and strays, two of them", (1,), 2, ("failover", "restart", "trim", "stray")),
    Scope("two records and an empty start, one node", (1, 2), 1, ("crash", "empty"), replicated=False),
    Scope("two records, a restart, a trim or a lost reply", (1, 2), 1, ("restart", "trim", "lost")),
)
"""Explored by `make model`, the longest first."""

_CRASH = Scope("a crash", (1,), 1, ("crash",))
_CRASH_2 = Scope("two records, a crash", (1, 2), 1, ("crash",))
_FLUSH = Scope("a flush", (1,), 1, ("flush",))
_CUT = Scope("a partition", (1,), 1, ("cut",))
_TRIM = Scope("two records, a trim", (1, 2), 1, ("trim",))
_LONE_FLUSHES = Scope("two flushes, one node", (1,), 2, ("flush",), replicated=False)
_LONE_FLUSH_2 = Scope("two records, a flush and a trim, one node", (1, 2), 2, ("flush", "trim"), replicated=False)
_LONE_RESTART = Scope("a flush and a restart, one node", (1,), 2, ("flush", "restart"), replicated=False)
_LONE_AMNESIA = Scope("flushes and restarts, three of them, one node", (1,), 3, ("flush", "restart"), replicated=False)

CONTROLS = {
    "identity_opens_epoch": _CRASH,
    "fence": _LONE_FLUSHES,
    "store_merges": _TRIM,
    "append": _CRASH,
    "touch": _CUT,
    "amnesia_waits": _LONE_AMNESIA,
    "newer_epoch_is_not_enough": _CRASH,
    "larger_number_is_not_enough": _CRASH_2,
    "lineage_only_up_to_position": _CRASH,
    "wait_for_replicas": _CUT,
    "majority_excuses_replica": _CUT,
    "acknowledge_what_is_held": _CRASH,
    "lost_reply_is_unknown": Scope("a lost reply", (1, 1), 1, ("lost",)),
    "position_before_pages": _FLUSH,
    "one_epoch_per_snapshot": _LONE_FLUSH_2,
    "abandoned_pages_are_owed": _LONE_RESTART,
    "reader_merges": _FLUSH,
    "gap_means_snapshot": _TRIM,
    "unknown_epoch_means_snapshot": _LONE_FLUSH_2,
    "continue_where_epoch_ended": _CRASH_2,
    "proof_only_when_settled": _FLUSH,
    "proof_waits": _CUT,
    "proof_as_of_beginning": _TRIM,
    "proof_keeps_its_revision": Scope("a watcher and a flush, one node", (1,), 1, ("flush",), replicated=False, watcher=True),
    "watch_resumes_by_lineage": Scope("two records, a watcher and a failover", (1, 2), 1, ("failover",), watcher=True),
    "write_back": _CRASH,
    "all_when_ring_cannot_tell": _LONE_RESTART,
    "marker_after_records": _FLUSH,
    "marker_read_in_order": _FLUSH,
    "marker_names_all": _LONE_FLUSHES,
    "marker_is_no_lineage": _LONE_FLUSH_2,
    "settle_waits_for_the_living": _FLUSH,
    "settle_waits_for_write_back": _FLUSH,
    "first_pages_count": _LONE_RESTART,
    "debt_until_held": _LONE_AMNESIA,
    "debt_is_carried": _LONE_FLUSHES,
}
"""Every rule, and the scope in which leaving it out breaks a promise."""
