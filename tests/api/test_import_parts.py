"""Imports in parts: the same as the command line's, whatever is repeated, comes out of order, or is cut off."""

import csv
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from api.importing import Importing, Running
from api.register import Register, open_register
from graph.settings import Settings
from graph.store.audit import verify
from importers.load import InterruptedRunError
from importers.model import Request
from importers.registry import source_named
from importers.run import Watch, run_import
from tests.api.command import ESTATE, environment
from tests.api.served import PATIENCE, serving
from tests.api.web import Web, data, over
from tests.engines import Database, imported, inventory, ndjson
from tests.importers.generated import generated

Rows = list[dict[str, Any]]
REPORT = """run scope dryRun full revision revisions missing overruled
    created { cis relationships records } updated { cis relationships records }
    unchanged { cis relationships records } ended { cis relationships records }
    rejectedCount conflictCount warningCount unresolvedCount
    rejected { file row field key message params } conflicts { file row field key message params }
    warnings { file row field key message params } unresolved { file row field key message params }"""
START = """mutation($input: StartImportInput!) { startImport(input: $input) { __typename
    ... on StartImportPayload { run status nextSequence rows } ... on Error { key params } } }"""
APPEND = """mutation($input: AppendImportInput!) { appendImport(input: $input) { __typename
    ... on AppendImportPayload { run sequence rows repeated } ... on Error { key params } } }"""
FINISH = f"""mutation($input: FinishImportInput!) {{ finishImport(input: $input) {{ __typename
    ... on FinishImportPayload {{ run status report {{ {REPORT} }} }}
    ... on ImportRefused {{ count rows {{ row key }} }} ... on Error {{ key params }} }} }}"""
CANCEL = """mutation($run: String!) { cancelImport(input: {run: $run}) {
    ... on CancelImportPayload { run } ... on Error { key params } } }"""
DOCUMENTS = {"startImport": START, "appendImport": APPEND, "finishImport": FINISH}
WRONG = [
    {"kind": "cis", "ci_id": "x", "name": "x", "ci_class": "hots"},
    {"kind": "relationships", "source": "app-1", "type": "depends_on", "target": "nobody"},
    {"kind": "nothing"},
]


def rows_of(tables: dict[str, str]) -> Rows:
    """Inventory tables as lines of NDJSON."""
    found: Rows = []
    for table, text in tables.items():
        header, *lines = text.splitlines()
        names = header.split(",")
        for line in lines:
            cells = zip(names, line.split(","), strict=True)
            found.append({"kind": table, **{name: cell for name, cell in cells if cell}})
    return found


