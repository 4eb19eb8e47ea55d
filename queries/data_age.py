"""How old the data are with which a service comes back after a loss: its RPO (JR/T 0074-2012, 8.3 c; SEMANTICS 6)."""

import heapq
import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.estate import Estate
from graph.kernels.build import SOFT
from graph.records.backups import Backup
from graph.topology import Topology
from queries.kernels.ages import carry
from queries.typed import of_types

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]
# classes that hold data whether a copy or backup of them is recorded or not; others do if one is
STORES = frozenset({"database_instance", "storage_array", "volume"})
# types that say where data lie, and of which classes; what is only called or connected through holds nothing for others
LIE_ON = {"stores_on": STORES, "runs_on": frozenset({"volume"})}


@dataclass(frozen=True)
class Copies:
    """What the data of CIs can be had from, as columns; seconds, nan where not known.

    CI `of[i]` has its data on CI `on[i]` as they were `behind[i]` before. `passes_on[i]`: as on `on[i]` they came from
    elsewhere, what that was behind comes on top (a replica; a backup is as it was made).
    """

    of: ArrayLike
    on: ArrayLike
    behind: ArrayLike
    passes_on: ArrayLike


@dataclass(frozen=True, eq=False, slots=True)
class DataAges:
    """Seconds by CI index, inf where nothing brings the data back; where a lag is not known the bounds differ."""

    lower: F64
    upper: F64


def data_ages(
    topology: Topology, *, hit: ArrayLike, out: ArrayLike, holds: ArrayLike, copies: Copies,
    elsewhere: ArrayLike | None = None,
) -> DataAges:  # fmt: skip
    """The age of the data with which each CI comes back.

    A store that is hit has lost its data, unless they lie on another store: then they are as old as there. What is lost
    comes back as old as the youngest copy or backup that is not out, or that another lost copy still has from
    elsewhere. Whoever needs a store, directly or not, comes back with the data of the store; of a redundancy group the
    needed-th youngest counts. Soft providers do not.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    hit, out
        By CI index: who is lost, and who is out then, the former included.
    holds
        Which CIs hold data.
    copies
        Replicas and backups of stores; of others they are passed over.
    elsewhere
        Whose data lie on a store that it needs (`lie_elsewhere`). Default: nobody's.

    Raises
    ------
    ValueError
        An array of another length than there are CIs, or a negative age.
    IndexError
        A copy of or on what is no CI.

    Examples
    --------
    A service on an application on a database that is lost, whose replica is half a minute behind:

    >>> t = Topology.from_edges(4, source=[0, 1], target=[1, 2])
    >>> lost = [False, False, True, False]
    >>> out, copies = [True, True, True, False], Copies(of=[2], on=[3], behind=[30.0], passes_on=[True])
    >>> found = data_ages(t, hit=lost, out=out, holds=lost, copies=copies)
    >>> found.upper.tolist()
    [30.0, 30.0, 30.0, 0.0]
    """
    t = topology.settled
    away = np.zeros(t.n, np.bool_) if elsewhere is None else elsewhere
    gone, stopped, stores, spread = (np.asarray(each, np.bool_) for each in (hit, out, holds, away))
    if any(each.shape != (t.n,) for each in (gone, stopped, stores, spread)):
        raise ValueError(f"hit, out, holds and elsewhere have a value for each of {t.n} CIs")
    rows = _rows(t.n, copies)
    lost = (stores & ~spread & gone)[t.csr.index]
    bounds = []
    for unknown in (0.0, np.inf):
        spared = np.full(t.n, np.inf)
        for ci, age in _from_copies(rows, unknown, gone, stopped).items():
            if stores[ci]:
                spared[ci] = age
        by_place = spared[t.csr.index]
        finite = np.flatnonzero(np.isfinite(by_place)).astype(np.int32)
        order = finite[np.argsort(-by_place[finite], kind="stable")]
        csr = t.csr
        ages = carry(lost, by_place, order, csr.rbeg, csr.rend, csr.rto, csr.rcode, csr.spare)
        bounds.append(ages[csr.place])
    return DataAges(*bounds)


def _rows(n: int, copies: Copies) -> list[tuple[int, int, float, bool]]:
    rows = list(
        zip(
            np.asarray(copies.of, np.int64).tolist(),
            np.asarray(copies.on, np.int64).tolist(),
            np.asarray(copies.behind, np.float64).tolist(),
            np.asarray(copies.passes_on, np.bool_).tolist(),
            strict=True,
        )
    )
    for of, on, behind, _ in rows:
        if not (0 <= of < n and 0 <= on < n):
            raise IndexError(f"a copy of CI {of} on CI {on} among {n}")
        if behind < 0:
            raise ValueError(f"the copy of CI {of} on CI {on} is {behind} s behind")
    return rows


