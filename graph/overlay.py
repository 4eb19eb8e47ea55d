"""A topology with some rows changed: copy-on-write, so that the one before goes on answering.

Only row pointers are copied; changed rows are written behind the end of the shared arrays. A new relationship may lead
against the order of places, and cycles are no longer known exactly: such a topology answers by worklists until it is
settled, which is building it anew from its own rows.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.csr import Csr, with_feeding
from graph.groups import Groups, check_edges, number_groups
from graph.kernels import build
from graph.kernels.build import FEED, SOFT
from graph.kernels.patch import any_feeds, keeps_feeding, reversed_rows, targets_of
from graph.topology import Tails, Topology

I32 = NDArray[np.int32]


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Relationships that `dependents` shall have, and no others; arrays as those of `Topology.from_edges`."""

    dependents: ArrayLike
    source: ArrayLike
    target: ArrayLike
    soft: ArrayLike | None = None
    group: ArrayLike | None = None
    min_available: ArrayLike | None = None
    feeds: ArrayLike | None = None


@dataclass(frozen=True, eq=False, slots=True)
class _Fresh:
    # the new rows: dependents by place, row starts, and of each edge its provider's place, code and origin
    rows: I32
    start: I32
    to: I32
    code: I32
    origin: I32
    groups: Groups


def with_rows(topology: Topology, rows: Rows, *, n: int | None = None, given: int | None = None) -> Topology:
    """The topology in which the relationships of some dependents are those given; the old one is as it was.

    Parameters
    ----------
    topology
        Relationships point from dependent to provider.
    rows
        The dependents, by index, and all the relationships that they have from now on.
    n
        How many CIs there are now, at least as many as before; new ones have the highest indices.
    given
        What the first of `rows` is numbered as in `origin`. Default: one more than the highest number there.

    Raises
    ------
    ValueError
        As `Topology.from_edges`; also for a relationship of a CI that is not among the dependents, or fewer CIs.
    """
    before = _with_cis(topology, topology.n if n is None else n)
    first = int(topology.csr.origin.max(initial=-1)) + 1 if given is None else given
    fresh = _fresh(before, rows, first)
    changed = np.zeros(before.n, np.bool_)
    changed[fresh.rows] = True
    csr = before.csr
    providers = np.unique(np.concatenate([targets_of(fresh.rows, csr.beg, csr.end, csr.to), fresh.to]))
    source = np.repeat(fresh.rows, np.diff(fresh.start))
    order = np.lexsort((source, fresh.to))
    rstart, rto, rcode = reversed_rows(
        providers, changed, csr.rbeg, csr.rend, csr.rto, csr.rcode, fresh.to[order], source[order], fresh.code[order]
    )
    tails = before.tails or Tails.of(csr)  # copies, where no room was made before
    forward, out = tails.forward.grown(len(csr.to), {"to": fresh.to, "code": fresh.code, "origin": fresh.origin})
    backward, back = tails.backward.grown(len(csr.rto), {"rto": rto, "rcode": rcode})
    beg, end = _moved(csr.beg, csr.end, fresh.rows, fresh.start, len(csr.to))
    rbeg, rend = _moved(csr.rbeg, csr.rend, providers, rstart, len(csr.rto))
    groups = _more_groups(csr, fresh.groups)
    feeding = any_feeds(fresh.rows, csr.beg, csr.end, csr.code, csr.feeds)
    made = replace(csr, beg=beg, end=end, rbeg=rbeg, rend=rend, **out, **back, **groups)
    if (feeding or any_feeds(fresh.rows, beg, end, made.code, made.feeds)) and not _keeps_feeding(made, fresh.rows):
        made = with_feeding(made)
    ordered = before.is_ordered and _keeps_order(csr, source, fresh.to) and _keeps_cycles(csr, fresh)
    return Topology(made, tails=Tails(forward, backward), is_ordered=ordered, is_settled=False)


def with_room(topology: Topology) -> Topology:
    """The same topology with room behind its rows: this copies them once, what changes it then does not."""
    if topology.tails is not None:
        return topology
    csr, tails = topology.csr, Tails.of(topology.csr)
    none = np.empty(0, np.int32)
    _, out = tails.forward.grown(len(csr.to), {"to": none, "code": none, "origin": none})
    _, back = tails.backward.grown(len(csr.rto), {"rto": none, "rcode": none})
    made = replace(csr, **out, **back)
    return Topology(made, tails=tails, is_ordered=topology.is_ordered, is_settled=topology.is_settled)


