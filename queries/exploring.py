"""The explorer's picture: which CIs of a view are drawn, in which lanes, how they stand, and what is only counted."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from graph.errors import BadInputError
from graph.estate import Estate
from graph.ontology import Ontology
from queries.blast_radius import BlastRadius, known_as, numbers_of
from queries.folding import MOST, Key, Traits, folded
from queries.paths import MOST_PATHS, Paths, dependency_paths
from queries.picture import (
    GROUPS,
    HIDDEN_VALUE,
    NO_VALUE,
    SEVERAL_VALUES,
    Direction,
    Filter,
    Grouping,
    Picture,
    Question,
    View,
)
from queries.views import (
    FAR,
    NOWHERE,
    SEVERAL,
    Pairs,
    Seen,
    around,
    everything,
    neighbours,
    pairs_among,
    sites_of,
    standing_in,
)

I32 = NDArray[np.int32]
LEAST = 200  # elements: lanes and what is between them always fit
NAMED = 500  # CIs or groups that one question may name
LIVE = "live"


@dataclass(frozen=True)
class Beside:
    """What is known of CIs beside the estate, at its revision.

    `statuses`: of CIs that are not live. `owners`: by CI. `found`: ids that a text finds, and whether those are all.
    `shown`: those of some CIs of which owners and texts may be told; `None`: all.
    """

    statuses: Mapping[str, str] = field(default_factory=dict)
    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    found: Collection[str] = ()
    found_all: bool = True
    shown: Callable[[Sequence[str]], Collection[str]] | None = None

    def told(self, ci_ids: Iterable[str]) -> Collection[str]:
        """Those of some CIs of which owners and texts may be told."""
        some = list(ci_ids)
        return some if self.shown is None else self.shown(some)

    def looks_at_all(self, limits: Filter) -> bool:
        """Whether what a filter asks about is known, and may be told, of every CI."""
        by_owner, by_text = bool(limits.owners), bool(limits.text)
        return (self.found_all or not by_text) and (self.shown is None or not (by_owner or by_text))


def explore(
    estate: Estate, ontology: Ontology, question: Question, beside: Beside, radius: BlastRadius | None = None
) -> Picture:
    """The picture of a view, at the revision of the estate.

    Parameters
    ----------
    estate, ontology
        The register, and the words it is written in: lanes are its tiers.
    question, beside
        What is wanted, and what is known beside the estate.
    radius
        What would break, where somebody asks what if.

    Raises
    ------
    BadInputError
        `explorer.no_ci`, `explorer.two_ends`, `explorer.too_many`; `impact.unknown_ci`, `impact.bad_id`.
    """
    _check(question)
    question = _normal(question)
    numbers = numbers_of(estate, _named(question))
    asked = np.array([numbers[ci_id] for ci_id in question.cis], np.int32)
    expanded = np.array([numbers[ci_id] for ci_id in question.expanded], np.int32)
    ways = _ways(estate, asked.tolist()) if question.view == View.PATHS else None
    states, seeds = _states(estate, radius)
    seen = _seen(estate, ontology, question, numbers, ways)
    seen = _filtered(_Kept(estate, ontology, beside, numbers, asked), question.filter, seen, states)
    if len(expanded):
        seen = seen.joined(neighbours(estate, expanded.tolist()))
    pairs, state = pairs_among(estate, seen.cis), states[seen.cis]
    label, values = _labels(estate, ontology, question.grouping, seen.cis, beside)
    first = np.concatenate([asked, expanded, np.array(sorted(seeds), np.int32)])
    traits = Traits(
        lane=_lanes(estate, ontology)[estate.class_code[seen.cis]],
        ci_class=estate.class_code[seen.cis].astype(np.int32),
        rank=_rank(estate, seen, pairs, state),
        pinned=np.isin(seen.cis, first) | (ways is not None),
        label=label,
    )
    opened = _opened(estate, ontology, question.opened, values)
    boxes = folded(pairs, traits, opened=opened, per_lane=question.per_lane, most=question.most)
    complete = (ways is None or ways.complete) and beside.looks_at_all(question.filter)
    return Picture(estate, ontology, question, seen, pairs, state, seeds, values, boxes, ways, complete)


def _check(question: Question) -> None:
    if question.view == View.PATHS and len(question.cis) != 2:
        raise BadInputError("explorer.two_ends")
    if question.view not in (View.QUERY, View.PATHS) and not question.cis:
        raise BadInputError("explorer.no_ci")
    limits = question.filter
    filters = (limits.classes, limits.statuses, limits.owners, limits.sites)
    for named in (question.cis, question.opened, question.expanded, question.collapsed, *filters):
        if len(named) > NAMED:
            raise BadInputError("explorer.too_many", most=NAMED, given=len(named))


def _named(question: Question) -> list[str]:
    limits = question.filter
    named = (question.cis, question.expanded, question.collapsed, limits.owners, limits.sites)
    return list(dict.fromkeys(ci_id for some in named for ci_id in some))


def _normal(question: Question) -> Question:
    """The question with ids as they are kept, and with numbers that can be."""

    def kept(ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(known_as, ids))

    limits = question.filter
    return replace(
        question,
        cis=kept(question.cis) if question.view != View.QUERY else (),
        expanded=kept(question.expanded),
        collapsed=kept(question.collapsed),
        filter=replace(limits, owners=kept(limits.owners), sites=kept(limits.sites), text=limits.text.strip()),
        hops=None if question.hops is None else max(0, question.hops),
        per_lane=max(1, question.per_lane),
        most=min(max(LEAST, question.most), MOST),
    )


def _ways(estate: Estate, ends: Sequence[int]) -> Paths:
    # somebody who asks for the ways between two need not know which one depends on the other
    found = dependency_paths(estate.topology, ends[0], ends[1], most=MOST_PATHS)
    if found.paths or not found.complete:
        return found
    return dependency_paths(estate.topology, ends[1], ends[0], most=MOST_PATHS)


def _seen(
    estate: Estate, ontology: Ontology, question: Question, numbers: Mapping[str, int], ways: Paths | None
) -> Seen:
    asked = [numbers[ci_id] for ci_id in question.cis]
    stop = np.array([numbers[ci_id] for ci_id in question.collapsed], np.int32)
    if ways is not None:
        return Seen.of({*asked, *(ci for path in ways.paths for ci in path)})
    if question.view == View.QUERY:
        return everything(estate)
    if question.view == View.SITE:
        found = Seen.of(asked)
        for site in asked:
            found = found.joined(standing_in(estate, site, _physical(ontology), stop))
        return found
    if question.view == View.SERVICE:
        return around(estate, asked, up=False, down=True, stop=stop)
    hops = FAR if question.hops is None else question.hops
    up, down = question.direction != Direction.DOWN, question.direction != Direction.UP
    return around(estate, asked, up=up, down=down, hops=hops, stop=stop)


def _physical(ontology: Ontology) -> list[str]:
    return [name for name, kind in ontology.relationship_types.items() if kind.shared_loss]


def _states(estate: Estate, radius: BlastRadius | None) -> tuple[NDArray[np.uint8], frozenset[int]]:
    if radius is None:
        return np.zeros(estate.topology.n, np.uint8), frozenset()
    return radius.found.dense()[0], frozenset(radius.found.seeds)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What filters look at; `asked` are kept whatever they are."""

    estate: Estate
    ontology: Ontology
    beside: Beside
    numbers: Mapping[str, int]
    asked: I32

    def of_statuses(self, wanted: Collection[str]) -> tuple[I32, bool]:
        """CIs that are not live and of these statuses; and whether live ones are wanted."""
        return self._by_id(ci for ci, status in self.beside.statuses.items() if status in wanted), LIVE in wanted

    def of_owners(self, owners: Collection[str]) -> I32:
        """CIs that one of these owns."""
        owned = (ci for ci, his in self.beside.owners.items() if not set(his).isdisjoint(owners))
        return self._by_id(self.beside.told(owned))

    def in_sites(self, sites: Sequence[str]) -> I32:
        """CIs that stand in one of these."""
        physical = _physical(self.ontology)
        return np.concatenate([standing_in(self.estate, self.numbers[site], physical).cis for site in sites])

    def called(self) -> I32:
        """CIs that the text found."""
        return self._by_id(self.beside.told(self.beside.found))

    def not_live(self) -> I32:
        """CIs of any other status."""
        return self._by_id(self.beside.statuses)

    def _by_id(self, ci_ids: Iterable[str]) -> I32:
        numbers = (self.estate.find(ci_id) for ci_id in ci_ids)
        return np.fromiter((number for number in numbers if number is not None), np.int32)


