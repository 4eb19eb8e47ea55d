"""Reachability as the database itself answers it, beside ours for the same seeds."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path

import neo4j

from benchmarks.estates import TYPES, LayeredEstate
from benchmarks.figures import OURS, Figure, Timing, each
from benchmarks.seeds import random_cis
from benchmarks.warm_start import ci_ids
from graph.engine import connect, open_engine
from graph.settings import Settings

SEEDS = 40
PATIENCE = 30.0  # seconds for all random seeds, and again for the backbone
STATEMENT = "MATCH (s:CI {ci_id: $ci_id})<-[:%s*1..]-(d:CI) WITH DISTINCT d"
# a CI in a cycle is no dependent of its own
STATEMENT += " WHERE d.ci_id <> $ci_id RETURN count(d) AS reached"


def measure(kind: str, data: Path, made: LayeredEstate) -> list[Figure]:
    """Figures of the engine and of ours; what is not answered in time is said in `more`, with what it was given."""
    topology = made.topology()
    ids = ci_ids(made)
    drawn = random_cis(made, SEEDS)
    found: list[Figure] = []
    for key, seeds in (("random", drawn), ("backbone", [made.backbone])):
        expected = [len(topology.all_dependents_of(ci)) for ci in seeds]
        answers = _ask(data, [ids[ci] for ci in seeds])
        for (count, _), wanted in zip(answers, expected, strict=False):
            if count != wanted:
                raise AssertionError(f"Cypher on {kind} answers {count}, Faultline {wanted}")
        ours = each(topology.all_dependents_of, seeds[: len(answers)] or seeds)
        asked = {"answered": len(answers), "asked": len(seeds), "patience_s": PATIENCE}
        theirs = [seconds for _, seconds in answers]
        if len(answers) < len(seeds):
            # the one that was not answered took at least what was left of the time
            theirs.append(max(0.0, PATIENCE - sum(theirs)))
        timing = Timing(tuple(theirs))
        for subject, one in ((kind, timing), (OURS, ours)):
            more = {**one.more(), **asked}
            found.append(Figure(f"cypher.{key}.median", subject, made.n, one.median * 1e3, "ms", more))
            found.append(Figure(f"cypher.{key}.p99", subject, made.n, one.p99 * 1e3, "ms", more))
    return found


def _ask(data: Path, ids: list[str]) -> list[tuple[int, float]]:
    """(count, seconds) of each seed that is answered in time; the question is cut off by ending its process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(data, ids, there))
    process.start()
    there.close()
    answers: list[tuple[int, float]] = []
    deadline = 0.0
    try:
        while True:
            # the time runs from when the driver is connected and the first statement was planned
            if not here.poll(deadline - time.monotonic() if deadline else PATIENCE):
                break
            said = here.recv()
            if not deadline:
                deadline = time.monotonic() + PATIENCE
                continue
            answers.append(said)
            if len(answers) == len(ids):
                break
    except EOFError:
        pass
    finally:
        process.kill()
        process.join()
    return answers


def _answer(data: Path, ids: list[str], told: Connection) -> None:
    settings = Settings(data)
    statement = neo4j.Query(STATEMENT % "|".join(TYPES), timeout=PATIENCE)
    with (
        open_engine(settings) as endpoint,
        connect(endpoint, settings) as driver,
        driver.session(database=endpoint.database) as session,
    ):
        session.run(statement, ci_id="nobody").consume()
        told.send((0, 0.0))
        for ci_id in ids:
            start = time.perf_counter()
            reached = session.run(statement, ci_id=ci_id).single(strict=True)["reached"]
            told.send((reached, time.perf_counter() - start))
