"""`faultline serve` ends on SIGTERM: what was asked is answered, nobody waits for long, and it says so."""

import json
import signal
import socket
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from api.register import open_register
from graph.settings import Settings
from tests.api.command import ESTATE, environment
from tests.api.served import PATIENCE, serving
from tests.engines import Database, imported, inventory

LONGEST = 20  # seconds until it has ended
QUERY = {"query": '{ impact(seeds: [{ciId: "db-1"}]) { ... on Impact { counts { outage } } } cis { nodes { name } } }'}
BUSY = 6


@dataclass
class Load:
    """Clients that ask again and again, each time anew, until nobody listens."""

    url: str

    def __post_init__(self) -> None:
        self.asked: list[tuple[float, object]] = []
        self.threads = [threading.Thread(target=self._ask) for _ in range(BUSY)]
        for each in self.threads:
            each.start()

    def _ask(self) -> None:
        while True:
            began = time.monotonic()
            connection = HTTPConnection(str(urlsplit(self.url).hostname), urlsplit(self.url).port, timeout=PATIENCE)
            try:
                connection.request("POST", "/graphql", json.dumps(QUERY), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                self.asked.append((began, answer.status))
            except (OSError, HTTPException) as error:
                self.asked.append((began, error))
                return
            finally:
                connection.close()


@pytest.mark.storage
@pytest.mark.processes
def test_under_load_what_was_asked_is_answered_and_it_ends_in_time_with_code_0(
    embedded_engine: Database, tmp_path: Path
) -> None:
    embedded_engine.wipe()
    settings = Settings.from_environment(environment(embedded_engine, tmp_path / "data"))
    with open_register(settings) as register:
        imported(register.store, inventory(tmp_path / "estate", ESTATE))

    # nobody reads what it says, which is more than a pipe holds
    with serving(embedded_engine, tmp_path, read=False, FAULTLINE_LOG="json", FAULTLINE_DRAIN_SECONDS="2") as (
        process,
        url,
    ):
        half_sent = half_a_request(url)
        with httpx.Client() as client:
            for _ in range(300):
                client.get(f"{url}/livez")
        load = Load(url)
        while len(load.asked) < 50:
            time.sleep(0.05)
        stopped = time.monotonic()
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        ready = httpx.get(f"{url}/readyz")
        code = process.wait(PATIENCE)
        took = time.monotonic() - stopped
        for each in load.threads:
            each.join(PATIENCE)
        half_sent.close()

    assert (ready.status_code, ready.json()["reason"]) == (503, "server.stopping")
    assert (code, took < LONGEST) == (0, True), took
    # until it stopped to listen, which it went on doing for two seconds
    assert [told for began, told in load.asked if began < stopped + 1 and told != 200] == []
    assert [told for began, told in load.asked if not isinstance(told, Exception) and told != 200] == []


def half_a_request(url: str) -> socket.socket:
    """A connection on which a request never comes to its end."""
    place = urlsplit(url)
    connection = socket.create_connection((str(place.hostname), place.port), PATIENCE)
    connection.sendall(f"POST /graphql HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: 90\r\n".encode())
    return connection
