"""Random small estates: with cycles, groups, soft relationships, feeding groups."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from graph.estate import Columns, build_estate
from graph.estate import Estate as NamedEstate
from graph.ontology import load_ontology
from graph.topology import Topology
from tests.oracles import Estate, Group

LONG = os.environ.get("FAULTLINE_TEST_LONG") == "1"
EFFECTS = ("outage", "degraded", "retire")


def cases(many: int, share: int = 50) -> int:
    """How many examples to try: all of them in `make test-long`, else a share that keeps the suite quick."""
    return many if LONG else max(100, many // share)


@dataclass(frozen=True)
class Drawn:
    """An estate as arrays for the fast version and in plain words for the slow one."""

    n: int
    arrays: dict[str, list[Any]]
    estate: Estate

    @property
    def topology(self) -> Topology:
        """The fast version's."""
        return Topology.from_edges(self.n, **self.arrays)

    def renumbered(self, to: list[int], order: list[int]) -> Topology:
        """The same estate with other numbers and its relationships in another order."""
        moved = {name: [values[e] for e in order] for name, values in self.arrays.items()}
        moved["source"] = [to[v] for v in moved["source"]]
        moved["target"] = [to[v] for v in moved["target"]]
        return Topology.from_edges(self.n, **moved)


@st.composite
def estates(draw: st.DrawFn, *, feeds: bool = True, most: int = 14) -> Drawn:
    """An estate of up to `most` CIs."""
    n = draw(st.integers(1, most))
    seed = draw(st.integers(0, 2**32 - 1))
    return random_estate(n, np.random.default_rng(seed), feeds=feeds)


def random_estate(n: int, rng: np.random.Generator, *, feeds: bool) -> Drawn:
    """An estate of n CIs; how dense, cyclic, soft, grouped and feeding it is, is random too."""
    acyclic, soft_share, group_share = rng.random() < 0.3, rng.random() * 0.4, rng.random()
    feed_share = rng.random() * (rng.random() < 0.7) if feeds else 0.0
    arrays: dict[str, list[Any]] = {k: [] for k in ("source", "target", "soft", "group", "min_available", "feeds")}
    groups: dict[int, dict[str, Group]] = {}
    soft: dict[int, set[int]] = {}
    for ci in range(n):
        others = [x for x in range(n) if x != ci and (not acyclic or x > ci)]
        for _ in range(int(rng.integers(0, 3)) if others else 0):
            target = int(rng.choice(others))
            if rng.random() < soft_share:
                _edge(arrays, ci, target, soft=True)
                soft.setdefault(ci, set()).add(target)
            else:
                fed = bool(rng.random() < feed_share)
                _edge(arrays, ci, target, feeds=fed)
                members, needed, before = groups.setdefault(ci, {}).get(f"plain-{target}", ((target,), 1, False))
                groups[ci][f"plain-{target}"] = (members, needed, before or fed)
        for number in range(int(rng.random() < group_share) + int(rng.random() < group_share / 3)):
            if len(others) >= 2:
                members = tuple(
                    sorted(int(x) for x in rng.choice(others, min(len(others), int(rng.integers(2, 5))), False))
                )
                needed, fed = int(rng.integers(1, len(members) + 1)), bool(rng.random() < feed_share)
                for target in members:
                    _edge(arrays, ci, target, group=number, min_available=needed, feeds=fed)
                groups.setdefault(ci, {})[f"g{number}"] = (members, needed, fed)
    for ci, some in soft.items():
        # a hard plain relationship beside a soft one to the same provider hides it
        some -= {target for target in set(some) if f"plain-{target}" in groups.get(ci, {})}
    return Drawn(n, arrays, Estate(n, groups, {ci: frozenset(some) for ci, some in soft.items()}))


def _edge(arrays: dict[str, list[Any]], source: int, target: int, **values: Any) -> None:
    full = {"soft": False, "group": -1, "min_available": 1, "feeds": False, **values}
    for name, value in {"source": source, "target": target, **full}.items():
        arrays[name].append(value)


def seeds_of(drawn: Drawn) -> st.SearchStrategy[dict[int, str]]:
    """Some seeds with any effects."""
    return st.dictionaries(st.integers(0, drawn.n - 1), st.sampled_from(EFFECTS), min_size=1, max_size=4)


def named_estate(
    drawn: Drawn, *, to: list[int] | None = None, order: list[int] | None = None, types_of: list[str] | None = None
) -> NamedEstate:
    """A drawn estate with ids, names, classes and criticalities; CIs numbered and relationships given as told.

    `types_of`: the type of each relationship as drawn; by default what feeds is `runs_on`, the others `depends_on`.
    """
    places = to or list(range(drawn.n))
    rows = {
        name: np.array([values[e] for e in order or range(len(values))], np.int64)
        for name, values in drawn.arrays.items()
    }
    named = types_of or ["runs_on" if feeds else "depends_on" for feeds in drawn.arrays["feeds"]]
    who = sorted(range(drawn.n), key=places.__getitem__)
    moved = np.array(places, np.int64)
    types = list(load_ontology().relationship_types)
    members: dict[tuple[int, str], list[tuple[int, str | None]]] = {}
    for at, group in enumerate(rows["group"].tolist()):
        if group >= 0:
            owner = int(moved[rows["source"][at]])
            members.setdefault((owner, f"组{group}"), []).append((at, str(rows["min_available"][at])))
    columns = Columns(
        ids=[f"ci-{i}" for i in who],
        names=[f"承保系统 {i}" if i % 2 else "" for i in who],
        classes=["business_service" if i % 3 == 0 else "host" for i in who],
        criticalities=["high" if i % 2 else "" for i in who],
        source=moved[rows["source"]],
        target=moved[rows["target"]],
        type_code=np.array([types.index(named[e]) for e in order or range(len(named))], np.uint8),
        soft=rows["soft"] == 1,
        members=members,
    )
    return build_estate(3, columns, load_ontology())
