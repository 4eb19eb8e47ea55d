"""A thousand coming changes in a register that is served: verdicts, trials, evidence, the watch, and pages of them."""

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from api.evidence import evidence_in, examined
from benchmarks.estates import TYPES, LayeredEstate, layered_estate
from benchmarks.figures import MS, Figure, say
from benchmarks.seeds import touched
from benchmarks.serving import change_pages
from benchmarks.serving.client import Connection, body_of, checked
from benchmarks.serving.drawn import CHANGES, LARGE, WAITING
from benchmarks.serving.kept import Made, register_with_changes
from benchmarks.serving.running import Address, running
from benchmarks.storage import Bench
from benchmarks.warm_start import ci_ids

ASKED = 100  # changes whose verdicts are asked for
SECONDS, LEAST = 8.0, 5  # of each measurement, and how many answers it has at the least
WRITINGS = 5  # times that relationships are written
PROCESSES = 3  # that verify a pack from their start on
PAUSE = 0.02  # seconds between two looks at how far the watch is
PATIENCE = 1_800.0  # seconds for looking at every change after the start
FAR = 20.0  # seconds that the changes far from what was written are waited for
GRID = timedelta(minutes=5)
SERVE = ["from api.cli import main; main()", "serve", "--port", "0"]
QUERIES = Path(__file__).parents[2] / "api" / "pages" / "queries"
VERDICT = """query($change: String) { review(change: $change) { ... on Review { verdict sentence
    reasons { key severity message } } } }"""
WHOLE = """query($change: String) { review(change: $change) { ... on Review { verdict evidenceHash
    passesIf { kind verdict message } } } }"""
AFFECTED = """query($change: String!) { change(changeId: $change) { title category status plannedStart plannedEnd zone
    backOutPlan testEvidence assessment edits affected(most: 100) { ciId effect } } }"""
WRITTEN = "{ revisions(first: 1) { nodes { at } } }"


def measure(kind: str, n: int, kept: Path | None = None) -> Iterator[list[dict[str, Any]]]:
    """All of it at `n` CIs on that engine, part by part; `kept`: a folder of registers that are used again."""
    bench, made = Bench(kind, n), layered_estate(n)

    def settle(data: Path) -> None:
        with running(SERVE, data):
            pass  # it keeps a snapshot beside its store, from which the next one starts

    with register_with_changes(kind, made, kept, settle) as register, running(SERVE, register.data) as address:
        bench.add("serve.coming.begun", _looked_at(address), "s", changes=CHANGES)
        _questions(bench, register, address)
        yield _taken(bench)
        bench.found += change_pages.measure(bench, address, register)
        yield _taken(bench)
        _evidence(bench, address)
        yield _taken(bench)
        _watched(bench, made, address)
        yield _taken(bench)


def _taken(bench: Bench) -> list[dict[str, Any]]:
    found, bench.found = bench.found, []
    return [figure.plain() for figure in found]


