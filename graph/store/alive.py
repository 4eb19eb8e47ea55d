"""Whoever carries an import out says so every few seconds; one of which nothing was heard for longer has been left.

Both the saying and its age are by the clock of the database, so that no other clock has to be right.
"""

import contextlib
import threading
from collections.abc import Iterator
from typing import Literal

from graph.errors import StorageError
from graph.store.store import Store

EVERY = 10.0  # seconds
LEFT = 60_000  # milliseconds of silence; the database may be away for a while, and a batch take long


@contextlib.contextmanager
def going(store: Store, what: Literal["run_alive", "upload_alive"], run: str) -> Iterator[None]:
    """While a run or an import in parts is carried out: it is said to go on, and that it was stopped where it was."""
    over = threading.Event()
    thread = threading.Thread(target=_say, args=(store, what, run, over), daemon=True, name="faultline-alive")
    thread.start()
    try:
        yield
    except StorageError:
        _end(thread, over)
        raise  # nothing can be said; the silence will
    except BaseException:
        _end(thread, over)
        with contextlib.suppress(StorageError):
            store.note(what, run=run, going=False)
        raise
    else:
        _end(thread, over)


def is_left(silent: int) -> bool:
    """Whether nothing was heard for so many milliseconds that nobody carries it out any more."""
    return silent > LEFT


def _say(store: Store, what: str, run: str, over: threading.Event) -> None:
    while not over.wait(EVERY):
        with contextlib.suppress(Exception):  # the import itself meets what is wrong, and tells it
            store.note(what, run=run, going=True)


def _end(thread: threading.Thread, over: threading.Event) -> None:
    over.set()
    thread.join()
