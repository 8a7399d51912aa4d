"""An index as messages and back: nothing is lost, whatever it holds and however often it goes over the wire."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.index import RevocationIndex
from revocation_client.judgement.judge import Rules
from revocation_client.judgement.millis import NEVER, Millis
from revocation_client.judgement.revocations import Revocation, Scope
from revocation_client.v1 import watch_pb2
from revocation_client.wire import (
    changes_message,
    claims_message,
    claims_of,
    merge_part,
    revocation_message,
    revocation_of,
    rules_message,
    rules_of,
    snapshot_parts,
)

from tests.unit.strategies import NOW, SOME, plain_claims, revocations, rules

KEY = b"k" * 16
MIB = 1 << 20


def index_of(written: Sequence[Revocation], exact_limit: int = 1000) -> RevocationIndex:
    index = RevocationIndex(KEY, exact_limit)
    for one in written:
        index.put(one, Millis(NOW))
    return index


def sent(index: RevocationIndex, into: RevocationIndex, *, whole_runs: bool = True) -> list[watch_pb2.SnapshotPart]:
    """Sends all of *index* as bytes and merges it *into* another."""
    parts = [watch_pb2.SnapshotPart.FromString(part.SerializeToString()) for part in snapshot_parts(index, Millis(NOW))]
    for part in parts:
        for _ in merge_part(part, into, Millis(NOW), whole_runs=whole_runs):
            pass
    return parts


def known(index: RevocationIndex, written: Sequence[Revocation]) -> list[Revocation | None]:
    """What *index* holds of the things *written*, where it is still in force: what is over may be forgotten or not."""
    found = [index.find(one.scope, one.value) for one in written]
    return [one if one and one.expire_time > NOW else None for one in found]


@SOME
@given(st.lists(revocations(), max_size=20), st.sampled_from([0, 2, 1000]), st.booleans())
def test_snapshot_keeps_everything(written: list[Revocation], exact_limit: int, whole_runs: bool) -> None:
    """What an index holds exactly, as fingerprints, or with kept sessions, another finds after the snapshot."""
    index, copy = index_of(written, exact_limit), RevocationIndex(KEY, 1000)
    parts = sent(index, copy, whole_runs=whole_runs)
    for there, here in zip(known(index, written), known(copy, written), strict=True):
        assert there is None or here is not None
        assert (
            there is None
            or here is None
            or (here.issued_before, here.expire_time, dict(here.kept))
            == (
                there.issued_before,
                there.expire_time,
                dict(there.kept),
            )
        )
    assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]


def test_empty_index_is_one_part() -> None:
    """Somebody who watches an empty realm learns at once that this is all."""
    assert [part.last for part in snapshot_parts(RevocationIndex(KEY), Millis(NOW))] == [True]


def test_parts_stay_below_a_mebibyte() -> None:
    """The longest values of every kind make no part longer than 1 MiB."""
    day = Millis(NOW + 86_400_000)
    kept = {f"{number}{'h' * 255}": Millis(NOW - 5) for number in range(8)}
    users = [Revocation(Scope.USER, f"{number:0256}", Millis(NOW), day, kept) for number in range(600)]
    clients = [Revocation(Scope.CLIENT, f"{number:0256}", Millis(NOW), NEVER if number % 2 else day) for number in range(5000)]
    tokens = [Revocation(Scope.TOKEN, f"{number}", expire_time=day) for number in range(70_000)]
    index, copy = index_of([*users, *clients, *tokens], 6000), RevocationIndex(KEY)
    parts = sent(index, copy)
    assert max(part.ByteSize() for part in parts) <= MIB
    assert any(part.fingerprints for part in parts)
    assert known(copy, users) == users
    assert known(copy, clients) == clients
    assert all(known(copy, tokens))


@SOME
@given(revocations())
def test_revocations_survive_messages(revocation: Revocation) -> None:
    """A revocation comes back as it was; one for watchers comes back without what is for people."""
    assert revocation_of(revocation_message(revocation)) == revocation
    (change,) = changes_message([revocation]).revocations
    assert (change.reason, change.HasField("create_time")) == ("", False)
    assert revocation_of(change).issued_before == revocation.issued_before


@SOME
@given(rules)
def test_rules_survive_messages(rules: Rules) -> None:
    """A watcher judges by the very rules of the server."""
    message = rules_message(rules, Millis(5000), KEY)
    assert rules_of(message) == rules
    assert (message.max_staleness.seconds, message.fingerprint_key) == (5, KEY)


@SOME
@given(plain_claims)
def test_claims_survive_messages(claims: object) -> None:
    """Claims come back as they were, absent times absent."""
    assert claims_of(claims_message(claims)) == claims  # type: ignore[arg-type]
