"""The realms that the tests of the service declare, and the signer whose keys some of them trust."""

import json
from pathlib import Path

from tests.unit.tokens.jwts import Signer, key_set, signer

HOSTILE = "%{a}/u/x:\u2028\U0001f512 [']\"\\"
"""A realm whose name tries to leave its place in a key."""

HOSTILE_ENDED = HOSTILE + ":ended"

ISSUER = "https://issuer.example"
AUDIENCE = "https://api.example"

SIGNER: Signer = signer("ES256", "service-key")
OTHER_SIGNER: Signer = signer("ES256", "service-key-2")

REALMS = f"""
[realms.default]

[realms.strict]
allowlist = true

[realms.callers]
sessions.caller_ids = true

[realms.signed]
issuer = "{ISSUER}"
audiences = ["{AUDIENCE}"]
jwks = "jwks.json"

[realms.signed-strict]
allowlist = true
jwks = "jwks.json"

[realms.signed-scrap]
jwks = "jwks.json"

[realms.broken-keys]
jwks = "missing.json"

[realms.capped]
sessions.max_sessions = 2

[realms.scrap]

[realms.ended-claims]

[realms.ended-batch]

[realms.ended-jwt]
jwks = "jwks.json"

[realms.{json.dumps(HOSTILE, ensure_ascii=False)}]

[realms.{json.dumps(HOSTILE_ENDED, ensure_ascii=False)}]
"""


def write_realms(folder: Path) -> Path:
    """Writes the realms file and its keys into *folder* and returns its path."""
    (folder / "jwks.json").write_bytes(key_set(SIGNER.jwk(), OTHER_SIGNER.jwk()))
    path = folder / "realms.toml"
    path.write_text(REALMS, encoding="utf-8")
    return path
