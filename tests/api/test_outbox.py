"""Notices: each delivered at least once under one id, never before what it tells of is durable, by one process."""

import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.server.outbox import Outbox, Webhook, webhook_of
from graph.errors import BadInputError
from graph.history import Header
from graph.settings import Settings
from graph.store import Edit, Store
from graph.store.notices import GIVEN_UP, KEPT, due, noted
from graph.store.store import Draft
from tests.api.command import environment
from tests.engines import Database, change

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
SECRET = b"s" * 32
HOOK = Webhook("https://itsm.example/hook", SECRET)


def write(store: Store, name: str, *, fail: bool = False, now: datetime = NOW) -> None:
    """A change with a notice of it, in one transaction."""

    def plan(_: Any) -> Draft:
        also = [noted("change-step", now, {"change": name})]
        if fail:
            raise BadInputError("change.one_of")
        return Draft([Edit("changes", name, change(name))], also)

    store.write(plan, Header("tester", "person"))


def kept(store: Store) -> list[str]:
    """The ids of all notices that there are, sent ones too."""
    return store.sessions.look(lambda tx: [row["k"] for row in tx.run("MATCH (n:Notice) RETURN n.fl_key AS k")])


class Receiver:
    """Answers with what it is told to, and keeps what it was sent."""

    def __init__(self) -> None:
        self.sent: list[httpx.Request] = []
        self.status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(request)
        if self.status == 0:
            raise httpx.ConnectError("away", request=request)
        return httpx.Response(self.status, headers={"Location": "https://elsewhere.example/"}, text="x" * 10)

    @property
    def changes(self) -> list[str]:
        return [json.loads(each.content)["change"] for each in self.sent]


def outbox(store: Store, receiver: Receiver, hook: Webhook = HOOK, address: str = "93.184.216.34") -> Outbox:
    return Outbox(store, hook, transport=httpx.MockTransport(receiver), resolve=lambda *_: [address])


def test_a_notice_is_signed_and_sent_once_what_it_tells_of_is_there(store: Store) -> None:
    receiver = Receiver()
    write(store, "CHG-1")
    with pytest.raises(BadInputError):
        write(store, "CHG-2", fail=True)

    assert outbox(store, receiver).once(NOW) == 1
    assert outbox(store, receiver).once(NOW + timedelta(days=1)) == 0

    (request,) = receiver.sent
    body = json.loads(request.content)
    assert (body["format"], body["change"]) == ("faultline.notice/1", "CHG-1")
    assert request.headers["Faultline-Notice"] == body["id"]
    moment, _, signature = request.headers["Faultline-Signature"].partition(",v1=")
    signed = moment.removeprefix("t=").encode() + b"." + request.content
    assert hmac.compare_digest(signature, hmac.new(SECRET, signed, sha256).hexdigest())


@pytest.mark.parametrize("status", [0, 302, 404, 500])
def test_a_receiver_that_is_away_hears_of_it_later_under_the_same_id(store: Store, status: int) -> None:
    receiver = Receiver()
    receiver.status = status
    write(store, "CHG-1")
    write(store, "CHG-2")
    box, at = outbox(store, receiver), NOW

    assert box.once(at) == 0
    assert box.once(at + timedelta(seconds=1)) == 0
    assert sorted(receiver.changes) == ["CHG-1", "CHG-2"], "not again at once, and neither holds the other up"
    receiver.status = 204
    assert box.once(at + timedelta(seconds=10)) == 2

    ids = [each.headers["Faultline-Notice"] for each in receiver.sent]
    assert sorted(receiver.changes) == ["CHG-1", "CHG-1", "CHG-2", "CHG-2"]
    assert len(set(ids)) == 2
    assert {each.headers["Host"] for each in receiver.sent} == {"itsm.example"}, "no redirect is followed"