def _filtered(kept: _Kept, limits: Filter, seen: Seen, states: NDArray[np.uint8]) -> Seen:
    cis, estate = seen.cis, kept.estate
    some = np.ones(len(cis), np.bool_)
    if limits.classes:
        some &= np.isin(estate.class_names, list(limits.classes))[estate.class_code[cis]]
    if limits.statuses:
        others, live = kept.of_statuses(limits.statuses)
        some &= np.isin(cis, others) | (live & ~np.isin(cis, kept.not_live()))
    if limits.owners:
        some &= np.isin(cis, kept.of_owners(limits.owners))
    if limits.sites:
        some &= np.isin(cis, kept.in_sites(limits.sites))
    if limits.text:
        some &= np.isin(cis, kept.called())
    if limits.affected:
        some &= states[cis] > 0
    return seen.where(some | np.isin(cis, kept.asked))


def _lanes(estate: Estate, ontology: Ontology) -> I32:
    # by class the number of its lane; classes that the ontology has no more are in one of their own
    tiers = {name: at for at, name in enumerate(ontology.tiers)}
    known = ontology.classes
    lanes = [tiers[known[name].tier] if name in known else len(tiers) for name in estate.class_names]
    return np.array(lanes, np.int32)


def _rank(estate: Estate, seen: Seen, pairs: Pairs, state: NDArray[np.uint8]) -> I32:
    """Who is drawn first: the worst hit, then the nearest, then services, then those with the most relationships."""
    n, other = len(seen.cis), ~np.isin(seen.cis, estate.services())
    related = np.bincount(pairs.source, minlength=n) + np.bincount(pairs.target, minlength=n)
    rank = np.empty(n, np.int32)
    rank[np.lexsort((seen.cis, -related, other, seen.distance, -state.astype(np.int8)))] = np.arange(n)
    return rank