def _questions(bench: Bench, register: Made, address: Address) -> None:
    say(f"{bench.kind}, {bench.size:,} CIs: verdicts of coming changes")
    page = (QUERIES / "review.graphql").read_text(encoding="utf-8")
    some = [name for at in range(0, CHANGES, CHANGES // ASKED) if (name := f"CHG-{at + at // 10 % 10:04}") != LARGE]
    page_of_it = [body_of(page, change=LARGE, proposed=None)]
    moved = [body_of(page, change=None, proposed=each) for each in _moved(address)]
    _named(address, page_of_it[0])
    for key, bodies, more in (
        ("serve.coming.verdict", [body_of(VERDICT, change=name) for name in some], {"changes": len(some)}),
        ("serve.coming.large", [body_of(VERDICT, change=LARGE)], {"affected": register.largest}),
        ("serve.coming.whole", [body_of(WHOLE, change=name) for name in some], {"changes": len(some)}),
        ("serve.coming.page", page_of_it, {"affected": register.largest}),
        ("serve.coming.drag", moved, {"affected": register.largest}),
    ):
        _timed(bench, key, asyncio.run(_reviewed(address, bodies)), more)


def _named(address: Address, body: bytes) -> None:
    """Wait until the server has the names of all CIs: whoever asks for some before that may be told to try again."""

    async def asked() -> int:
        connection = await Connection.to(*address)
        status, _ = await connection.ask(body)
        connection.close()
        return int(status)

    began = time.perf_counter()
    while asyncio.run(asked()) != HTTPStatus.OK:
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError("the page is not answered")


async def _reviewed(address: Address, bodies: Sequence[bytes]) -> list[float]:
    # each is looked at: what is refused takes no time
    connection, taken = await Connection.to(*address), list[float]()
    deadline = time.perf_counter() + SECONDS
    for body in cycle((bodies[-1], *bodies)):
        began = time.perf_counter()
        answer = await connection.ask(body)
        taken.append(time.perf_counter() - began)
        if not checked(answer)["review"].get("verdict"):
            raise RuntimeError(f"no review: {answer[1][:300]!r}")
        if time.perf_counter() > deadline and len(taken) > LEAST:
            break
    connection.close()
    return taken[1:]  # the first one is for warming


def _moved(address: Address) -> list[dict[str, Any]]:
    # as the page proposes it: the window a step of the grid further, again and again
    change = asyncio.run(_asked(address, body_of(AFFECTED, change=LARGE)))["change"]
    given = {
        "format": "faultline.change/1", "change_id": LARGE, "title": change["title"], "category": change["category"],
        "status": change["status"], "back_out_plan": change["backOutPlan"], "test_evidence": change["testEvidence"],
        "assessment": change["assessment"],
        "affected": [{"ci_id": each["ciId"], "effect": each["effect"].lower()} for each in change["affected"]],
    }  # fmt: skip
    start, end = (datetime.fromisoformat(change[name]) for name in ("plannedStart", "plannedEnd"))
    return [
        {**given, "window": {"start": (start + by * GRID).isoformat(), "end": (end + by * GRID).isoformat()}}
        for by in range(1, 31)
    ]


def _evidence(bench: Bench, address: Address) -> None:
    # made where somebody decides, and kept with the voice; downloaded from there; verified by a process of its own
    say(f"{bench.kind}, {bench.size:,} CIs: packs of evidence")
    decide, evidence = ((QUERIES / f"{name}.graphql").read_text() for name in ("decide_change", "change_evidence"))
    made, loaded, verified, processes = (list[float]() for _ in range(4))
    sizes = list[int]()
    for change in WAITING:
        read = asyncio.run(_asked(address, body_of(WHOLE, change=change)))["review"]
        given = {"change": change, "decision": "APPROVED", "reason": "benchmark", "evidenceHash": read["evidenceHash"]}
        began = time.perf_counter()
        answer = asyncio.run(_asked(address, body_of(decide, **given)))["decideChange"]
        made.append(time.perf_counter() - began)
        if answer["__typename"] != "DecideChangePayload":
            raise RuntimeError(f"{change} could not be decided on: {answer}")
        began = time.perf_counter()
        voices = asyncio.run(_asked(address, body_of(evidence, changeId=change)))["change"]["voices"]
        loaded.append(time.perf_counter() - began)
        sizes.append(len(voices[0]["evidence"].encode()))
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            file.write(voices[0]["evidence"])
            file.flush()
            _verified(Path(file.name))  # compiles, or loads, what is not there yet
            began = time.perf_counter()
            _verified(Path(file.name))
            verified.append(time.perf_counter() - began)
            if len(processes) < PROCESSES:
                processes.append(_ran("check", file.name, "--offline"))
    more = {"bytes": int(np.median(sizes))}
    _timed(bench, "serve.coming.decided", made, more)
    _timed(bench, "serve.coming.download", loaded, more)
    _timed(bench, "serve.coming.check", verified, more)
    _timed(bench, "serve.coming.check.process", processes, {**more, "start": round(_ran("--version") * MS)})


def _verified(path: Path) -> None:
    pack = evidence_in(path)
    if pack is None or not examined(pack, None).accepted:
        raise RuntimeError("a pack of evidence does not hold")


def _ran(*words: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", SERVE[0], *words], capture_output=True, check=True)
    return time.perf_counter() - began


def _watched(bench: Bench, made: LayeredEstate, address: Address) -> None:
    # relationships become soft, then hard again; each time the clock runs from the moment that the log has of it
    say(f"{bench.kind}, {bench.size:,} CIs: relationships written, changes looked at again")
    ids, edges = ci_ids(made), touched(made, plain=True)
    taken, looked = list[float](), list[int]()
    for turn in range(WRITINGS):
        rows = [
            f"{ids[made.source[at]]},{TYPES[made.kind[at]]},{ids[made.target[at]]},{'hard' if turn % 2 else 'soft'}\n"
            for at in dict.fromkeys(edges)
        ]
        revision = _import("source,type,target,strength\n" + "".join(rows), address)
        near, done = _until(address, revision)
        (written,) = asyncio.run(_asked(address, body_of(WRITTEN)))["revisions"]["nodes"]
        at = datetime.fromisoformat(written["at"])
        taken.append((done - at).total_seconds())
        looked.append(near)
    began = time.perf_counter()
    far = _progress(address)["far"]
    while _progress(address)["far"] and time.perf_counter() - began < FAR:
        time.sleep(1)
    left = _progress(address)["far"]
    more = {"looked": max(looked), "far": far, "far_left": left, "far_seconds": round(time.perf_counter() - began, 1)}
    _timed(bench, "serve.coming.watched", taken, more)


def _import(rows: str, address: Address) -> int:
    connection = HTTPConnection(*address, timeout=600)
    where, kind = "/import/inventory?table=relationships&scope=inventory", {"Content-Type": "text/csv"}
    connection.request("POST", where, rows, kind)
    report = orjson.loads(connection.getresponse().read().splitlines()[-1])["report"]
    connection.close()
    if report["rejected"] or not report["revisions"]:
        raise RuntimeError(f"nothing was written: {report}")
    return int(report["revision"])


def _looked_at(address: Address) -> float:
    """Seconds until the watch of a server that has just been started has looked at every change."""
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        found = _progress(address)
        if found["revision"] > 0 and not found["near"] and not found["far"]:
            return time.perf_counter() - began
        time.sleep(0.5)
    raise RuntimeError("the watch has not come to its end")


def _until(address: Address, revision: int) -> tuple[int, datetime]:
    """How many changes were near to what was written, and when the watch had looked at them."""
    most, began = 0, time.perf_counter()
    while time.perf_counter() - began < PATIENCE:
        found, now = _progress(address), datetime.now(UTC)
        most = max(most, found["near"])
        if found["revision"] >= revision and not found["near"]:
            return most, now
        time.sleep(PAUSE)
    raise RuntimeError("the watch has not come to its end")


def _progress(address: Address) -> dict[str, int]:
    connection = HTTPConnection(*address, timeout=60)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    names = {"revision": "revision", "near": 'waiting{distance="near"}', "far": 'waiting{distance="far"}'}
    found = dict(re.findall(r"^faultline_watch_(\S+) (\S+)$", text, re.MULTILINE))
    return {key: int(float(found[name])) for key, name in names.items()}


async def _asked(address: Address, body: bytes) -> Any:
    connection = await Connection.to(*address)
    try:
        return checked(await connection.ask(body))
    finally:
        connection.close()


def _timed(bench: Bench, key: str, seconds: Sequence[float], more: dict[str, Any]) -> None:
    found = np.array(seconds) * MS
    spread = {name: round(float(np.percentile(found, q)), 1) for name, q in (("min", 0), ("p99", 99), ("max", 100))}
    told = {**spread, "runs": len(found), **more}
    bench.found.append(Figure(key, bench.kind, bench.size, float(np.median(found)), "ms", told))
