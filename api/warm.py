"""Do now what a first question or a first start would wait for: `python -m api.warm [kernels] [classes]`.

`kernels`: every kernel is compiled, for some minutes. `classes`: the embedded engine starts once, imports, and what
Java loaded and learned for that is kept (graph.engine.classes), for half a minute. Both are quick where it was done
before.
"""

import csv
import sys
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click
import numpy as np
from numba.core.caching import IndexDataCacheFile

from api.cli.door import texts
from api.register import open_register
from graph.csr import Csr
from graph.engine import Endpoint
from graph.engine.classes import keep_classes
from graph.errors import StorageError
from graph.estate import Estate
from graph.kernels.build import SOFT
from graph.nx_compiled import (
    dag_longest_path,
    dominance_frontiers,
    is_biconnected,
    is_directed_acyclic_graph,
    topological_generations,
)
from graph.ontology import load_ontology
from graph.overlay import Rows, with_rows
from graph.placed import placed
from graph.records.kept_graph import KeptGraph
from graph.settings import Settings
from graph.snapshot import load, save
from graph.strings import StringTable
from graph.topology import WORKLIST_LEAST, Topology
from importers.inventory import SOURCE
from importers.model import Request
from importers.run import run_import
from queries.certificate import check
from queries.conflicts import conflicts_of
from queries.continuity import recovery_path
from queries.data_age import Copies, data_ages
from queries.impact import State, impact
from queries.modelled import ENUMERATED, modelled_availability
from queries.parties import Party
from queries.periods import concerned
from queries.proof import certificate
from queries.proposed import propose
from queries.recovery import recovery_bounds
from queries.redundancy import left_without_redundancy
from queries.search import SearchEntry, SearchIndex
from queries.shared_fate import shared_fate
from queries.sorted_texts import SORTED
from queries.spof import single_points_of_failure
from queries.sweeps import dependents_listed, single_failures

# longer than the worklist looks, so that the sweep is compiled too
CHAIN = WORKLIST_LEAST * 2
CIS = 3_000  # so many that Java compiles what it meets again and again


def compile_kernels() -> None:
    """Put one question to every kind of topology, as it is built and as it is mapped from a snapshot."""
    for part in PARTS:
        _compile(part)


def compile_apart() -> None:
    """The same, each part in a process, for the cache on disk alone: compiling takes one core."""
    context = get_context("spawn")
    with ProcessPoolExecutor(len(PARTS), context, _save_in_turn, (context.Lock(),)) as pool:
        list(pool.map(_compile, PARTS))


def _save_in_turn(lock: AbstractContextManager[Any]) -> None:
    # the compiler reads a function's index and writes it back: two at once could give one name to two kernels
    save = IndexDataCacheFile.save

    def alone(self: IndexDataCacheFile, key: object, data: object) -> None:
        with lock:
            save(self, key, data)  # type: ignore[no-untyped-call]

    IndexDataCacheFile.save = alone  # type: ignore[method-assign]


def _compile(part: str) -> None:
    for built in _topologies():
        for topology in (built, _mapped(built)):
            PARTS[part](topology)


def _ask_of_losses(topology: Topology) -> None:
    # who is out, and what is enough for it
    found = impact(topology, {topology.n - 1: "outage"})
    _ = found.counts  # first: states alone come from a pass of their own
    found.dense()
    topology.all_dependents_of([topology.n - 1])
    single_points_of_failure(topology, 0)
    shared_fate(topology, 0)
    dominance_frontiers(topology, 0)
    is_biconnected(topology)
    _take_over(topology)
    estate = _named(topology)
    if topology.has_feeds:
        _prove(estate)
    _lose_redundancy(estate)
    if is_directed_acyclic_graph(topology):
        list(topological_generations(topology))
        dag_longest_path(topology)
    for feeds in (None, [True]):
        impact(with_rows(topology, Rows([0], [0], [1], feeds=feeds)), {1: "outage"})
    if topology.n < CHAIN:  # of a long chain all pairs would be listed
        _ask_of_all(topology)


def _ask_of_times(topology: Topology) -> None:
    # when something is back, how often and when it is out
    nobody, everybody = np.zeros(topology.n, np.bool_), np.ones(topology.n, np.bool_)
    data_ages(topology, hit=everybody, out=everybody, holds=nobody, copies=Copies([0], [1], [60.0], [True]))
    for enumerated in (ENUMERATED, 0):
        modelled_availability(topology, 0, np.full(topology.n, 0.1), enumerate_up_to=enumerated)
    for order in (None, [(0, 1)]):
        _ = recovery_bounds(topology, everybody, everybody, order=order).by_place
        target = np.append(np.full(topology.n - 1, -1), 0)
        found = recovery_path(topology, everybody, topology.n - 2, everybody, failover_target=target, order=order)
        _ = found.slack, found.improvement
    both = [Party(name, 0, 2, {ci: "outage"}) for name, ci in (("one", topology.n - 1), ("other", topology.n - 2))]
    conflicts_of(topology, both, 0, 3)


def _ask_of_all(topology: Topology) -> None:
    # what looks at every CI
    everyone = np.arange(topology.n, dtype=np.int32)
    dependents_listed(topology, everyone, everyone)
    single_failures(topology, everyone, everyone)
    concerned(topology, [Party("one", 0, 2, {0: "outage"})], [0])


