"""The rules of the protocol, each with a switch, and the scope within which they are explored."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Rules:
    """Every rule that has a control; README.md words them. False leaves the rule out."""

    # the store (section 2)
    identity_opens_epoch: bool = True
    fence: bool = True
    store_merges: bool = True
    append: bool = True
    touch: bool = True
    amnesia_waits: bool = True
    # revisions (section 3)
    newer_epoch_is_not_enough: bool = True
    larger_number_is_not_enough: bool = True
    lineage_only_up_to_position: bool = True
    # acknowledgement (section 4)
    wait_for_replicas: bool = True
    majority_excuses_replica: bool = True
    acknowledge_what_is_held: bool = True
    lost_reply_is_unknown: bool = True
    # reading (section 5)
    position_before_pages: bool = True
    one_epoch_per_snapshot: bool = True
    abandoned_pages_are_owed: bool = True
    reader_merges: bool = True
    gap_means_snapshot: bool = True
    unknown_epoch_means_snapshot: bool = True
    continue_where_epoch_ended: bool = True
    proof_only_when_settled: bool = True
    proof_waits: bool = True
    proof_as_of_beginning: bool = True
    proof_keeps_its_revision: bool = True
    watch_resumes_by_lineage: bool = True
    # repair (section 6)
    write_back: bool = True
    all_when_ring_cannot_tell: bool = True
    marker_after_records: bool = True
    marker_read_in_order: bool = True
    marker_names_all: bool = True
    marker_is_no_lineage: bool = True
    settle_waits_for_the_living: bool = True
    settle_waits_for_write_back: bool = True
    first_pages_count: bool = True
    debt_until_held: bool = True
    debt_is_carried: bool = True

    def without(self, name: str) -> "Rules":
        """Returns these rules with *name* left out."""
        return replace(self, **{name: False})


FAULTS = ("crash", "empty", "old", "cut", "failover", "flush", "restart", "trim", "lost", "stray")
"""The faults. `empty` and `old` are ways in which a crashed node comes back, and cost nothing beside the crash."""


@dataclass(frozen=True, slots=True)
class Scope:
    """How much is explored: *bits* of the writes, how many *faults* in all and of which *kinds*."""

    name: str
    bits: tuple[int, ...]
    faults: int
    kinds: tuple[str, ...]
    replicated: bool = True
    watcher: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """What every step of the model is told."""

    rules: Rules
    scope: Scope
