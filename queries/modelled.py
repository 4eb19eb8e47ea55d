"""Modelled availability: how often a service is there, by what its CIs promise and how they rest on each other.

SEMANTICS 6; JR/T 0074-2012, 8.3 e. CIs fail independently of each other, and what follows from that is worked out by
the rules of impact. Importance as Birnbaum has it (Multivariate Analysis II, 1969, 581–592).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.csr import Csr
from graph.estate import Estate
from graph.kernels.build import SOFT
from graph.topology import CiIndex, Topology
from graph.values import Value
from queries.cone import hard_cone
from queries.kernels.cones import STANDS, mandatory
from queries.kernels.modules import collapse, needed_by, rises
from queries.kernels.samples import BLOCK, drawn, enumerated

I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
ENUMERATED = 18  # parts that are looked at in all their states: 262,144
SAMPLES = 2**20  # states that are drawn where there are more, at the most
WORK = 2**35  # rows times states drawn; where the rows are many, the states are fewer and the interval is wider
SURE = 1.959963984540054  # standard deviations on either side: an interval of 95 %


@dataclass(frozen=True, slots=True)
class Importance:
    """By how much a service would be out more often if this CI always were than if it never were (Birnbaum)."""

    ci: CiIndex
    value: float


@dataclass(frozen=True, slots=True)
class Modelled:
    """The share of time that a service is there. `low`, `high`: the same where it is exact, else an interval of 95 %.

    `method`: `exact`, or `monte_carlo` with its `seed`. Not measurable: the rest is `None`, and `missing` are the CIs
    whose figures are. `importance`: the greatest first, of CIs that ever fail; drawn, of those alone that the service
    cannot do without.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    method: str | None = None
    seed: int | None = None
    missing: tuple[CiIndex, ...] = ()
    importance: tuple[Importance, ...] = ()

    @property
    def importance_complete(self) -> bool:
        """Whether it is of all CIs."""
        return self.method == "exact"

    def plain(self) -> dict[str, float | str | int | None]:
        """As JSON (ANSWERS: continuity, modelled)."""
        return {name: getattr(self, name) for name in ("value", "low", "high", "method", "seed")}


def modelled_availability(
    topology: Topology, service: CiIndex, unavailability: ArrayLike, *, enumerate_up_to: int = ENUMERATED,
    samples: int | None = None, seed: int = 0,
) -> Modelled:  # fmt: skip
    """The probability that a service is not out, each CI below it being out by itself with its own, independently.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    service
        Index of the service; without a figure it never fails by itself.
    unavailability
        By CI index, 0 to 1, nan where not known.
    enumerate_up_to
        So many parts are looked at in all their states; above that states are drawn.
    samples, seed
        How many are drawn, rounded up to blocks of 2,048, and how. Default: a million, fewer where the rows are many.

    Raises
    ------
    IndexError
        The service is no CI.
    ValueError
        An array of another length, or a figure that is no probability.

    Notes
    -----
    What the service cannot do without is a factor. Of the rest, what only one CI rests on is one part with it: series,
    alternatives and k of n are exact however many they are. The remaining parts are enumerated, or drawn.

    Examples
    --------
    Two of three servers of 0.9, all three in one rack of 0.99:

    >>> t = Topology.from_edges(5, [0, 0, 0, 1, 2, 3], [1, 2, 3, 4, 4, 4], group=[0, 0, 0, -1, -1, -1],
    ...                         min_available=[2, 2, 2, 1, 1, 1])
    >>> found = modelled_availability(t, 0, [0, 0.1, 0.1, 0.1, 0.01])
    >>> round(found.value, 6), found.method, round(0.99 * (3 * 0.9**2 - 2 * 0.9**3), 6)
    (0.96228, 'exact', 0.96228)
    """
    t = topology.settled
    figures = np.array(unavailability, np.float64)
    if figures.shape != (t.n,):
        raise ValueError(f"a figure for each of {t.n} CIs is needed, not {figures.shape}")
    if not 0 <= service < t.n:
        raise IndexError(f"no CI {service} among {t.n}")
    if math.isnan(figures[service]):
        figures[service] = 0.0
    csr, cone = t.csr, hard_cone(t, service)
    chance = figures[csr.index[cone]]
    if np.isnan(chance).any():
        return Modelled(missing=tuple(np.sort(csr.index[cone[np.isnan(chance)]]).tolist()))
    if (chance < 0).any() or (chance > 1).any():
        wrong = csr.index[cone[(chance < 0) | (chance > 1)]].min()
        raise ValueError(f"CI {wrong} is out with {figures[wrong]}, which is no probability")
    return _Model(t, service, cone, chance).answer(enumerate_up_to, samples, seed)


