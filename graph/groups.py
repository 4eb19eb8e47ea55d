"""Edge arrays as given: checked, and redundancy groups numbered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.kernels.build import FEED, HARD, SOFT

MOST = 2**31 - 1  # CIs or relationships: places and positions are int32
I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Edges:
    """Arrays of one length. `group` −1: none; `needed` −1: all members."""

    source: I32
    target: I32
    soft: Bool
    group: NDArray[np.int64]
    needed: NDArray[np.int64]
    feeds: Bool


@dataclass(frozen=True, eq=False, slots=True)
class Groups:
    """One entry a group, by owner, then by the number given: distinct members, needed ones, and one of its edges."""

    owner: I32
    size: I32
    needed: I32
    feeds: Bool
    edge: I32


def check_edges(
    n: int,
    source: ArrayLike,
    target: ArrayLike,
    soft: ArrayLike | None,
    group: ArrayLike | None,
    min_available: ArrayLike | None,
    feeds: ArrayLike | None,
) -> Edges:
    """The arrays in their types; ValueError names the edge that cannot be."""
    m = np.size(source)
    if not 0 <= n <= MOST or m > MOST:
        raise ValueError(f"{n:,} CIs and {m:,} relationships: a topology has 0 to {MOST:,} of each")
    src, dst = _whole("source", source), _whole("target", target)
    edges = Edges(
        src.astype(np.int32),
        dst.astype(np.int32),
        np.zeros(m, np.bool_) if soft is None else np.asarray(soft, np.bool_).ravel(),
        np.full(m, -1, np.int64) if group is None else _whole("group", group),
        np.full(m, -1, np.int64) if min_available is None else _whole("min_available", min_available),
        np.zeros(m, np.bool_) if feeds is None else np.asarray(feeds, np.bool_).ravel(),
    )
    lengths = {len(dst), len(edges.soft), len(edges.group), len(edges.needed), len(edges.feeds)}
    if lengths != {m}:
        raise ValueError(f"arrays of different lengths: {sorted({m} | lengths)}")
    _refuse((src < 0) | (src >= n) | (dst < 0) | (dst >= n), src, dst, f"has an end outside 0 … {n - 1}")
    _refuse(src == dst, src, dst, "is a self-loop")
    _refuse(edges.soft & (edges.group >= 0), src, dst, "is soft and in a redundancy group")
    _refuse(edges.soft & edges.feeds, src, dst, "is soft and feeds")
    if min_available is not None:
        _refuse((edges.group >= 0) & (edges.needed < 1), src, dst, "has a min_available below 1")
    return edges


def _whole(name: str, values: ArrayLike) -> NDArray[np.int64]:
    given = np.asarray(values).ravel()
    # a fraction would be cut off and 2⁶³ would turn negative, without a word
    if given.size and not np.can_cast(given.dtype, np.int64):
        kept = given.astype(np.int64)
        wrong = (kept != given) | (given >= 2**63) if given.dtype.kind in "fu" else np.ones(len(given), np.bool_)
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ValueError(f"edge {at} has the {name} {given[at]!r}, which is no whole number of 64 bits")
    return given.astype(np.int64)


def _refuse(wrong: Bool, source: NDArray[np.int64], target: NDArray[np.int64], why: str) -> None:
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ValueError(f"edge {at} ({source[at]} depends on {target[at]}) {why}")


def number_groups(edges: Edges) -> tuple[I32, Groups]:
    """The code of every edge (HARD, SOFT, FEED, or its group's number) and the groups."""
    code = np.where(edges.soft, SOFT, np.where(edges.feeds, FEED, HARD)).astype(np.int32)
    members = np.flatnonzero(edges.group >= 0).astype(np.int32)
    if not len(members):
        none = np.empty(0, np.int32)
        return code, Groups(none, none, none, np.empty(0, np.bool_), none)
    order = members[np.lexsort((edges.target[members], edges.group[members], edges.source[members]))]
    new = np.ones(len(order), np.bool_)
    same_owner = edges.source[order[1:]] == edges.source[order[:-1]]
    new[1:] = ~(same_owner & (edges.group[order[1:]] == edges.group[order[:-1]]))
    number = np.cumsum(new) - 1
    code[order] = number
    first = order[new]
    distinct = new.copy()
    distinct[1:] |= edges.target[order[1:]] != edges.target[order[:-1]]
    size = np.bincount(number, weights=distinct).astype(np.int32)
    _one_per_group(edges, order, number, first)
    needed = np.where(edges.needed[first] < 0, size, edges.needed[first])
    src, dst = edges.source.astype(np.int64), edges.target.astype(np.int64)
    above = np.zeros(len(src), np.bool_)
    above[first] = needed > size
    _refuse(above, src, dst, "has a min_available above the number of members")
    return code, Groups(edges.source[first], size, needed.astype(np.int32), edges.feeds[first], first)


def in_order(code: I32, groups: Groups, place: I32) -> tuple[I32, Groups]:
    """The groups renumbered by their owners' places, so that a pass in that order reads them in theirs."""
    if not len(groups.owner):
        return code, groups
    order = np.argsort(place[groups.owner], kind="stable").astype(np.int32)
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    moved = code.copy()
    members = code >= 0
    moved[members] = number[code[members]]
    return moved, Groups(
        groups.owner[order], groups.size[order], groups.needed[order], groups.feeds[order], groups.edge[order]
    )


def _one_per_group(edges: Edges, order: I32, number: NDArray[np.int64], first: I32) -> None:
    src, dst = edges.source.astype(np.int64), edges.target.astype(np.int64)
    for values, why in (
        (edges.needed, "differs from its group in min_available"),
        (edges.feeds, "differs from its group in feeds"),
    ):
        wrong = np.zeros(len(src), np.bool_)
        wrong[order] = values[order] != values[first][number]
        _refuse(wrong, src, dst, why)
