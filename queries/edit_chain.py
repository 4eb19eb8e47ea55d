"""Edits of several changes, one after the other: what groups become by whom, and which edits no longer apply.

Edits apply by planned start, then change id; a group of edits that no longer applies is left out (SEMANTICS 5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from graph.estate import Estate
from graph.ontology import Ontology
from graph.records.edits import Add, Edit, EditGroup, Regroup, Relate, Retire, SetField, Unrelate
from graph.records.kept_graph import Ends, KeptGraph, named_by, owner_of
from graph.topology import CiIndex
from graph.values import needed_of
from queries.draft import Draft, EditConflict, Owned
from queries.parties import Lineage, Requirement

NOTHING = KeptGraph({}, {})
REPLAYED = 100_000  # changes gone through again to see which of them keep an edit back; about 1 s


@dataclass(frozen=True, slots=True)
class Refused:
    """A group of edits that does not apply after those of `others`; none: it does not apply to the register.

    It takes all of `others`; only where that would have been too long to find out, they are all that name the same CIs.
    """

    change: int
    others: tuple[int, ...]
    problem: EditConflict


@dataclass
class Chain:
    """What edits make of the graph, by change. CIs that are added have numbers behind those of the estate.

    `live`: of a CI that somebody retires the number that stands for it in groups that are needed only as they were
    before. `base`: groups as they are recorded, of all CIs in `alters` and of those numbers.
    """

    n: int
    numbers: dict[str, CiIndex] = field(default_factory=dict)
    live: dict[CiIndex, CiIndex] = field(default_factory=dict)
    base: dict[CiIndex, dict[str, Requirement]] = field(default_factory=dict)
    alters: dict[int, dict[Lineage, list[Requirement | None]]] = field(default_factory=dict)
    edited: dict[int, frozenset[CiIndex]] = field(default_factory=dict)
    retired: dict[int, list[CiIndex]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)


def chain_of(
    estate: Estate, ontology: Ontology, kept: KeptGraph, changes: Sequence[tuple[int, Sequence[EditGroup]]]
) -> Chain:
    """The edits of changes applied in this order.

    Parameters
    ----------
    estate
        The register now.
    ontology
        Relationship types.
    kept
        What the register holds of the CIs that the edits name.
    changes
        Each with its number, by which the answer names it.
    """
    links = [_Link(number, tuple(groups)) for number, groups in changes]
    draft, ends, refused = _applied(ontology, kept, links)
    made = _Making(estate, draft, Chain(estate.topology.n, refused=refused))
    made.number()
    for link in links:
        made.chain.edited[link.change] = made.found(touched_by(link.groups, ontology))
    made.all([(ends[at], link.change) for at, link in enumerate(links)])
    return made.chain


@dataclass(frozen=True)
class _Link:
    change: int
    groups: tuple[EditGroup, ...]

    @cached_property
    def named(self) -> frozenset[str]:
        return named_by(self.groups)


def touched_by(groups: Sequence[EditGroup], ontology: Ontology) -> set[str]:
    """CIs that edits touch: what they add, retire, set or regroup, and the dependent end of a relationship."""
    return {touched_ci(edit, ontology) for group in groups for edit in group.edits}


def touched_ci(edit: Edit, ontology: Ontology) -> str:
    """The CI that an edit touches; see `touched_by`."""
    match edit:
        case Relate(source, kind, target) | Unrelate(source, kind, target):
            return owner_of((source, kind, target), ontology)
        case Add() | Retire() | SetField() | Regroup():
            return edit.ci_id


def _applied(ontology: Ontology, kept: KeptGraph, links: Sequence[_Link]) -> tuple[Draft, list[int], list[Refused]]:
    # the last draft, at which step each change ends, and what was left out
    before = Draft(ontology).after((), kept)
    draft, ends, refused = before.after((), NOTHING), list[int](), list[Refused]()
    blame = _Blame(before)
    for at, link in enumerate(links):
        told = len(draft.conflicts)
        draft.take(link.groups)
        ends.append(draft.steps)
        for problem in draft.conflicts[told:]:
            refused.append(Refused(link.change, blame.others(links[:at], link, problem), problem))
    return draft, ends, refused


@dataclass
class _Blame:
    """After which earlier changes an edit does not apply; `left`: how many may still be gone through again for that."""

    before: Draft
    left: int = REPLAYED

    def others(self, earlier: Sequence[_Link], link: _Link, problem: EditConflict) -> tuple[int, ...]:
        """A minimal set of them, or, once too many were gone through, all that name something that the edits name."""
        if self._fails([], link, problem):
            return ()
        some = [each for each in earlier if link.named & each.named]
        if self.left > 0 and not self._fails(some, link, problem):
            some = list(earlier)
        # the last one without which it applies belongs to the set; those behind it do not
        needed: list[_Link] = []
        while self.left > 0 and not self._fails(needed, link, problem):
            low, high = 0, len(some)
            while high - low > 1 and self.left > 0:
                middle = (low + high) // 2
                if self._fails([*some[:middle], *needed], link, problem):
                    high = middle
                else:
                    low = middle
            if high == 0:
                break
            needed, some = [some[high - 1], *needed], some[: high - 1]
        return tuple(each.change for each in (needed if self.left > 0 else [*some, *needed]))

    def _fails(self, some: Sequence[_Link], link: _Link, problem: EditConflict) -> bool:
        self.left -= 1 + len(some) + len(self.before.cis) // 20
        draft = self.before.after((), NOTHING)
        for each in some:
            draft.take(each.groups)
        told = len(draft.conflicts)
        draft.take(link.groups)
        return any(each.at == problem.at for each in draft.conflicts[told:])


@dataclass
class _Making:
    """From rows as written to groups of numbers."""

    estate: Estate
    draft: Draft
    chain: Chain

    def number(self) -> None:
        """Numbers for what is added, and for what is retired as it was before."""
        chain = self.chain
        for ci_id in self.draft.added:
            chain.numbers[ci_id] = chain.n
            chain.n += 1
        for ci_id in self.draft.retired:
            number = self._number(ci_id)
            if number is not None:
                chain.live[number] = chain.n
                chain.n += 1

    def found(self, ci_ids: set[str]) -> frozenset[CiIndex]:
        """The numbers of those that are there."""
        numbers = (self._number(ci_id) for ci_id in ci_ids)
        return frozenset(number for number in numbers if number is not None)

    def all(self, ends: Sequence[tuple[int, int]]) -> None:
        """What every CI that is edited or retired has at each step; `ends`: the last step of each change, in order."""
        for ci_id, at in self.draft.retired.items():
            number = self._number(ci_id)
            if number is not None:
                self.chain.retired.setdefault(_who(at, ends), []).append(number)
                self._owner(ci_id, self.chain.live[number], ends, until=at)
        for ci_id in self.draft.versions:
            number = self._number(ci_id)
            if number is not None:
                self._owner(ci_id, number, ends, until=None)

    def _owner(self, ci_id: str, number: CiIndex, ends: Sequence[tuple[int, int]], *, until: int | None) -> None:
        had: dict[str, Requirement] = {}
        for at, owned in self._steps(ci_id, until):
            has = self._groups(owned, at)
            if at == 0:
                self.chain.base[number] = had = has
                continue
            mine = self.chain.alters.setdefault(_who(at, ends), {})
            for name in sorted(had.keys() | has.keys()):
                if had.get(name) != has.get(name):
                    mine.setdefault((number, name), []).append(has.get(name))
            had = has

    def _steps(self, ci_id: str, until: int | None) -> list[tuple[int, Owned]]:
        # whenever its own relationships change, or one of its providers is retired
        draft, versions = self.draft, self.draft.versions[ci_id]
        providers = {draft.provider_of(ends) for _, owned in versions for ends in owned}
        turns = {0} | {at for at, _ in versions} | {at for each, at in draft.retired.items() if each in providers}
        kept = sorted(turn for turn in turns if until is None or turn < until)
        return [(turn, [owned for at, owned in versions if at <= turn or at == 0][-1]) for turn in kept]

    def _groups(self, owned: Owned, at: int) -> dict[str, Requirement]:
        types = self.draft.ontology.relationship_types
        members: dict[str, list[tuple[CiIndex, str | None, bool]]] = {}
        for ends, state in owned.items():
            kind, provider = types[ends[1]], self._provider(ends, at)
            if kind.provider is None or state.get("strength") == "soft" or provider is None:
                continue
            group, quorum = state.get("redundancy_group"), state.get("min_available")
            name = f"{ends[1]}|{self.draft.provider_of(ends)}" if group is None else f"={group}"
            members.setdefault(name, []).append((provider, None if quorum is None else str(quorum), kind.feeds))
        return {name: _requirement(mine) for name, mine in members.items()}

    def _provider(self, ends: Ends, at: int) -> CiIndex | None:
        ci_id = self.draft.provider_of(ends)
        number, retired = self._number(ci_id), self.draft.retired.get(ci_id)
        if number is None or retired is None or retired <= at:
            return number
        return self.chain.live[number]

    def _number(self, ci_id: str) -> CiIndex | None:
        found = self.chain.numbers.get(ci_id)
        return self.estate.find(ci_id) if found is None else found


def _requirement(members: Sequence[tuple[CiIndex, str | None, bool]]) -> Requirement:
    cis = tuple(sorted({ci for ci, _, _ in members}))
    quorums = {quorum for _, quorum, _ in members if quorum is not None}
    # members that disagree: the one that asks most counts
    needed = max((needed_of(quorum, len(cis)) for quorum in quorums), default=len(cis))
    return Requirement(cis, needed, any(feeds for _, _, feeds in members))


def _who(step: int, ends: Sequence[tuple[int, int]]) -> int:
    return next(change for last, change in ends if step <= last)


def party_seeds(chain: Chain, change: int, seeds: Mapping[CiIndex, str]) -> dict[CiIndex, str]:
    """The seeds of a party, with what its edits retire; who stops a CI stops it as it was before it is retired, too."""
    found = dict(seeds)
    found |= {chain.live[ci]: effect for ci, effect in seeds.items() if ci in chain.live}
    found |= dict.fromkeys(chain.retired.get(change, ()), "retire")
    return found
