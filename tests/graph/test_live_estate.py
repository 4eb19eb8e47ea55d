"""The estate that a process keeps: from its snapshot, along the feed, and never of another history."""

from pathlib import Path
from threading import Event, Semaphore, Thread, Timer
from time import monotonic, sleep

import pytest

from graph.errors import StorageError
from graph.estate import Estate
from graph.history import Thing
from graph.snapshot import load, save
from graph.store import Edit, Store, follow
from graph.store import live as module
from graph.store.live import LiveEstate
from graph.store.load import load_estate
from tests.engines import depends, host, written


@pytest.fixture
def chain(store: Store) -> Store:
    """Two hosts, one resting on the other."""
    written(store, [host("a"), host("b"), depends("a", "b")])
    return store


def test_a_change_is_in_the_next_answer_and_not_in_the_one_before(chain: Store, tmp_path: Path) -> None:
    live = LiveEstate(chain, tmp_path / "snapshot")
    before = live.estate()

    written(chain, [host("c"), depends("c", "a")])
    after = live.estate()

    assert (before.revision, before.topology.n, before.find("c")) == (3, 2, None)
    assert (after.revision, after.topology.n, after.topology.m) == (5, 3, 2)
    assert live.estate() is after


def test_the_graph_is_the_same_where_only_records_were_written(chain: Store, tmp_path: Path) -> None:
    live = LiveEstate(chain, tmp_path / "snapshot")
    before = live.estate()

    written(chain, [Edit("changes", "C-1", Thing({"title": "one"})), host("a", name="else")])
    named = live.estate()
    written(chain, [Edit("changes", "C-1", Thing({"title": "another"}))])
    after = live.estate()

    assert (named.revision, named.names[named.find("a") or 0], before.names[before.find("a") or 0]) == (5, "else", "a")
    assert after.revision == 6
    assert after.topology.n == before.topology.n == 2
    assert after.topology is named.topology, "what was worked out of it need not be worked out again"


