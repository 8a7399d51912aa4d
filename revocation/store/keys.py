"""How keys are spelled: the operators' table of what the service keeps in Redis.

| key | type | what |
|---|---|---|
| `rv1:{realm}:meta` | hash | `epoch`, `identity` (of the primary), `sequence`, `settled`, `lineage`, `fingerprint_key` |
| `rv1:{realm}:records` | hash | those in force: `scope:value` to JSON of cut-off `d`, expiry `x`, floors `k`, time `c`, reason `r` |
| `rv1:{realm}:expiry:SCOPE` | sorted set, six of them | values of that scope by expiry in milliseconds; `inf`: never |
| `rv1:{realm}:log` | stream | each change under the id `sequence-0`: `n` the record's name, `r` its JSON, `t` the time |
| `rv1:{realm}:allowed` | sorted set | allowed jti by expiry in milliseconds |
| `rv1:{realm}:touched` | string | empty; its own expiry is moved by every write, so that WAIT has something to wait for |
| `rv1:{realm/s/DIGEST}:session` | hash | one session under the SHA-256 of its id, or the tombstone of an ended one; expires by itself |
| `rv1:{realm/u/USER}:places` | sorted set | the handles of a user's sessions by expiry in ms; expires by itself, like the next two |
| `rv1:{realm/u/USER}:details` | hash | handle to `created auth DIGEST` |
| `rv1:{realm/u/USER}:evicted` | hash | handle to the same and the expiry, of those that made room and wait to be ended |
| `rv1:deployment` | hash | the realms that were ever opened here, so that a lost realm is not taken for a new one |

What stands in braces decides the Cluster slot: all of a realm but its sessions is in one slot, each session and each user's list
in its own. Names are escaped, so that none can leave its braces or be taken for another's.
"""

from dataclasses import dataclass
from typing import Final

from revocation_client.judgement.revocations import Scope

FORMAT: Final = "rv1"
DEPLOYMENT: Final = f"{FORMAT}:deployment"

_ESCAPED: Final = str.maketrans({character: f"%{ord(character):02X}" for character in "%{}/:"})


@dataclass(frozen=True, slots=True)
class RealmKeys:
    """The keys of one realm, all in one slot, in the order in which the realm's scripts take them."""

    meta: str
    records: str
    log: str
    allowed: str
    expiry: tuple[str, ...]
    touched: str

    @classmethod
    def of(cls, realm: str) -> "RealmKeys":
        tag = f"{FORMAT}:{{{_escaped(realm)}}}"
        expiry = tuple(f"{tag}:expiry:{scope.name.lower()}" for scope in Scope)
        return cls(f"{tag}:meta", f"{tag}:records", f"{tag}:log", f"{tag}:allowed", expiry, f"{tag}:touched")

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((self.meta, self.records, self.log, self.allowed, *self.expiry, self.touched))


def session_key(realm: str, digest: str) -> str:
    """Returns the key of the session under *digest*."""
    return f"{FORMAT}:{{{_escaped(realm)}/s/{digest}}}:session"


def place_keys(realm: str, user_id: str) -> tuple[str, str, str]:
    """Returns the keys of a user's places, of their details, and of the evicted ones."""
    tag = f"{FORMAT}:{{{_escaped(realm)}/u/{_escaped(user_id)}}}"
    return f"{tag}:places", f"{tag}:details", f"{tag}:evicted"


def _escaped(text: str) -> str:
    return text.translate(_ESCAPED)
