"""`POST /import/{source}`: whole tables as a stream, with the report of the command line; nothing fills a disk."""

import gzip
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx
import pytest

from api.access.changes import change_rights
from api.register import Register, open_register
from api.server import importing
from graph.settings import Settings
from tests.api.access.in_memory import Door, bearer
from tests.api.command import ESTATE, environment
from tests.api.test_import_parts import WRONG, cancelled_at, rows_of
from tests.api.web import Local, Web, over, over_store
from tests.engines import Database, imported, ndjson

LINES, CSV = {"Content-Type": "application/x-ndjson"}, {"Content-Type": "text/csv"}
TOKEN = "t" * 32


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """An empty register, on each engine in turn."""
    with open_register(Settings.from_environment(environment(database, tmp_path / "data"))) as found:
        yield found


def lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def last(answer: httpx.Response) -> Any:
    """The last line of an answer, which says what came of it."""
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson"), answer.text
    return json.loads(answer.text.splitlines()[-1])


def told(report: dict[str, Any]) -> dict[str, Any]:
    plain = {name: value for name, value in report.items() if name != "run"}
    for name in ("rejected", "conflicts", "warnings", "unresolved"):
        plain[name] = [{part: f[part] for part in f if part != "message"} for f in plain[name]]
    return plain


def key_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["key"]


def test_a_stream_is_the_import_that_the_command_line_makes(
    database: Database, register: Register, tmp_path: Path
) -> None:
    client, rows = over(register), rows_of(ESTATE) + WRONG
    dry = last(client.post("/import/inventory?scope=scan&dry_run=true", content=lines(rows), headers=LINES))["report"]
    packed = {**LINES, "Content-Encoding": "gzip"}
    whole = client.post("/import/inventory?scope=scan", content=gzip.compress(lines(rows)), headers=packed)
    table = "ci_id,name,ci_class\nh-1,h-1,host\nh-2\n"
    cis = last(client.post("/import/inventory?table=cis&scope=scan", content=table, headers=CSV))["report"]
    by_api, messages = register.store.graph_hash(), [f["message"] for f in last(whole)["report"]["rejected"]]
    database.wipe()
    store = database.open(tmp_path / "other")
    path = ndjson(tmp_path / "rows.ndjson", rows)
    expected = imported(store, Path("-"), standard_input=lambda: path, scope="scan")
    (tmp_path / "cis.csv").write_text(table)
    expected_cis = imported(store, tmp_path / "cis.csv", scope="scan")
    for name in ("rejected", "warnings"):
        expected_cis[name] = [{**finding, "file": "cis.csv"} for finding in expected_cis[name]]

    assert told(last(whole)["report"]) == told(expected)
    assert told(cis) == told(expected_cis)
    assert by_api == store.graph_hash()
    assert (dry["dry_run"], dry["created"]["cis"]) == (True, 9)
    assert all(messages)
    progress = [json.loads(line) for line in whole.text.splitlines()[:-1]]
    assert all(set(each["progress"]) == {"run", "read", "total", "loaded"} for each in progress)


