"""The realms that the contract is tested in. None has a margin, so that a log-in after a cut-off waits a millisecond and no more."""

from revocation_client.judgement.judge import Rules
from revocation_client.judgement.millis import Millis

from revocation.domain.realms import HOUR, SECOND, Realm, SessionRules

PLAIN = Realm("default", cutoff_margin=Millis(0))
OTHER = Realm("other", cutoff_margin=Millis(0))
ALLOWLIST = Realm(
    "partner", rules=Rules(allowlist=True, leeway=Millis(0), longest_token_life=Millis(HOUR), issuer=""), cutoff_margin=Millis(0)
)
CALLER_IDS = Realm("express", sessions=SessionRules(caller_ids=True), cutoff_margin=Millis(0))
CAPPED = Realm("capped", sessions=SessionRules(max_sessions=2), cutoff_margin=Millis(0))
BRIEF = Realm("brief", sessions=SessionRules(idle_timeout=Millis(SECOND), absolute_timeout=Millis(2 * SECOND)), cutoff_margin=Millis(0))
"""Its sessions end after 1 s without use, and after 2 s in any case."""