def test_pauses_grow_and_end_after_three_days_and_all_is_forgotten_in_the_end(store: Store) -> None:
    receiver, at = Receiver(), NOW
    receiver.status = 500
    write(store, "CHG-1")
    box = outbox(store, receiver)
    tried = []
    while at < NOW + GIVEN_UP + timedelta(hours=3):
        before = len(receiver.sent)
        box.once(at)
        if len(receiver.sent) > before:
            tried.append(at)
        at += timedelta(minutes=10)
    pauses = [later - earlier for earlier, later in pairwise(tried)]
    assert max(pauses) <= timedelta(hours=1, minutes=10)
    assert len(tried) < 100
    assert due(store, at + timedelta(days=400)) == []
    assert len(store.rows("notices_due", now="9", channel="webhook", limit=10)) == 0
    assert len(kept(store)) == 1
    outbox(store, receiver).once(at + KEPT + timedelta(days=4))
    assert kept(store) == []


def test_of_many_processes_one_sends_it(store: Store) -> None:
    receiver = Receiver()
    for number in range(8):
        write(store, f"CHG-{number}")
    threads = [threading.Thread(target=outbox(store, receiver).once, args=(NOW,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(receiver.changes) == [f"CHG-{number}" for number in range(8)]


def test_one_that_was_claimed_by_a_process_that_died_is_sent_by_another(store: Store) -> None:
    receiver = Receiver()
    write(store, "CHG-1")

    class DiedError(BaseException):
        pass

    def dies(request: httpx.Request) -> httpx.Response:
        raise DiedError

    with pytest.raises(DiedError):
        Outbox(store, HOOK, transport=httpx.MockTransport(dies), resolve=lambda *_: ["93.184.216.34"]).once(NOW)
    assert outbox(store, receiver).once(NOW + timedelta(seconds=30)) == 0
    assert outbox(store, receiver).once(NOW + timedelta(seconds=61)) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "fe80::1%eth0"])
def test_an_address_within_a_network_is_refused_unless_it_is_allowed(store: Store, address: str) -> None:
    receiver = Receiver()
    write(store, "CHG-1")

    assert outbox(store, receiver, address=address).once(NOW) == 0
    assert receiver.sent == []
    allowed = Webhook("http://itsm.internal/hook", SECRET, private=True)
    assert outbox(store, receiver, allowed, address).once(NOW + timedelta(minutes=5)) == 1


def test_it_goes_to_the_address_that_was_looked_at_under_its_name(store: Store) -> None:
    # whoever is asked twice may answer otherwise the second time
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    receiver = Receiver()
    write(store, "CHG-1")

    box = Outbox(store, HOOK, transport=httpx.MockTransport(receiver), resolve=lambda *_: next(answers))
    assert box.once(NOW) == 1

    (request,) = receiver.sent
    assert (request.url.host, request.headers["Host"]) == ("93.184.216.34", "itsm.example")
    assert request.extensions["sni_hostname"] == "itsm.example"


def test_where_one_address_does_not_answer_the_next_one_is_tried(store: Store) -> None:
    asked: list[str] = []

    def hook(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        if request.url.host == "2606:2800::1":
            raise httpx.ConnectError("no route", request=request)
        return httpx.Response(204)

    write(store, "CHG-1")
    known = ["2606:2800::1", "93.184.216.34"]
    assert Outbox(store, HOOK, transport=httpx.MockTransport(hook), resolve=lambda *_: known).once(NOW) == 1
    assert asked == known


@pytest.mark.parametrize("problem", [
    UnicodeError("label too long"), ValueError("embedded null"), OSError("no such host"),
])  # fmt: skip
def test_a_name_that_cannot_be_looked_up_holds_nothing_up(store: Store, problem: Exception) -> None:
    def resolve(*_: Any) -> list[str]:
        raise problem

    write(store, "CHG-1")
    assert Outbox(store, HOOK, transport=httpx.MockTransport(Receiver()), resolve=resolve).once(NOW) == 0
    assert due(store, NOW + timedelta(seconds=1)) == []
    assert outbox(store, Receiver()).once(NOW + timedelta(seconds=10)) == 1


def test_one_that_drips_its_answer_has_so_much_time_and_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.server.outbox.TIMEOUT", 1.0)
    ending = threading.Event()

    def drip(listening: socket.socket) -> None:
        while not ending.is_set():
            with suppress(OSError):
                taken, _ = listening.accept()
                with taken:
                    taken.sendall(b"HTTP/1.1 200 OK\r\n")
                    for number in range(200):
                        taken.sendall(f"X-{number}: y\r\n".encode())
                        if ending.wait(0.3):
                            return

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        try:
            write(store, "CHG-1")
            write(store, "CHG-2")
            box = Outbox(store, Webhook(f"http://127.0.0.1:{listening.getsockname()[1]}/", SECRET, private=True))
            began = time.monotonic()
            assert box.once(NOW) == 0
            assert time.monotonic() - began < 10
        finally:
            ending.set()
            thread.join()
    # each was put off from when it was tried, not from when the first one was
    assert len(due(store, NOW + timedelta(seconds=2))) < 2


def test_settings_that_cannot_be_used_are_refused_at_start(tmp_path: Path) -> None:
    (secret := tmp_path / "secret").write_text("s" * 32, encoding="utf-8")
    for url, private, key in (
        ("http://itsm.example/", "", "webhook.no_tls"), ("ftp://itsm.example/", "1", "webhook.url"),
        ("https://user:word@itsm.example/", "", "webhook.url"), ("https://", "", "webhook.url"),
        ("https://[", "", "webhook.url"), ("https://itsm.example:99999/", "", "webhook.url"),
    ):  # fmt: skip
        given = {"FAULTLINE_WEBHOOK_URL": url, "FAULTLINE_WEBHOOK_PRIVATE": private,
                 "FAULTLINE_WEBHOOK_SECRET_FILE": str(secret)}  # fmt: skip
        with pytest.raises(BadInputError) as refused:
            webhook_of(Settings.from_environment(given))
        assert refused.value.message.key == key
    with pytest.raises(BadInputError) as refused:
        webhook_of(Settings.from_environment({"FAULTLINE_WEBHOOK_URL": "https://itsm.example/"}))
    assert refused.value.message.key == "webhook.no_secret"
    assert webhook_of(Settings.from_environment({})) is None


@contextmanager
def receiving() -> Iterator[tuple[str, list[str]]]:
    """A webhook of this machine, and the ids that it was sent."""
    ids: list[str] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            ids.append(str(self.headers["Faultline-Notice"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", ids
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


SENDER = """
import sys, threading
from api.server.outbox import Outbox, Webhook
from api.register import open_register
from graph.settings import Settings
with open_register(Settings.from_environment()) as register:
    print("ready", flush=True)
    Outbox(register.store, Webhook(sys.argv[1], b"s" * 32, True)).run(threading.Event())
"""


@pytest.mark.processes
def test_a_sender_killed_between_commit_and_sending_loses_nothing(
    database: Database, tmp_path: Path, long_or_short: Any
) -> None:
    database.wipe()
    store, kills = database.open(tmp_path / "mine"), long_or_short(10, 2)
    given = {**os.environ, **environment(database, tmp_path / "data")}
    with receiving() as (url, ids):
        for number in range(kills):
            process = subprocess.Popen([sys.executable, "-c", SENDER, url], env=given, stdout=subprocess.PIPE)
            assert process.stdout is not None
            process.stdout.readline()
            for each in range(5):
                write(store, f"CHG-{number}-{each}", now=datetime.now(UTC))
                time.sleep(0.05 * number)
            process.send_signal(signal.SIGKILL)
            process.communicate()
        # what a killed one had claimed is due again
        database.run("MATCH (n:Notice) WHERE n.due IS NOT NULL SET n.due = n.at")
        box = Outbox(store, Webhook(url, SECRET, private=True))
        while box.once(datetime.now(UTC)):
            pass
    assert set(ids) == set(kept(store))
    assert len(set(ids)) == 5 * kills
