"""What stands in messages, as values of `judgement`, and the other way. The server encodes with it and the client decodes."""

from .snapshots import merge_part, snapshot_parts
from .values import (
    bare_message,
    changes_message,
    claims_message,
    claims_of,
    duration,
    length_of,
    revocation_message,
    revocation_of,
    rules_message,
    rules_of,
    time_of,
    timestamp,
)

__all__ = [
    "bare_message",
    "changes_message",
    "claims_message",
    "claims_of",
    "duration",
    "length_of",
    "merge_part",
    "revocation_message",
    "revocation_of",
    "rules_message",
    "rules_of",
    "snapshot_parts",
    "time_of",
    "timestamp",
]
