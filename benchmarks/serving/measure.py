"""What a server answers how fast on one engine at one size, beside statements by hand and a stock Strawberry."""

import asyncio
import http.client
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.estates import LayeredEstate, layered_estate
from benchmarks.figures import Figure, say
from benchmarks.inventory import typed, write_inventory
from benchmarks.register import in_a_process
from benchmarks.serving.client import body_of, one_beside, one_by_one, open_loop, rate
from benchmarks.serving.running import Address, running
from benchmarks.serving.stock import CI, GROUPS, OWNER, PAGE
from benchmarks.storage import Bench, empty_register
from benchmarks.warm_start import ci_ids
from graph.engine import connect, open_engine
from graph.settings import Settings
from tests.api.hostile import REFUSED

TEN = "{ id ciId name ciClass status attributes sources lastRevision owner { ciId } site { ciId } }"
ASK_CI = f"query($id: String!) {{ ci(ciId: $id) {TEN} }}"
ASK_PAGE = """query($first: Int, $after: String) { cis(first: $first, after: $after) { pageInfo { endCursor } nodes {
    ciId name ciClass owner { ciId } redundancyGroups { name members { ciId } } } } }"""
ASK_LISTED = """query($id: String!) { impact(seeds: [{ciId: $id}]) { ... on Impact { counts { outage degraded atRisk }
    first: affected(first: 20) { nodes { ci { ciId name } state witness { message } } }
    a: affected(first: 500) { nodes { ci { ciId name } state hops } pageInfo { endCursor } }
    b: affected(first: 480, states: [DEGRADED, AT_RISK]) { nodes { ci { ciId name } state hops } } } } }"""
ASK_COUNTS = """query($id: String!) { impact(seeds: [{ciId: $id}]) { ... on Impact { counts { outage degraded atRisk }
    services { state } } } }"""
ASK_SEARCH = "query($text: String!) { search(text: $text, most: 10) { hits { match ci { ciId name } } } }"
STOCK_CI = "query($id: String!) { ci(ciId: $id) { ciId name ciClass status environment criticality owner } }"
STOCK_PAGE = """query($first: Int!, $after: String!) { cis(first: $first, after: $after) {
    ciId name ciClass owner redundancyGroups { name members } } }"""
SECONDS = 8.0  # of each measurement
LOOP, PER_SECOND, WRITERS = 60.0, 100.0, 4
TWICE = (
    100_000  # CIs up to which the import is done again over the API: how much slower it is does not hang on the size
)


def measure(kind: str, n: int) -> list[dict[str, Any]]:
    """All of it at `n` CIs on that engine."""
    bench = Bench(kind, n)
    made = layered_estate(n)
    with empty_register(kind) as data:
        files = data.parent / "inventory"
        write_inventory(made, files)
        say(f"{kind}, {n:,} CIs: import for the server")
        by_command = in_a_process("import", str(data), str(files), str(made.n))["seconds"]
        with running(["from api.cli import main; main()", "serve", "--port", "0"], data) as address:
            _questions(bench, made, address)
            _under_load(bench, made, address, data)
        with running(
            ["from benchmarks.serving.stock import main; import sys; main(sys.argv[1:])", str(data)], data
        ) as at:
            _stock(bench, made, at)
        _by_hand(bench, made, data)
    if n > TWICE:
        return [figure.plain() for figure in bench.found]
    with empty_register(kind) as data:
        write_inventory(made, data.parent / "inventory")
        say(f"{kind}, {n:,} CIs: the same import over the API")
        with running(["from api.cli import main; main()", "serve", "--port", "0"], data) as address:
            seconds = _streamed(address, data.parent / "inventory")
        bench.add(
            "serve.import", 100 * by_command / seconds, "%", by_command=round(by_command, 2), seconds=round(seconds, 2)
        )
    return [figure.plain() for figure in bench.found]


def _streamed(address: Address, folder: Path) -> float:
    start = time.perf_counter()
    for table in ("cis", "relationships"):
        connection = http.client.HTTPConnection(*address, timeout=3_600)
        size = str((folder / f"{table}.csv").stat().st_size)
        with (folder / f"{table}.csv").open("rb") as file:
            headers = {"Content-Type": "text/csv", "Content-Length": size}
            connection.request("POST", f"/import/inventory?table={table}", file, headers)
            lines = connection.getresponse().read().splitlines()
        report = json.loads(lines[-1])["report"]
        if report["rejected"]:
            raise RuntimeError(f"rows were rejected: {report['rejected'][0]}")
    return time.perf_counter() - start


def some_ids(made: LayeredEstate, many: int) -> list[str]:
    """Ids drawn by a seed."""
    ids = ci_ids(made)
    return random.Random(3).sample(ids, min(many, len(ids)))


def _questions(bench: Bench, made: LayeredEstate, address: Address) -> None:
    say(f"{bench.kind}, {made.n:,} CIs: questions")
    ids = some_ids(made, 500)
    backbone = ci_ids(made)[made.backbone]
    _warm(address)
    single = [body_of(ASK_CI, id=ci_id) for ci_id in ids]
    for key, bodies in (
        ("serve.ci", single),
        ("serve.page", [body_of(ASK_PAGE, first=100, after=None)]),
        ("serve.listed", [body_of(ASK_LISTED, id=backbone)]),
        ("serve.counts.random", [body_of(ASK_COUNTS, id=ci_id) for ci_id in ids]),
        ("serve.counts.worst", [body_of(ASK_COUNTS, id=backbone)]),
        ("serve.search", [body_of(ASK_SEARCH, text=text) for text in typed(made)]),
    ):
        _timed(bench, key, asyncio.run(one_by_one(address, bodies, SECONDS)))
    _beside_hostile(bench, single, address)
    bench.add("serve.ci.rate", asyncio.run(rate(address, single, 8, SECONDS)), "per s", connections=8)


