"""What NetworkX is told about us: which of its algorithms run compiled on a topology, and how graphs become one.

A topology is a NetworkX graph itself, so that whatever is not compiled runs NetworkX's own code on it, unconverted.
"""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

LARGE = 200_000  # CIs; above, NetworkX's own code takes seconds to minutes (ARCHITECTURE) and says so
DIRECTED = (
    "ancestors",
    "condensation",
    "dag_longest_path",
    "dag_longest_path_length",
    "descendants",
    "dominance_frontiers",
    "has_path",
    "immediate_dominators",
    "is_directed_acyclic_graph",
    "is_strongly_connected",
    "local_reaching_centrality",
    "number_strongly_connected_components",
    "strongly_connected_components",
    "topological_generations",
)
UNDIRECTED = ("articulation_points", "biconnected_components", "is_biconnected")
COMPILED = (*DIRECTED, *UNDIRECTED)


def backend_info() -> dict[str, Any]:
    """Read by NetworkX while it is being imported: nothing of it may be used here."""
    functions = {name: {"additional_docs": "Compiled, on the topology's own arrays."} for name in COMPILED}
    return {"backend_name": "faultline", "package": "faultline", "functions": functions, "default_config": {}}


class Backend:
    """The backend `faultline`; functions that are not compiled are NetworkX's own."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in COMPILED:
            from graph import nx_compiled

            return _compiled(getattr(nx_compiled, name))
        from networkx.utils.backends import _registered_algorithms  # type: ignore[attr-defined]  # not in the stubs

        if name.startswith("__") or name not in _registered_algorithms:
            raise AttributeError(name)
        return _uncompiled(name, _registered_algorithms[name].orig_func)

    def convert_from_nx(self, graph: Any, *_: object, **__: object) -> Any:
        """A NetworkX graph as ours: a topology of its nodes in order, with their labels."""
        return _ours(graph)

    def convert_to_nx(self, result: Any, *_: object, **__: object) -> Any:
        """What NetworkX's own code can work with: a topology already is."""
        return getattr(result, "original", result)

    def can_run(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Compiled: graphs without parallel edges, directed or not as NetworkX has it. Else: of topologies alone."""
        if name in COMPILED:
            graph = args[0] if args else kwargs.get("G")
            if graph is None or graph.is_multigraph():
                return False
            return bool(graph.is_directed()) == (name in DIRECTED)
        graphs = [value for value in _graphs(args, kwargs) if hasattr(value, "__networkx_backend__")]
        return bool(graphs) and all(map(_is_ours, graphs))


def _is_ours(value: object) -> bool:
    return getattr(value, "__networkx_backend__", None) == "faultline"


def _ours(graph: Any) -> Any:
    from graph.nx_labels import Labelled
    from graph.topology import Topology

    if isinstance(graph, Topology | Labelled):
        return graph
    # an undirected view of a topology has the topology's edges
    return graph._graph if _is_ours(graph) else Labelled(graph)


def _graphs(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Any]:
    """The arguments, and what is in lists among them: some algorithms take several graphs."""
    for value in (*args, *kwargs.values()):
        yield from value if isinstance(value, list) else (value,)


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(G: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N803 - as NetworkX names it, for those who name it
        return function(_ours(G), *args, **kwargs)

    return run


def _uncompiled(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        for graph in _graphs(args, kwargs):
            if hasattr(graph, "csr") and len(graph) > LARGE:
                message = f"{name} is not compiled: NetworkX's own code on {len(graph):,} CIs takes seconds to minutes"
                warnings.warn(message, RuntimeWarning, stacklevel=2)
        return function(*args, **kwargs)

    return run


BACKEND = Backend()