def test_a_snapshot_that_lags_is_brought_forward_and_not_read_anew(
    chain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    LiveEstate(chain, tmp_path / "snapshot").estate()
    written(chain, [host("c"), depends("c", "a")])

    monkeypatch.setattr(module, "load_estate", lambda _: pytest.fail("the store was read anew"))
    found = LiveEstate(chain, tmp_path / "snapshot").estate()

    assert (found.revision, found.topology.m) == (5, 2)


def test_a_snapshot_of_another_history_is_not_believed(chain: Store, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    LiveEstate(chain, snapshot).estate()
    kept = load(snapshot)
    arrays = {name: array.copy() for name, array in kept.arrays.items()}
    for _ in range(2):
        written(chain, [host(f"x-{chain.revision()}")])
    LiveEstate(chain, tmp_path / "other").estate()

    # the same store, taken back to before the snapshot was made, has gone on differently since
    fake = load(tmp_path / "other").meta
    assert fake["head"] != load(snapshot).meta["head"]
    save(snapshot, {**kept.meta, "head": fake["head"]}, arrays)

    live = LiveEstate(chain, snapshot)
    assert live.estate().find("x-3") is not None
    assert live.ignored == "foreign"


def test_a_damaged_snapshot_is_made_anew_and_that_can_be_told(chain: Store, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshot"
    first = LiveEstate(chain, snapshot)
    first.estate()
    whole, longest = snapshot.read_bytes(), max(load(snapshot).arrays.values(), key=lambda array: array.nbytes)
    at = whole.index(longest.tobytes())
    snapshot.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])

    live, after = LiveEstate(chain, snapshot), LiveEstate(chain, snapshot)

    assert live.estate().topology.m == 1
    assert after.estate().topology.m == 1
    assert (first.ignored, live.ignored, after.ignored) == (None, "torn", None)


def test_a_snapshot_of_another_version_is_read_anew(
    chain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(module, "LAYOUT", "beg end")
        LiveEstate(chain, tmp_path / "snapshot").estate()

    assert LiveEstate(chain, tmp_path / "snapshot")._mapped() is None
    assert LiveEstate(chain, tmp_path / "snapshot").estate().topology.m == 1


def test_what_others_write_now_and_then_is_in_every_answer(chain: Store, tmp_path: Path) -> None:
    live = LiveEstate(chain, tmp_path / "snapshot")
    live.estate()

    for number in range(module.OFTEN - 1):
        now = written(chain, [host(f"h-{number}")]).revision
        assert live.since(now, monotonic()) is None
        assert live.since(live.estate().revision, monotonic()) is live.estate()


def test_while_others_write_all_the_time_it_is_brought_forward_beside_the_answers(
    chain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OFTEN", 1)
    monkeypatch.setattr(module, "LATELY", 60.0)
    along, held = list[int](), list[int | None]()

    def beside(revision: int) -> None:
        along.append(revision)
        held.append(live.revision)

    live = LiveEstate(chain, tmp_path / "snapshot", beside)
    before = live.estate()
    now = written(chain, [host("c")]).revision

    assert live.since(now, monotonic()) is before
    arrived(live, now)
    assert along == [now]
    assert held == [before.revision], "what is asked beside it comes first"
    assert live.since(now, monotonic()) is live.estate()

    later = written(chain, [host("d")]).revision
    live.expire()
    assert live.since(later, monotonic()) is None, "who has just written sees it"

    live.estate()
    last = written(chain, [host("e")]).revision
    monkeypatch.setattr(module, "LATELY", 0.0)
    assert live.since(last, monotonic()) is None, "nobody is answered from what is older"


def test_what_cannot_be_brought_forward_beside_the_answers_is_asked_for_before_one(
    chain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> Estate:
        raise StorageError("storage.unavailable", reason="gone")

    monkeypatch.setattr(module, "OFTEN", 1)
    monkeypatch.setattr(module, "LATELY", 60.0)
    live = LiveEstate(chain, tmp_path / "snapshot")
    before = live.estate()
    now = written(chain, [host("c")]).revision

    with monkeypatch.context() as patched:
        patched.setattr(module, "followed", away)
        assert live.since(now, monotonic()) is before
        arrived(live, before.revision)
    assert live.estate().revision == now


def test_what_is_written_while_it_is_brought_forward_is_seen_by_who_wrote_it(
    chain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def writing(store: Store, estate: Estate, most: int) -> Estate | None:
        found = follow.followed(store, estate, most=most)
        last.append(written(chain, [host("d")]).revision)
        live.expire()
        return found

    monkeypatch.setattr(module, "OFTEN", 1)
    monkeypatch.setattr(module, "LATELY", 60.0)
    last = list[int]()
    live = LiveEstate(chain, tmp_path / "snapshot")
    live.estate()
    now = written(chain, [host("c")]).revision

    with monkeypatch.context() as patched:
        patched.setattr(module, "followed", writing)
        assert live.since(now, monotonic()) is not None
        arrived(live, now)
    assert live.since(last[0], monotonic()) is None
    assert live.estate().revision == last[0]


def test_one_of_just_now_will_do_while_others_take_long_to_bring_it_forward(
    chain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LATELY", 60.0)
    monkeypatch.setattr(module, "WAIT", 0.01)
    live = LiveEstate(chain, tmp_path / "snapshot")
    before = live.estate()
    now = written(chain, [host("c")]).revision

    with live._lock:  # others are at it
        assert live.estate(now) is before
    assert live.estate(now).revision == now

    last = written(chain, [host("d")]).revision
    live.expire()
    release = Timer(0.2, live._lock.release)
    live._lock.acquire()
    release.start()
    assert live.estate(last).revision == last, "who has just written waits"


def test_it_is_kept_up_while_nobody_asks(chain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: Store) -> int:
        looked.release()
        raise StorageError("storage.unavailable", reason="gone")

    monkeypatch.setattr(module, "LOOKS", 0.01)
    along, looked, ending = list[int](), Semaphore(0), Event()
    live = LiveEstate(chain, tmp_path / "snapshot", along.append)
    live.estate()
    keeping = Thread(target=live.keep_up, args=(ending,))
    with monkeypatch.context() as patched:
        patched.setattr(Store, "revision", away)
        keeping.start()
        assert looked.acquire(timeout=30)
        assert looked.acquire(timeout=30), "it goes on where the store was away"
    try:
        now = written(chain, [host("c")]).revision
        until = monotonic() + 30
        while live.revision != now:
            assert monotonic() < until
            sleep(0.01)
        assert along[-1] == now
        assert live.since(now, monotonic()) is live._held
    finally:
        ending.set()
        keeping.join(30)


def test_what_is_kept_beside_it_follows_who_was_answered_and_its_trouble_holds_up_nothing(
    chain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def beside(revision: int) -> None:
        along.append(revision)
        if broken:
            raise StorageError("storage.unavailable", reason="gone")

    along, broken = list[int](), [True]
    live = LiveEstate(chain, tmp_path / "snapshot", beside)
    now = live.estate().revision
    live._look()
    live._look()
    assert along == [now, now], "what failed is tried again"
    broken.clear()
    live._look()
    live._look()
    assert along == [now, now, now]

    broken.append(True)
    last = written(chain, [host("c")]).revision
    live._look()
    assert live.revision == last


def test_an_estate_that_others_have_gone_beyond_meanwhile_is_not_put_in_its_place(chain: Store, tmp_path: Path) -> None:
    live = LiveEstate(chain, tmp_path / "snapshot")
    live.estate()
    written(chain, [host("c")])
    begun = live._brought_forward()
    last = written(chain, [host("d")]).revision

    assert live.estate().revision == last
    assert live._publish(*begun).revision == last
    assert live.revision == last


def arrived(live: LiveEstate, revision: int) -> None:
    live._forwarding.acquire(timeout=30)
    live._forwarding.release()
    assert live.revision == revision


def test_room_is_made_once_and_changes_nothing(chain: Store, tmp_path: Path) -> None:
    live = LiveEstate(chain, tmp_path / "snapshot")
    live.make_room()
    before = live.estate()
    room = before.topology.tails
    written(chain, [host("low"), depends("low", "b")])

    after = live.estate()

    assert room is not None
    assert after.topology.tails is not None
    assert (after.topology.tails.forward, after.topology.tails.backward) == (room.forward, room.backward)
    assert (before.topology.m, after.topology.m) == (1, 2)


def test_an_estate_out_of_order_is_settled_beside_the_questions(chain: Store, tmp_path: Path) -> None:
    live = LiveEstate(chain, tmp_path / "snapshot")
    live.estate()
    written(chain, [host("low"), depends("b", "low")])

    unsettled = live.estate()
    live._settling.acquire(timeout=30)
    live._settling.release()
    settled = live.estate()

    assert (unsettled.topology.is_ordered, settled.topology.is_ordered) == (False, True)
    low = settled.find("low")
    assert low is not None
    assert settled.topology.all_dependents_of([low]).tolist() == [0, 1]


def test_what_is_mostly_new_is_read_anew(chain: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "FEW", 2)
    live, anew = LiveEstate(chain, tmp_path / "snapshot"), list[Store]()
    live.estate()

    def read(store: Store) -> Estate:
        anew.append(store)
        return load_estate(store)

    monkeypatch.setattr(module, "load_estate", read)

    written(chain, [host("c"), depends("c", "a")])
    followed = live.estate()
    written(chain, [host(f"more-{number}") for number in range(3)])
    whole = live.estate()

    assert (followed.topology.n, whole.topology.n, len(anew)) == (3, 6, 1)
