"""The latest changes, for watchers that follow or resume."""

import pytest
from revocation_client.judgement.revocations import Revocation, Scope

from revocation.domain.revisions import Revision
from revocation.domain.watching import Batch
from revocation.replica import ring as rings
from revocation.replica.ring import Ring


def batch(first: int, last: int) -> Batch:
    changes = tuple(Revocation(Scope.TOKEN, str(number)) for number in range(first, last + 1))
    return Batch(first, Revision("e" * 16, last), changes)


def test_what_is_held_goes_on_from_any_point_of_it() -> None:
    """Whole batches are given, beginning with the one that has the next change; the points before and behind are not held."""
    ring = Ring()
    ring.begin(4)
    one, two, three = batch(5, 6), batch(7, 7), batch(8, 10)
    for held in (one, two, three):
        ring.append(held)
    assert ring.behind(4) == [one, two, three]
    assert ring.behind(5) == [one, two, three]
    assert ring.behind(6) == [two, three]
    assert ring.behind(10) == []
    assert ring.behind(3) is None
    assert ring.behind(11) is None


def test_an_empty_ring_holds_the_point_where_it_begins() -> None:
    """A watcher that has everything goes on without a snapshot."""
    ring = Ring()
    ring.begin(4)
    assert ring.behind(4) == []
    assert ring.behind(3) is None


def test_a_new_beginning_is_another_generation() -> None:
    """Whoever followed the former one learns that history did not simply go on."""
    ring = Ring()
    ring.begin(4)
    ring.append(batch(5, 9))
    generation = ring.generation
    ring.begin(5)
    assert ring.generation != generation
    assert ring.behind(5) == []
    assert ring.behind(9) is None


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are too many changes, but never the newest batch."""
    monkeypatch.setattr(rings, "MOST_CHANGES", 10)
    ring = Ring()
    ring.begin(0)
    for number in range(5):
        ring.append(batch(number * 4 + 1, number * 4 + 4))
    assert ring.behind(0) is None
    assert [held.first for held in ring.behind(12) or ()] == [13, 17]
    ring.append(batch(21, 60))
    assert len(ring.behind(20) or ()) == 1
