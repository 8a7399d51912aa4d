"""The merge of two revocations of the same thing is a join, so that order, repetition and overlap do no harm."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.millis import ALWAYS, NEVER, Millis
from revocation_client.judgement.revocations import MAX_KEPT, Revocation, Scope, merge

from .strategies import MANY, SOME, cutoff_of, cutoffs, revocations

HANDLES = [f"h{number}" for number in range(MAX_KEPT + 4)]
OTHERS = ["", "another"]


def floors(one: Revocation) -> dict[str, Millis]:
    """Returns the function that *one* stands for, as a table over all handles that there are in these tests."""
    return {handle: one.kept.get(handle, one.issued_before) for handle in HANDLES + OTHERS}


@MANY
@given(cutoffs, cutoffs, cutoffs)
def test_merge_is_associative(a: Revocation, b: Revocation, c: Revocation) -> None:
    """Three become the same one whichever two are merged first, text included."""
    assert merge(merge(a, b), c) == merge(a, merge(b, c))


def test_merge_is_a_join_of_all_small_cutoffs() -> None:
    """All cut-offs over three times and two sessions, with and without the same text, are merged alike in every order and grouping."""
    shapes = [(cut, floors) for cut in (1, 2, 3) for floors in product(range(cut + 1), repeat=2)]
    small = [cutoff_of(cut, floors, cut % 2, create_time, reason) for cut, floors in shapes for create_time, reason in ((0, "a"), (0, "b"))]
    for a, b in product(small, repeat=2):
        ab = merge(a, b)
        assert ab == merge(b, a)
        assert all(merge(ab, c) == merge(a, merge(b, c)) for c in small[::3])


@SOME
@given(cutoffs, cutoffs)
def test_merge_is_commutative(a: Revocation, b: Revocation) -> None:
    """Two become the same one in either order, text included."""
    assert merge(a, b) == merge(b, a)


@SOME
@given(revocations())
def test_merge_is_idempotent(a: Revocation) -> None:
    """A revocation of any scope that comes again changes nothing."""
    assert merge(a, a) == a


@SOME
@given(cutoffs, cutoffs)
def test_merge_absorbs(a: Revocation, b: Revocation) -> None:
    """What has been merged in changes nothing when it comes again."""
    assert merge(merge(a, b), b) == merge(a, b)


@MANY
@given(cutoffs, cutoffs)
def test_floors_become_their_pointwise_maximum(a: Revocation, b: Revocation) -> None:
    """For each session, and for all others, the later floor of the two holds."""
    ours, theirs = floors(a), floors(b)
    assert floors(merge(a, b)) == {handle: max(ours[handle], theirs[handle]) for handle in HANDLES + OTHERS}
    assert all(merge(a, b).floor(handle) == floor for handle, floor in floors(merge(a, b)).items())


@MANY
@given(cutoffs, cutoffs)
def test_no_more_sessions_are_kept_than_one_cutoff_may(a: Revocation, b: Revocation) -> None:
    """Two cut-offs that keep at most 8 sessions each keep at most 8 together, each below the cut-off."""
    merged = merge(a, b)
    assert len(merged.kept) <= MAX_KEPT
    assert all(floor < merged.issued_before for floor in merged.kept.values())
    assert list(merged.kept) == sorted(merged.kept)


@MANY
@given(cutoffs, cutoffs, st.sampled_from(HANDLES + OTHERS), st.integers(-1, 8) | st.none())
def test_a_later_cutoff_neither_frees_nor_overreaches(a: Revocation, b: Revocation, sid: str, iat: int | None) -> None:
    """After two cut-offs with different keep lists a token is refused if, and only if, one of them alone refuses it."""
    token = None if iat is None else Millis(iat)
    assert merge(a, b).refuses(token, sid) is (a.refuses(token, sid) or b.refuses(token, sid))


def test_a_session_that_only_the_later_cutoff_keeps() -> None:
    """A session that a later cut-off keeps is still refused below the earlier cut-off, which did not keep it."""
    earlier = Revocation(Scope.USER, "u", Millis(1000), kept={"h1": Millis(0)})
    later = Revocation(Scope.USER, "u", Millis(2000), kept={"h1": Millis(0), "h2": Millis(0)})
    merged = merge(earlier, later)
    assert merged.kept == {"h1": 0, "h2": 1000}
    assert merged.refuses(Millis(999), "h2")
    assert not merged.refuses(Millis(1000), "h2")
    assert not merged.refuses(Millis(0), "h1")
    assert merge(merged, Revocation(Scope.USER, "u", Millis(3000))).kept == {}


@SOME
@given(cutoffs, cutoffs)
def test_the_rest_comes_from_the_later(a: Revocation, b: Revocation) -> None:
    """The later expiry holds, and the text is that of the newer one."""
    merged = merge(a, b)
    assert merged.expire_time == max(a.expire_time, b.expire_time)
    assert merged.create_time == max(a.create_time, b.create_time)
    assert (merged.create_time, merged.reason) in {(a.create_time, a.reason), (b.create_time, b.reason)}
    assert (merged.scope, merged.value) == (a.scope, a.value)


def test_what_always_matches_stays_so() -> None:
    """A revocation without a cut-off, or without end, keeps that in any merge."""
    one = Revocation(Scope.KEY, "k", create_time=Millis(5), reason="stolen")
    other = Revocation(Scope.KEY, "k", expire_time=Millis(7), create_time=Millis(6), reason="again")
    assert merge(one, other) == Revocation(Scope.KEY, "k", ALWAYS, NEVER, create_time=Millis(6), reason="again")
