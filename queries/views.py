"""Which CIs a picture shows: what is around some, what a service rests on, what stands in a site, ways between two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate

I32 = NDArray[np.int32]
Bool = NDArray[np.bool_]
NOWHERE, SEVERAL = -1, -2  # of a CI's site: none is recorded; parts of it stand in several
FAR = 2**31 - 1  # hops: as far as it goes


@dataclass(frozen=True, slots=True)
class Seen:
    """CIs by number, sorted, and how many steps each is from those that were asked for; none was walked: 0."""

    cis: I32
    distance: I32

    @classmethod
    def of(cls, cis: Iterable[int]) -> "Seen":
        """These CIs, each asked for by itself."""
        found = np.unique(np.fromiter(cis, np.int32))
        return cls(found, np.zeros(len(found), np.int32))

    def where(self, kept: Bool) -> "Seen":
        """Some of them."""
        return Seen(self.cis[kept], self.distance[kept])

    def joined(self, other: "Seen") -> "Seen":
        """Those of both, the shorter way counting."""
        cis, at = np.unique(np.concatenate([self.cis, other.cis]), return_inverse=True)
        distance = np.full(len(cis), FAR, np.int32)
        np.minimum.at(distance, at, np.concatenate([self.distance, other.distance]))
        return Seen(cis.astype(np.int32), distance)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Who of some CIs rests on whom of them, each pair once: positions of dependents and providers among these CIs.

    `edge`: a kept relationship of the pair (a position in `csr.to`).
    """

    source: I32
    target: I32
    edge: I32

    def __len__(self) -> int:
        return len(self.source)


def around(
    estate: Estate, cis: Sequence[int], *, up: bool, down: bool, hops: int = FAR, stop: I32 | None = None
) -> Seen:
    """What rests on these CIs (`up`), what they rest on (`down`), or both, up to so many steps; themselves first.

    Parameters
    ----------
    estate
        Its relationships point from dependent to provider.
    cis
        Numbers of the CIs that are asked for.
    up, down
        Towards dependents; towards providers. With both, neither way turns round: what shares a provider is no
        neighbour.
    hops
        How many relationships away at the most.
    stop
        Numbers of CIs that are shown and not walked past.

    Examples
    --------
    >>> from tests.queries.pictures import chain
    >>> around(chain(4), [1], up=True, down=True, hops=1).cis.tolist()
    [0, 1, 2]
    """
    found = Seen.of(cis)
    if up:
        found = found.joined(_walked(estate, found.cis, down=False, hops=hops, stop=stop))
    if down:
        found = found.joined(_walked(estate, Seen.of(cis).cis, down=True, hops=hops, stop=stop))
    return found


def standing_in(estate: Estate, site: int, physical: Sequence[str], stop: I32 | None = None) -> Seen:
    """What is lost physically with a site, room or rack: located there, or running on what is.

    `physical`: relationship types by which the loss of a provider is the loss of its dependent (SEMANTICS 1).
    """
    types = np.isin(estate.type_names, list(physical))
    return _walked(estate, np.array([site], np.int32), down=False, hops=FAR, stop=stop, types=types)


def everything(estate: Estate) -> Seen:
    """All live and planned CIs."""
    there = np.ones(estate.topology.n, np.bool_)
    there[list(getattr(estate.ids, "hidden", ()))] = False  # retired since the estate was read
    cis = np.flatnonzero(there).astype(np.int32)
    return Seen(cis, np.zeros(len(cis), np.int32))


def neighbours(estate: Estate, cis: Sequence[int]) -> Seen:
    """Direct dependents and providers of some CIs, and themselves."""
    return around(estate, cis, up=True, down=True, hops=1)


def pairs_among(estate: Estate, cis: I32) -> Pairs:
    """Who of these CIs (sorted numbers) rests on whom of them."""
    csr = estate.topology.csr
    local = np.full(estate.topology.n, -1, np.int32)
    local[csr.place[cis]] = np.arange(len(cis), dtype=np.int32)
    source, edge = _rows(csr.beg, csr.end, csr.place[cis])
    target = local[csr.to[edge]]
    kept = target >= 0
    source, target, edge = source[kept], target[kept], edge[kept]
    _, first = np.unique(source * np.int64(len(cis)) + target, return_index=True)
    return Pairs(source[first].astype(np.int32), target[first], edge[first].astype(np.int32))


