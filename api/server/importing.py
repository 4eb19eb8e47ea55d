"""`POST /import/{source}`: a whole table or NDJSON as a stream, imported as by `faultline import`.

The input is spooled to disk, never held in memory, and looked through before the answer begins: what cannot be read is
refused with a status. What follows are lines of JSON: how it goes on, and at the end the report.
"""

import asyncio
import errno
import json
import logging
import re
import shutil
import tempfile
import time
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from anyio import move_on_after
from anyio.to_thread import run_sync
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse

from api.importing import Running
from api.register import Register
from api.schema.allowed import check
from api.schema.writing import word_of
from api.server.doorkeeper import unknown
from api.server.places import Places
from api.server.requests import refusal
from api.texts import Texts
from graph.errors import BadInputError, FaultlineError, Message, NotAllowedError
from graph.store import Store
from graph.values import shown
from importers.again import FINDINGS
from importers.inventory.source import STANDARD_INPUT
from importers.load import CancelledRunError, InterruptedRunError
from importers.model import Request as Wanted
from importers.plan import StrictlyRefusedError
from importers.registry import source_named
from importers.run import Watch, new_run, run_import
from importers.upload import OF_ROWS

NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-lines")
CSV = "text/csv"
LINES = "application/x-ndjson"
FLAGS = ("full", "dry_run", "strict", "create_references")
WORDS = ("scope", "change", "table")
IDLE = 60.0  # seconds without a byte after which an input is given up
GRACE, LEAST_RATE = 60.0, 10_000  # seconds that any input is waited for, and bytes that each further one takes
UPLOADS = Places(8, 3)  # inputs that come in at once, and those of one actor
PATIENCE = 10.0  # seconds for reading the input before the answer begins; a long one is answered while it is read
EVERY = 0.5  # seconds between two looks at how an import goes on
BLOCK = 2**20  # bytes unpacked and written at once
# of gzip: tables shrink to a tenth or less; what unpacks to more than 200 times its size is nothing but a bomb
RATIO, FREE = 200, 10 * 2**20


async def upload(request: Request, register: Register) -> Response:
    """Import what the body holds."""
    try:
        check(request.state.principal, "mutation", "startImport")
        wanted = _wanted(request, register)
    except (NotAllowedError, BadInputError) as error:
        return _refused(error, register, _status(error))
    with UPLOADS.place(request.state.actor) as is_free:
        if not is_free:
            return _refused(BadInputError("import.busy"), register, 429)
        running = await _begun(request, register, wanted)
    return running if isinstance(running, Response) else await _answer(running, register)


async def _begun(request: Request, register: Register, wanted: Mapping[str, Any]) -> Running | Response:
    folder = Path(await run_sync(partial(tempfile.mkdtemp, prefix="faultline-upload-")))
    handed_over = False
    try:
        path = folder / "input"
        await _spool(request, path, register.settings.import_bytes)
        known = await request.state.known()  # an input takes long to come
        if known is None:
            return unknown()
        check(known, "mutation", "startImport")
        work = partial(_imported, register, path, wanted, request.state.actor)
        running = register.importing.begin(wanted["run"], request.state.actor, work)
        handed_over = True
    except (NotAllowedError, BadInputError) as error:
        return _refused(error, register, _status(error))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        return _refused(BadInputError("import.disk_full"), register, 507)
    except ClientDisconnect:
        return Response(status_code=400)
    finally:
        if not handed_over:
            await run_sync(partial(shutil.rmtree, folder, ignore_errors=True))
    return running


def _wanted(request: Request, register: Register) -> dict[str, Any]:
    source = request.path_params["source"]
    if source not in OF_ROWS:
        raise BadInputError("import.no_rows", source=shown(source), right=", ".join(OF_ROWS))
    query = request.query_params
    for name, value in query.multi_items():
        if name not in (*FLAGS, *WORDS) or len(query.getlist(name)) > 1 or not value:
            raise BadInputError("import.option", name=shown(name), value=shown(value))
        if name in FLAGS and value not in ("true", "false", "1", "0"):
            raise BadInputError("import.option", name=name, value=shown(value))
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    table = query.get("table")
    if media != CSV if table else media not in NDJSON:
        raise BadInputError("import.media")
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("identity", "gzip"):
        raise BadInputError("import.encoding")
    flags: dict[str, Any] = {name: query.get(name) in ("true", "1") for name in FLAGS}
    words = {
        "source": source,
        "scope": word_of(query.get("scope"), "scope"),
        "table": table,
        "run": new_run(register.store),
    }
    return {**flags, **words, "change": word_of(query.get("change"), "change")}


async def _spool(request: Request, path: Path, most: int) -> None:
    is_packed = request.headers.get("content-encoding", "").strip().lower() == "gzip"
    unpack = _Unpacking(most) if is_packed else _Plain(most)
    announced = request.headers.get("content-length", "0")
    if not is_packed and re.fullmatch(r"\d{1,18}", announced) and int(announced) > most:
        raise BadInputError("import.too_long", most=most)
    with path.open("wb") as file:
        async for chunk in _timely(request.stream()):
            await run_sync(_put, file, unpack.of(chunk))
    unpack.end()


