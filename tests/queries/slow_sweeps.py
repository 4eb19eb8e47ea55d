"""Slow sweeps: the question put to every CI, one after the other, straight from the definitions."""

from collections.abc import Iterable, Mapping

import networkx as nx

from tests.oracles import Estate, slow_impact


def slow_dependents(estate: Estate, ci: int) -> set[int]:
    """Who rests on a CI, by NetworkX."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(estate.n))
    graph.add_edges_from((each, provider) for each in range(estate.n) for provider in estate.providers(each))
    return set(nx.ancestors(graph, ci))


def slow_felled(estate: Estate, seed: int) -> set[int]:
    """Who else is out when one CI alone stops."""
    states = slow_impact(estate, {seed: "outage"}).states
    return {ci for ci, state in enumerate(states) if state == 3 and ci != seed}


def slow_takes(estate: Estate, seeds: Iterable[int], weights: Mapping[int, int]) -> list[tuple[int, int, int]]:
    """Of each seed how many CIs and services go with it, and what these weigh; `weights`: of the services."""
    gone = [slow_felled(estate, seed) for seed in seeds]
    return [
        (len(each), len(each & weights.keys()), sum(weight for ci, weight in weights.items() if ci in each))
        for each in gone
    ]
