"""What is done for somebody whose time is over stops: at its next read, and while it waits for the database."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from graph.deadline import Deadline, TooSlowError, acquired, check, within
from graph.engine import connect
from graph.store import Store
from graph.store.transaction import Sessions
from tests.engines import Database
from tests.proxy import proxied

ENDLESS = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a % 7 * b) AS found"


def test_nobody_waits_unless_somebody_says_so() -> None:
    check()
    with within(Deadline(60)):
        check()


def test_what_is_over_or_stopped_is_told_with_the_seconds_it_had() -> None:
    stopped = Deadline(60)
    stopped.stop()
    for over in (Deadline(0), stopped):
        with within(over), pytest.raises(TooSlowError) as told:
            check()
        assert (told.value.message.key, told.value.message.params) == ("server.too_slow", {"seconds": over.seconds})
        assert over.left == 0
    check()


def test_only_what_is_being_done_is_cut_off() -> None:
    limit, cut = Deadline(60), list[str]()

    with limit.cuts(lambda: cut.append("ended before")):
        pass
    with limit.cuts(lambda: cut.append("being done")):
        limit.stop()

    assert cut == ["being done"]


def test_a_lock_is_waited_for_no_longer_than_there_is_time() -> None:
    lock = threading.Lock()
    with acquired(lock), within(Deadline(0.05)), pytest.raises(TooSlowError), acquired(lock):
        pass

    assert not lock.locked()


def test_a_database_that_went_silent_is_left_and_found_again(database: Database, tmp_path: Path) -> None:
    # a handshake is not cut off: it ends with the time for a connection
    settings = replace(database.settings, pool_size=4, acquire_timeout=1.0)
    with proxied(database.endpoint.uri) as proxy:
        line = connect(replace(database.endpoint, uri=proxy.uri), settings)
        store: Store = replace(database, line=line).open(tmp_path / "head")
        for _ in range(2 * settings.pool_size):
            proxy.mode = "held"
            limit = Deadline(60)
            threading.Timer(0.05, limit.stop).start()
            began = time.monotonic()
            with within(limit), pytest.raises(TooSlowError):
                store.revision()
            assert time.monotonic() - began < 30, "it was waited for to the end"
            proxy.mode = "good"
            assert (store.revision(), store.settled(), store.sessions.in_use.now) == (0, 0, 0)
        line.close()


def test_time_that_is_over_before_is_not_spent(store: Store) -> None:
    for read in (store.revision, store.settled):
        with within(Deadline(0)), pytest.raises(TooSlowError):
            read()


@pytest.mark.storage
@pytest.mark.neo4j
def test_neo4j_ends_by_itself_what_takes_too_long(neo4j_engine: Database) -> None:
    sessions: Sessions = neo4j_engine.sessions

    with within(Deadline(1.0)), pytest.raises(TooSlowError):
        sessions.read(lambda tx: tx.run(ENDLESS).single())