def _from_copies(
    rows: Sequence[tuple[int, int, float, bool]], unknown: float, hit: Bool, out: Bool
) -> dict[int, float]:  # fmt: skip
    """The least age of each CI's copies: youngest first from what is not out, on over copies that are lost."""
    found: dict[int, float] = {}
    onward: dict[int, list[tuple[int, float]]] = {}
    heap: list[tuple[float, int]] = []
    for of, on, behind, passes_on in rows:
        lag = unknown if math.isnan(behind) else behind
        if not out[on]:
            heap.append((lag, of))
        elif hit[on] and passes_on:
            onward.setdefault(on, []).append((of, lag))
    heapq.heapify(heap)
    while heap:
        age, ci = heapq.heappop(heap)
        if ci not in found:
            found[ci] = age
            for of, lag in onward.get(ci, ()):
                heapq.heappush(heap, (age + lag, of))
    return found


def copies_of(
    estate: Estate, replicas: Iterable[tuple[str, str, float | None]], backups: Iterable[Backup]
) -> Copies:  # fmt: skip
    """Replicas (`ci_id`, the one that it replicates to, lag in seconds or `None`) and backups, by number.

    A backup is its interval and its duration behind. What names a CI that is not there, or retired, brings nothing
    back, and is left out.
    """
    rows = [(of, on, np.nan if lag is None else float(lag), True) for of, on, lag in replicas]
    for backup in backups:
        known = backup.interval is not None and backup.duration is not None
        behind = float((backup.interval or 0) + (backup.duration or 0)) if known else np.nan
        rows.append((backup.ci_id, backup.kept_on, behind, False))
    numbered = [(estate.find(of), estate.find(on), behind, passes) for of, on, behind, passes in rows]
    kept = [(of, on, behind, passes) for of, on, behind, passes in numbered if of is not None and on is not None]
    return Copies(*(list(column) for column in zip(*kept, strict=True))) if kept else Copies([], [], [], [])


def stores_of(estate: Estate, copies: Copies, classes: Collection[str] = STORES) -> Bool:
    """Which CIs hold data: those of some classes, and those of which a copy or backup is recorded."""
    held = np.isin(estate.class_code, _codes(estate, classes))
    held[np.asarray(copies.of, np.int64)] = True
    return held


def lie_elsewhere(estate: Estate) -> Bool:
    """Whose data lie on another store: who needs one by a type of LIE_ON, and is in no cycle with it.

    Within a cycle neither would have its data: each from the other.
    """
    t = estate.topology.settled
    csr, found = t.csr, np.zeros(t.n, np.bool_)
    stores = np.isin(estate.class_code, _codes(estate, STORES))
    cycle = csr.cycles_of(np.arange(t.n, dtype=np.int32))
    for type_name, classes in LIE_ON.items():
        rows, edges = of_types(estate, [type_name])
        to, dependents = csr.to[edges], csr.index[rows]
        apart = (cycle[rows] < 0) | (cycle[rows] != cycle[to])
        kept = (csr.code[edges] != SOFT) & apart & stores[csr.index[to]]
        found[dependents[kept & np.isin(estate.class_code[dependents], _codes(estate, classes))]] = True
    return found


def _codes(estate: Estate, classes: Collection[str]) -> list[int]:
    return [code for code, name in enumerate(estate.class_names) if name in classes]


@dataclass(frozen=True, slots=True)
class Rpo:
    """The promise and what comes of it, seconds; `lower`, `upper`: inf where the data do not come back.

    `meets`: kept, missed, or unknown; `None` where nothing is promised.
    """

    promised: float | None
    lower: float
    upper: float

    @property
    def meets(self) -> str | None:
        """Whether the promise is kept whatever is not known."""
        if self.promised is None:
            return None
        if self.upper <= self.promised:
            return "kept"
        return "missed" if self.lower > self.promised else "unknown"

    @property
    def upper_reason(self) -> str | None:
        """Why there is no upper bound: the data are `lost`, or it is `unknown` how old they are."""
        return None if self.upper < math.inf else "lost" if self.lower == math.inf else "unknown"

    def plain(self) -> dict[str, Any]:
        """As JSON (ANSWERS: continuity, rpo)."""
        bounds = {
            name: None if math.isinf(age) else age for name, age in (("lower", self.lower), ("upper", self.upper))
        }
        return {"promised": self.promised, **bounds, "upper_reason": self.upper_reason, "meets": self.meets}


def rpo_of(ages: DataAges, service: int, promised: float | None) -> Rpo:
    """What the ages say of one service."""
    return Rpo(promised, float(ages.lower[service]), float(ages.upper[service]))