def hidden_around(estate: Estate, some: I32, cis: I32) -> tuple[I32, I32]:
    """Of each of `some` CIs how many direct dependents and providers are not among `cis` (both sorted numbers)."""
    csr = estate.topology.csr
    is_shown = np.zeros(estate.topology.n, np.bool_)
    is_shown[csr.place[cis]] = True
    counts = []
    for beg, end, to in ((csr.rbeg, csr.rend, csr.rto), (csr.beg, csr.end, csr.to)):
        owner, edge = _rows(beg, end, csr.place[some])
        away = ~is_shown[to[edge]]
        pairs = np.unique(owner[away] * np.int64(estate.topology.n) + to[edge[away]])
        counts.append(np.bincount(pairs // estate.topology.n, minlength=len(some)).astype(np.int32))
    return counts[0], counts[1]


def sites_of(estate: Estate, cis: I32, located: str, physical: Sequence[str]) -> I32:
    """The site of each of these CIs (sorted numbers), NOWHERE or SEVERAL.

    Where a CI is located says it (the relationship type `located`, by rack and room up to the site); what has no
    place of its own stands where that stands which it is lost with (`physical`).
    """
    place_type, types = np.isin(estate.type_names, [located]), np.isin(estate.type_names, list(physical))
    within = _walked(estate, cis, down=True, hops=FAR, types=types).cis
    source, target, code = _typed(estate, within, types)
    is_place = place_type[code]
    placed = np.zeros(len(within), np.bool_)
    placed[source[is_place]] = True
    kept = is_place | ~placed[source]
    source, target = source[kept], target[kept]
    top = np.zeros(len(within), np.bool_)
    top[target[is_place[kept]]] = True
    top[source] = False
    low, high = np.where(top, within, FAR), np.where(top, within, NOWHERE)
    while True:  # once for each step from a CI to its site
        least, greatest = low.copy(), high.copy()
        np.minimum.at(least, source, low[target])
        np.maximum.at(greatest, source, high[target])
        if (least == low).all() and (greatest == high).all():
            break
        low, high = least, greatest
    site = np.where(high < 0, NOWHERE, np.where(low == high, high, SEVERAL)).astype(np.int32)
    return site[np.searchsorted(within, cis)]


def _walked(
    estate: Estate, start: I32, *, down: bool, hops: int, stop: I32 | None = None, types: Bool | None = None
) -> Seen:
    csr = estate.topology.csr
    distance = np.full(estate.topology.n, -1, np.int32)
    stops = np.zeros(estate.topology.n, np.bool_)
    if stop is not None:
        stops[csr.place[stop]] = True
    level, steps = np.unique(csr.place[start]), 0
    distance[level] = 0
    while len(level) and steps < hops:
        steps += 1
        following = _providers if down else _dependents
        found = following(estate, level[~stops[level]], types)
        found = found[distance[found] < 0]
        distance[found] = steps
        # each once: a level of many is read off all CIs, one of few is sorted
        some = np.flatnonzero(distance == steps) if len(found) * 8 > len(distance) else np.unique(found)
        level = some.astype(np.int32)
    places = np.flatnonzero(distance >= 0)
    order = np.argsort(csr.index[places])
    return Seen(csr.index[places][order], distance[places][order])


def _providers(estate: Estate, level: I32, types: Bool | None) -> I32:
    csr = estate.topology.csr
    _, edge = _rows(csr.beg, csr.end, level)
    if types is None:
        return csr.to[edge]
    hidden = estate.hidden[types[estate.hidden[:, 2]]]
    more = csr.place[hidden[np.isin(csr.place[hidden[:, 0]], level), 1]]
    return np.concatenate([csr.to[edge[types[_codes(estate, edge)]]], more])


def _dependents(estate: Estate, level: I32, types: Bool | None) -> I32:
    csr = estate.topology.csr
    _, edge = _rows(csr.rbeg, csr.rend, level)
    if types is None:
        return csr.rto[edge]
    found = np.unique(csr.rto[edge])
    # what a relationship is called is known of the dependents' rows alone
    owner, edge = _rows(csr.beg, csr.end, found)
    kept = types[_codes(estate, edge)] & np.isin(csr.to[edge], level)
    hidden = estate.hidden[types[estate.hidden[:, 2]]]
    more = csr.place[hidden[np.isin(csr.place[hidden[:, 1]], level), 0]]
    return np.concatenate([found[owner[kept]], more])


def _typed(estate: Estate, cis: I32, types: Bool) -> tuple[I32, I32, NDArray[np.uint8]]:
    # relationships of some types among these CIs, by positions, with the codes of their types
    csr = estate.topology.csr
    source, edge = _rows(csr.beg, csr.end, csr.place[cis])
    code = _codes(estate, edge)
    hidden = estate.hidden
    dependents = np.concatenate([cis[source], hidden[:, 0]])
    providers = np.concatenate([csr.index[csr.to[edge]], hidden[:, 1]])
    codes = np.concatenate([code, hidden[:, 2].astype(np.uint8)])
    kept = types[codes] & np.isin(dependents, cis) & np.isin(providers, cis)
    ends = [np.searchsorted(cis, each[kept]).astype(np.int32) for each in (dependents, providers)]
    return ends[0], ends[1], codes[kept]


def _codes(estate: Estate, edge: NDArray[np.int64]) -> NDArray[np.uint8]:
    return estate.type_code[estate.topology.csr.origin[edge]]


def _rows(beg: I32, end: I32, places: I32) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of the rows of some places: which of the places each entry is of, and where it is."""
    length = (end[places] - beg[places]).astype(np.int64)
    owner = np.repeat(np.arange(len(places), dtype=np.int64), length)
    before = np.cumsum(length) - length
    return owner, np.arange(len(owner), dtype=np.int64) - before[owner] + beg[places].astype(np.int64)[owner]
