"""Where a reader of the log goes on: a hole is never silent."""

import pytest

from revocation.domain.continuity import Start, continuation, loss
from revocation.domain.revisions import Position, Revision

A, B, C = "a" * 16, "b" * 16, "c" * 16


def at(epoch: str, sequence: int, **lineage: int) -> Position:
    return Position(Revision(epoch, sequence), {{"a": A, "b": B, "c": C}[name]: end for name, end in lineage.items()})


@pytest.mark.parametrize(
    ("held", "now", "first", "expected", "why"),
    [
        (None, at(A, 5), 1, Start.SNAPSHOT, "nothing is held yet"),
        (at(A, 5), at(A, 5), 1, 5, "nothing has happened"),
        (at(A, 5), at(A, 9), 1, 5, "the log goes on"),
        (at(A, 5), at(A, 9), 6, 5, "the log just begins with the next entry"),
        (at(A, 5), at(A, 9), 7, Start.SNAPSHOT, "the next entry was trimmed"),
        (at(A, 5), at(A, 9), 10, Start.SNAPSHOT, "all of them were trimmed"),
        (at(A, 5), at(A, 4), 1, Start.SNAPSHOT, "history went back within an epoch"),
        (at(A, 5), at(B, 9, a=7), 1, 5, "the former epoch ended further on"),
        (at(A, 5), at(B, 9, a=5), 1, 5, "the former epoch ended here"),
        (at(A, 5), at(B, 9, a=3), 1, 3, "the former epoch ended before: what is held beyond was lost by the store"),
        (at(A, 5), at(B, 9, a=3), 5, Start.SNAPSHOT, "and the log from there on was trimmed"),
        (at(A, 5), at(C, 9, a=6, b=8), 1, 5, "two epochs on"),
        (at(A, 5), at(B, 9), 1, Start.SNAPSHOT, "a history that does not know the reader's epoch"),
        (at(B, 5, a=3), at(A, 9), 1, Start.IGNORE, "a primary of an epoch that the reader knows to be over"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_where_a_reader_goes_on(held: Position | None, now: Position, first: int, expected: int | Start, why: str) -> None:
    """Behind what it holds, if the log has all that follows; else it reads the state anew, or ignores a deposed primary."""
    assert continuation(held, now, first) == expected, why


@pytest.mark.parametrize(
    ("held", "now", "expected", "why"),
    [
        (at(A, 5), at(A, 9), None, "the store is ahead"),
        (at(A, 5), at(A, 5), None, "it is level"),
        (at(A, 5), at(A, 3), 3, "history went back"),
        (at(A, 5), at(B, 9, a=5), None, "the former epoch ended where the reader stands"),
        (at(A, 5), at(B, 9, a=3), 3, "the former epoch ended before"),
        (at(A, 5), at(B, 9), 0, "nothing is left of the former epoch"),
        (at(A, 0), at(B, 9), None, "there was nothing to lose"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_the_store_has_lost(held: Position, now: Position, expected: int | None, why: str) -> None:
    """All that a reader holds behind the point up to which the store has the reader's history."""
    assert loss(held, now) == expected, why
