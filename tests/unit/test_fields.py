"""The rules of request fields, each at its edges."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from revocation.domain.errors import InvalidFieldError, Reason
from revocation.domain.revisions import Revision
from revocation.rpc import fields

from .strategies import SOME

REVISION = "0123456789abcdef.7"
STRONG = "Z" * 22

TEXTS_THAT_FIT = ["x", "x" * 255, "x" * 256, "é" * 128, "é" * 127 + "xx", "𝄞" * 64, " ", "{a}:%2F/b", "\u2028", "\xa0", "null"]
TEXTS_TOO_LONG = ["x" * 257, "é" * 128 + "x", "𝄞" * 64 + "x", "x" * 100_000]
CONTROLS = [*map(chr, range(0x20)), *map(chr, range(0x7F, 0xA0))]
HALVES = ["\ud800", "\udfff", "a\udc00b"]


def refused(read: Callable[[], object]) -> InvalidFieldError:
    """Returns the error that *read* raises."""
    with pytest.raises(InvalidFieldError) as error:
        read()
    return error.value


@pytest.mark.parametrize("text", TEXTS_THAT_FIT)
def test_texts_that_fit(text: str) -> None:
    """Up to 256 bytes without control characters pass as they are, whatever they mean elsewhere."""
    assert fields.identifier("f", text) == fields.optional_text("f", text) == text


@pytest.mark.parametrize("text", [*TEXTS_TOO_LONG, *(f"a{control}b" for control in CONTROLS), *HALVES])
def test_texts_that_do_not_fit(text: str) -> None:
    """More than 256 bytes, a control character (C0, DEL, C1) or half of a surrogate pair is refused, and the field named."""
    for read in (fields.identifier, fields.optional_text):
        error = refused(lambda read=read: read("f", text))  # type: ignore[misc]
        assert (error.reason, error.field, error.metadata) == (Reason.INVALID_FIELD, "f", {"field": "f"})
        assert text not in error.message


def test_only_identifiers_are_required() -> None:
    """An identifier must be there; a reason need not."""
    assert refused(lambda: fields.identifier("f", "")).rule == "is required"
    assert fields.optional_text("f", "") == ""


FITTING: list[tuple[str, Callable[[], Any], Any]] = [
    ("exp at the epoch", lambda: fields.numeric_date("f", 0.0), 0.0),
    ("exp of minus nought is nought", lambda: fields.numeric_date("f", -0.0), 0.0),
    ("exp with a fraction", lambda: fields.numeric_date("f", 1700000000.123), 1700000000.123),
    ("the last exp", lambda: fields.numeric_date("f", 253402300799.0), 253402300799.0),
    ("a cut-off at the epoch", lambda: fields.cutoff("f", Timestamp()), 0),
    ("a cut-off in whole milliseconds", lambda: fields.cutoff("f", Timestamp(seconds=5, nanos=123_000_000)), 5123),
    ("a cut-off is rounded up", lambda: fields.cutoff("f", Timestamp(seconds=5, nanos=123_000_001)), 5124),
    ("a cut-off is rounded up over the second", lambda: fields.cutoff("f", Timestamp(seconds=5, nanos=999_999_999)), 6000),
    ("the last cut-off", lambda: fields.cutoff("f", Timestamp(seconds=253402300799)), 253402300799_000),
    ("the least duration", lambda: fields.duration("f", Duration(seconds=1), least=1000, most=2000), 1000),
    ("a duration with a fraction", lambda: fields.duration("f", Duration(seconds=1, nanos=5_999_999), least=1000, most=2000), 1005),
    ("the longest duration", lambda: fields.duration("f", Duration(seconds=2), least=1000, most=2000), 2000),
    ("a duration without bound", lambda: fields.duration("f", Duration(seconds=10**11), least=1000), 10**14),
    ("no grace", lambda: fields.grace("f", Duration()), 0),
    ("the longest grace", lambda: fields.grace("f", Duration(seconds=30)), 30_000),
    ("the least of a range", lambda: fields.between("f", 0, 0, 9), 0),
    ("the most of a range", lambda: fields.between("f", 9, 0, 9), 9),
    ("no page size", lambda: fields.page_size("f", 0, default=50, most=100), 50),
    ("the largest page", lambda: fields.page_size("f", 100, default=50, most=100), 100),
    ("no revision", lambda: fields.revision("f", ""), None),
    ("a revision", lambda: fields.revision("f", REVISION), Revision("0123456789abcdef", 7)),
    ("nobody kept", lambda: fields.kept_handles("f", []), ()),
    ("as many kept as there may be", lambda: fields.kept_handles("f", list("abcdefgh")), tuple("abcdefgh")),
    ("a secret of one character", lambda: fields.session_id("f", "x"), "x"),
    ("a secret of 256 characters", lambda: fields.session_id("f", "x" * 256), "x" * 256),
    ("a strong secret", lambda: fields.caller_made_id("f", STRONG), STRONG),
    ("no attributes", lambda: fields.attributes("f", {}), {}),
    ("16 attributes", lambda: fields.attributes("f", {str(n): "v" for n in range(16)}), {str(n): "v" for n in range(16)}),
    ("a key of 64 bytes", lambda: fields.attributes("f", {"é" * 32: "é" * 128}), {"é" * 32: "é" * 128}),
    ("an attribute to remove", lambda: fields.attributes("f", {"k": ""}, removing=True), {"k": ""}),
    ("no data", lambda: fields.session_data("f", b"", 0), b""),
    ("as much data as there may be", lambda: fields.session_data("f", b"\x00\xff", 2), b"\x00\xff"),
]


@pytest.mark.parametrize(("read", "value"), [row[1:] for row in FITTING], ids=[row[0] for row in FITTING])
def test_values_that_fit(read: Callable[[], Any], value: Any) -> None:
    """What keeps a field's rule is returned in the domain's terms."""
    assert read() == value


UNFIT: list[tuple[str, Callable[[], Any]]] = [
    ("NaN for exp", lambda: fields.numeric_date("f", math.nan)),
    ("infinity for exp", lambda: fields.numeric_date("f", math.inf)),
    ("minus infinity for exp", lambda: fields.numeric_date("f", -math.inf)),
    ("a negative exp", lambda: fields.numeric_date("f", -0.001)),
    ("milliseconds for exp, of the year 10000", lambda: fields.numeric_date("f", 253402300800.0)),
    ("an absurd exp", lambda: fields.numeric_date("f", 1e308)),
    ("a cut-off before 1970", lambda: fields.cutoff("f", Timestamp(seconds=-1, nanos=999_999_999))),
    ("a cut-off before the year 1", lambda: fields.cutoff("f", Timestamp(seconds=-62135596801))),
    ("a cut-off after the year 9999", lambda: fields.cutoff("f", Timestamp(seconds=253402300800))),
    ("a cut-off of more nanoseconds than a second has", lambda: fields.cutoff("f", Timestamp(nanos=1_000_000_000))),
    ("a cut-off of negative nanoseconds", lambda: fields.cutoff("f", Timestamp(seconds=5, nanos=-1))),
    ("a duration that is too short", lambda: fields.duration("f", Duration(nanos=999_999_999), least=1000, most=2000)),
    ("a duration that is too long", lambda: fields.duration("f", Duration(seconds=2, nanos=1_000_000), least=1000, most=2000)),
    ("a duration too short by no known most", lambda: fields.duration("f", Duration(), least=1000)),
    ("a duration of more nanoseconds than a second has", lambda: fields.duration("f", Duration(nanos=1_500_000_000), least=1000)),
    ("a duration of two signs", lambda: fields.duration("f", Duration(seconds=5, nanos=-1_000_000), least=1000)),
    ("a negative grace", lambda: fields.grace("f", Duration(nanos=-1))),
    ("a grace that is too long", lambda: fields.grace("f", Duration(seconds=30, nanos=1_000_000))),
    ("a number below its range", lambda: fields.between("f", -1, 0, 9)),
    ("a number above its range", lambda: fields.between("f", 10, 0, 9)),
    ("a negative page size", lambda: fields.page_size("f", -1, default=50, most=100)),
    ("a page that is too large", lambda: fields.page_size("f", 101, default=50, most=100)),
    ("a made-up revision", lambda: fields.revision("f", "7")),
    ("a blank for a revision", lambda: fields.revision("f", " ")),
    ("more kept than there may be", lambda: fields.kept_handles("f", list("abcdefghi"))),
    ("no secret", lambda: fields.session_id("f", "")),
    ("a secret of 257 characters", lambda: fields.session_id("f", "x" * 257)),
    ("a secret with a control character", lambda: fields.session_id("f", "a\x7fb")),
    ("a secret beyond ASCII", lambda: fields.session_id("f", "é")),
    ("half of a surrogate pair in a secret", lambda: fields.session_id("f", "\ud800")),
    ("a weak secret", lambda: fields.caller_made_id("f", STRONG[1:])),
    ("17 attributes", lambda: fields.attributes("f", {str(n): "v" for n in range(17)})),
    ("an attribute without key", lambda: fields.attributes("f", {"": "v"})),
    ("a key of 65 bytes", lambda: fields.attributes("f", {"é" * 32 + "x": "v"})),
    ("a key with a control character", lambda: fields.attributes("f", {"a\n": "v"})),
    ("half of a surrogate pair in a key", lambda: fields.attributes("f", {"\ud800": "v"})),
    ("an attribute without value", lambda: fields.attributes("f", {"k": ""})),
    ("a value of 257 bytes", lambda: fields.attributes("f", {"k": "é" * 128 + "x"})),
    ("a value with a control character", lambda: fields.attributes("f", {"k": "\x9b"}, removing=True)),
    ("too much data", lambda: fields.session_data("f", b"xxx", 2)),
]


@pytest.mark.parametrize("read", [row[1] for row in UNFIT], ids=[row[0] for row in UNFIT])
def test_values_that_do_not_fit(read: Callable[[], Any]) -> None:
    """What breaks a field's rule raises InvalidFieldError with the field's name and a rule that completes a sentence."""
    error = refused(read)
    assert error.field == "f"
    assert error.rule.split()[0] in {"must", "is"}
    assert error.message == f"f {error.rule}"


def test_a_bad_handle_is_named_by_its_place() -> None:
    """Of several handles the error names the one at fault."""
    assert refused(lambda: fields.kept_handles("keep", ["a", "", "c"])).field == "keep[1]"


@pytest.mark.parametrize("secret", ["hunter2\n", "hunter2" * 40])
def test_secrets_are_not_repeated(secret: str) -> None:
    """The error about a session_id does not quote it."""
    for read in (fields.session_id, fields.caller_made_id):
        assert "hunter2" not in refused(lambda read=read: read("f", secret)).message  # type: ignore[misc]


@SOME
@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever text comes, each rule of texts returns it or raises InvalidFieldError, and nothing else."""
    reads: list[Callable[[], object]] = [
        lambda: fields.identifier("f", text),
        lambda: fields.optional_text("f", text),
        lambda: fields.revision("f", text),
        lambda: fields.session_id("f", text),
        lambda: fields.caller_made_id("f", text),
        lambda: fields.attributes("f", {text: "v"}),
        lambda: fields.attributes("f", {"k": text}),
    ]
    for read in reads:
        try:
            read()
        except InvalidFieldError as error:
            assert error.field == "f"


@SOME
@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**31), 2**31 - 1))
def test_any_time_is_read_or_refused(seconds: int, nanos: int) -> None:
    """Whatever stands in a Timestamp or a Duration, it is read within its bounds or raises InvalidFieldError."""
    reads: list[tuple[Callable[[], int], int]] = [
        (lambda: fields.cutoff("f", Timestamp(seconds=seconds, nanos=nanos)), 253402300800_000),
        (lambda: fields.duration("f", Duration(seconds=seconds, nanos=nanos), least=0, most=10**15), 10**15),
    ]
    for read, most in reads:
        try:
            assert 0 <= read() <= most
        except InvalidFieldError as error:
            assert error.field == "f"