def _with_cis(topology: Topology, n: int) -> Topology:
    more = n - topology.n
    if more < 0:
        raise ValueError(f"{n} CIs are fewer than the {topology.n} there are")
    if not more:
        return topology
    csr = topology.csr
    none, last = np.zeros(more, np.int32), np.arange(topology.n, n, dtype=np.int32)
    grown = {name: np.concatenate([getattr(csr, name), none]) for name in ("beg", "end", "rbeg", "rend")}
    grown |= {name: np.concatenate([getattr(csr, name), last]) for name in ("place", "index")}
    if topology.has_feeds:
        # without relationships that feed it a CI needs no source
        grown |= {
            "unfounded": np.concatenate([csr.unfounded, np.zeros(more, np.bool_)]),
            "circle": np.concatenate([csr.circle, np.full(more, -1, np.int32)]),
        }
    return Topology(
        replace(csr, **grown), tails=topology.tails, is_ordered=topology.is_ordered, is_settled=topology.is_settled
    )


def _fresh(topology: Topology, rows: Rows, given: int) -> _Fresh:
    csr = topology.csr
    edges = check_edges(
        topology.n, rows.source, rows.target, rows.soft, rows.group, rows.min_available, rows.feeds
    )  # fmt: skip
    dependents = np.unique(np.atleast_1d(np.asarray(rows.dependents, np.int32)))
    if len(dependents) and not (dependents[0] >= 0 and dependents[-1] < topology.n):
        raise ValueError(f"a dependent lies outside 0 … {topology.n - 1}")
    strange = ~np.isin(edges.source, dependents)
    if strange.any():
        at = int(np.argmax(strange))
        raise ValueError(f"edge {at}: {edges.source[at]} is none of the dependents")
    code, groups = number_groups(edges)
    code[code >= 0] += len(csr.size)
    places = np.sort(csr.place[dependents])
    local = np.searchsorted(places, csr.place[edges.source]).astype(np.int32)
    start, ordered = build.bucket(len(places), local)
    pointer, kept = build.collapse(start, ordered, edges.target, code)
    owner = csr.place[groups.owner].astype(np.int32)
    return _Fresh(
        places, pointer, csr.place[edges.target[kept]].astype(np.int32), code[kept], (kept + given).astype(np.int32),
        Groups(owner, groups.size, groups.needed, groups.feeds, (groups.edge + given).astype(np.int32)),
    )  # fmt: skip


def _moved(beg: I32, end: I32, rows: I32, start: I32, base: int) -> tuple[I32, I32]:
    beg, end = beg.copy(), end.copy()
    beg[rows], end[rows] = start[:-1] + base, start[1:] + base
    return beg, end


def _more_groups(csr: Csr, groups: Groups) -> dict[str, NDArray[Any]]:
    # the groups that the changed rows had before stay, unnamed by any row
    return {
        "size": np.concatenate([csr.size, groups.size]),
        "needed": np.concatenate([csr.needed, groups.needed]),
        "spare": np.concatenate([csr.spare, groups.size - groups.needed]),
        "owner": np.concatenate([csr.owner, groups.owner]),
        "feeds": np.concatenate([csr.feeds, groups.feeds]),
        "edge": np.concatenate([csr.edge, groups.edge]),
    }


def _keeps_feeding(csr: Csr, rows: I32) -> bool:
    # one look at what changed is cheaper than one at all that feeds
    return len(csr.circle) > 0 and keeps_feeding(
        rows, csr.beg, csr.end, csr.to, csr.code, csr.needed, csr.feeds, csr.unfounded, csr.circle
    )


def _keeps_order(csr: Csr, source: I32, target: I32) -> bool:
    against = target > source
    if not against.any():
        return True
    # within one cycle places have no order to keep
    dependents, providers = csr.cycles_of(source[against]), csr.cycles_of(target[against])
    return bool(((dependents >= 0) & (dependents == providers)).all())