@pytest.mark.neo4j_long
def test_who_cancels_an_import_has_nobody_send_it_again(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    web, sent = over(register), lines(rows_of(ESTATE))
    with monkeypatch.context() as patch:
        cancelled_at(patch, "read")
        cancelled = web.post("/import/inventory", content=sent, headers=LINES)
    register.importing.stopping.set()
    ending = web.post("/import/inventory", content=sent, headers=LINES)

    assert (key_of(cancelled), cancelled.headers.get("retry-after")) == ((409, "import.cancelled"), None)
    assert (key_of(ending), ending.headers.get("retry-after")) == ((503, "import.interrupted"), "10")
    assert register.store.revision() == 0


@pytest.mark.neo4j_long
def test_what_cannot_be_read_is_a_status_and_changes_nothing(register: Register) -> None:
    client, row = over(register), b'{"kind": "cis", "ci_id": "a", "name": "a", "ci_class": "host"}\n'
    good = {"content": row, "headers": LINES}
    cases: list[tuple[str, dict[str, Any], tuple[int, str]]] = [
        ("compose", good, (400, "import.no_rows")),
        ("inventory?dryrun=true", good, (400, "import.option")),
        ("inventory?dry_run=yes", good, (400, "import.option")),
        ("inventory?scope=a&scope=b", good, (400, "import.option")),
        ("inventory", {"content": row}, (415, "import.media")),
        ("inventory", {"files": {"file": row}}, (415, "import.media")),
        ("inventory", {"content": row, "headers": CSV}, (415, "import.media")),
        ("inventory?table=cis", good, (415, "import.media")),
        ("inventory?table=csi", {"content": row, "headers": CSV}, (400, "inventory.unknown_table")),
        ("inventory", {"content": row, "headers": {**LINES, "Content-Encoding": "br"}}, (415, "import.encoding")),
        ("inventory", {"content": row, "headers": {**LINES, "Content-Encoding": "gzip"}}, (400, "import.broken")),
        ("inventory", {"content": gzip.compress(row)[:-9], "headers": {**LINES, "Content-Encoding": "gzip"}},
         (400, "import.broken")),
        ("inventory", {"content": row + b"{", "headers": LINES}, (400, "inventory.json")),
        ("inventory", {"content": b"\xff\xfe", "headers": LINES}, (400, "inventory.encoding")),
        ("inventory?table=cis", {"content": b'ci_id,name,ci_class\n"a', "headers": CSV}, (400, "inventory.quote_open")),
        ("inventory?strict=true", {"content": row + lines(WRONG), "headers": LINES}, (422, "import.strict")),
    ]  # fmt: skip

    assert [key_of(client.post(f"/import/{path}", **given)) for path, given, _ in cases] == [
        expected for _, _, expected in cases
    ]
    assert register.store.revision() == 0
    assert last(client.post("/import/inventory", **good))["report"]["created"]["cis"] == 1


def test_a_bomb_and_a_long_body_are_refused_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where only this test puts anything
    read = 0

    async def endless(block: bytes) -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(1_000):
            read += len(block)
            yield block

    client = limited(1_000_000)
    bomb = gzip.compress(b"\0" * 100_000_000)
    packed = {**LINES, "Content-Encoding": "gzip"}
    answers = [
        client.post("/import/inventory", content=bomb, headers=packed),
        client.post("/import/inventory", content=endless(b"{}\n" * 10_000), headers=LINES),
        client.post("/import/inventory", content=b"x", headers={**LINES, "Content-Length": "1000001"}),
    ]
    small = limited(10**9).post("/import/inventory", content=bomb, headers=packed)

    assert [key_of(each) for each in answers] == [(413, "import.too_long")] * 3
    assert read < 1_200_000
    assert key_of(small) == (413, "import.packed")
    assert not list(tmp_path.glob("faultline-upload-*/input"))


def limited(most: int) -> Web:
    """A server that takes so many bytes, and whose store only knows the time."""
    store = SimpleNamespace(clock=lambda: datetime.now(UTC))
    settings = replace(Settings(Path()), import_bytes=most)
    access = Local(cast(Any, store), settings)
    return over(cast(Register, SimpleNamespace(store=store, settings=settings, access=access)))


def test_an_input_that_stops_coming_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "IDLE", 0.1)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"{}\n"
        await anyio.sleep(5)

    assert key_of(limited(1_000).post("/import/inventory", content=stuck(), headers=LINES)) == (408, "import.idle")


def test_an_input_that_trickles_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "GRACE", 0.1)

    async def trickling() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"{}\n"
            await anyio.sleep(0.03)

    async def quick() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b"{" * 2_000  # a fifth of a second each
            await anyio.sleep(0.03)

    client = limited(20_000)
    assert key_of(client.post("/import/inventory", content=trickling(), headers=LINES)) == (408, "import.slow")
    packed = {**LINES, "Content-Encoding": "gzip"}  # which it is not, as is told once something has been read
    assert key_of(client.post("/import/inventory", content=quick(), headers=packed)) == (400, "import.broken")


def test_nobody_has_all_places_of_inputs() -> None:
    client, none = limited(1), {"content": b"{}", "headers": LINES}
    with ExitStack() as held:
        for _ in range(3):
            assert held.enter_context(importing.UPLOADS.place("local:root"))
        with importing.UPLOADS.place("somebody else") as is_free:
            assert is_free
        assert key_of(client.post("/import/inventory", **none)) == (429, "import.busy")
    assert key_of(client.post("/import/inventory", **none)) == (413, "import.too_long")


@pytest.mark.parametrize(
    ("is_gone", "refused"), [(True, (401, "server.no_token")), (False, (403, "server.not_allowed"))]
)
def test_whoever_may_import_no_longer_when_the_input_is_there_imports_nothing(
    is_gone: bool, refused: tuple[int, str], tmp_path: Path
) -> None:
    door, begun = Door(tmp_path), list[str]()
    door.register.importing = SimpleNamespace(begin=lambda run, _: begun.append(run))
    text = door.token("importer")

    async def body() -> AsyncIterator[bytes]:
        yield b"{}\n"
        if is_gone:
            door.store.tokens.clear()
        else:
            change_rights(door.access, "ann", ["viewer"], None, "tester")

    answer = door.web.post("/import/inventory", content=body(), headers={**LINES, **bearer(text)})

    assert (key_of(answer), begun) == (refused, [])


def test_whoever_has_no_token_is_refused_before_the_body() -> None:
    async def never() -> AsyncIterator[bytes]:
        read.append(True)
        yield b"{}"

    read: list[bool] = []
    guarded = over_store(object(), TOKEN, "http://faultline.example")

    assert key_of(guarded.post("/import/inventory", content=never(), headers=LINES)) == (401, "server.no_token")
    assert read == []