def _beside_hostile(bench: Bench, bodies: Sequence[bytes], address: Address) -> None:
    # somebody sends what is refused, one after the other, while others ask for CIs
    refused = [each.content for each in REFUSED.values() if each.method == "POST" and not each.headers]
    alone = asyncio.run(one_by_one(address, bodies, SECONDS))
    beside = asyncio.run(one_beside(address, bodies, refused, SECONDS))
    p99 = [float(np.percentile(np.array(taken) * 1e3, 99)) for taken in (alone, beside)]
    more = {"alone_p99": round(p99[0], 2), "beside_p99": round(p99[1], 2), "documents": len(refused)}
    bench.add("serve.hostile.ratio", p99[1] / p99[0], "×", **more)


def _warm(address: Address) -> None:
    # what a server keeps in memory is made beside its first answers
    for body in (body_of(ASK_SEARCH, text="a"), body_of(ASK_PAGE, first=1, after=None)):
        while True:
            try:
                asyncio.run(one_by_one(address, [body], 0.0))
                break
            except RuntimeError:  # it takes longer than a request may
                time.sleep(1)


def _timed(bench: Bench, key: str, seconds: Sequence[float], *, subject: str = "") -> None:
    found = np.array(seconds) * 1e3
    more = {name: round(float(np.percentile(found, q)), 3) for name, q in (("p50", 50), ("p99", 99), ("max", 100))}
    bench.found.append(
        Figure(key, f"{bench.kind}{subject}", bench.size, float(np.median(found)), "ms", {**more, "runs": len(found)})
    )


def _under_load(bench: Bench, made: LayeredEstate, address: Address, data: Path) -> None:
    say(f"{bench.kind}, {made.n:,} CIs: open loop, idle, then with {WRITERS} importers")
    ids = some_ids(made, 300)
    bodies = [body for ci_id in ids for body in (
        body_of(ASK_CI, id=ci_id), body_of(ASK_COUNTS, id=ci_id), body_of(ASK_SEARCH, text=ci_id[:5]),
        body_of(ASK_CI, id=ci_id),
    )]  # fmt: skip
    idle = asyncio.run(open_loop(address, bodies, PER_SECOND, LOOP / 3))
    command = [sys.executable, "-m", "benchmarks.serving.writers", str(data), str(WRITERS), str(LOOP)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writers:
        time.sleep(2)  # until they write
        busy = asyncio.run(open_loop(address, bodies, PER_SECOND, LOOP - 4))
        said = json.loads(writers.communicate()[0])
    p99 = {
        name: float(np.percentile(np.array(found.seconds) * 1e3, 99))
        for name, found in (("idle", idle), ("busy", busy))
    }
    more = {"idle_p99": round(p99["idle"], 2), "busy_p99": round(p99["busy"], 2), "requests": len(busy.seconds), **said}
    bench.add("serve.load.ratio", p99["busy"] / p99["idle"], "×", **more)
    bench.add("serve.load.failed", float(idle.failed + busy.failed), "", **more)


def _stock(bench: Bench, made: LayeredEstate, address: Address) -> None:
    say(f"{bench.kind}, {made.n:,} CIs: stock Strawberry")
    bodies = [body_of(STOCK_CI, id=ci_id) for ci_id in some_ids(made, 500)]
    _timed(bench, "serve.ci", asyncio.run(one_by_one(address, bodies, SECONDS)), subject=", stock Strawberry")
    bodies = [body_of(STOCK_PAGE, first=100, after="")]
    _timed(bench, "serve.page", asyncio.run(one_by_one(address, bodies, SECONDS)), subject=", stock Strawberry")


def _by_hand(bench: Bench, made: LayeredEstate, data: Path) -> None:
    # what the database alone takes, without a server before it
    say(f"{bench.kind}, {made.n:,} CIs: statements by hand")
    settings, ids = Settings(data), some_ids(made, 500)
    with open_engine(settings) as endpoint, connect(endpoint, settings) as driver:

        def run(text: str, **parameters: Any) -> list[Any]:
            with driver.session(database=endpoint.database) as session:
                return list(session.run(text, **parameters))

        def one(ci_id: str) -> None:
            run(CI, id=ci_id)
            run(OWNER, id=ci_id)

        def page(_: str) -> None:
            for row in run(PAGE, first=100, after=""):
                run(GROUPS, id=row["p"]["ci_id"])
                run(OWNER, id=row["p"]["ci_id"])

        for key, work in (("serve.ci", one), ("serve.page", page)):
            taken, deadline = list[float](), time.perf_counter() + SECONDS
            for ci_id in ids:
                start = time.perf_counter()
                work(ci_id)
                taken.append(time.perf_counter() - start)
                if time.perf_counter() > deadline:
                    break
            _timed(bench, key, taken[len(taken) // 10 :], subject=", Cypher by hand")
