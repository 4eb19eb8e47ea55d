"""NetworkX finds what is compiled, by dispatch, and its own tests of that hold."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest

from graph import nx_backend, nx_compiled
from graph.nx_backend import COMPILED, UNDIRECTED
from graph.topology import Topology

ROOT = Path(__file__).parents[2]
# of NetworkX 3.6: the tests of the compiled algorithms, how many of them there are, and what uses these algorithms
NARROW = [
    "centrality.tests.test_reaching",
    "components.tests.test_biconnected",
    "components.tests.test_strongly_connected",
    "shortest_paths.tests.test_generic",
    "tests.test_dag",
    "tests.test_dominance",
]
NARROW_TESTS = 150
WIDE_TESTS = 3_900
WIDE_CALLS = 2_000


def networkx_tests(folder: Path, modules: list[str]) -> dict[str, dict[str, int]]:
    """Run NetworkX's own tests with every graph of theirs converted to ours, as NetworkX documents it for backends."""
    report = folder / "calls.json"
    environment = os.environ | {
        "NETWORKX_TEST_BACKEND": "faultline",
        "NETWORKX_FALLBACK_TO_NX": "1",  # what is not compiled runs NetworkX's own code on the same graphs
        "FAULTLINE_NX_CALLS": str(report),
        "PYTHONPATH": str(ROOT),
        "OPENBLAS_NUM_THREADS": "1",  # many small matrices: threads only wait for each other
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "tests.graph.nx_calls"]
    names = [f"networkx.algorithms.{module}" if module else "networkx.algorithms" for module in modules]
    run = subprocess.run(
        [*command, "--pyargs", *names], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-3_000:] + run.stderr[-1_000:]
    found: dict[str, dict[str, int]] = json.loads(report.read_text(encoding="utf-8"))
    return found


@pytest.mark.processes
def test_the_tests_of_the_compiled_algorithms_pass_through_the_backend(tmp_path: Path) -> None:
    found = networkx_tests(tmp_path, NARROW)

    assert found["outcomes"].keys() == {"passed"}
    assert found["outcomes"]["passed"] >= NARROW_TESTS
    assert found["calls"].keys() == set(COMPILED)


@pytest.mark.long
def test_every_test_of_an_algorithm_passes_through_the_backend(tmp_path: Path) -> None:
    found = networkx_tests(tmp_path, [""])

    assert "failed" not in found["outcomes"]
    assert found["outcomes"]["passed"] >= WIDE_TESTS
    assert found["calls"].keys() == set(COMPILED)
    assert sum(found["calls"].values()) >= WIDE_CALLS


OF_ONE = ("ancestors", "descendants", "dominance_frontiers", "immediate_dominators", "local_reaching_centrality")


def chain() -> Topology:
    return Topology.from_edges(4, [0, 1, 2], [1, 2, 3])


@pytest.mark.parametrize("name", COMPILED)
def test_what_is_compiled_is_what_is_called(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nx_compiled, name, lambda *_, **__: "compiled")
    ends = (0, 3) if name == "has_path" else (0,) if name in OF_ONE else ()
    undirected = name in UNDIRECTED

    assert getattr(nx, name)(chain().to_undirected(as_view=True) if undirected else chain(), *ends) == "compiled"
    plain: Any = nx.Graph([(0, 3)]) if undirected else nx.DiGraph([(0, 3)])
    assert getattr(nx, name)(plain, *ends, backend="faultline") == "compiled"


def test_what_is_not_compiled_runs_when_called_plainly() -> None:
    expected = {0: 0.0, 1: 1 / 3, 2: 1 / 3, 3: 0.0}

    assert nx.betweenness_centrality(chain()) == pytest.approx(expected)
    assert nx.betweenness_centrality(G=chain()) == pytest.approx(expected)


def test_the_graph_may_be_named() -> None:
    assert nx.ancestors(G=chain(), source=2) == {0, 1}


def test_a_topology_and_a_plain_graph_go_together() -> None:
    plain = nx.DiGraph([(3, 0)])

    joined = nx.compose(chain(), plain)

    assert set(joined.edges) == {(0, 1), (1, 2), (2, 3), (3, 0)}
    assert nx.compose_all([plain, chain()]).number_of_edges() == 4
    assert nx.is_isomorphic(chain(), nx.DiGraph([("a", "b"), ("b", "c"), ("c", "d")]))


@pytest.mark.parametrize("graph", [nx.Graph([(0, 1)]), nx.MultiDiGraph([(0, 1), (0, 1)])])
def test_graphs_that_are_no_topologies_are_left_to_networkx(graph: Any) -> None:
    assert nx.has_path(graph, 0, 1)
    with pytest.raises(NotImplementedError):
        nx.has_path(graph, 0, 1, backend="faultline")


def test_nothing_else_is_converted_or_promised() -> None:
    with pytest.raises(NotImplementedError):
        nx.pagerank(nx.DiGraph([(0, 1)]), backend="faultline")
    assert nx.pagerank(nx.DiGraph([(0, 1)])).keys() == {0, 1}
    with pytest.raises(AttributeError):
        nx_backend.BACKEND.no_such_algorithm  # noqa: B018 - asking is the test


def test_labels_of_a_converted_graph_come_back() -> None:
    graph = nx.DiGraph([("app", "db"), ("db", "app"), ("svc", "app"), ("db", "db")])

    assert list(nx.strongly_connected_components(graph, backend="faultline")) == [{"app", "db"}, {"svc"}]
    assert nx.ancestors(graph.copy(), "db", backend="faultline") == {"app", "svc"}
    assert not nx.is_directed_acyclic_graph(nx.DiGraph([(1, 1)]), backend="faultline")


def test_a_graph_that_changes_during_iteration_is_said_to() -> None:
    graph = nx.DiGraph([(1, 2), (2, 3)])

    generations = nx.topological_generations(graph, backend="faultline")
    assert next(generations) == [1]
    graph.remove_node(3)

    with pytest.raises(RuntimeError, match="changed during iteration"):
        next(generations)


def test_generations_before_a_cycle_are_given_before_it_is_named() -> None:
    generations = nx.topological_generations(Topology.from_edges(4, [0, 1, 2, 1], [1, 2, 1, 3]))

    assert next(generations) == [0]
    with pytest.raises(nx.NetworkXUnfeasible, match="cycle"):
        next(generations)


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda t: nx.ancestors(t, 9), nx.NetworkXError),
        (lambda t: nx.descendants(t, 9), nx.NetworkXError),
        (lambda t: nx.has_path(t, 9, 0), nx.NodeNotFound),
        (lambda t: nx.has_path(t, 0, 9), nx.NodeNotFound),
        (lambda _: nx.is_strongly_connected(Topology.from_edges(0, [], [])), nx.NetworkXPointlessConcept),
    ],
)
def test_errors_are_those_of_networkx(ask: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(chain())


def test_above_200_000_cis_what_is_not_compiled_says_what_it_costs() -> None:
    none = np.empty(0, np.int32)
    small, large = (Topology.from_edges(n, none, none) for n in (200_000, 200_001))

    with pytest.warns(RuntimeWarning, match=r"bfs_edges is not compiled.*200,001 CIs takes seconds to minutes"):
        assert list(nx.bfs_edges(large, 0)) == []
    with pytest.warns(RuntimeWarning, match="single_source_shortest_path "):
        assert nx.single_source_shortest_path(G=large, source=0) == {0: [0]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(nx.bfs_edges(small, 0)) == []
        assert nx.ancestors(large, 0) == set()
        assert nx.is_directed_acyclic_graph(large)
