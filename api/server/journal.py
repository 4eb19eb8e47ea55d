"""The server's log: a line for each request and for what went wrong, as text for people or JSON for programs.

No texts of errors are written, since they may hold what was asked or is kept: where an error came from, and its kind.
What Python itself would write to stderr, from whichever thread, is written here instead: a log that nobody reads holds
nobody up.
"""

import contextlib
import json
import logging
import os
import queue
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from logging.handlers import QueueHandler
from typing import Any

from graph.errors import kind_of

LOG = logging.getLogger("faultline.server")
LONGEST_QUEUE = 10_000  # lines; what cannot be written is dropped
_TO_THE_END: list[contextlib.ExitStack] = []  # what is not taken down again
NEVER_AWAITED = "was never awaited"
LAST_WORDS = 1.0  # seconds that the end of a server waits for them to be written
LOUD = ("uvicorn", "strawberry", "neo4j", "asyncio")  # libraries whose news are none of ours


# one that takes a line even from a destructor that runs while it takes another
_Lines = queue.SimpleQueue[logging.LogRecord | None]


class _Dropping(QueueHandler):
    def __init__(self, lines: _Lines) -> None:
        super().__init__(lines)
        self._lines = lines

    def enqueue(self, record: logging.LogRecord) -> None:
        if self._lines.qsize() < LONGEST_QUEUE:
            self._lines.put(record)

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        # the formatter wants the error itself
        return record


class AsJson(logging.Formatter):
    """One object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return json.dumps(plain(record))


class AsText(logging.Formatter):
    """Time, level and what happened, then names and values."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and below it where an error came from."""
        found = plain(record)
        stack = found.pop("stack", [])
        head = f"{found.pop('time')} {found.pop('level'):7} {json.dumps(found.pop('event'))[1:-1]}"
        pairs = [f"{name}={json.dumps(value)}" for name, value in found.items()]
        return "\n    ".join([" ".join([head, *pairs]), *(json.dumps(line)[1:-1] for line in stack)])


def plain(record: logging.LogRecord) -> dict[str, Any]:
    """What a line says; `extra={"fields": …}` brings its own names."""
    moment = datetime.fromtimestamp(record.created, UTC)
    found: dict[str, Any] = {
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "event": record.getMessage(),
        "logger": record.name,
    }
    found.update(getattr(record, "fields", {}))
    if record.exc_info and record.exc_info[1] is not None:
        found["error"], found["stack"] = kind_of(record.exc_info[1]), stack_of(record.exc_info[1])
    return found


def stack_of(error: BaseException, told: frozenset[int] = frozenset()) -> list[str]:
    """Where an error came from, and where those did that led to it; the innermost last.

    `told`: those that it led to itself.
    """
    cause, told = error.__cause__ or (None if error.__suppress_context__ else error.__context__), told | {id(error)}
    before = [] if cause is None or id(cause) in told else [*stack_of(cause, told), f"then {kind_of(error)}"]
    frames = traceback.extract_tb(error.__traceback__)
    return [*before, *(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)]


@contextlib.contextmanager
def journal(form: str, level: str) -> Iterator[None]:
    """Write the log to stderr within the block, from a thread of its own."""
    lines: _Lines = queue.SimpleQueue()
    formatted = AsJson() if form == "json" else AsText()
    entry, writer = _Dropping(lines), threading.Thread(target=_write, args=(lines, formatted, _sink()), daemon=True)
    root = logging.getLogger()
    before = root.level, {name: logging.getLogger(name).level for name in LOUD}
    root.setLevel(level.upper())
    root.addHandler(entry)
    for name in LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    writer.start()
    with contextlib.ExitStack() as hooks:
        hooks.enter_context(_instead_of_python())
        try:
            yield
        finally:
            lines.put(None)
            writer.join(LAST_WORDS)
            if writer.is_alive():
                # nobody reads: what Python says at its very end would wait for them for ever
                _TO_THE_END.append(hooks.pop_all())
            else:
                root.removeHandler(entry)
                root.setLevel(before[0])
                for name, kept in before[1].items():
                    logging.getLogger(name).setLevel(kept)


@contextlib.contextmanager
def _instead_of_python() -> Iterator[None]:
    def warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: Any, **__: Any) -> None:
        fields = {"kind": category.__name__, "at": f"{filename}:{lineno}"}
        if (text := str(message)).endswith(NEVER_AWAITED):
            # fields of a query that is given up are cancelled before they begin, which is as it should be
            LOG.debug("warning of Python", extra={"fields": fields | {"what": text}})
        else:
            LOG.warning("warning of Python", extra={"fields": fields})

    def failed(args: Any) -> None:
        if args.exc_type is not SystemExit:  # which ends a thread and is no error
            fields = {} if args.exc_value is not None else {"error": args.exc_type.__name__}
            LOG.error("unexpected error", exc_info=args.exc_value, extra={"fields": fields})

    before = sys.unraisablehook, threading.excepthook
    with warnings.catch_warnings():
        warnings.showwarning = warned
        sys.unraisablehook = threading.excepthook = failed
        try:
            yield
        finally:
            sys.unraisablehook, threading.excepthook = before


def _write(lines: _Lines, formatted: logging.Formatter, sink: Callable[[str], None]) -> None:
    while (record := lines.get()) is not None:
        try:
            line = formatted.format(record)
        except Exception as error:
            line = f"a line of {record.name} could not be written: {kind_of(error)}"
        with contextlib.suppress(OSError):  # nobody is there any more
            sink(line + "\n")


def _sink() -> Callable[[str], None]:
    # not through the objects that Python flushes at its end: it would wait for a pipe that nobody reads
    try:
        number = sys.stderr.fileno()
    except (OSError, AttributeError):
        out = sys.stderr
        return lambda text: (out.write(text), None)[1]

    def write(text: str) -> None:
        left = text.encode()
        while left:
            left = left[os.write(number, left) :]

    return write