def _search(topology: Topology) -> None:
    # exact, by its beginning, by word, by likeness; and by more than the texts are in order by
    names = ("承保系统", "host", "x" * SORTED)
    found = SearchIndex.of(SearchEntry(str(ci), names[ci % 3]) for ci in range(topology.n))
    for text in ("hots", "host 1", "x" * SORTED):
        found.search(text)


PARTS = {"losses": _ask_of_losses, "times": _ask_of_times, "texts": _search}


def _topologies() -> Iterator[Topology]:
    yield Topology.from_edges(4, [0, 1, 1], [1, 2, 3], group=[-1, 0, 0], min_available=[1, 1, 1])
    # two ways with something in common are neither a series nor alternatives
    yield Topology.from_edges(4, [0, 0, 1, 2], [1, 2, 3, 3], group=[0, 0, -1, -1], min_available=[1, 1, 1, 1])
    ring = [1, 2, 2, 1]
    yield Topology.from_edges(4, [0, *ring], [1, 2, 1, 3, 3], feeds=[False, True, True, True, True])
    chain = np.arange(CHAIN, dtype=np.int32)
    yield Topology.from_edges(CHAIN + 1, chain, chain + 1)


def _named(topology: Topology) -> Estate:
    nameless = StringTable.of(str(ci) for ci in range(topology.n))
    given = int(topology.csr.origin.max(initial=-1)) + 1
    return Estate(
        revision=0, topology=topology, ids=nameless, names=nameless, class_names=("host",),
        class_code=np.zeros(topology.n, np.uint16), criticality=np.zeros(topology.n, np.uint8),
        type_names=("runs_on",), type_code=np.zeros(given, np.uint8), group=np.full(given, -1, np.int32),
        group_names=StringTable.of(()),
    )  # fmt: skip


def _take_over(topology: Topology) -> None:
    # as from a file, whose arrays cannot be written to
    csr = topology.csr
    flags = (csr.code == SOFT).astype(np.uint8), np.zeros(topology.m, np.uint8)
    arrays = csr.end - csr.beg, csr.to, flags[0], np.maximum(csr.code, -1), csr.needed, flags[1]
    for array in arrays:
        array.flags.writeable = False
    placed(*arrays)


def _prove(estate: Estate) -> None:
    # that a CI stands, which asks in both who has a source
    made = certificate(estate, impact(estate.topology, {0: "outage"}), 1)
    check(made.header, made.steps, estate)


def _lose_redundancy(estate: Estate) -> None:
    # as the graph is, where CI 0 stands for all that; and with a row that rests on a new CI
    plain, last = propose(estate, load_ontology(), (), KeptGraph({}, {})), estate.topology.n - 1
    if impact(estate.topology, {last: "outage"}).state(0) != State.OUTAGE:
        left_without_redundancy(plain, {last: "outage"}, [0])
    changed = replace(estate, topology=with_rows(estate.topology, Rows([0], [0], [last + 1]), n=last + 2))
    left_without_redundancy(replace(plain, both=changed), {}, [0])


def _mapped(topology: Topology) -> Topology:
    with tempfile.TemporaryDirectory(prefix="faultline-warm-") as folder:
        path = Path(folder) / "warm"
        save(path, {"store_id": "warm"}, topology.csr.named())
        return Topology(Csr(**load(path, "warm").arrays))


def use_engine(endpoint: Endpoint) -> None:
    """Import, import again with changes, and read everything: what an engine is asked most."""
    with tempfile.TemporaryDirectory(prefix="faultline-warm-") as folder:
        settings = replace(
            Settings(Path(folder)), neo4j_uri=endpoint.uri, neo4j_user=endpoint.user,
            neo4j_password=endpoint.password, neo4j_database=endpoint.database,
        )  # fmt: skip
        with open_register(settings) as register:
            for turn in range(2):
                inventory = _inventory(Path(folder) / str(turn), turn)
                request = Request([inventory], settings, scope="warm", ontology=register.store.ontology)
                run_import(SOURCE, request, register.store, "warm")
                register.estate()


def _inventory(folder: Path, turn: int) -> Path:
    folder.mkdir()
    cis = ((f"ci-{i}", f"host {i} of {turn}", "host", i % 64) for i in range(CIS))
    _table(folder / "cis.csv", ("ci_id", "name", "ci_class", "cpu_cores"), cis)
    needs = ((f"ci-{i}", "depends_on", f"ci-{at}") for i in range(1, CIS) for at in {i // 2, i - 1})
    _table(folder / "relationships.csv", ("source", "type", "target"), needs)
    return folder


def _table(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((header, *rows))


def main(wanted: list[str]) -> None:
    """Warm up what is wanted, or all."""
    if not wanted or "kernels" in wanted:
        compile_apart()
    if not wanted or "classes" in wanted:
        try:
            keep_classes(use_engine)
        except (StorageError, OSError) as error:
            # no engine for this system, or a place that cannot be written to: it starts slower, and that is all
            reason = texts().say(error.message) if isinstance(error, StorageError) else str(error)
            click.echo(texts()("cli.no_classes", reason=reason), err=True)


if __name__ == "__main__":
    main(sys.argv[1:])