async def _timely(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    # only the waiting counts: what is written slowly is no fault of the client's
    size, waited = 0, 0.0
    while True:
        chunk: bytes | None = None
        left, began = GRACE + size / LEAST_RATE - waited, time.monotonic()
        with move_on_after(min(IDLE, left)):
            chunk = await anext(stream, b"")
        if chunk is None:
            raise BadInputError("import.slow", rate=LEAST_RATE) if left < IDLE else BadInputError("import.idle")
        if not chunk:
            return
        waited, size = waited + time.monotonic() - began, size + len(chunk)
        yield chunk


def _put(file: Any, blocks: Iterator[bytes]) -> None:
    for block in blocks:
        file.write(block)


class _Plain:
    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0

    def of(self, chunk: bytes) -> Iterator[bytes]:
        self._size += len(chunk)
        if self._size > self._most:
            raise BadInputError("import.too_long", most=self._most)
        yield chunk

    def end(self) -> None:
        """Nothing is left open."""


class _Unpacking(_Plain):
    """Unpacks gzip, a block at a time, up to the limit and to a ratio."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._stream, self._packed = zlib.decompressobj(31), 0

    def of(self, chunk: bytes) -> Iterator[bytes]:
        self._packed += len(chunk)
        rest, is_full = chunk, False
        while rest or is_full:
            if self._stream.eof:  # files of gzip may follow one another
                self._stream = zlib.decompressobj(31)
            try:
                block = self._stream.decompress(rest, BLOCK)
            except zlib.error as error:
                raise BadInputError("import.broken") from error
            rest = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            # what fills a block may have more behind it, though all input is taken in
            is_full = len(block) == BLOCK and not self._stream.eof
            if self._size + len(block) > max(FREE, RATIO * self._packed):
                raise BadInputError("import.packed")
            yield from super().of(block)

    def end(self) -> None:
        if not self._stream.eof:
            raise BadInputError("import.broken")


def _imported(register: Register, path: Path, wanted: Mapping[str, Any], actor: str, watch: Watch) -> dict[str, Any]:
    try:
        store: Store = register.store
        options = {name: wanted[name] for name in (*FLAGS, "scope", "table")}
        request = Wanted(
            [STANDARD_INPUT], register.settings, standard_input=lambda: path, ontology=store.ontology, **options
        )
        source = source_named(wanted["source"])
        return run_import(
            source, request, store, actor, change=wanted["change"], watch=watch, run=wanted["run"]
        ).plain()  # fmt: skip
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)


async def _answer(running: Running, register: Register) -> Response:
    # until all is read, what cannot be read can still be told by a status
    with move_on_after(PATIENCE):
        while running.total is None and not running.outcome.done():
            await asyncio.sleep(0.02)
    if running.outcome.done() and (error := running.outcome.exception()) is not None:
        if isinstance(error, FaultlineError):
            return _refused(error, register, _status(error))
        raise error
    return StreamingResponse(_lines(running, register), media_type=LINES, headers={"X-Accel-Buffering": "no"})


async def _lines(running: Running, register: Register) -> AsyncIterator[bytes]:
    said: Mapping[str, Any] = {}
    while not running.outcome.done():
        if running.plain() != said:
            said = running.plain()
            yield _line({"progress": said})
        for _ in range(25):
            if running.outcome.done():
                break
            await asyncio.sleep(EVERY / 25)
    error = running.outcome.exception()
    register.expire()  # who is told of a revision sees it
    if error is None:
        yield _line({"report": worded(running.outcome.result(), Texts(register.settings.language))})
    elif isinstance(error, FaultlineError):
        yield _line({"error": _told(error, register)})
    else:
        logging.getLogger(__name__).error("an import failed", exc_info=error)
        yield _line({"error": _told(FaultlineError("import.failed"), register)})


def worded(report: dict[str, Any], say: Texts) -> dict[str, Any]:
    """A report with its findings in words, as `faultline import --json` has it."""
    return report | {name: [_in_words(each, say) for each in report[name]] for name in FINDINGS}


def _in_words(finding: dict[str, Any], say: Texts) -> dict[str, Any]:
    return {**finding, "message": say.say(Message(finding["key"], finding["params"]))}


def _line(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode() + b"\n"


def _told(error: FaultlineError, register: Register) -> dict[str, Any]:
    say = Texts(register.settings.language)
    told: dict[str, Any] = {
        "key": error.message.key, "message": say.say(error.message), "params": dict(error.message.params)
    }  # fmt: skip
    if isinstance(error, StrictlyRefusedError):
        told["rejected"] = [_in_words(finding.plain(), say) for finding in error.findings[:1_000]]
    return told


def _status(error: FaultlineError) -> int:
    if isinstance(error, StrictlyRefusedError):
        return 422
    if isinstance(error, InterruptedRunError):
        return 409 if isinstance(error, CancelledRunError) else 503
    special = {
        "import.media": 415, "import.encoding": 415, "import.too_long": 413, "import.packed": 413, "import.idle": 408,
        "import.slow": 408, "import.busy": 429,
    }  # fmt: skip
    return special.get(error.message.key, {2: 400, 3: 503, 4: 403}.get(error.exit_code, 400))


def _refused(error: FaultlineError, register: Register, status: int) -> Response:
    headers = {"Retry-After": "10"} if status in (429, 503) else None
    told = _told(error, register)
    if "rejected" not in told:
        return refusal(status, told["key"], headers, told["params"])
    extensions = {name: told[name] for name in ("key", "params", "rejected")}
    body = json.dumps({"errors": [{"message": told["message"], "extensions": extensions}]}, ensure_ascii=False)
    return Response(body, status, media_type="application/json")
