"""The log of a server: what Python would say by itself is in it, nothing in a line ends it, and it holds nobody up."""

import gc
import json
import logging
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

from tests.api.test_observed import SECRET, logged


def test_what_python_would_say_itself_is_logged_without_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError(SECRET)

    with logged(monkeypatch) as lines:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(SECRET, UserWarning, stacklevel=1)
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()

    warned, failed = lines
    assert (warned["event"], warned["kind"], Path(warned["at"].rpartition(":")[0]).name) == (
        "warning of Python",
        "UserWarning",
        Path(__file__).name,
    )
    assert (failed["event"], failed["error"], failed["stack"][-1].endswith(" fail")) == (
        "unexpected error",
        "RuntimeError",
        True,
    )
    assert SECRET not in json.dumps(lines)


# more than a pipe holds, then all that Python says by itself
UNREAD = """
import logging, select, threading, warnings
from api.server.journal import journal

class Broken:
    def __del__(self):
        raise RuntimeError

async def given_up():
    pass

with journal("text", "info"):
    for _ in range(3000):
        logging.getLogger("faultline").info("a line that is long enough to fill a pipe before long")
    while select.select([], [2], [], 0)[1]:
        pass
    warnings.warn("a warning of a library")
    Broken()
    given_up()
    ring = [given_up()]
    ring.append(ring)
    del ring
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    print("went on", flush=True)
"""


@pytest.mark.processes
def test_a_log_that_nobody_reads_holds_nobody_up() -> None:
    with subprocess.Popen([sys.executable, "-c", UNREAD], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        patience = threading.Timer(60, process.kill)
        patience.start()
        said = process.stdout.read()
        code = process.wait(60)
        patience.cancel()

    assert (said, code) == (b"went on\n", 0)


def test_no_line_ends_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    def ring() -> None:
        one, other = RuntimeError(), ValueError()
        one.__cause__, other.__cause__ = other, one
        raise one

    with logged(monkeypatch, "text") as lines:
        logging.getLogger("odd").warning("things", extra={"fields": SECRET})
        for ends in (ring, sys.exit):
            thread = threading.Thread(target=ends)
            thread.start()
            thread.join()
        logging.getLogger("odd").warning("the last")

    odd, failed, *_, last = lines[0].splitlines()
    assert odd == "a line of odd could not be written: ValueError"
    assert failed.endswith('unexpected error logger="faultline.server" error="RuntimeError"')
    assert ("the last" in last, lines[0].count("unexpected error"), SECRET in lines[0]) == (True, 1, False)


def test_what_is_given_up_before_it_begins_is_for_those_who_look_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    async def given_up() -> None:
        raise AssertionError

    for level, told in (("info", 0), ("debug", 1)):
        with logged(monkeypatch, level=level) as lines, warnings.catch_warnings():
            warnings.simplefilter("always")
            begun = [given_up()]
            del begun
            gc.collect()

        named = [line["what"] for line in lines if line["logger"] == "faultline.server"]
        assert [name.startswith("coroutine") and "given_up" in name for name in named] == [True] * told
