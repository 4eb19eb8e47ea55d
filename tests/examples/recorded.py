"""A small server that keeps comments as GitHub and GitLab do, gives a snapshot, and records what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from api.review_told import MARKER

TOKEN = "of-the-pipeline"
ME = {"id": 7, "type": "Bot"}


class Recorded:
    """`comments` of one request, `asked` (method, path) of all requests but for pages."""

    def __init__(self, snapshot: bytes, before: int = 0) -> None:
        self.snapshot, self.asked = snapshot, list[tuple[str, str]]()
        # others have written before, one of them with our first line
        someone = {"id": 3, "type": "User"}
        self.comments: list[dict[str, Any]] = [
            {"id": number, "body": MARKER if number == 1 else "hello", "user": someone, "author": someone}
            for number in range(1, before + 1)
        ]

    def answer(self, method: str, address: str, body: Any) -> tuple[int, Any]:
        """The status and what is answered."""
        parts = urlsplit(address)
        if parts.path == "/user":
            return 200, ME
        if method == "GET":
            query = parse_qs(parts.query)
            size, page = int(query["per_page"][0]), int(query["page"][0])
            return 200, self.comments[(page - 1) * size : page * size]
        self.asked.append((method, parts.path))
        if method == "POST":
            self.comments.append({"id": len(self.comments) + 1, "user": ME, "author": ME, **body})
            return 201, self.comments[-1]
        found = self.comments[int(parts.path.rpartition("/")[2]) - 1]
        found.update(body)
        return 200, found


@contextmanager
def recording(recorded: Recorded) -> Iterator[str]:
    """Serve it; the address."""

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            """Whatever is asked."""
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                status, data = 401, b"{}"
            elif self.path == "/estate.faultline":
                status, data = 200, recorded.snapshot
            else:
                status, found = recorded.answer(self.command, self.path, body)
                data = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the library calls it
            """Say nothing."""

    for method in ("GET", "POST", "PATCH", "PUT"):
        setattr(Handler, f"do_{method}", Handler.answer)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
