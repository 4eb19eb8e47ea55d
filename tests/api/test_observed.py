"""Every request has an id and a line in the log; what goes wrong unforeseen is told to nobody else; metrics count."""

import io
import json
import logging
import logging.config
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.access.tokens import SHORTEST_SECRET
from api.server.journal import AsText, journal
from api.server.notes import HEADER
from api.server.runtime import Runtime
from api.server.settings import ServerSettings
from api.server.trusted import hash_of
from api.watching.watch import Progress
from graph.errors import StorageError
from tests.api.web import Web, over_store

TOKEN = "s3cret-" * SHORTEST_SECRET
SECRET = "value-of-a-variable"
NAMED = {"query": "query Mine($id: String!) { ci(ciId: $id) { name } }", "variables": {"id": SECRET}}


class Store:
    """A store at a revision, or with trouble."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble, self.now = trouble, 7

    def revision(self) -> int:
        if self.trouble is not None:
            raise self.trouble
        return self.now

    answering = revision


@contextmanager
def logged(monkeypatch: pytest.MonkeyPatch, form: str = "json", level: str = "info") -> Iterator[list[Any]]:
    """The lines of the log, once the block is over."""
    out, lines = io.StringIO(), list[Any]()
    monkeypatch.setattr("sys.stderr", out)
    monkeypatch.setattr(logging.getLogger("httpx"), "disabled", True)  # the client tells of itself
    with journal(form, level):
        yield lines
    text = out.getvalue()
    lines += [json.loads(line) for line in text.splitlines()] if form == "json" else [text]


@pytest.mark.parametrize("given", ["abc-1.2_Z", "x" * 64])
def test_a_short_and_safe_id_is_taken_over(given: str) -> None:
    answer = over_store(Store()).get("/nothing", headers={HEADER: given})

    assert (answer.headers[HEADER], answer.json()["errors"][0]["extensions"]["requestId"]) == (given, given)


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>", "é", "a;b"])
def test_any_other_id_is_replaced(given: str) -> None:
    answer = over_store(Store()).get("/livez", headers={HEADER: given.encode()})

    assert re.fullmatch("[0-9a-f]{32}", answer.headers[HEADER])


def test_of_two_ids_none_is_taken() -> None:
    answer = over_store(Store()).get("/livez", headers=[(HEADER, "one"), (HEADER, "two")])

    assert answer.headers[HEADER] not in ("one", "two", "one, two")


@pytest.mark.parametrize(
    ("method", "path", "options", "key"),
    [
        ("GET", "/nothing", {}, "server.not_found"),
        ("GET", "/graphql/", {}, "server.not_found"),
        ("PUT", "/graphql", {}, "server.method"),
        ("POST", "/graphql", {"content": b"5", "headers": {"Content-Type": "application/json"}}, "server.no_query"),
        ("POST", "/graphql", {"json": {"query": "{ nothing }"}}, "server.document"),
        ("POST", "/graphql", {"json": {"query": "{"}}, "server.document"),
        ("POST", "/graphql", {"json": {"query": "{ cis(first: -1) { totalCount } }"}}, "server.first"),
        ("POST", "/graphql", {"headers": {"Host": "evil.example"}}, "server.foreign_host"),
    ],
)
def test_every_error_has_a_key_and_the_id(method: str, path: str, options: dict[str, Any], key: str) -> None:
    answer = over_store(Store()).request(method, path, **options)

    for error in answer.json()["errors"]:
        assert error["extensions"]["key"] == key
        assert error["extensions"]["requestId"] == answer.headers[HEADER]


def test_what_goes_wrong_unforeseen_is_masked_and_logged_without_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    trouble = RuntimeError(f"a text with {SECRET}")
    with logged(monkeypatch) as lines:
        answer = over_store(Store(trouble)).post("/graphql", json={"query": "{ revision }"})

    (error,) = answer.json()["errors"]
    assert (error["message"], error["extensions"]["key"]) == ("internal error", "server.internal")
    (told,) = (line for line in lines if line["event"] == "unexpected error")
    assert (told["request_id"], told["error"]) == (answer.headers[HEADER], "RuntimeError")
    assert told["stack"][-1].endswith(" revision")
    assert SECRET not in answer.text + json.dumps(lines)


def test_the_library_tells_nothing_whoever_configures_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    with logged(monkeypatch) as lines:
        logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})
        answer = over_store(Store(RuntimeError(SECRET))).post("/graphql", json={"query": "{ revision }"})

    assert answer.json()["errors"][0]["extensions"]["key"] == "server.internal"
    assert SECRET not in json.dumps(lines)


def test_what_breaks_outside_of_graphql_is_500_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("api.server.app.answer", broken)
    with logged(monkeypatch) as lines:
        answer = over_store(Store()).post("/graphql", json={"query": "{ revision }"})

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["key"]) == (500, "server.internal")
    assert [line["event"] for line in lines] == ["unexpected error", "request"]
    assert SECRET not in answer.text + json.dumps(lines)


def test_a_request_is_one_line_with_what_it_was_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    with logged(monkeypatch) as lines:
        web = over_store(Store(), TOKEN, "http://faultline.example")
        named = {**NAMED, "query": "query Mine { revision }"}
        answer = web.post("/graphql?secret=1", json=named, headers={"Authorization": f"Bearer {TOKEN}"})
        web.post("/graphql", headers={"Authorization": "Bearer wrong-one"})

    line, login, refused = lines
    assert login["event"].startswith("log-in refused")
    assert 0 < line.pop("milliseconds") < 60_000
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info", "event": "request", "logger": "faultline.request", "request_id": answer.headers[HEADER],
        "method": "POST", "path": "/graphql", "status": 200, "actor": "token:admin", "operation": "Mine",
        "revision": 7, "cost": 1,
    }  # fmt: skip
    assert (refused["status"], refused["key"]) == (401, "server.no_token")
    assert not [word for word in (TOKEN, "wrong-one", SECRET, "secret=1") if word in json.dumps(lines)]


def test_nothing_from_outside_makes_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    with logged(monkeypatch, "text") as found:
        over_store(Store()).get("/a%0Alevel=error%1b[31m%E2%80%AE")

    (text,) = found
    assert text.count("\n") == 1
    assert text.isascii()
    assert text.rstrip("\n").isprintable()


def test_a_level_leaves_out_what_is_below(monkeypatch: pytest.MonkeyPatch) -> None:
    with logged(monkeypatch, level="warning") as lines:
        over_store(Store()).get("/livez")
        over_store(Store(RuntimeError())).get("/readyz")

    assert [(line["level"], line["error"]) for line in lines] == [("warning", "RuntimeError")]


def test_an_error_is_told_with_those_that_led_to_it() -> None:
    def inner() -> None:
        raise StorageError("storage.unavailable", reason=SECRET)

    try:
        try:
            inner()
        except StorageError as error:
            raise ValueError(SECRET) from error
    except ValueError as error:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "told", None, (ValueError, error, None))

    text = AsText().format(record)

    assert [line.rsplit(" ", 1)[1] for line in text.splitlines()[1:]][1:] == ["inner", "ValueError", text.split()[-1]]
    assert SECRET not in text


def families(web: Web, **options: Any) -> dict[tuple[str, ...], float]:
    answer = web.get("/metrics", **options)
    assert answer.status_code == 200
    samples = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            samples[sample.name, *sorted(sample.labels.values())] = sample.value
    return samples


def test_metrics_count_requests_questions_and_refusals() -> None:
    shared = Runtime()
    shared.metrics.describe("embedded", 16)
    shared.watch = lambda: Progress(5, near=3, far=2)
    web = over_store(Store(), runtime=shared)
    web.post("/graphql", json={"query": "{ revision again: revision }"})
    for path in ("/nothing", "/nowhere"):
        web.get(path)
    found = families(web)

    assert found["faultline_request_seconds_count", "200", "graphql"] == 1
    assert found["faultline_request_seconds_count", "404", "none"] == 2
    assert found["faultline_question_seconds_count", "revision"] == 2
    assert found["faultline_refused_total", "server.not_found"] == 2
    assert (found["faultline_requests_running",], found["faultline_requests_waiting",]) == (1, 0)
    assert found["faultline_revision_store",] == 7
    assert found["faultline_watch_revision",] == 5
    assert (found["faultline_watch_waiting", "near"], found["faultline_watch_waiting", "far"]) == (3, 2)
    assert found["faultline_engine_info", "embedded"] == 1
    assert found["faultline_database_connections_most",] == 16
    assert found["process_open_fds",] > 0


def test_metrics_need_the_token_unless_they_are_open_and_answer_while_the_store_is_away() -> None:
    guarded = over_store(Store(StorageError("storage.unavailable")), TOKEN)
    refused = guarded.get("/metrics")
    found = families(guarded, headers={"Authorization": f"Bearer {TOKEN}"})

    assert refused.status_code == 401
    assert found["faultline_revision_store",] == -1


def test_an_estate_that_stays_behind_is_not_ready_and_one_that_catches_up_is(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    web = over_store(store, runtime=Runtime(ServerSettings(ready_lag=1)))
    register = register_of(web)
    register.live.revision = 5
    assert web.get("/readyz").status_code == 200  # it has just been seen

    monkeypatch.setattr("api.server.freshness.time.monotonic", lambda: 10.0**9)
    behind, found = web.get("/readyz"), families(web)
    register.live.revision = 7

    assert (behind.status_code, behind.json()["reason"]) == (503, "server.estate_behind")
    assert (found["faultline_revision_lag",], found["faultline_revision_lag_seconds",] > 1) == (2, True)
    assert web.get("/readyz").status_code == 200


def register_of(web: Web) -> Any:
    """What stands for the register of a server."""
    for route in web.app.routes:  # type: ignore[attr-defined]
        for cell in route.endpoint.__closure__ or ():
            if hasattr(cell.cell_contents, "live"):
                return cell.cell_contents
    raise LookupError


def test_a_server_that_is_ending_is_not_ready_and_lives() -> None:
    shared = Runtime()
    web = over_store(Store(), runtime=shared)
    shared.stopping.begin()

    assert (web.get("/readyz").status_code, web.get("/readyz").json()["reason"]) == (503, "server.stopping")
    assert web.get("/livez").status_code == 200


def test_a_folder_of_documents_is_known_by_hashes(tmp_path: Path) -> None:
    (tmp_path / "a.graphql").write_text("query Mine { revision }", encoding="utf-8")
    known, own = hash_of("query Mine { revision }"), {"query": "{ revision }"}
    shared = Runtime(ServerSettings(trusted_documents=tmp_path))
    strict = Runtime(ServerSettings(trusted_documents=tmp_path, trusted_only=True))
    by_hash = [
        {"documentId": known},
        {"documentId": f"sha256:{known}"},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": known}}},
        {"query": "query Mine { revision }"},
        {"query": "query Mine { revision }", "documentId": known},
    ]
    wrong = [
        {"documentId": "0" * 64},
        {"documentId": 5},
        {"documentId": ""},
        {"extensions": {"persistedQuery": "x"}},
        {"query": "{ revision }", "documentId": known},
    ]

    for each in (shared, strict):
        web = over_store(Store(), runtime=each)
        assert [web.post("/graphql", json=asked).json() for asked in by_hash] == [{"data": {"revision": 7}}] * 5
        refused = [web.post("/graphql", json=asked) for asked in wrong]
        assert {(a.status_code, a.json()["errors"][0]["extensions"]["key"]) for a in refused} == {
            (400, "limits.unknown_document")
        }
    free, only = (over_store(Store(), runtime=each).post("/graphql", json=own) for each in (shared, strict))
    assert (free.status_code, only.status_code) == (200, 400)
    assert only.json()["errors"][0]["extensions"]["key"] == "limits.only_trusted"


@pytest.mark.parametrize("content", [None, b"\xff"])
def test_documents_that_cannot_be_read_are_told_at_the_start(content: bytes | None, tmp_path: Path) -> None:
    folder = tmp_path / "documents"
    if content is not None:
        folder.mkdir()
        (folder / "a.graphql").write_bytes(content)

    with pytest.raises(Exception, match=r"limits\.no_documents"):
        Runtime(ServerSettings(trusted_documents=folder))
