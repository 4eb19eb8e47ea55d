"""`/graphql` by the specification GraphQL over HTTP: the cases of its reference suite, and that suite itself."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from api.server.requests import JSON, MEDIA
from tests.api.served import serving
from tests.api.web import Web, over_store
from tests.engines import Database

ASKED = {"query": "{ __typename }"}
NAMED = {"query": "query ($name: String!) { __type(name: $name) { name } }", "variables": {"name": "Ci"}}
NO_MAP: list[Any] = ["text", 0, False, ["list"]]
SUITE = ("graphql-http@1.23.1", "graphql@16.15.0")


@pytest.fixture
def alone() -> Web:
    """A server whose store is not asked anything."""
    return over_store(object())


def posted(web: Web, body: Any, accept: str | None = None, kind: str | None = JSON) -> tuple[int, dict[str, Any], str]:
    headers = {name: value for name, value in (("Accept", accept), ("Content-Type", kind)) if value is not None}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = web.post("/graphql", content=content, headers={"Accept": "*/*"} | headers)
    return answer.status_code, answer.json(), answer.headers["content-type"].split(";")[0]


@pytest.mark.parametrize(
    ("accept", "media"),
    [(MEDIA, MEDIA), (JSON, JSON), ("*/*", JSON), (f"{MEDIA}, {JSON};q=0.9", MEDIA), (f"{MEDIA};q=0, *", JSON)],
)
def test_the_media_type_is_the_one_asked_for(accept: str, media: str, alone: Web) -> None:
    assert posted(alone, ASKED, accept) == (200, {"data": {"__typename": "Query"}}, media)


@pytest.mark.parametrize("kind", [None, "text/plain", "multipart/form-data; boundary=x", f"{JSON}; charset=gbk", MEDIA])
def test_what_is_sent_is_json_in_utf_8(kind: str | None, alone: Web) -> None:
    status, told, _ = posted(alone, ASKED, kind=kind)

    assert (status, told["errors"][0]["extensions"]["key"]) == (415, "server.media_type")


@pytest.mark.parametrize("kind", [f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"', JSON.upper()])
def test_utf_8_may_be_said(kind: str, alone: Web) -> None:
    status, told, _ = posted(alone, {"query": '{ __type(name: "跑🏃") { name } }'}, kind=kind)

    assert (status, told) == (200, {"data": {"__type": None}})


@pytest.mark.parametrize("media", [MEDIA, JSON])
@pytest.mark.parametrize("name", ["variables", "operationName", "extensions"])
def test_what_need_not_be_given_may_be_null(name: str, media: str, alone: Web) -> None:
    assert posted(alone, {**ASKED, name: None}, media)[:2] == (200, {"data": {"__typename": "Query"}})


@pytest.mark.parametrize("media", [MEDIA, JSON])
def test_variables_extensions_and_names_of_operations_are_taken(media: str, alone: Web) -> None:
    named = {"query": "query A { __typename } query B { b: __typename }", "operationName": "B", "extensions": {"x": 1}}

    assert posted(alone, NAMED, media)[:2] == (200, {"data": {"__type": {"name": "Ci"}}})
    assert posted(alone, named, media)[:2] == (200, {"data": {"b": "Query"}})


@pytest.mark.parametrize("wrong", NO_MAP)
@pytest.mark.parametrize("name", ["variables", "extensions", "operationName", "query"])
def test_what_is_of_another_kind_is_400(name: str, wrong: Any, alone: Web) -> None:
    given: Any = {"object": 1} if name in ("query", "operationName") and wrong == "text" else wrong

    assert posted(alone, {**ASKED, name: given})[0] == 400


@pytest.mark.parametrize("media", [MEDIA, JSON])
@pytest.mark.parametrize("body", [b'{ "not a JSON', b"", b'{"qeury": "{ __typename }"}'])
def test_what_is_no_request_is_400(body: bytes, media: str, alone: Web) -> None:
    assert posted(alone, body, media)[0] == 400


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query ($id: ID!) { node(id: $id) { id } }"])
def test_nothing_is_executed_of_what_is_wrong(query: str, alone: Web) -> None:
    asked = {"query": query, "variables": {"id": None}}

    found = [posted(alone, asked, media) for media in (MEDIA, JSON)]

    assert [status for status, _, _ in found] == [400, 200]
    assert all("data" not in told and told["errors"][0]["message"] != "internal error" for _, told, _ in found)


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "{ __typename }", "operationName": "X"},
        {"query": "{ __typename }", "operationName": ""},
        {"query": "query A { __typename } query B { __typename }"},
        {"query": "fragment A on Query { revision }"},
    ],
)
def test_an_operation_that_is_not_there_is_no_trouble_of_ours(asked: dict[str, str], alone: Web) -> None:
    found = [posted(alone, asked, media) for media in (MEDIA, JSON)]
    found.append((400, alone.get("/graphql", params=asked, headers={"Accept": MEDIA}).json(), MEDIA))

    assert [status for status, _, _ in found] == [400, 200, 400]
    assert {told["errors"][0]["extensions"]["key"] for _, told, _ in found} == {"server.no_operation"}


@pytest.mark.parametrize("query", ["", " \n"])
def test_an_empty_document_is_no_request(query: str, alone: Web) -> None:
    assert posted(alone, {"query": query})[0] == alone.get("/graphql", params={"query": query}).status_code == 400


def test_a_question_may_be_in_the_address(alone: Web) -> None:
    asked = {"query": NAMED["query"], "variables": json.dumps(NAMED["variables"]), "extensions": "{}"}
    answers = [alone.get("/graphql", params=asked, headers={"Accept": media}) for media in (MEDIA, JSON)]
    wrong = [alone.get("/graphql", params={**asked, "variables": text}) for text in ("[1]", "{", "5")]

    assert [(a.status_code, a.json()) for a in answers] == [(200, {"data": {"__type": {"name": "Ci"}}})] * 2
    assert {answer.status_code for answer in [*wrong, alone.get("/graphql")]} == {400}


@pytest.mark.parametrize("query", ["mutation { __typename }", "query A { __typename } mutation B { __typename }"])
def test_nothing_is_changed_by_an_address(query: str, alone: Web) -> None:
    name = {"operationName": "B"} if "B" in query else {}
    answer = alone.get("/graphql", params={"query": query, **name})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.long
@pytest.mark.processes
@pytest.mark.parametrize("kind", ["embedded"])
def test_the_reference_suite_passes_whole(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    database: Database = request.getfixturevalue(f"{kind}_engine")
    database.wipe()
    npm = ["npm", "install", "--prefix", str(tmp_path), "--no-audit", "--no-fund", "--silent", *SUITE]
    subprocess.run(npm, check=True, capture_output=True)
    with serving(database, tmp_path) as (_, url):
        script = str(Path(__file__).with_name("audit.mjs"))
        found = subprocess.run(
            ["node", script, str(tmp_path), f"{url}/graphql"], check=True, capture_output=True, text=True
        ).stdout

    audits = [json.loads(line) for line in found.splitlines()]
    assert [each for each in audits if each["status"] != "ok"] == []
    assert len(audits) >= 61
