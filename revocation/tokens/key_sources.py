"""Which source a realm's keys have, by the spelling of its *jwks*; what could never be safe is refused here, before the server runs."""

import re
import ssl
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from ..domain.realms import Realm
from .https import fetch
from .kept_keys import Clock
from .key_file import KeyFile
from .key_url import KeyUrl
from .keys import PUBLIC_ALGORITHMS, SECRET_ALGORITHMS, KeySource

_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.*", re.DOTALL)
_HTTPS: Final = re.compile(r"https://[!-~]+", re.IGNORECASE)


def key_source(realm: Realm, tls: ssl.SSLContext, clock: Clock) -> KeySource:
    """Returns the source of the realm's keys. ValueError when its *jwks* or *algorithms* are not to be relied upon."""
    jwks = realm.tokens.jwks
    if not _URL.fullmatch(jwks):
        _check_algorithms(realm, PUBLIC_ALGORITHMS | SECRET_ALGORITHMS)
        return KeyFile(realm.name, Path(jwks), clock)
    _check_url(realm)
    _check_algorithms(realm, PUBLIC_ALGORITHMS)
    return KeyUrl(realm.name, partial(fetch, jwks, tls), clock)


def _check_url(realm: Realm) -> None:
    """Lets through only what names a host over TLS; a password would end up in logs."""
    parts = urlsplit(realm.tokens.jwks)
    _ = parts.port  # raises ValueError itself when it is no port
    if not (_HTTPS.fullmatch(realm.tokens.jwks) and parts.hostname and "@" not in parts.netloc):
        raise ValueError(f"realm {realm.name!r}: jwks must be a file's path or a URL that begins with https:// and holds no password")


def _check_algorithms(realm: Realm, usable: frozenset[str]) -> None:
    if unusable := realm.tokens.algorithms - usable:
        raise ValueError(
            f"realm {realm.name!r}: algorithms must not hold {', '.join(sorted(unusable))}; "
            f"with these jwks there may be {', '.join(sorted(usable))}"
        )
