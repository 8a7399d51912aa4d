"""What may stand in each field of each request, and what may not: the tables behind test_bad_input."""

import math
import time
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

LONG = "x" * 257
LONG_IN_BYTES = "\u00e9" * 129
CONTROL = ("a\0", "a\nb", "\x1b[31m", "\x7f", "\x85")

TEXT: Sequence[Any] = (LONG, LONG_IN_BYTES, *CONTROL)
ID: Sequence[Any] = ("", *TEXT)
SECRET: Sequence[Any] = ("", LONG, "\u00e9" * 22, *CONTROL)
CALLER_MADE: Sequence[Any] = ("short", "x" * 21, "0" * 31, "with space " * 3, "\u00e9" * 22, "a/b+" * 8, LONG, "a\n" * 22)
NUMERIC_DATE: Sequence[Any] = (-1.0, -1e-9, math.nan, math.inf, -math.inf, 253402300800.0, 1e300)
CUTOFF: Sequence[Any] = (
    Timestamp(seconds=-1),
    Timestamp(seconds=-1, nanos=999_999_999),
    Timestamp(seconds=253402300800),
    Timestamp(seconds=2**63 - 1),
    Timestamp(seconds=-(2**63)),
    Timestamp(nanos=-1),
    Timestamp(nanos=1_000_000_000),
    Timestamp(seconds=int(time.time()) + 3600),
)
MALFORMED_DURATION: Sequence[Any] = (
    Duration(seconds=-1),
    Duration(nanos=-1),
    Duration(seconds=2, nanos=-1),
    Duration(seconds=2, nanos=1_000_000_000),
    Duration(seconds=2**63 - 1),
    Duration(seconds=-(2**63)),
)
TIMEOUT: Sequence[Any] = (Duration(), Duration(nanos=999_999_999), Duration(seconds=31 * 86_400), *MALFORMED_DURATION)
REVISION: Sequence[Any] = (
    "1",
    ".",
    "0123456789abcdef",
    "0123456789abcdef.01",
    "0123456789abcdef.-1",
    "0123456789ABCDEF.1",
    "x" * 5000,
    "a\0.1",
)
PAGE_TOKEN: Sequence[Any] = ("!", "AAAA", "bnVsbA", "W10", "\u00e9", "WyJkZWZhdWx0IixudWxsXQ", "x" * 5000, "W" * 4000)
ENUM: Sequence[Any] = (-1, 99, 2**31 - 1)
ATTRIBUTES: Sequence[Any] = (
    {"": "v"},
    {"k" * 65: "v"},
    {"\u00e9" * 33: "v"},
    {"k\n": "v"},
    {"k": LONG},
    {"k": "v\0"},
    {f"k{number}": "v" for number in range(17)},
)
SESSION_ID = "A" * 43

CLAIMS: Mapping[str, Any] = {"jti": "t", "exp": 4e9}

GOOD: Mapping[str, Mapping[str, Any]] = {
    "CheckToken": {"claims": CLAIMS},
    "BatchCheckTokens": {"claims": [CLAIMS]},
    "RevokeToken": {"jti": "bad-input"},
    "RevokeUser": {"user_id": "bad-input"},
    "RevokeSession": {"sid": "bad-input"},
    "RevokeClient": {"client_id": "bad-input"},
    "RevokeKey": {"kid": "bad-input"},
    "RevokeRealm": {"realm": "scrap"},
    "AllowToken": {"realm": "strict", "jti": "bad-input"},
    "ListRevocations": {},
    "CreateSession": {},
    "GetSession": {"session_id": SESSION_ID},
    "UpdateSession": {"session_id": SESSION_ID},
    "RotateSession": {"session_id": SESSION_ID},
    "EndSession": {"session_id": SESSION_ID},
    "ListSessions": {"user_id": "bad-input"},
}
"""A request of each RPC in which no field is at fault."""

