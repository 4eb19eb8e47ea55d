"""Every example of the page on other tools does what the page says, against a server and a small recorded tool."""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from graph.history import Header
from graph.store import Store
from graph.store.notices import noted
from graph.store.store import Draft
from tests.api.command import ESTATE
from tests.api.served import serving
from tests.engines import Database, imported, inventory

PAGE = Path(__file__).parents[2] / "docs" / "itsm.md"
SHELL = ["bash", "-euo", "pipefail", "-c"]
SECRET = "a secret of the two, long enough"
PATIENCE = 60  # seconds on a busy machine


def block(name: str) -> str:
    (found,) = re.findall(rf"^```\w+ {name}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(found)


def printed(name: str, folder: Path, url: str) -> Any:
    """What an example prints, as JSON."""
    given = {**os.environ, "FAULTLINE_URL": url}
    done = subprocess.run([*SHELL, block(name)], env=given, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


@contextmanager
def tool() -> Iterator[tuple[str, list[tuple[str, Any]], list[int]]]:
    """The other tool: its address, what was written into it, and with what it answers next (else 200)."""
    written: list[tuple[str, Any]] = []
    answers: list[int] = []

    class Tool(BaseHTTPRequestHandler):
        def patched(self) -> None:
            """Keep it."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = answers.pop(0) if answers else 200
            if status == 200:
                written.append((self.path, body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the library calls it
            """Say nothing."""

    setattr(Tool, "do_PATCH", Tool.patched)  # noqa: B010 - a name that the library gives
    server = ThreadingHTTPServer(("127.0.0.1", 0), Tool)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", written, answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        return int(server.server_port)


@contextmanager
def receiving(folder: Path, port: int, url: str, itsm: str, secret: Path) -> Iterator[None]:
    given = {**os.environ, "PORT": str(port), "FAULTLINE_URL": url, "ITSM_URL": itsm, "SECRET_FILE": str(secret)}
    process = subprocess.Popen(
        [sys.executable, "-c", block("receiver")], env=given, cwd=folder, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: posted(port, b"{}", "") == 401)
        yield
    finally:
        process.kill()
        process.wait()


def posted(port: int, body: bytes, signature: str) -> int | None:
    """The status that the receiver answers with; `None` where nobody is there yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", "/", body, {"Faultline-Signature": signature})
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def until(holds: Any) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


def tell(store: Store, change: str) -> None:
    """Write a notice of a change, as whatever happens to it does in its transaction."""
    notice = noted("change-verdict", datetime.now(UTC), {"change": change, "verdict": "block"})
    store.write(lambda _: Draft([], [notice]), Header("tester", "person"))


@pytest.mark.processes
@pytest.mark.neo4j_long
def test_the_examples_of_the_page_run(database: Database, tmp_path: Path) -> None:
    store = database.open(tmp_path)
    imported(store, inventory(tmp_path / "estate", ESTATE))
    secret, port = tmp_path / "secret", free_port()
    secret.write_text(SECRET, encoding="utf-8")
    webhook: dict[str, Any] = {
        "FAULTLINE_WEBHOOK_URL": f"http://127.0.0.1:{port}/",
        "FAULTLINE_WEBHOOK_SECRET_FILE": str(secret),
        "FAULTLINE_WEBHOOK_PRIVATE": "1",
    }
    with (
        serving(database, tmp_path, port=0, host="127.0.0.1", **webhook) as (_, url),
        tool() as (itsm, written, answers),
        receiving(tmp_path, port, url, itsm, secret),
    ):
        first, again = (printed("save", tmp_path, url)["data"]["saveChange"] for _ in range(2))
        # db-1 alone holds up a service of high criticality
        assert (first["review"]["verdict"], first["revision"]) == ("BLOCK", again["revision"])
        assert (first["changeId"], first["page"]) == ("itsm:CHG0030001", "/changes/itsm%3ACHG0030001")
        assert (again["changeId"], again["review"]["verdict"]) == (first["changeId"], "BLOCK")
        assert first["review"]["reasons"]

        created = [printed("csv", tmp_path, url)["report"] for _ in range(2)]
        assert [report["created"]["records"] for report in created] == [2, 0]
        assert printed("ndjson", tmp_path, url)["report"]["updated"]["records"] == 2
        assert all(report["rejected"] == [] for report in created)

        answers.append(503)  # the tool is away once: the same notice comes again
        tell(store, first["changeId"])
        until(lambda: len(written) == 1)
        tell(store, "itsm:CHG0030003")
        until(lambda: len(written) == 2)

        assert [path for path, _ in written] == ["/changes/CHG0030001", "/changes/CHG0030003"]
        assert written[0][1]["risk_verdict"] == "BLOCK"
        assert written[0][1]["evidence"].startswith("fe3:")
        assert written[0][1]["work_note"]
        assert posted(port, b'{"change": "x"}', f"t={int(time.time())},v1={'0' * 64}") == 401
        assert posted(port, b'{"change": "x"}', "t=1,v1=") == 401
        assert len(written) == 2
