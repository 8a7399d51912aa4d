"""Revisions, and which of them a position includes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revocation.domain.revisions import Position, Revision

from .strategies import SOME

OURS, THEIRS, OLD = "a" * 16, "b" * 16, "c" * 16


@SOME
@given(st.text("0123456789abcdef", min_size=16, max_size=16), st.integers(0, 10**15 - 1))
def test_what_is_printed_is_read(epoch: str, sequence: int) -> None:
    """A printed revision reads as itself."""
    revision = Revision(epoch, sequence)
    assert Revision.parse(str(revision)) == revision


@pytest.mark.parametrize(
    "text",
    [
        "",
        OURS,
        f"{OURS}.",
        f".{1}",
        f"{OURS}.-1",
        f"{OURS}.+1",
        f"{OURS}.01",
        f"{OURS}.1 ",
        f"{OURS}.1\n",
        f" {OURS}.1",
        f"{OURS}.1.2",
        f"{OURS}.1e3",
        f"{OURS}.\u0661",
        f"{OURS}.{10**15}",
        f"{OURS[1:]}.1",
        f"{OURS}a.1",
        f"{OURS.upper()}.1",
        f"{'g' * 16}.1",
    ],
)
def test_nothing_else_is_read(text: str) -> None:
    """Text that the service never printed is no revision."""
    assert Revision.parse(text) is None


@SOME
@given(st.text())
def test_a_revision_has_one_spelling(text: str) -> None:
    """Whatever is read as a revision is printed as it was spelled."""
    parsed = Revision.parse(text)
    assert parsed is None or str(parsed) == text


@pytest.mark.parametrize(
    ("why", "wanted", "included"),
    [
        ("The beginning of the own epoch lies behind.", Revision(OURS, 0), True),
        ("A position includes itself.", Revision(OURS, 7), True),
        ("What comes next is not there yet.", Revision(OURS, 8), False),
        ("What an earlier epoch wrote before it ended is included.", Revision(OLD, 5), True),
        ("What an earlier epoch wrote after it ended here was lost.", Revision(OLD, 6), False),
        ("An unknown epoch may have written anything.", Revision(THEIRS, 0), False),
        ("A larger number of another epoch says nothing.", Revision(THEIRS, 3), False),
    ],
)
def test_what_a_position_includes(why: str, wanted: Revision, included: bool) -> None:
    """A position includes what its own epoch reached, and what earlier epochs reached before they ended."""
    assert Position(Revision(OURS, 7), {OLD: 5}).includes(wanted) is included, why


@SOME
@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_a_newer_epoch_alone_includes_nothing(ours: int, ended: int, wanted: int) -> None:
    """Without a lineage only the own epoch counts; with one, exactly what is up to its end."""
    assert not Position(Revision(OURS, ours)).includes(Revision(OLD, wanted))
    assert Position(Revision(OURS, ours), {OLD: ended}).includes(Revision(OLD, wanted)) is (wanted <= ended)


def test_a_reader_that_is_not_at_the_end_yet_includes_no_more_of_earlier_epochs() -> None:
    """An epoch that ended at 5 is included up to 3 by whoever has read the history up to 3."""
    behind = Position(Revision(OURS, 7), {OLD: 5}).back_at(3)
    assert behind.includes(Revision(OLD, 3))
    assert not behind.includes(Revision(OLD, 4))
    assert behind.revision == Revision(OURS, 3)