def _keeps_cycles(csr: Csr, fresh: _Fresh) -> bool:
    # a cycle that loses a relationship within it may be one no longer
    at = csr.cycles_of(fresh.rows)
    for row in np.flatnonzero(at >= 0):
        low, high = csr.cyclic[at[row]]
        place = fresh.rows[row]
        had = csr.to[csr.beg[place] : csr.end[place]]
        has = fresh.to[fresh.start[row] : fresh.start[row + 1]]
        if not np.isin(had[(had >= low) & (had < high)], has).all():
            return False
    return True


def settled(topology: Topology) -> Topology:
    """The same graph built anew: in order, its cycles known exactly, nothing between its rows."""
    if topology.is_settled:
        return topology
    csr = topology.csr
    edges, arrays = _edges_of(csr, np.arange(topology.n, dtype=np.int32))
    made = Topology.from_edges(topology.n, csr.index[arrays.pop("rows")], csr.index[csr.to[edges]], **arrays)
    origin = csr.origin[edges]
    fresh = replace(made.csr, origin=origin[made.csr.origin], edge=origin[made.csr.edge])
    return with_room(Topology(_excused_as(csr.unfounded, csr.place, fresh) if made.has_feeds else fresh))


def part(topology: Topology, cis: I32) -> Topology:
    """The CIs of these indices (sorted; they rest on each other only) by themselves, numbered in their order."""
    csr = topology.csr
    edges, arrays = _edges_of(csr, csr.place[cis])
    number = np.empty(topology.n, np.int32)
    number[cis] = np.arange(len(cis), dtype=np.int32)
    source, target = number[csr.index[arrays.pop("rows")]], number[csr.index[csr.to[edges]]]
    made = Topology.from_edges(len(cis), source, target, **arrays)
    # where nothing feeds any more there is nobody to excuse
    return Topology(_excused_as(csr.unfounded, csr.place[cis], made.csr)) if made.has_feeds else made


def _excused_as(unfounded: NDArray[np.bool_], place: I32, made: Csr) -> Csr:
    # who needs no source, by the place that each CI of `made` had: in a proposed graph others than those who have none
    return replace(made, unfounded=unfounded[place][made.index])


def _edges_of(csr: Csr, places: I32) -> tuple[I32, dict[str, Any]]:
    # the relationships of some dependents: where they stand, and what `Topology.from_edges` wants to know of them
    lengths = csr.end[places] - csr.beg[places]
    rows = np.repeat(places, lengths)
    first = np.cumsum(lengths) - lengths
    edges = (np.repeat(csr.beg[places] - first, lengths) + np.arange(len(rows))).astype(np.int32)
    code = csr.code[edges]
    grouped = code >= 0
    number = np.where(grouped, code, 0)
    some = len(csr.size) > 0
    return edges, {
        "rows": rows,
        "soft": code == SOFT,
        "group": np.where(grouped, code, -1),
        "min_available": np.where(grouped, csr.needed[number], 1) if some else None,
        "feeds": np.where(grouped, csr.feeds[number], code == FEED) if some else code == FEED,
    }


def part_with(topology: Topology, cis: I32, source: I32, target: I32) -> tuple[Topology, I32]:
    """As `part`, with requirements more between these CIs; and what each kept relationship was before.

    Soft relationships to others are left out. Each requirement is a group of 1 of 1 that does not feed. What a
    relationship was before is where it stood in `topology.csr.to`, or −1 − j for the requirement that `source[j]` and
    `target[j]` say.
    """
    csr = topology.csr
    edges, arrays = _edges_of(csr, csr.place[cis])
    if arrays["min_available"] is None:
        arrays["min_available"] = np.ones(len(edges), np.int32)
    within = np.isin(csr.index[csr.to[edges]], cis)
    edges, arrays = edges[within], {name: array[within] for name, array in arrays.items()}
    sources = np.concatenate([csr.index[arrays.pop("rows")], source])
    targets = np.concatenate([csr.index[csr.to[edges]], target])
    more = np.arange(len(source), dtype=np.int32)
    filled = {"soft": more < 0, "group": len(csr.size) + more, "min_available": more >= 0, "feeds": more < 0}
    arrays = {name: np.concatenate([arrays[name], value]) for name, value in filled.items()}
    made = Topology.from_edges(len(cis), np.searchsorted(cis, sources), np.searchsorted(cis, targets), **arrays)
    return made, np.concatenate([edges, -1 - more])[made.csr.origin].astype(np.int32)
