"""Cases from the literature, as data: what is given, what was published, and where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import comb

import networkx as nx


def _edges(text: str) -> tuple[tuple[str, str], ...]:
    # "A: B C" is A → B and A → C
    rows = (row.split(":") for row in text.split(";"))
    return tuple((source.strip(), target) for source, targets in rows for target in targets.split())


@dataclass(frozen=True)
class FlowGraph:
    """A flow graph from its start, and of each node its immediate dominator."""

    start: str
    edges: tuple[tuple[str, str], ...]
    dominators: Mapping[str, str]


LENGAUER_TARJAN = FlowGraph(
    # T. Lengauer, R. E. Tarjan: A fast algorithm for finding dominators in a flowgraph. ACM Transactions on Programming
    # Languages and Systems 1 (1979) 121–141: figure 1 and its dominator tree, figure 2
    start="R",
    edges=_edges("R: A B C; A: D; B: A D E; C: F G; D: L; E: H; F: I; G: I J; H: E K; I: K; J: I; K: I R; L: H"),
    dominators={**dict.fromkeys("ABCDEHIK", "R"), **dict.fromkeys("FG", "C"), "J": "G", "L": "D"},
)


@dataclass(frozen=True)
class Grid:
    """A network of buses and branches; which buses have a generator that gives power; what all hangs on."""

    buses: int
    branches: tuple[tuple[int, int], ...]
    generators: tuple[int, ...]
    articulation_points: tuple[int, ...]


IEEE_14 = Grid(
    # IEEE 14-bus test case (a part of American Electric Power's network, February 1962), Power Systems Test Case
    # Archive, University of Washington, ieee14cdf. Buses 3, 6 and 8 have condensers, which give no active power. Bus 8
    # hangs on bus 7 by one transformer; nothing else hangs on one bus
    buses=14,
    branches=(
        (1, 2), (1, 5), (2, 3), (2, 4), (2, 5), (3, 4), (4, 5), (4, 7), (4, 9), (5, 6), (6, 11), (6, 12), (6, 13),
        (7, 8), (7, 9), (9, 10), (9, 14), (10, 11), (12, 13), (13, 14),
    ),
    generators=(1, 2),
    articulation_points=(7,),
)  # fmt: skip


@dataclass(frozen=True)
class Project:
    """Activities with their durations and what each waits for; how long all takes, what is critical, and the slacks."""

    durations: Mapping[str, int]
    after: Mapping[str, str]
    length: int
    critical: str
    slacks: Mapping[str, int]

    def longest(self, **longer: int) -> tuple[int, str]:
        """By the longest path between the activities' ends, with some of them so much longer: its length and names."""
        graph: nx.DiGraph[str] = nx.DiGraph()
        for name, duration in self.durations.items():
            for before in self.after[name] or ("start",):
                graph.add_edge(before, name, weight=duration + longer.get(name, 0))
        return nx.dag_longest_path_length(graph), "".join(nx.dag_longest_path(graph)[1:])


RELIABLE_CONSTRUCTION = Project(
    # F. S. Hillier, G. J. Lieberman: Introduction to Operations Research, chapter on project management with PERT/CPM:
    # the Reliable Construction Co. (weeks), with its table of slacks
    durations={"A": 2, "B": 4, "C": 10, "D": 6, "E": 4, "F": 5, "G": 7, "H": 9, "I": 7, "J": 8, "K": 4, "L": 5,
               "M": 2, "N": 6},
    after={"A": "", "B": "A", "C": "B", "D": "C", "E": "C", "F": "E", "G": "D", "H": "EG", "I": "C", "J": "FI",
           "K": "J", "L": "J", "M": "H", "N": "KL"},
    length=44,
    critical="ABCEFJLN",
    slacks={**dict.fromkeys("ABCEFJLN", 0), **dict.fromkeys("DGHM", 4), "I": 2, "K": 1},
)  # fmt: skip


@dataclass(frozen=True)
class Bridge:
    """Five parts between two ends: 1 and 2 at the one, 4 and 5 at the other, 3 across."""

    paths: tuple[tuple[int, ...], ...]
    cuts: tuple[tuple[int, ...], ...]
    reliability: Mapping[float, float] = field(default_factory=dict)  # of the whole, by that of each part

    @staticmethod
    def formula(p: float) -> float:
        """The reliability polynomial of the bridge."""
        return 2 * p**2 + 2 * p**3 - 5 * p**4 + 2 * p**5


BRIDGE = Bridge(
    # R. E. Barlow, F. Proschan: Statistical Theory of Reliability and Life Testing (1975), chapter 1: the bridge
    # structure, its minimal path and cut sets; h(p) = 2p² + 2p³ − 5p⁴ + 2p⁵
    paths=((1, 4), (2, 5), (1, 3, 5), (2, 3, 4)),
    cuts=((1, 2), (4, 5), (1, 3, 5), (2, 3, 4)),
    reliability={0.5: 0.5, 0.9: 0.97848, 0.95: 0.994780625, 0.99: 0.9997980498},
)


def k_of_n(needed: int, members: int, p: float) -> float:
    """The reliability of k of n like parts (Barlow and Proschan 1975, chapter 2): the upper tail of the binomial."""
    return sum(comb(members, up) * p**up * (1 - p) ** (members - up) for up in range(needed, members + 1))


# by (needed, members, p); 2 of 3 is 3p² − 2p³, triple modular redundancy: R. E. Lyons, W. Vanderkulk: The use of
# triple-modular redundancy to improve computer reliability. IBM Journal of Research and Development 6 (1962) 200–209
K_OF_N = {(2, 3, 0.9): 0.972, (2, 3, 0.5): 0.5, (1, 2, 0.9): 0.99, (3, 5, 0.9): 0.99144, (3, 4, 0.9): 0.9477}

# how many members a cluster needs and how many it may lose: etcd's frequently asked questions (etcd.io/docs, "What is
# failure tolerance?"), as for any quorum of a majority (D. Ongaro, J. Ousterhout: In search of an understandable
# consensus algorithm. USENIX ATC 2014, section 2)
MAJORITIES = {1: (1, 0), 2: (2, 0), 3: (2, 1), 4: (3, 1), 5: (3, 2), 6: (4, 2), 7: (4, 3), 8: (5, 3), 9: (5, 4)}
