"""What it costs the server to refuse what no honest client sends: `python -m benchmarks.hostile`.

Seconds of this process for each request of `tests/api/hostile.py`, from the first byte that the application sees to the
last that it sends; goal: 50 ms each.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from benchmarks.figures import MS, OURS, Figure, Timing
from tests.api.hostile import REFUSED, Hostile
from tests.api.web import Web, over_store

MOST = 50.0  # ms
RUNS = 20


def main() -> int:
    """Print all of them, the dearest first; 1 where one is over the goal."""
    web = _warm()
    # as `api.server.run` does it
    gc.collect()
    gc.freeze()
    found = measure(web, REFUSED)
    for name, timing in sorted(found.items(), key=lambda each: -each[1].median):
        worst = max(timing.seconds) * MS
        print(f"{timing.median * MS:8.2f} ms, at most {worst:8.2f}  {REFUSED[name].status}  {name}")
    return int(any(timing.median * MS > MOST for timing in found.values()))


def worst() -> list[dict[str, Any]]:
    """The dearest of them, by its median, as a figure."""
    timings = measure(_warm(), REFUSED)
    name = max(timings, key=lambda each: timings[each].median)
    greatest = max(max(each.seconds) for each in timings.values())
    more = {"document": name, "documents": len(timings), "max": round(greatest * MS, 2), "runs": RUNS}
    return [Figure("hostile.worst", OURS, 0, timings[name].median * MS, "ms", more).plain()]


def _warm() -> Web:
    web = over_store(object())
    asyncio.run(_answered(web, REFUSED["null"]))
    return web


def measure(web: Web, requests: Mapping[str, Hostile]) -> dict[str, Timing]:
    """Seconds of processor time by name."""
    found = {}
    for name, sent in requests.items():
        seconds = []
        for _ in range(RUNS):
            began = time.process_time()
            status = asyncio.run(_answered(web, sent))
            seconds.append(time.process_time() - began)
            assert status == sent.status, (name, status)
        found[name] = Timing(tuple(seconds))
    return found


async def _answered(web: Web, sent: Hostile) -> int:
    path, _, query = sent.path.partition("?")
    headers = {"host": "localhost", "content-length": str(len(sent.content))}
    headers |= {name.lower(): value for name, value in sent.options["headers"].items()}
    scope = {
        "type": "http", "method": sent.method, "path": unquote(path), "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    status, bodies = 0, iter([{"type": "http.request", "body": sent.content, "more_body": False}])

    async def receive() -> Any:
        # then the client waits
        return next(bodies, None) or await asyncio.Event().wait()

    async def send(message: Any) -> None:
        nonlocal status
        status = message.get("status", status)

    await web.app(scope, receive, send)
    return status


if __name__ == "__main__":
    sys.exit(main())
