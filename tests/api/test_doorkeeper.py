"""Who may come in once there is a principal: tokens, looked up for each request, and how often one may be wrong."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api.server import attempts, doorkeeper
from api.server.requests import AGAIN
from graph.errors import StorageError
from tests.api.access.in_memory import HOME, Door, bearer

ASKED = {"query": "{ revision }"}


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def key_of(response: Any) -> str:
    return str(response.json()["errors"][0]["extensions"]["key"])


def test_the_first_principal_ends_local_mode_at_once_and_for_good(door: Door) -> None:
    local = {"Host": "127.0.0.1"}
    assert door.web.post("/graphql", json=ASKED, headers=local).json() == {"data": {"revision": 7}}
    assert door.web.post("/graphql", json=ASKED).status_code == 403

    text = door.token("viewer")
    assert door.web.post("/graphql", json=ASKED, headers=local).status_code == 401
    assert door.web.post("/graphql", json=ASKED, headers=bearer(text)).json() == {"data": {"revision": 7}}
    door.store.principals.clear()  # somebody has removed it by hand
    assert door.web.post("/graphql", json=ASKED, headers=local).status_code == 401


@pytest.mark.parametrize("state", ["none", "expired", "revoked", "disabled", "deleted"])
def test_whoever_is_not_known_gets_401_before_the_body_is_read(state: str, door: Door) -> None:
    door.token("viewer", name="bob")
    text = door.token("admin", state=state)
    read: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        read.append("the body")
        yield b"{}"

    answer = door.web.post("/graphql", content=body(), headers=bearer(text))

    assert (answer.status_code, key_of(answer), read) == (401, "server.no_token", [])
    assert answer.headers["www-authenticate"] == "Bearer"
    assert [door.web.get(path, headers=bearer(text)).status_code for path in ("/livez", "/readyz")] == [200, 200]


def test_a_request_costs_one_statement(door: Door) -> None:
    text = door.token("viewer")
    for _ in range(2):
        door.store.asked.clear()
        door.web.post("/graphql", json=ASKED, headers=bearer(text))

    assert door.store.asked == ["token_read"]


def test_two_authorizations_are_none(door: Door) -> None:
    text = door.token("viewer")
    headers = [("Authorization", f"Bearer {text}"), ("Authorization", f"Bearer {door.another()}")]

    assert door.web.post("/graphql", json=ASKED, headers=headers).status_code == 401


def test_a_store_that_is_away_is_503_and_soon_tried_again(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    text = door.token("viewer")
    door.store.trouble = StorageError("storage.unavailable", reason="ServiceUnavailable")
    away = door.web.post("/graphql", json=ASKED, headers=bearer(text))
    door.store.trouble = ValueError("something of the driver's")
    broken = door.web.post("/graphql", json=ASKED, headers=bearer(text))
    door.store.trouble = None
    door.store.waits.clear()
    monkeypatch.setattr(doorkeeper, "PATIENCE", 0.1)
    hangs = door.web.post("/graphql", json=ASKED, headers=bearer(text))
    door.store.waits.set()

    assert [each.status_code for each in (away, broken, hangs)] == [503] * 3
    assert [each.headers["retry-after"] for each in (away, broken, hangs)] == [str(AGAIN)] * 3
    assert (key_of(away), key_of(broken), key_of(hangs)) == (
        "storage.unavailable", "server.store_silent", "server.store_silent",
    )  # fmt: skip
    assert door.web.post("/graphql", json=ASKED, headers=bearer(text)).status_code == 200


def test_whoever_is_wrong_too_often_waits_and_keeps_nobody_else_out(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    text, other = door.token("viewer"), door.token("viewer", name="bob")
    wrong = f"{text[:-1]}{'A' if text[-1] != 'A' else 'B'}"
    with caplog.at_level(logging.WARNING):
        answers = [door.web.post("/graphql", json=ASKED, headers=bearer(wrong)) for _ in range(12)]

    assert [each.status_code for each in answers] == [401] * 10 + [429] * 2
    assert key_of(answers[-1]) == "server.too_many_attempts"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert door.web.post("/graphql", json=ASKED, headers=bearer(other)).status_code == 200
    told = [record.getMessage() for record in caplog.records if record.name == doorkeeper.__name__]
    assert told == [f"log-in refused: token {text.partition('.')[0]} is unknown, from 127.0.0.1"] * 10


def test_many_tokens_of_one_address_are_tried_for_a_while_only(door: Door) -> None:
    door.token("viewer")
    door.store.asked.clear()
    guesses = [f"flt{number:016x}.{'a' * 43}" for number in range(attempts.OF_ALL.amount + 5)]

    found = [door.web.post("/graphql", json=ASKED, headers=bearer(guess)).status_code for guess in guesses]

    assert found == [401] * 100 + [429] * 5
    assert door.store.asked.count("token_read") == 100


def test_addresses_of_one_network_are_one() -> None:
    window = attempts.Attempts()
    for last in range(10):
        window.failed(f"2001:db8::{last}", "flt1")

    assert window.wait("2001:db8::ffff", "flt1") is not None
    assert window.wait("2001:db8:0:1::1", "flt1") is None
    assert window.wait("192.0.2.1", "flt1") is None
    assert window.wait("not an address", "") is None


def test_what_is_logged_of_nonsense_is_none_of_it(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    door.token("viewer")
    with caplog.at_level(logging.WARNING):
        door.web.post("/graphql", json=ASKED, headers={"Authorization": b"Bearer \xff\x1b[31mforged line"})

    assert "token - is malformed" in caplog.text
    assert "forged" not in caplog.text


def test_the_token_of_the_file_goes_on_beside_principals(tmp_path: Path) -> None:
    door = Door(tmp_path, "t" * 30)
    assert door.web.post("/graphql", json=ASKED).status_code == 401
    assert door.web.post("/graphql", json=ASKED, headers=bearer("t" * 30)).status_code == 200
    assert door.web.post("/graphql", json=ASKED, headers=bearer(door.token("viewer"))).status_code == 200


def test_without_a_principal_nothing_of_the_schema_is_learned(door: Door) -> None:
    text = door.token("viewer")
    page = {"Accept": "text/html"}
    asked = "/graphql?query={__schema{types{name}}}"
    answers = [
        door.web.get("/graphql", headers=page),
        door.web.get(asked, headers=page),
        door.web.get(asked),
        door.web.post("/graphql", json={"query": "{ __typename }"}),
        door.web.post("/graphql", json={"query": "{ nonsense }"}),
        door.web.get("/sign-in"),
        door.web.get("/ci/db-1", headers=page),
    ]

    assert [each.status_code for each in answers] == [200, 401, 401, 401, 401, 200, 303]
    assert not [each for each in answers if "Query" in each.text or "Impact" in each.text]
    assert door.web.get(f"{HOME}{asked}", headers=bearer(text)).status_code == 200
