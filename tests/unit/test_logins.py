"""The floors below which a user's sessions are dead."""

from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import MAX_KEPT, Revocation, Scope, merge

from revocation.service.logins import floors_of, rfc3339

from .strategies import SOME, cutoffs


@SOME
@given(st.lists(cutoffs, max_size=1), st.lists(st.integers(1, 6), max_size=1))
def test_floors_of_user_and_realm(of_user: list[Revocation], of_realm: list[int]) -> None:
    """Each session's floor is the later one of its user's cut-off and of the realm's, and without cut-offs there is none."""
    records = [*of_user, *(Revocation(Scope.REALM, "", Millis(cut)) for cut in of_realm)]
    floors = floors_of(records)
    assert bool(floors) is bool(records)
    for handle in ["", "another", *(f"h{number}" for number in range(MAX_KEPT + 4))] if records else []:
        assert floors.get(handle, floors[""]) == max(record.floor(handle) for record in records)


@SOME
@given(cutoffs, cutoffs)
def test_floors_never_sink(a: Revocation, b: Revocation) -> None:
    """A later cut-off lowers no session's floor."""
    before, after = floors_of([a]), floors_of([merge(a, b)])
    assert all(after.get(handle, after[""]) >= before.get(handle, before[""]) for handle in {*before, *after})


def test_rfc3339() -> None:
    """Times in errors are spelled as RFC 3339 has them, in UTC."""
    assert rfc3339(Millis(1700000000123)) == "2023-11-14T22:13:20.123Z"
    assert rfc3339(Millis(0)) == "1970-01-01T00:00:00.000Z"