def parts(rows: Rows, size: int) -> list[tuple[int, Rows]]:
    return [(at // size + 1, rows[at : at + size]) for at in range(0, len(rows), size)]


@pytest.fixture
def register(database: Database, tmp_path: Path) -> Iterator[Register]:
    """An empty register, on each engine in turn."""
    with open_register(Settings.from_environment(environment(database, tmp_path / "data"))) as found:
        yield found


def done(client: Web, name: str, **given: Any) -> Any:
    return data(client, DOCUMENTS[name], input=given)[name]


def whole(client: Web, sent: Sequence[tuple[int, Rows]], **options: Any) -> Any:
    """An import in these parts."""
    run = done(client, "startImport", **options)["run"]
    for sequence, rows in sent:
        assert done(client, "appendImport", run=run, sequence=sequence, rows=rows)["rows"] == len(rows)
    return done(client, "finishImport", run=run)


def cancelled_at(patch: pytest.MonkeyPatch, what: str) -> None:
    """Have somebody cancel imports as soon as they have `read` or `loaded` rows."""
    real = Importing._watch

    def watch(self: Importing, running: Running) -> Watch:
        found = real(self, running)

        def cancelled(rows: int) -> None:
            running.cancelled.set()
            getattr(found, what)(rows)

        changed: dict[str, Any] = {what: cancelled}
        return replace(found, **changed)

    patch.setattr(Importing, "_watch", watch)


def told(report: dict[str, Any]) -> dict[str, Any]:
    """A report of the command line as the schema has it, the run's name aside."""
    findings = {
        name: [
            {"row": f["line"], **{part: f[part] for part in ("file", "field", "key", "params")}} for f in report[name]
        ]
        for name in ("rejected", "conflicts", "warnings", "unresolved")
    }
    same = (
        "scope",
        "full",
        "revision",
        "revisions",
        "missing",
        "overruled",
        "created",
        "updated",
        "unchanged",
        "ended",
    )
    return {name: report[name] for name in same} | findings


def heard(report: dict[str, Any]) -> dict[str, Any]:
    """The same of an answer."""
    lists = ("rejected", "conflicts", "warnings", "unresolved")
    assert all(finding.pop("message") for name in lists for finding in report[name])
    return {name: report[name] for name in report if name not in ("run", "dryRun") and not name.endswith("Count")}


def test_parts_in_any_order_and_sent_twice_are_the_import_that_the_command_line_makes(
    database: Database, register: Register, tmp_path: Path
) -> None:
    rows = rows_of(ESTATE) + WRONG
    sent = parts(rows, 5)
    random.Random(3).shuffle(sent)

    answer = whole(over(register), [*sent, *sent[:2]], scope="scan", change="C-7")
    by_api = register.store.graph_hash()
    header = next(register.store.commits()).header
    left = database.run("MATCH (p:Part) RETURN count(p) AS parts")
    database.wipe()
    store = database.open(tmp_path / "other")
    path = ndjson(tmp_path / "rows.ndjson", rows)
    report = imported(store, Path("-"), standard_input=lambda: path, scope="scan")

    assert answer["status"] == "FINISHED"
    assert heard(answer["report"]) == told(report)
    assert answer["report"]["rejected"][0]["row"] == len(rows) - 2
    assert (by_api, header.run, header.change) == (store.graph_hash(), answer["run"], "C-7")
    assert left == [{"parts": 0}]


def test_the_same_calls_again_are_answered_again_and_change_nothing(register: Register) -> None:
    client, sent = over(register), parts(rows_of(ESTATE), 9)
    first = done(client, "startImport", run="nightly-1", scope="scan")
    kept = [done(client, "appendImport", run="nightly-1", sequence=n, rows=rows) for n, rows in sent]
    again = done(client, "startImport", run="nightly-1", scope="scan")
    repeated = done(client, "appendImport", run="nightly-1", sequence=1, rows=sent[0][1])
    finished = [done(client, "finishImport", run="nightly-1") for _ in range(2)]
    late = done(client, "appendImport", run="nightly-1", sequence=9, rows=sent[0][1])
    begun = done(client, "startImport", run="nightly-1", scope="scan")

    assert (first["status"], first["nextSequence"], first["rows"]) == ("OPEN", 1, 0)
    assert (again["nextSequence"], again["rows"]) == (len(sent) + 1, len(rows_of(ESTATE)))
    assert [each["repeated"] for each in (*kept, repeated)] == [False] * len(sent) + [True]
    assert finished[0] == finished[1]
    assert finished[0]["report"]["created"]["cis"] == 9
    assert (late["key"], begun["status"]) == ("import.closed", "FINISHED")
    assert register.store.revision() == finished[0]["report"]["revision"]


@pytest.mark.neo4j_long
def test_what_cannot_be_an_import_is_a_typed_error(register: Register) -> None:
    client, rows = over(register), rows_of(ESTATE)[:2]
    run = done(client, "startImport")["run"]
    done(client, "appendImport", run=run, sequence=2, rows=rows)
    cases = [
        ("startImport", {"source": "compose"}, "import.no_rows"),
        ("startImport", {"run": run, "full": True}, "import.run_taken"),
        ("startImport", {"run": "a:b"}, "import.run_name"),
        ("startImport", {"run": "a b"}, "values.id_character"),
        ("appendImport", {"run": "nobody", "sequence": 1, "rows": rows}, "import.unknown_run"),
        ("appendImport", {"run": run, "sequence": 0, "rows": rows}, "import.sequence"),
        ("appendImport", {"run": run, "sequence": 1, "rows": []}, "import.part_rows"),
        ("appendImport", {"run": run, "sequence": 1, "rows": [{}, 5]}, "import.row"),
        ("appendImport", {"run": run, "sequence": 2, "rows": rows[:1]}, "import.part_differs"),
        ("finishImport", {"run": run}, "import.part_missing"),
        ("finishImport", {"run": "nobody"}, "import.unknown_run"),
    ]

    assert [(name, done(client, name, **given).get("key")) for name, given, _ in cases] == [
        (name, key) for name, _, key in cases
    ]
    assert done(client, "appendImport", run=run, sequence=1, rows=rows)["__typename"] == "AppendImportPayload"
    assert done(client, "finishImport", run=run)["report"]["created"]["cis"] == 2


@pytest.mark.neo4j_long
def test_a_dry_run_writes_nothing_and_strict_refuses_all(register: Register) -> None:
    client, rows = over(register), rows_of(ESTATE)
    dry = whole(client, parts(rows, 50), dryRun=True)
    strict = whole(client, parts([*rows, *WRONG], 50), strict=True)

    assert (dry["report"]["dryRun"], dry["report"]["created"]["cis"], register.store.revision()) == (True, 9, 0)
    assert (strict["__typename"], strict["key"], strict["count"]) == ("ImportRefused", "import.strict", 3)
    assert {row["key"] for row in strict["rows"]} == {"row.unknown_class", "row.unknown_ci", "row.unknown_table"}


class Script:
    """A discovery script over HTTP: it goes on where the server says, however often the server dies."""

    def __init__(self, rows: Rows, size: int) -> None:
        self.sent = dict(parts(rows, size))

    def call(self, url: str, name: str, **given: Any) -> Any:
        body = {"query": DOCUMENTS[name], "variables": {"input": given}}
        return httpx.post(f"{url}/graphql", json=body, timeout=PATIENCE).json()["data"][name]

    def run(self, url: str, run: str, step: Callable[[int], None]) -> Any:
        """The whole import; `step` is told before each call."""
        begun = self.call(url, "startImport", run=run, scope="scan", full=True)
        for number in range(begun["nextSequence"], len(self.sent) + 1):
            step(number)
            self.call(url, "appendImport", run=run, sequence=number, rows=self.sent[number])
        step(len(self.sent) + 1)
        answer = self.call(url, "finishImport", run=run)
        while answer["status"] != "FINISHED":
            answer = self.call(url, "finishImport", run=run)
        return answer


@pytest.mark.processes
@pytest.mark.neo4j_long
def test_a_server_killed_anywhere_in_an_import_loses_and_doubles_nothing(
    database: Database, tmp_path: Path, long_or_short: Callable[[int, int], int]
) -> None:
    kills, rng = long_or_short(20, 2), random.Random(11)
    folder = generated(tmp_path / "inventory", 400, 1)
    rows = [
        {"kind": table, **{k: v for k, v in row.items() if v}}
        for table in ("cis", "relationships", "changes")
        for row in csv.DictReader((folder / f"{table}.csv").read_text(encoding="utf-8").splitlines())
    ]
    store = database.open(tmp_path / "reference")
    path = ndjson(tmp_path / "rows.ndjson", rows)
    assert not imported(store, Path("-"), standard_input=lambda: path, scope="scan", full=True)["rejected"]
    expected = store.graph_hash()
    database.wipe()
    script = Script(rows, 150)

    for number in range(kills + 1):
        at = rng.randrange(1, len(script.sent) + 2) if number < kills else 0
        with serving(database, tmp_path) as (process, url):

            def kill(step: int, at: int = at, process: Any = process) -> None:
                if step == at:
                    threading.Timer(rng.uniform(0, 0.8 if at > len(script.sent) else 0.05), process.kill).start()

            try:
                script.run(url, "nightly", kill)
            except (httpx.HTTPError, orjson.JSONDecodeError, KeyError, TypeError):
                assert number < kills
    store = database.open(tmp_path / "after")

    assert store.graph_hash() == expected
    assert verify(store).ok
    assert {commit.header.run for commit in store.commits()} == {"nightly"}


@pytest.mark.neo4j_long
def test_tables_of_files_are_the_same_rows(register: Register, tmp_path: Path) -> None:
    imported(register.store, inventory(tmp_path / "estate", ESTATE))
    before = register.store.graph_hash()

    answer = whole(over(register), parts(rows_of(ESTATE), 100))

    assert register.store.graph_hash() == before
    assert answer["report"]["revisions"] == 0


def test_an_import_on_its_way_says_how_far_it_is_and_stops_when_it_is_cancelled(register: Register) -> None:
    web = over(register)
    run = whole(web, parts(rows_of(ESTATE), 5))["run"]
    asked = "{ importRuns(first: 1) { nodes { run progress { status read total loaded } } } }"
    before = data(web, asked)["importRuns"]["nodes"]
    begun = threading.Event()

    def work(watch: Watch) -> dict[str, Any]:
        watch.read(30)
        watch.settled(30)
        watch.loaded(10)
        begun.set()
        while not watch.stopped():
            time.sleep(0.01)
        raise InterruptedRunError("import.interrupted", run=run, done=1)

    going = register.importing.begin(run, "local:somebody", work)
    assert begun.wait(PATIENCE)
    during = data(web, asked)["importRuns"]["nodes"]
    stopped = data(web, CANCEL, run=run)["cancelImport"]
    with pytest.raises(InterruptedRunError):
        going.outcome.result(PATIENCE)
    again = data(web, CANCEL, run=run)["cancelImport"]

    assert (before, data(web, asked)["importRuns"]["nodes"]) == ([{"run": run, "progress": None}],) * 2
    assert during == [{"run": run, "progress": {"status": "RUNNING", "read": 30, "total": 30, "loaded": 10}}]
    assert (stopped, again) == ({"run": run}, {"key": "import.not_going", "params": {"run": run}})


def test_a_dry_run_that_is_cancelled_ends_after_the_batch_that_it_is_at(register: Register, tmp_path: Path) -> None:
    stopping = threading.Event()
    wanted = Request(
        [inventory(tmp_path / "estate", ESTATE)], register.settings, dry_run=True, ontology=register.store.ontology
    )  # fmt: skip
    watch = Watch(loaded=lambda _: stopping.set(), stopped=stopping.is_set)

    with pytest.raises(InterruptedRunError):
        run_import(source_named("inventory"), wanted, register.store, "tester", watch=watch)
    assert register.store.revision() == 0