def _labels(
    estate: Estate, ontology: Ontology, grouping: Grouping, cis: I32, beside: Beside
) -> tuple[I32 | None, Sequence[str]]:
    """Of each CI the number of what it is grouped by, and the values by number."""
    if grouping == Grouping.NONE:
        return None, ()
    if grouping == Grouping.CLASS:
        return estate.class_code[cis].astype(np.int32), estate.class_names
    if grouping == Grouping.SITE:
        sites = sites_of(estate, cis, ontology.shorthands["site"], _physical(ontology))
        found, label = np.unique(sites, return_inverse=True)
        words = {NOWHERE: NO_VALUE, SEVERAL: SEVERAL_VALUES}
        return label.astype(np.int32), [words.get(site) or _id(estate, site) for site in found.tolist()]
    ids = estate.ids.some(cis)
    told = set(beside.told(ids))
    values = [_owner(beside.owners.get(ci_id, ())) if ci_id in told else HIDDEN_VALUE for ci_id in ids]
    names = sorted(set(values))
    number = {name: at for at, name in enumerate(names)}
    return np.fromiter((number[value] for value in values), np.int32, len(values)), names


def _id(estate: Estate, site: int) -> str:
    return NO_VALUE if site < 0 else estate.ids[site]


def _owner(owners: Sequence[str]) -> str:
    return NO_VALUE if not owners else owners[0] if len(owners) == 1 else SEVERAL_VALUES


def _opened(estate: Estate, ontology: Ontology, keys: Sequence[str], values: Sequence[str]) -> set[Key]:
    """Groups by the keys somebody kept; a key of nothing here opens nothing."""
    tiers = {name: at for at, name in enumerate(ontology.tiers)} | {"": len(ontology.tiers)}
    codes = {"by": list(values), "class": list(estate.class_names), "lane": [""]}
    kinds = {word: kind for kind, word in GROUPS.items()}
    found: set[Key] = set()
    for key in keys:
        word, _, rest = key.partition("|")
        tier, _, value = rest.partition("|")
        if word in kinds and tier in tiers and value in codes[word]:
            found.add((kinds[word], tiers[tier], codes[word].index(value)))
    return found
