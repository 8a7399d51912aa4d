"""Page tokens: where a list goes on, and of which list, as opaque text."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any

from revocation_client.judgement.claims import is_claim
from revocation_client.judgement.millis import NEVER, Millis
from revocation_client.judgement.revocations import Scope

from ..domain.errors import InvalidFieldError
from ..domain.stores import Cursor
from ..service.session_list import After


def revocations_token(realm: str, scope: Scope | None, cursor: Cursor | None) -> str:
    """Returns the token of the page behind *cursor* of a list of revocations; empty at the end."""
    return _token([realm, scope, cursor.scope, cursor.value, cursor.expire_time]) if cursor else ""


def revocations_cursor(realm: str, scope: Scope | None, token: str) -> Cursor | None:
    """Returns where *token* goes on; None: at the beginning."""
    if not token:
        return None
    last_scope, value, expire_time = _words(token, [realm, scope], (int, str, int))
    if last_scope not in set(Scope) or scope not in (None, last_scope):
        raise _bad_token()
    return Cursor(Scope(last_scope), value, Millis(expire_time))


def sessions_token(realm: str, user_id: str, after: After | None) -> str:
    """Returns the token of the page behind *after* of a list of sessions; empty at the end."""
    return _token([realm, user_id, after.create_time, after.handle]) if after else ""


def sessions_after(realm: str, user_id: str, token: str) -> After | None:
    """Returns where *token* goes on; None: at the beginning."""
    if not token:
        return None
    create_time, handle = _words(token, [realm, user_id], (int, str))
    return After(Millis(create_time), handle)


def _token(words: Sequence[str | int | None]) -> str:
    return base64.urlsafe_b64encode(json.dumps(words, separators=(",", ":")).encode()).decode().rstrip("=")


def _words(token: str, of_list: list[str | int | None], kinds: tuple[type, ...]) -> list[Any]:
    try:
        words = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _bad_token() from None
    known = len(of_list)
    if not isinstance(words, list) or words[:known] != of_list or tuple(map(type, words[known:])) != kinds:
        raise _bad_token()
    if not all(is_claim(word) if isinstance(word, str) else 0 <= word <= NEVER for word in words[known:]):
        raise _bad_token()
    return words[known:]


def _bad_token() -> InvalidFieldError:
    return InvalidFieldError("page_token", "must be the next_page_token of the same list")
