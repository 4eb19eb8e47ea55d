"""NetworkX's longest paths on compiled arrays."""

from functools import reduce
from itertools import pairwise
from math import isfinite
from operator import add
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from graph.kernels.levels import NOBODY, longest
from graph.nx_labels import Graph, Labelled, as_networkx, loops_of, named, plain, topology_of

F64 = NDArray[np.float64]
EXACT = 2**53  # whole numbers up to here are the same as floats
EDGE_DATA = ("strength", "group", "feeds")  # of a topology's edges, which have no weights


def dag_longest_path(
    graph: Graph, weight: Any = "weight", default_weight: Any = 1, topo_order: Any = None
) -> list[Any]:
    """A path whose edges weigh most in all; which one of several, nothing promises.

    Weights that floats do not hold exactly, and an order that is given, are left to NetworkX's own code.
    """
    if not len(graph):
        return []
    weights = _weights(graph, weight, default_weight)
    if topo_order is not None or weights is None:
        found: list[Any] = as_networkx(nx.dag_longest_path)(plain(graph), weight, default_weight, topo_order)
        return found
    csr = topology_of(graph).settled.csr
    if len(csr.cyclic) or loops_of(graph):
        raise nx.NetworkXUnfeasible("Graph contains a cycle")
    best, by = longest(csr.beg, csr.end, csr.to, csr.origin, weights, float(default_weight))
    path = [int(best.argmax())]
    while by[path[-1]] != NOBODY:
        path.append(int(by[path[-1]]))
    return named(graph, csr.index[path[::-1]])


def dag_longest_path_length(graph: Graph, weight: Any = "weight", default_weight: Any = 1) -> Any:
    """What the edges of such a path weigh in all, counted in the numbers that they are given in."""
    given, path = plain(graph), dag_longest_path(graph, weight, default_weight)
    return reduce(add, (given[u][v].get(weight, default_weight) for u, v in pairwise(path)), 0)


def _weights(graph: Graph, weight: Any, default: Any) -> F64 | None:
    # by given edge, empty where all weigh the default; none where floats would count otherwise than NetworkX does
    given: list[Any] = []
    if isinstance(graph, Labelled):
        rows = graph.original.adjacency()
        given = [data.get(weight, default) for u, row in rows for v, data in row.items() if u != v]
    elif weight in EDGE_DATA:
        return None
    numbers = [*given, default]
    if not all(isinstance(number, int | float) for number in numbers):
        return None
    whole = sum(abs(number) for number in numbers if isinstance(number, int))
    times = 1 if given else len(graph)
    if whole * times > EXACT or not all(map(isfinite, numbers)):
        return None
    return np.array(given, np.float64)