BAD: Mapping[str, Sequence[Any]] = {
    "CheckToken.realm": TEXT,
    "CheckToken.claims": (None,),
    "CheckToken.jwt": ("a.b.c",),
    "CheckToken.at_least_revision": REVISION,
    "BatchCheckTokens.realm": TEXT,
    "BatchCheckTokens.claims": ([], [CLAIMS] * 1001),
    "BatchCheckTokens.at_least_revision": REVISION,
    "RevokeToken.realm": TEXT,
    "RevokeToken.jti": ID,
    "RevokeToken.exp": NUMERIC_DATE,
    "RevokeToken.reason": TEXT,
    "RevokeUser.realm": TEXT,
    "RevokeUser.user_id": ID,
    "RevokeUser.issued_before": CUTOFF,
    "RevokeUser.keep_session_handles": (["h"] * 9, [""], ["h", ""], [LONG], ["h", "a\n"]),
    "RevokeUser.reason": TEXT,
    "RevokeSession.realm": TEXT,
    "RevokeSession.sid": ID,
    "RevokeSession.reason": TEXT,
    "RevokeClient.realm": TEXT,
    "RevokeClient.client_id": ID,
    "RevokeClient.issued_before": CUTOFF,
    "RevokeClient.reason": TEXT,
    "RevokeKey.realm": TEXT,
    "RevokeKey.kid": ID,
    "RevokeKey.reason": TEXT,
    "RevokeRealm.realm": ID,
    "RevokeRealm.issued_before": CUTOFF,
    "RevokeRealm.reason": TEXT,
    "AllowToken.realm": TEXT,
    "AllowToken.jti": ID,
    "AllowToken.exp": NUMERIC_DATE,
    "ListRevocations.realm": TEXT,
    "ListRevocations.scope": ENUM,
    "ListRevocations.value": ("without a scope",),
    "ListRevocations.page_size": (-1, 1001, 2**31 - 1),
    "ListRevocations.page_token": PAGE_TOKEN,
    "CreateSession.realm": TEXT,
    "CreateSession.user_id": TEXT,
    "CreateSession.data": (b"x" * 16_385, b"\0" * 1_000_000),
    "CreateSession.attributes": (*ATTRIBUTES, {"k": ""}),
    "CreateSession.idle_timeout": TIMEOUT,
    "CreateSession.absolute_timeout": TIMEOUT,
    "CreateSession.max_sessions": (-1, 1001),
    "CreateSession.when_full": ENUM,
    "CreateSession.session_id": CALLER_MADE,
    "GetSession.realm": TEXT,
    "GetSession.session_id": SECRET,
    "GetSession.peek": (),
    "GetSession.at_least_revision": REVISION,
    "UpdateSession.realm": TEXT,
    "UpdateSession.session_id": SECRET,
    "UpdateSession.etag": TEXT,
    "UpdateSession.data": (b"x" * 16_385,),
    "UpdateSession.attributes": ATTRIBUTES,
    "UpdateSession.user_id": TEXT,
    "UpdateSession.idle_timeout": TIMEOUT,
    "RotateSession.realm": TEXT,
    "RotateSession.session_id": SECRET,
    "RotateSession.grace": (Duration(seconds=30, nanos=1_000_000), *MALFORMED_DURATION),
    "RotateSession.new_session_id": CALLER_MADE,
    "EndSession.realm": TEXT,
    "EndSession.session_id": SECRET,
    "EndSession.handle": ("both given",),
    "EndSession.user_id": ("both given",),
    "EndSession.reason": TEXT,
    "ListSessions.realm": TEXT,
    "ListSessions.user_id": ID,
    "ListSessions.current_session_id": SECRET[1:],
    "ListSessions.page_size": (-1, 101, 2**31 - 1),
    "ListSessions.page_token": PAGE_TOKEN,
}
"""For each field of each request the values that are refused."""

AT_FAULT: Mapping[str, str] = {
    "CheckToken.jwt": "claims",
    "EndSession.handle": "session_id",
    "EndSession.user_id": "session_id",
}
"""Where exactly one of some fields must be given, the field that the answer names."""

NEEDS: Mapping[str, Mapping[str, Any]] = {
    "CreateSession.session_id": {"realm": "callers"},
    "RotateSession.new_session_id": {"realm": "callers"},
}
"""What else the request must say for the field to be looked at."""

BAD_CLAIMS: Mapping[str, Sequence[tuple[Any, str]]] = {
    "iss": [(text, "MALFORMED_CLAIM") for text in TEXT],
    "sub": [(text, "MALFORMED_CLAIM") for text in TEXT],
    "jti": [(text, "MALFORMED_CLAIM") for text in TEXT],
    "iat": [(number, "NOT_A_NUMBER") for number in (math.nan, math.inf, -math.inf)],
    "exp": [(number, "NOT_A_NUMBER") for number in (math.nan, math.inf, -math.inf)],
    "sid": [(text, "MALFORMED_CLAIM") for text in TEXT],
    "client_id": [(text, "MALFORMED_CLAIM") for text in TEXT],
    "kid": [(text, "MALFORMED_CLAIM") for text in TEXT],
}
"""For each claim the values with which a token is INVALID, and the reason."""
