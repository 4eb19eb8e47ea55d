"""`faultline serve` as a process on a real socket, and what a signal does to it."""

import json
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from api.register import open_register
from api.server.requests import AGAIN
from api.server.settings import RequestLimits
from graph.settings import Settings
from tests.api.command import ESTATE, Run, environment
from tests.api.served import PATIENCE, serving
from tests.api.web import over
from tests.engines import Database, imported, inventory

TOKEN = "a-token-of-thirty-two-characters"
LONGEST_BODY = RequestLimits().body_bytes


def test_a_served_register_answers_over_its_socket_until_ctrl_c(database: Database, tmp_path: Path) -> None:
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as register:
        imported(register.store, inventory(tmp_path / "estate", ESTATE))

    with serving(database, tmp_path) as (process, url):
        live, ready = httpx.get(f"{url}/livez"), httpx.get(f"{url}/readyz")
        query = '{ impact(seeds: [{ciId: "db-1"}]) { ... on Impact { revision counts { outage } } } }'
        answer = httpx.post(f"{url}/graphql", json={"query": query}, timeout=PATIENCE)
        foreign = httpx.get(f"{url}/livez", headers={"Host": "evil.example"})
        process.send_signal(signal.SIGINT)
        code = process.wait(PATIENCE)

    assert (live.status_code, ready.status_code, foreign.status_code) == (200, 200, 403)
    assert answer.json()["data"]["impact"] == {"revision": ready.json()["revision"], "counts": {"outage": 2}}
    assert "server" not in live.headers
    assert code == 0


def test_a_guarded_server_refuses_before_the_body_comes(database: Database, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    with serving(database, tmp_path, FAULTLINE_ADMIN_TOKEN_FILE=str(tmp_path / "token")) as (_, url):
        refused = head_only(url, "Content-Length: 1000\r\n")
        too_long = head_only(url, f"Content-Length: {LONGEST_BODY + 1}\r\nAuthorization: Bearer {TOKEN}\r\n")
        known = httpx.post(
            f"{url}/graphql", json={"query": "{ revision }"}, headers={"Authorization": f"Bearer {TOKEN}"}
        )
        probe = httpx.get(f"{url}/livez", headers={"Host": "anywhere.example"})

    assert (refused[0], json.loads(refused[1])["errors"][0]["extensions"]["key"]) == (401, "server.no_token")
    assert (too_long[0], json.loads(too_long[1])["errors"][0]["extensions"]["key"]) == (413, "server.body_too_long")
    assert (known.status_code, probe.status_code) == (200, 200)


@pytest.mark.neo4j_long
def test_a_token_made_and_taken_away_meanwhile_counts_at_once_in_two_servers(
    database: Database, tmp_path: Path, faultline: Run
) -> None:
    def asked(url: str, text: str = "") -> int:
        headers = {"Authorization": f"Bearer {text}"} if text else {}
        return httpx.post(
            f"{url}/graphql", json={"query": "{ revision }"}, headers=headers, timeout=PATIENCE
        ).status_code

    with serving(database, tmp_path) as (_, one), serving(database, tmp_path) as (_, other):
        before = [asked(one), asked(other)]
        made = faultline("token", "create", "--role", "viewer", "--name", "ann", "--json").json
        without = [asked(one), asked(other)]
        known = [asked(one, made["token"]), asked(other, made["token"])]
        faultline("token", "revoke", made["id"])
        revoked = [asked(one, made["token"]), asked(other, made["token"])]
    with serving(database, tmp_path, host="0.0.0.0") as (_, beyond):  # noqa: S104 - that it guards itself is tested
        guarded = [asked(beyond), httpx.get(f"{beyond}/livez", headers={"Host": "cmdb.example"}).status_code]

    assert (before, without, known, revoked) == ([200, 200], [401, 401], [200, 200], [401, 401])
    assert guarded == [401, 200]


def head_only(url: str, headers: str) -> tuple[int, bytes]:
    """The status and body that come when only the head of a request is sent and its body never follows."""
    place = urlsplit(url)
    with socket.create_connection((str(place.hostname), place.port), PATIENCE) as connection:
        connection.sendall(f"POST /graphql HTTP/1.1\r\nHost: {place.netloc}\r\n{headers}\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
            more = connection.recv(65_536)
            if not more:
                break
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.neo4j_long
def test_a_server_whose_connection_to_the_database_is_gone_is_not_ready(database: Database, tmp_path: Path) -> None:
    settings = Settings.from_environment(environment(database, tmp_path / "data"))
    with open_register(settings) as register:
        web = over(register)
        before = web.get("/readyz").status_code
        register.store.sessions.line.close()

        assert (before, web.get("/readyz").status_code, web.get("/livez").status_code) == (200, 503, 200)
        masked = web.post("/graphql", json={"query": "{ revision }"})

    assert (masked.status_code, masked.headers["retry-after"]) == (503, str(AGAIN))
    assert not [word for word in ("Traceback", "neo4j", ".py") if word in masked.text]


def test_an_open_bind_without_a_token_is_exit_2_in_words(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAULTLINE_DATA_DIR", str(tmp_path))

    answered = run("serve", "--host", "10.0.0.1")

    assert (answered.code, answered.out) == (2, "")
    assert "FAULTLINE_ADMIN_TOKEN_FILE" in answered.err
