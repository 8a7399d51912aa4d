"""The replica by itself: streams in any order, cut anywhere, repeated and mixed, and what may be believed of them."""

from collections.abc import Iterator, Sequence
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from revocation_client.judgement.index import RevocationIndex
from revocation_client.judgement.judge import Rules, judge
from revocation_client.judgement.millis import Millis
from revocation_client.judgement.revocations import Revocation, Scope
from revocation_client.replica import SILENCE, Replica
from revocation_client.v1 import revocation_service_pb2 as pb
from revocation_client.v1 import watch_pb2
from revocation_client.wire import changes_message, duration, rules_message, snapshot_parts

from tests.unit.strategies import NOW, SOME, plain_claims, revocations

KEY = b"k" * 16
RULES = Rules(allowlist=False, leeway=Millis(0), longest_token_life=Millis(30 * 86_400_000), issuer="")
Message = pb.WatchRevocationsResponse


def rules_event(key: bytes = KEY, *, staleness: int = 5000, allowlist: bool = False) -> Message:
    rules = Rules(allowlist, Millis(0), Millis(30 * 86_400_000), "")
    return Message(rules=rules_message(rules, Millis(staleness), key))


def beat(revision: str = "e.1", lag: int = 0) -> Message:
    return Message(revision=revision, heartbeat=watch_pb2.Heartbeat(store_lag=duration(Millis(lag))))


def change(revision: str, *written: Revocation) -> Message:
    return Message(revision=revision, changes=changes_message(list(written)))


def snapshot(written: Sequence[Revocation], revision: str = "e.1", exact_limit: int = 1000) -> Iterator[Message]:
    """The messages of a snapshot of what was *written*."""
    index = RevocationIndex(KEY, exact_limit)
    for one in written:
        index.put(one, Millis(NOW))
    for part in snapshot_parts(index, Millis(NOW)):
        yield Message(revision=revision if part.last else "", snapshot_part=part)


def feed(replica: Replica, messages: Sequence[Message], at: float = 0.0) -> None:
    for message in messages:
        for _ in replica.receive(Message.FromString(message.SerializeToString()), at, Millis(NOW)):
            pass


def streamed(*messages: Message, at: float = 0.0) -> Replica:
    """A replica that has heard the rules and these messages, all at once."""
    replica = Replica()
    replica.begin(at)
    feed(replica, [rules_event(), *messages], at)
    return replica


tokens = st.lists(plain_claims, min_size=1, max_size=5)
histories = st.lists(revocations(), max_size=12)


@SOME
@given(histories, tokens, st.data())
def test_any_cut_order_and_repetition(written: list[Revocation], asked: list[object], data: st.DataObject) -> None:
    """A replica that heard everything once or more, from several servers and in pieces, judges as one that put it in by itself."""
    truth = RevocationIndex(KEY)
    for one in written:
        truth.put(one, Millis(NOW))
    cut = data.draw(st.integers(0, len(written)))
    numbers = count(1)
    events = [change(f"e.{next(numbers)}", one) for one in written[cut:]]
    shuffled = data.draw(st.permutations([*events, *data.draw(st.lists(st.sampled_from(events), max_size=4) if events else st.just([]))]))
    first = [*snapshot(written[:cut], exact_limit=data.draw(st.sampled_from([0, 1, 1000])))]
    broken = data.draw(st.integers(0, len(first)))
    replica = Replica()
    for stream in ([rules_event(), *first[:broken]], [rules_event(), *first], [rules_event(), *shuffled], [rules_event(), *first]):
        replica.begin(0.0)
        feed(replica, stream)
    for token in asked:
        here = replica.judge(token, Millis(NOW))  # type: ignore[arg-type]
        assert here is not None
        assert here.state is judge(token, truth, RULES, now=Millis(NOW)).state  # type: ignore[arg-type]