class _Model:
    def __init__(self, topology: Topology, service: CiIndex, cone: I32, chance: F64) -> None:
        self._csr, self._cone, self._chance = topology.csr, cone, chance
        csr = self._csr
        start = int(csr.place[service])
        self._start = int(np.searchsorted(cone, start))
        gone = np.zeros(topology.n, np.uint8)
        self._needed: Bool = mandatory(start, csr.beg, csr.end, csr.to, csr.code, csr.spare, gone, cone)
        # they are a factor of the answer: in the rest of it they do not fail by themselves
        self._alone = np.where(self._needed, 0.0, chance)
        self._local = np.full(topology.n, STANDS, np.int32)
        self._local[cone] = np.arange(len(cone), dtype=np.int32)
        self._cycle = csr.cycles_of(cone)
        uncyclic = self._cycle < 0
        if topology.has_feeds:
            uncyclic &= csr.circle[cone] < 0
        rows = (cone, self._local, csr.beg, csr.end, csr.to, csr.code)
        single = needed_by(*rows) <= 1
        self._whole, self._out = collapse(self._alone, single, uncyclic, *rows, csr.spare)

    def answer(self, enumerate_up_to: int, samples: int | None, seed: int) -> Modelled:
        """Exact where few parts are left."""
        if self._whole[self._start]:
            rise = np.zeros(len(self._cone))
            rise[self._start] = 1.0
            return self._exact(float(self._out[self._start]), rise)
        # rows that are whole and needed by one of these; rows below them are counted in theirs
        csr, top = self._csr, np.zeros(len(self._cone), np.bool_)
        rest = self._cone[~self._whole]
        edges = edges_of(csr, rest)
        top[self._local[csr.to[edges[csr.code[edges] != SOFT]]]] = True
        kept = ~self._whole | (top & self._whole)
        parts = np.flatnonzero(kept & (self._out > 0))
        run = _Run(csr, self._cone[kept], self._cycle[kept], len(self._local), int(self._cone[self._start]))
        rows = (np.cumsum(kept) - 1)[parts].astype(np.int32)
        if len(parts) <= enumerate_up_to:
            total, some = enumerated(run.start, rows, self._out[parts], *run.arrays)
            rise = np.zeros(len(self._cone))
            rise[parts] = some
            return self._exact(total, rise)
        if samples is None:
            samples = max(1, min(SAMPLES, WORK // len(run.arrays[0])))
        blocks = -(-samples // BLOCK)
        return self._sampled(drawn(run.start, rows, self._out[parts], seed, blocks, *run.arrays), blocks * BLOCK, seed)

    def _exact(self, out: float, rise: F64) -> Modelled:
        csr = self._csr
        rows = (self._cone, self._local, csr.beg, csr.end, csr.to, csr.code, csr.spare)
        there = float(np.prod(1 - self._chance[self._needed]))
        rest = rises(rise, self._alone, self._whole, self._out, *rows) * there
        value = there * (1 - out)
        return Modelled(value, value, value, "exact", None, (), self._importance(rest, 1 - out))

    def _sampled(self, count: int, samples: int, seed: int) -> Modelled:
        there = float(np.prod(1 - self._chance[self._needed]))
        share = count / samples
        # Wilson's interval: it says something also where no drawn state is out
        middle = (share + SURE**2 / (2 * samples)) / (1 + SURE**2 / samples)
        spread = math.sqrt(share * (1 - share) / samples + SURE**2 / (4 * samples**2)) * SURE / (1 + SURE**2 / samples)
        low, high = there * (1 - min(1.0, middle + spread)), there * (1 - max(0.0, middle - spread))
        none = np.zeros(len(self._cone))
        return Modelled(there * (1 - share), low, high, "monte_carlo", seed, (), self._importance(none, 1 - share))

    def _importance(self, rest: F64, stands: float) -> tuple[Importance, ...]:
        found, factors = rest.copy(), np.where(self._needed, 1 - self._chance, 1.0)
        sure = np.flatnonzero(factors == 0)
        product = np.prod(np.delete(factors, sure))
        for row in np.flatnonzero(self._needed).tolist():
            if len(sure) == 0:
                found[row] = product / factors[row] * stands
            else:
                found[row] = product * stands if sure.tolist() == [row] else 0.0
        rows = np.flatnonzero((self._chance > 0) & (found > 0))
        cis = self._csr.index[self._cone[rows]].tolist()
        return tuple(
            Importance(ci, value)
            for value, ci in sorted(zip(found[rows].tolist(), cis, strict=True), key=lambda each: (-each[0], each[1]))
        )


def edges_of(csr: Csr, places: I32) -> I64:
    """Where the relationships of some places stand, row after row."""
    count = csr.end[places] - csr.beg[places]
    first = np.repeat(csr.beg[places] - np.cumsum(count) + count, count)
    return (first + np.arange(len(first))).astype(np.int64)


class _Run:
    """What the kernels of many states are given: the rows that are left, without what they stand for."""

    def __init__(self, csr: Csr, places: I32, cycle: I32, n: int, start: int) -> None:
        local = np.full(n, STANDS, np.int32)
        local[places] = np.arange(len(places), dtype=np.int32)
        self.start = int(local[start])
        self.arrays = (
            places, cycle, local, csr.beg, csr.end, csr.to, csr.code, csr.needed, csr.spare, csr.feeds, csr.unfounded,
            csr.circle,
        )  # fmt: skip


def unavailability(estate: Estate, attributes: Mapping[str, Mapping[str, Value]]) -> F64:
    """The share of time that each CI is out by itself, by number: nan where its figures are missing.

    recovery time / (mean time between failures + recovery time), or else 1 − `availability`. `attributes`: of each of
    the fields `mtbf`, `recovery_time` and `availability` its values by `ci_id`.
    """
    found = np.full(estate.topology.n, np.nan)
    empty: Mapping[str, Value] = {}
    for ci_id, share in attributes.get("availability", empty).items():
        ci = estate.find(ci_id)
        if ci is not None and isinstance(share, int | float):
            found[ci] = 1 - share
    times = attributes.get("recovery_time", empty)
    for ci_id, between in attributes.get("mtbf", empty).items():
        ci, back = estate.find(ci_id), times.get(ci_id)
        if ci is None or not isinstance(between, int | float) or not isinstance(back, int | float):
            continue
        if between + back > 0:
            found[ci] = back / (between + back)
    return found
