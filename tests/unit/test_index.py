"""The index: one type, exact or by fingerprints, that answers as if every revocation had been merged one by one."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from revocation_client.judgement.index import RevocationIndex
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.packing import packed
from revocation_client.judgement.revocations import Revocation, Scope, merge
from revocation_client.judgement.shards import Sorted

KEY = bytes(range(16))
NOW = Millis(1_700_000_000_000)
HOUR = 3_600_000

EXACT, PRINTS, BOTH = 1_000_000, 0, 7
"""Limits under which all values are kept exactly, none, or only the first few."""

values = st.sampled_from([f"value-{number}" for number in range(40)])
expiries = st.one_of(st.just(NEVER), st.integers(NOW + 1, NOW + 1000 * HOUR).map(Millis))
cutoffs = st.integers(NOW - 1000 * HOUR, NOW + 5000).map(Millis)


@st.composite
def revocations(draw: st.DrawFn) -> Revocation:
    scope = draw(st.sampled_from([Scope.TOKEN, Scope.USER, Scope.CLIENT, Scope.KEY, Scope.SESSION]))
    if not scope.has_cutoff:
        return Revocation(scope, draw(values), expire_time=draw(expiries))
    cutoff = draw(cutoffs)
    kept = (
        draw(st.dictionaries(st.sampled_from(["h1", "h2"]), st.integers(0, cutoff - 1).map(Millis), max_size=2))
        if scope is Scope.USER
        else {}
    )
    return Revocation(scope, draw(values), cutoff, draw(expiries), kept)


def merged(written: Iterable[Revocation]) -> dict[tuple[Scope, str], Revocation]:
    state: dict[tuple[Scope, str], Revocation] = {}
    for one in written:
        name = (one.scope, one.value)
        state[name] = merge(state[name], one) if name in state else one
    return state


@pytest.mark.parametrize("limit", [EXACT, PRINTS, BOTH])
@given(written=st.lists(revocations(), max_size=120))
@settings(deadline=None, max_examples=60)
def test_an_index_answers_like_merging_one_by_one(limit: int, written: list[Revocation]) -> None:
    """Cut-offs and kept sessions are exact; an expiry is never early, and late only where fingerprints are kept."""
    index = RevocationIndex(KEY, limit)
    for one in written:
        index.put(one, NOW)
    index.forget_expired(NOW)
    for (scope, value), expected in merged(written).items():
        found = index.find(scope, value)
        assert found is not None
        assert (found.issued_before, found.kept) == (expected.issued_before, expected.kept)
        assert expected.expire_time <= found.expire_time
        assert limit != EXACT or found.expire_time == expected.expire_time
    assert all(index.find(Scope.TOKEN, f"other-{number}") is None for number in range(20))


@pytest.mark.parametrize("limit", [EXACT, PRINTS])
def test_many_values_are_all_found_and_no_others(limit: int) -> None:
    """Through the splitting of shards, too."""
    index = RevocationIndex(KEY, limit)
    for number in range(30_000):
        index.put(Revocation(Scope.USER, f"u{number}", Millis(NOW - number), Millis(NOW + HOUR + number)), NOW)
    assert len(index) == 30_000
    for number in range(0, 30_000, 7):
        found = index.find(Scope.USER, f"u{number}")
        assert found is not None
        assert found.issued_before == NOW - number
    assert not any(index.find(Scope.USER, f"v{number}") for number in range(5000))


@pytest.mark.parametrize("limit", [EXACT, PRINTS])
def test_what_has_expired_is_forgotten_in_a_bounded_number_of_sweeps(limit: int) -> None:
    """And what has not stays, keys that never expire included."""
    index = RevocationIndex(KEY, limit)
    for number in range(2000):
        index.put(Revocation(Scope.TOKEN, f"t{number}", expire_time=Millis(NOW + (HOUR if number % 2 else 10 * HOUR))), NOW)
    index.put(Revocation(Scope.KEY, "k"), NOW)
    index.put(Revocation(Scope.USER, "u", NOW, Millis(NOW + HOUR), {"h": Millis(5)}), NOW)
    for _ in range(20):
        index.forget_expired(Millis(NOW + 2 * HOUR))
    assert len(index) == 1001
    assert index.find(Scope.TOKEN, "t0") is not None
    assert index.find(Scope.TOKEN, "t1") is None
    assert index.find(Scope.KEY, "k") == Revocation(Scope.KEY, "k", ALWAYS, NEVER)


def test_expiries_do_not_drift_however_often_they_are_rounded() -> None:
    """Rounding on a grid again changes nothing, and a coarser grid adds at most one of its steps."""
    index = RevocationIndex(KEY, PRINTS)
    index.put(Revocation(Scope.TOKEN, "old", expire_time=Millis(NOW + HOUR + 1)), NOW)
    for number in range(20_000):
        index.put(Revocation(Scope.TOKEN, f"t{number}", expire_time=Millis(NOW + 24 * HOUR + number)), Millis(NOW + number))
    found = index.find(Scope.TOKEN, "old")
    assert found is not None
    assert NOW + HOUR < found.expire_time <= NOW + HOUR + 24 * HOUR // 100


def test_a_token_that_expired_is_not_refused_for_ever_by_late_rounding() -> None:
    """A forgotten fingerprint is gone from every shard after its step."""
    index = RevocationIndex(KEY, PRINTS)
    for number in range(500):
        index.put(Revocation(Scope.TOKEN, f"t{number}", expire_time=Millis(NOW + 1000)), NOW)
    for _ in range(4):
        index.forget_expired(Millis(NOW + HOUR))
    assert len(index) == 0


def runs_of(index: RevocationIndex, scope: Scope) -> list[tuple[int, int, Sorted]]:
    """Returns the settled runs of *scope*, with their depths and prefixes, as a snapshot has them."""
    prints = index.prints(scope)
    assert prints is not None
    found = []
    for prefix, shard in prints.shards():
        prints.settle(shard, NOW)
        found.append((shard.depth, prefix, shard.run))
    return found


def filled(count: int, prefix: str = "t") -> RevocationIndex:
    index = RevocationIndex(KEY, PRINTS)
    for number in range(count):
        index.put(Revocation(Scope.TOKEN, f"{prefix}{number}", expire_time=Millis(NOW + HOUR)), NOW)
    return index


@pytest.mark.parametrize("known", [0, 10, 20_000])
def test_the_runs_of_one_index_make_another(known: int) -> None:
    """Into an empty one as they are, into one that knows something by merging, however deep its shards are."""
    source, target = filled(20_000), filled(known, "other")
    for depth, prefix, run in runs_of(source, Scope.TOKEN):
        target.put_run(Scope.TOKEN, depth, prefix, run, NOW)
        target.put_run(Scope.TOKEN, depth, prefix, run, NOW)
    assert len(target) == 20_000 + known
    assert all(target.find(Scope.TOKEN, f"t{number}") for number in range(0, 20_000, 3))
    assert all(target.find(Scope.TOKEN, f"other{number}") for number in range(0, known, 3))
    assert target.find(Scope.TOKEN, "neither") is None


def test_what_an_index_holds_can_be_listed() -> None:
    """Exact values, values by fingerprint, and cut-offs that keep sessions stand apart."""
    index = RevocationIndex(KEY, 1)
    kept = Revocation(Scope.USER, "u", NOW, Millis(NOW + HOUR), {"h": Millis(5)})
    for one in (Revocation(Scope.TOKEN, "first", expire_time=Millis(NOW + HOUR)), kept):
        index.put(one, NOW)
    assert [value for value, _ in index.exact(Scope.TOKEN)] == ["first"]
    assert index.prints(Scope.TOKEN) is None
    assert index.with_kept_sessions() == [kept]
    assert index.allowed_until("first") is None
    index.put(Revocation(Scope.TOKEN, "first", expire_time=Millis(NOW + 2 * HOUR)), NOW)
    index.put(Revocation(Scope.TOKEN, "second", expire_time=Millis(NOW + HOUR)), NOW)
    assert index.exact(Scope.TOKEN) == []
    assert len(index) == 3


def test_a_later_cut_off_that_comes_as_a_fingerprint_counts() -> None:
    """Although an earlier one of the same user is known by its exact value."""
    source, target = RevocationIndex(KEY, PRINTS), RevocationIndex(KEY, EXACT)
    source.put(Revocation(Scope.USER, "u", Millis(NOW + 5), Millis(NOW + 2 * HOUR)), NOW)
    target.put(Revocation(Scope.USER, "u", NOW, Millis(NOW + HOUR)), NOW)
    for depth, prefix, run in runs_of(source, Scope.USER):
        target.put_run(Scope.USER, depth, prefix, run, NOW)
    found = target.find(Scope.USER, "u")
    assert found is not None
    assert found.issued_before == NOW + 5
    assert found.expire_time >= NOW + 2 * HOUR


def test_a_later_cut_off_that_comes_as_a_fingerprint_ends_kept_sessions() -> None:
    """Although the earlier one, which spared them, is known by its exact value."""
    source, target = RevocationIndex(KEY, PRINTS), RevocationIndex(KEY, EXACT)
    source.put(Revocation(Scope.USER, "u", Millis(NOW + 5), Millis(NOW + 2 * HOUR)), NOW)
    target.put(Revocation(Scope.USER, "u", NOW, Millis(NOW + HOUR), {"h": Millis(5)}), NOW)
    for depth, prefix, run in runs_of(source, Scope.USER):
        target.put_run(Scope.USER, depth, prefix, run, NOW)
    found = target.find(Scope.USER, "u")
    assert found is not None
    assert found.floor("h") == found.issued_before == NOW + 5


@pytest.mark.parametrize("limit", [EXACT, PRINTS, BOTH])
def test_many_at_once_are_merged_like_one_by_one(limit: int) -> None:
    """Values that are new, values that are known, and more than are kept exactly."""
    index = RevocationIndex(KEY, limit)
    index.put(Revocation(Scope.USER, "u3", Millis(NOW + 9), Millis(NOW + HOUR)), NOW)
    for _ in range(2):
        index.put_many(Scope.USER, [(f"u{number}", packed(Millis(NOW + number), Millis(NOW + 2 * HOUR))) for number in range(20)], NOW)
    assert len(index) == 20
    assert [index.find(Scope.USER, f"u{number}").issued_before - NOW for number in (0, 3, 19)] == [0, 9, 19]  # type: ignore[union-attr]


def test_what_was_renewed_is_not_forgotten_with_its_first_expiry() -> None:
    """It is noted anew, and forgotten with its last one."""
    index = RevocationIndex(KEY, EXACT)
    for hours in (1, 5):
        index.put(Revocation(Scope.TOKEN, "t", expire_time=Millis(NOW + hours * HOUR)), NOW)
    for hours, expected in ((2, 1), (6, 0)):
        for _ in range(3):
            index.forget_expired(Millis(NOW + hours * HOUR))
        assert len(index) == expected