def test_bookmark_moves_only_with_what_was_merged() -> None:
    """No revision before the snapshot is whole; then that of the last message whose steps were all taken."""
    parts = [*snapshot([Revocation(Scope.TOKEN, "t")])]
    replica = streamed(*parts[:-1])
    assert (replica.revision, replica.ready) == ("", False)
    feed(replica, parts[-1:])
    assert (replica.revision, replica.ready) == ("e.1", True)
    many = [Revocation(Scope.TOKEN, f"t{number}") for number in range(600)]
    steps = replica.receive(change("e.2", *many), 0.0, Millis(NOW))
    next(steps)
    assert replica.revision == "e.1"
    assert len([*steps]) + 1 > 1
    assert replica.revision == "e.2"


def test_staleness_is_lag_plus_age() -> None:
    """It grows with the local clock, and only a heartbeat with a revision renews it."""
    replica = streamed(*snapshot([]), at=100.0)
    assert replica.staleness(100.0) is None
    feed(replica, [beat(lag=300)], at=100.0)
    assert replica.staleness(101.0) == pytest.approx(1.3)
    feed(replica, [change("e.2")], at=101.0)
    assert replica.staleness(101.0) == pytest.approx(1.3)
    feed(replica, [beat("")], at=101.0)
    assert replica.staleness(101.0) == pytest.approx(1.3)
    assert replica.is_fresh(104.6)
    assert not replica.is_fresh(104.8)


def test_late_messages_prove_nothing() -> None:
    """After a silence, what is read may have been sent long ago: only a new stream can prove freshness."""
    replica = streamed(*snapshot([]), beat())
    feed(replica, [beat()], at=SILENCE + 0.1)
    assert not replica.proves
    assert replica.staleness(SILENCE + 0.1) == pytest.approx(SILENCE + 0.1)
    feed(replica, [beat(), change("e.9", Revocation(Scope.TOKEN, "t"))], at=SILENCE + 0.2)
    assert replica.staleness(SILENCE + 0.2) == pytest.approx(SILENCE + 0.2)
    assert replica.revision == "e.9"
    replica.begin(600.0)
    feed(replica, [rules_event(), beat()], at=600.1)
    assert replica.staleness(600.1) == 0.0


def test_a_frozen_watcher_believes_nothing_old() -> None:
    """A process that was stopped between asking and reading does not take what lay in its buffers for news."""
    replica = Replica()
    replica.begin(0.0)
    feed(replica, [rules_event(), *snapshot([]), beat()], at=500.0)
    assert not replica.proves
    assert replica.staleness(500.0) is None


def test_another_key_begins_anew() -> None:
    """Fingerprints under another key mean nothing: the replica is not ready, has no bookmark, and the stream is left."""
    replica = streamed(*snapshot([Revocation(Scope.TOKEN, "t")]), beat())
    assert replica.ready
    replica.begin(1.0)
    feed(replica, [rules_event(b"x" * 16), change("e.2"), beat("e.2")], at=1.0)
    assert (replica.ready, replica.revision, replica.proves, replica.loading) == (False, "", False, False)
    assert not replica.is_fresh(1.0)
    replica.begin(2.0)
    feed(replica, [rules_event(b"x" * 16), *snapshot([], "f.1"), beat("f.1")], at=2.0)
    assert replica.is_fresh(2.0)


def test_unknown_scopes_are_unreadable() -> None:
    """A revocation of a kind that is not known here must not be passed over."""
    replica = streamed(*snapshot([]))
    strange = Message(revision="e.2")
    strange.changes.revocations.add(scope=77, value="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="77"):
        feed(replica, [strange])
    assert replica.revision == "e.1"


def test_an_allowlist_is_never_answered_here() -> None:
    """The quick look stays shut, and a good token is not allowed as far as the replica knows."""
    replica = Replica()
    replica.begin(0.0)
    feed(replica, [rules_event(allowlist=True), *snapshot([]), beat()])
    assert not replica.passes({"sub": "u", "jti": "t", "iat": NOW / 1000, "exp": NOW / 1000 + 60})
