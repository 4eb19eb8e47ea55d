"""Answers on the topology in memory, beside the graph libraries, at one size."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from api.warm import compile_kernels
from benchmarks import warm_start
from benchmarks.estates import LayeredEstate, layered_estate
from benchmarks.figures import FLOOR, MS, OURS, Bench, Timing, each, once, repeated
from benchmarks.named import ASKED, Named
from benchmarks.overlay import changed_rows
from benchmarks.peers import PEERS, NetworkX, Peer, Worklist
from benchmarks.profiles import by_part, profiled
from benchmarks.questions import (
    back,
    coming,
    matrix,
    month,
    nights,
    pictures,
    pipelines,
    points,
    proofs,
    reviews,
    searches,
    what_if,
    whole,
)
from benchmarks.seeds import random_cis, seed_sets, share_weakened
from graph.overlay import with_room, with_rows
from graph.topology import Topology
from queries.impact import Impact, State, impact

RANDOM = 4_000  # seeds drawn for ours; the others get as many as fit their time
MB = 1e-6
OTHERS = (
    points,
    month,
    proofs,
    what_if,
    matrix,
    back,
    coming,
    whole,
    nights,
    pipelines,
    reviews,
    pictures,
    searches,
)  # questions, each a module of `benchmarks.questions`
BY_NAME = {module.__name__.rpartition(".")[2]: module for module in OTHERS}
LARGEST_ASKED = 1_000_000  # CIs up to which the other questions are put

Seeds = tuple[int, ...]


def _all(topology: Topology, seeds: Seeds) -> Impact:
    return impact(topology, dict.fromkeys(seeds, "outage"))


# what is asked, by the public function that answers it; there is none for outages alone, which come with all states
QUESTIONS: dict[str, Callable[[Topology, Seeds], object]] = {
    "reach": lambda topology, seeds: topology.dependents_mask(seeds),
    "listed": lambda topology, seeds: topology.all_dependents_of(seeds),
    "outage": lambda topology, seeds: _all(topology, seeds).counts[State.OUTAGE],
    "states": lambda topology, seeds: _all(topology, seeds).counts,
    "full": lambda topology, seeds: _all(topology, seeds).touched,
}


def measure(n: int, *, peers: bool = True) -> list[dict[str, Any]]:
    """Everything in memory at `n` CIs; plain figures, so that they can come from another process."""
    bench = Bench(n)
    _warm()
    estate = layered_estate(n)
    topology, seconds = once(estate.topology)
    bench.add("build", OURS, seconds, "s")
    bench.add("relationships", OURS, topology.m, "")
    bench.add("memory.topology", OURS, _bytes(topology) * MB, "MB", per_relationship=_bytes(topology) / topology.m)
    floor = repeated(lambda: _read_once(topology))
    bench.timed("floor", FLOOR, floor)
    sets = seed_sets(estate, topology)
    _worst(bench, topology, sets, "")
    _random(bench, topology, estate, "")
    _fed(bench, n)
    _changed(bench, topology, estate, sets["backbone"])
    _warm_start(bench, estate, topology)
    if n <= LARGEST_ASKED:
        for question in OTHERS:
            question.measure(bench, estate, topology)
    named = Named.of(estate, topology)
    answers = _named(bench, named, topology)
    if peers:
        for peer in PEERS:
            if n <= peer.largest:
                graph = _peer(bench, peer, estate, topology, sets)
                _named_beside(bench, named, peer, graph, answers)
    return [figure.plain() for figure in bench.found]


def some(names: Sequence[str], n: int) -> list[dict[str, Any]]:
    """The questions of these modules alone."""
    bench = Bench(n)
    _warm()
    estate = layered_estate(n)
    topology = estate.topology()
    for name in names:
        BY_NAME[name].measure(bench, estate, topology)
    return [figure.plain() for figure in bench.found]


def profiles(n: int) -> list[dict[str, Any]]:
    """Where the time of the worst answers and of random ones goes at `n` CIs."""
    _warm()
    estate = layered_estate(n)
    topology = estate.topology()
    sets, drawn = seed_sets(estate, topology), random_cis(estate, RANDOM)
    works: dict[str, Callable[[], object]] = {
        **{
            f"{question}, {name}, 20 times": lambda ask=ask, seeds=seeds: [  # type: ignore[misc]
                ask(topology, seeds) for _ in range(20)
            ]
            for question, ask in QUESTIONS.items()
            for name, seeds in sets.items()
            if question in ("reach", "full")
        },
        f"impact of {RANDOM:,} random CIs": lambda: [_all(topology, (ci,)) for ci in drawn],
    }
    found = []
    for name, work in works.items():
        _, rows = profiled(work)
        seconds = sum(own for _, _, own, _ in rows)
        found.append({"name": name, "seconds": seconds, "parts": by_part(rows)[:5], "functions": rows[:8]})
    return found


def _warm() -> None:
    compile_kernels()
    for fed in (False, True):
        estate = layered_estate(3_000, fed=fed)
        topology = estate.topology()
        for seeds in seed_sets(estate, topology).values():
            for ask in QUESTIONS.values():
                ask(topology, seeds)
        for _ in Named.of(estate, topology).ours(topology):
            pass


def _bytes(topology: Topology) -> int:
    return sum(array.nbytes for array in topology.csr.named().values())


def _read_once(topology: Topology) -> int:
    csr, seen = topology.csr, 0
    for array in (csr.beg, csr.end, csr.to, csr.code):
        seen |= int(np.bitwise_or.reduce(array))
    return seen


def _worst(bench: Bench, topology: Topology, sets: dict[str, Seeds], suffix: str) -> None:
    for question, ask in QUESTIONS.items():
        worst: dict[str, float] = {}
        for name, seeds in sets.items():
            timing = repeated(lambda ask=ask, seeds=seeds: ask(topology, seeds), seconds=1.0)  # type: ignore[misc]
            worst[name] = timing.median * MS
            counts = _counts(topology, seeds) if question == "full" else {}
            bench.timed(f"{question}{suffix}.{name}", OURS, timing, seeds=len(seeds), **counts)
        bench.add(f"{question}{suffix}.worst", OURS, max(worst.values()), "ms", of=max(worst, key=lambda n: worst[n]))


def _counts(topology: Topology, seeds: Seeds) -> dict[str, Any]:
    counts = _all(topology, seeds).counts
    words = {state.name.lower(): count for state, count in counts.items() if state}
    return {**words, "weakened": round(share_weakened(counts, topology.n), 3)}


def _random(bench: Bench, topology: Topology, estate: LayeredEstate, suffix: str) -> None:
    drawn = random_cis(estate, RANDOM)
    for question, asked in (("reach", "listed"), ("full", "full")):
        ask = QUESTIONS[asked]
        for ci in drawn[:50]:
            ask(topology, (ci,))
        timing = each(lambda ci, ask=ask: ask(topology, (ci,)), drawn)  # type: ignore[misc]
        _spread(bench, f"{question}{suffix}", OURS, timing)


def _spread(bench: Bench, question: str, subject: str, timing: Timing) -> None:
    bench.timed(f"{question}.random.median", subject, timing)
    bench.add(f"{question}.random.p99", subject, timing.p99 * MS, "ms", **timing.more())


def _fed(bench: Bench, n: int) -> None:
    estate = layered_estate(n, fed=True)
    topology, seconds = once(estate.topology)
    bench.add("build.fed", OURS, seconds, "s")
    _worst(bench, topology, seed_sets(estate, topology), ".fed")
    _random(bench, topology, estate, ".fed")
    plain = {figure.key: figure.value for figure in bench.found}
    bench.add("full.fed.ratio", OURS, plain["full.fed.worst"] / plain["full.worst"], "×")


def _changed(bench: Bench, topology: Topology, estate: LayeredEstate, backbone: Seeds) -> None:
    """A thousand changed relationships, to the next answer; the topology before them answers as it did."""
    rows, count = changed_rows(estate)
    seed = (int(np.asarray(rows.target)[0]),)
    before = _all(topology, backbone).counts
    bench.timed("overlay.room", OURS, repeated(lambda: with_room(topology)))
    line = [with_room(topology)]

    def change() -> Topology:
        line.append(with_rows(line.pop(), rows, given=estate.m))
        return line[0]

    bench.timed("overlay", OURS, repeated(lambda: _all(change(), seed).counts), changed=count)
    bench.timed("overlay.apply", OURS, repeated(change), changed=count)
    bench.timed("overlay.backbone", OURS, repeated(lambda: _all(line[0], backbone).counts))
    _same("the topology before the changes", _all(topology, backbone).counts, before)


def _warm_start(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    with tempfile.TemporaryDirectory(prefix="faultline-bench-") as folder:
        path = Path(folder) / "snapshot"
        made = warm_start.estate_of(estate, topology)
        _, seconds = once(lambda: warm_start.save_estate(path, made))
        bench.add("snapshot.save", OURS, seconds, "s", megabytes=round(path.stat().st_size * MB, 1))
        runs = [warm_start.in_a_fresh_process(path, made.ids[estate.backbone]) for _ in range(3)]
    for key in ("warm.start", "warm.start.compiled", "warm.process"):
        bench.add(key, OURS, float(np.median([run[key] for run in runs])), "s", runs=len(runs))


def _named(bench: Bench, named: Named, topology: Topology) -> dict[str, Any]:
    """What NetworkX names, on the topology; the answers by question."""
    answers = {}
    for key, timing, answer in named.ours(topology):
        bench.timed(key, OURS, timing, size=answer if key == "longest" else len(answer))
        answers[key] = answer
    return answers


def _named_beside(bench: Bench, named: Named, peer: Peer, graph: Any, answers: dict[str, Any]) -> None:
    if peer.name in ASKED:
        for key, timing, answer in named.theirs(peer, graph):
            _same(f"{peer.name}, {key}", answer, answers[key])
            bench.timed(key, peer.name, timing)


def _peer(bench: Bench, peer: Peer, estate: LayeredEstate, topology: Topology, sets: dict[str, Seeds]) -> Any:
    graph, seconds = once(lambda: peer.build(estate))
    bench.add("build", peer.name, seconds, "s")
    reached = peer.reach(graph, estate.backbone)
    _same(peer.name, reached, len(topology.all_dependents_of(estate.backbone)))
    bench.timed("reach.backbone", peer.name, repeated(lambda: peer.reach(graph, estate.backbone), least=3))
    drawn = random_cis(estate, RANDOM)
    for ci in drawn[:20]:
        _same(peer.name, peer.reach(graph, ci), len(topology.all_dependents_of(ci)))
    _spread(bench, "reach", peer.name, each(lambda ci: peer.reach(graph, ci), drawn, seconds=5))
    if isinstance(peer, NetworkX):
        _quorum(bench, Worklist.of(graph, estate), topology, sets, drawn)
    return graph


def _quorum(bench: Bench, worklist: Worklist, topology: Topology, sets: dict[str, Seeds], drawn: Iterable[int]) -> None:
    subject = "NetworkX worklist"
    for name, seeds in sets.items():
        counts = _all(topology, seeds).counts
        ours = tuple(counts[state] for state in (State.OUTAGE, State.DEGRADED, State.AT_RISK))
        _same(subject, worklist.states(seeds), ours)
        timing = repeated(lambda seeds=seeds: worklist.outage(seeds), least=3)  # type: ignore[misc]
        bench.timed(f"outage.{name}", subject, timing)
        timing = repeated(lambda seeds=seeds: worklist.states(seeds), least=3)  # type: ignore[misc]
        bench.timed(f"states.{name}", subject, timing)
    _spread(bench, "states", subject, each(lambda ci: worklist.states((ci,)), drawn, seconds=5))


def _same(subject: str, theirs: object, ours: object) -> None:
    if theirs != ours:
        raise AssertionError(f"{subject} answers {theirs!s:.200}, Faultline {ours!s:.200}")
