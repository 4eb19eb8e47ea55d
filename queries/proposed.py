"""The graph as a change would leave it: before, after, and while it is carried out (SEMANTICS 4).

*During*, each CI must satisfy its groups of before and of after, and those of each step between that its own edits make
of them. The graph `both` holds all of these rows at once, and impact on it is the worst over all orders: whoever is out
in it picks the row that puts it out, and all of these picks together are one of the graphs on the way. Only who had no
source before is excused for having none: a circle that the change leaves without one is no gap in the records.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.canonical import canonical
from graph.estate import Estate
from graph.forward import GONE, Cis, Related, brought_forward
from graph.kernels import build
from graph.ontology import Ontology
from graph.records.edits import EditGroup
from graph.records.kept_graph import KeptGraph
from graph.topology import CiIndex, Topology
from queries.blast_radius import UnknownCisError
from queries.draft import Draft, EditConflict, Step
from queries.impact import Effect, EffectWord, Impact, impact
from queries.impact import State as Verdict

I32 = NDArray[np.int32]
LIVE = "|"  # behind the id of a CI that the change retires: that CI while it was not retired; no id holds one


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that a change does to a group of a CI: `quorum_impossible`, `dependency_lost`, `retired_member`, or
    `source_lost` (no group: the CI lives only on what comes from a source, and has none any more)."""

    key: str
    ci_id: str
    group: str | None


@dataclass(frozen=True, eq=False)
class Proposal:
    """A change's edits applied to an estate. CIs keep their numbers; those added have the ones behind.

    `after`: the estate once all is done, in which the CIs of `retired` are nodes still: whoever rests on one holds a
    member that is out. `both`: the one in which the rows of before, after and between bind; in it a retired CI is out,
    and its number in `live` stands for it in the rows that count it as it was before.
    """

    before: Estate
    after: Estate
    both: Estate
    draft: Draft
    numbers: Mapping[str, CiIndex]
    live: Mapping[CiIndex, CiIndex]
    starved: I32  # who has no source in `both` though nothing is out

    @property
    def conflicts(self) -> list[EditConflict]:
        """Edits that no longer apply; their groups are not applied."""
        return self.draft.conflicts

    @property
    def retired(self) -> dict[CiIndex, EffectWord]:
        """Seeds that go with every question about `after`: what the change retires."""
        return dict.fromkeys(self.live, "retire")

    @property
    def edited(self) -> list[CiIndex]:
        """CIs with other relationships than before, sorted; retired ones left out."""
        changed = [ci_id for ci_id in self.draft.versions if len(self.draft.steps_of(ci_id)) > 1]
        numbers = {self.numbers.get(ci_id, self.before.find(ci_id)) for ci_id in changed}
        return sorted(n for n in numbers - self.live.keys() if n is not None)

    def number_of(self, ci_id: str) -> CiIndex:
        """The number of a CI of before or after; UnknownCisError where there is none."""
        found = self.numbers.get(ci_id)
        found = self.before.find(ci_id) if found is None else found
        if found is None:
            raise UnknownCisError([ci_id])
        return found

    def seeds_of(self, affected: Iterable[tuple[str, str]]) -> dict[CiIndex, EffectWord]:
        """The CIs of these that are there, with their effects; of two effects on one CI the worse one counts."""
        words: tuple[EffectWord, ...] = ("degraded", "outage", "retire")
        given = list(affected)
        found: dict[CiIndex, EffectWord] = {}
        for word in words:
            for ci_id, effect in given:
                number = self.numbers.get(ci_id, self.before.find(ci_id)) if effect == word else None
                if number is not None:
                    found[number] = word
        return found

    def with_edits(self, groups: Iterable[EditGroup], kept: KeptGraph, at: str = "edits") -> "Proposal":
        """The proposal with more edits behind; what was made of those before is not made again."""
        return _Applying(self, self.draft.after(groups, kept, at)).proposal()

    def during(self, seeds: Mapping[CiIndex, EffectWord | Effect]) -> Impact:
        """The states of all CIs at the worst moment of the change, under its seeds; over `both`."""
        return _during(self, seeds)

    def again(self, seeds: Mapping[CiIndex, EffectWord | Effect]) -> tuple[Impact, Impact]:
        """The impact of the seeds before and after."""
        known = {ci: effect for ci, effect in seeds.items() if ci < self.before.topology.n}
        return impact(self.before.topology, known), impact(self.after.topology, {**seeds, **self.retired})

    @cached_property
    def flags(self) -> tuple[Flag, ...]:
        """What the change does to groups, by key, CI and group."""
        ids = self.after.ids
        found = {
            Flag(key, ids[ci], group)
            for key in ("quorum_impossible", "dependency_lost")
            for ci, group in set(getattr(self.after, key)) - set(getattr(self.before, key))
        }
        found |= {Flag("dependency_lost", owner, group) for owner, group in _emptied(self.draft)}
        for ci in self.live:
            found |= {Flag("retired_member", ids[owner], group) for owner, group in _holders(self.after, ci)}
        found |= {Flag("source_lost", ids[ci], None) for ci in self.sourceless.tolist()}
        return tuple(sorted(found, key=lambda flag: (flag.key, flag.ci_id, flag.group or "")))

    @cached_property
    def founded(self) -> I32:
        """CIs that have a source after and had none before; sorted."""
        return np.setdiff1d(_unfounded(self.before.topology), _unfounded(self.after.topology))

    @cached_property
    def sourceless(self) -> I32:
        """CIs that had a source before and have none after, though nothing is out: circles that feed themselves."""
        fresh = np.setdiff1d(_unfounded(self.after.topology), _unfounded(self.before.topology))
        return np.setdiff1d(fresh, np.fromiter(self.live, np.int32, len(self.live)))


def propose(estate: Estate, ontology: Ontology, groups: Iterable[EditGroup], kept: KeptGraph) -> Proposal:
    """Apply a change's edits to an estate, which stays as it was.

    Parameters
    ----------
    estate
        Relationships point from dependent to provider.
    ontology
        The words that edits and estate use.
    groups
        Edits in the order in which they switch; those of a group switch together.
    kept
        What the register holds of the CIs that they name (`named_by`), at the estate's revision.

    Returns
    -------
    Proposal
        Edits that no longer apply are its `conflicts`.
    """
    nothing = Proposal(estate, estate, estate, Draft(ontology), {}, {}, np.empty(0, np.int32))
    edits = tuple(groups)
    return nothing.with_edits(edits, kept) if edits else nothing


def proposed_between(estate: Estate, ontology: Ontology, before: KeptGraph, after: KeptGraph) -> Proposal:
    """A proposal that makes a part of the register into another one of the same CIs, in one step.

    `before`: as it is at the estate's revision; both hold every CI whose relationships or status differ.
    """
    nothing = Proposal(estate, estate, estate, Draft(ontology), {}, {}, np.empty(0, np.int32))
    return _Applying(nothing, Draft.between(ontology, before, after)).proposal()


class _Applying:
    """More edits on a proposal: only rows that they change are written."""

    def __init__(self, base: Proposal, draft: Draft) -> None:
        self._base, self._draft = base, draft
        self._types = draft.ontology.relationship_types
        self._codes = {name: code for code, name in enumerate(self._types)}
        self._numbers, self._live, self._coming = dict(base.numbers), dict(base.live), dict[str, int]()

    def proposal(self) -> Proposal:
        """The proposal with them."""
        base, draft = self._base, self._draft
        retiring = [ci_id for ci_id in draft.retired if ci_id not in base.draft.retired]
        self._number([ci_id for ci_id in draft.added if ci_id not in base.draft.added], retiring)
        edited = {owner for owner, versions in draft.versions.items() if versions != base.draft.versions.get(owner)}
        edited |= set(retiring)
        there = [owner for owner in draft.versions if self._number_of(owner) is not None]
        touched = [owner for owner in there if owner in edited or self._rests_on(owner, retiring)]
        # once all is done, its own number stands for a retired CI
        last = {self._at(owner): Step(draft.versions[owner][-1][1], frozenset(draft.retired)) for owner in touched}
        after, both = self._brought(base.after, last), self._brought_both(touched)
        topology, starved = _excused(both.topology, base.before.topology, self._live, len(base.starved) > 0)
        both = replace(both, topology=topology)
        return Proposal(base.before, after, both, draft, self._numbers, self._live, starved)

    def _rests_on(self, owner: str, retiring: list[str]) -> bool:
        draft = self._draft
        return any(draft.provider_of(ends) in retiring for _, owned in draft.versions[owner] for ends in owned)

    def _number(self, adding: list[str], retiring: list[str]) -> None:
        n = self._base.after.topology.n
        self._coming = {ci_id: n + at for at, ci_id in enumerate(adding)}
        self._numbers |= self._coming
        for ci_id in retiring:
            number = n + len(self._coming)
            self._live[self._at(ci_id)] = self._coming[ci_id + LIVE] = number

    def _at(self, ci_id: str) -> CiIndex:
        found = self._number_of(ci_id)
        if found is None:
            raise UnknownCisError([ci_id])
        return found

    def _number_of(self, ci_id: str) -> CiIndex | None:
        found = self._numbers.get(ci_id)
        return self._base.before.find(ci_id) if found is None else found

    def _brought(self, estate: Estate, rows: Mapping[CiIndex, Step]) -> Estate:
        related = Related()
        for number, step in rows.items():
            self._note(related, number, step, {})
        return self._forward(estate, list(rows), [related])

    def _brought_both(self, owners: Iterable[str]) -> Estate:
        # a list for every step: groups of one name are others at each
        steps: dict[CiIndex, list[Step]] = {}
        for owner in owners:
            number, retired = self._at(owner), self._draft.retired.get(owner)
            steps[number] = self._draft.steps_of(owner)
            if retired is not None:
                steps[self._live[number]] = self._draft.steps_of(owner, retired)
                steps[number] = steps[number][-1:]
        related = [Related() for _ in range(max(map(len, steps.values()), default=0))]
        for number, mine in steps.items():
            seen: dict[Any, None] = {}
            for each, step in zip(related, mine, strict=False):
                self._note(each, number, step, seen)
        return self._forward(self._base.both, list(steps), related)

    def _note(self, related: Related, number: CiIndex, step: Step, seen: dict[Any, None]) -> None:
        # what the CI has at an earlier step just so is noted once
        draft, grouped = self._draft, dict[str, list[Any]]()
        for ends, state in sorted(step.owned.items(), key=lambda item: (self._codes[item[0][1]], item[0])):
            name, ci_id = ends[1], draft.provider_of(ends)
            if self._types[name].provider is None:
                continue
            group = state.get("redundancy_group")
            each = (self._provider(ci_id, step), name, ci_id, state)
            grouped.setdefault(f"g{group}" if group is not None else f"p{ends}", []).append(each)
        for name, members in grouped.items():
            mark = (name, tuple((provider, kind, canonical(state)) for provider, kind, _, state in members))
            if mark not in seen:
                seen[mark] = None
                for provider, kind, ci_id, state in members:
                    related.note(number, provider, kind, self._codes[kind], ci_id, state)

    def _provider(self, ci_id: str, step: Step) -> CiIndex | None:
        found = self._number_of(ci_id)
        if found is None or ci_id not in self._draft.retired or ci_id in step.dead:
            return found
        return self._live[found]

    def _forward(self, estate: Estate, dependents: Iterable[CiIndex], related: list[Related]) -> Estate:
        draft = self._draft
        known = {n: s for ci_id, s in draft.cis.items() if (n := self._number_of(ci_id)) is not None}
        known |= {live: {**known[number], "ci_class": GONE} for number, live in self._live.items()}
        cis = Cis(self._coming, frozenset(), known)
        return brought_forward(estate, self._types, cis, dependents, related, estate.revision)


def _excused(
    both: Topology, before: Topology, live: Mapping[CiIndex, CiIndex], was_starved: bool
) -> tuple[Topology, I32]:
    """The graph in which those who had no source before are excused, and nobody else; and who has none in it."""
    if not both.has_feeds:
        return both, np.empty(0, np.int32)
    csr = both.csr
    excused = np.zeros(both.n, np.bool_)
    if before.has_feeds:
        excused[: before.n] = before.csr.unfounded  # places of CIs that were there are as they were
        for ci, once in live.items():
            excused[csr.place[once]] = excused[csr.place[ci]]
    starved = np.empty(0, np.int32)
    if was_starved or (csr.unfounded & ~excused).any():
        # whoever is excused counts as if nothing fed it
        held = build.founded(
            csr.beg, np.where(excused, csr.beg, csr.end).astype(np.int32), csr.code, csr.rbeg, csr.rend, csr.rto,
            csr.rcode, csr.spare, csr.feeds,
        )  # fmt: skip
        starved = csr.index[np.flatnonzero(~held & ~excused)].astype(np.int32)
    made = Topology(
        replace(csr, unfounded=excused), tails=both.tails, is_ordered=both.is_ordered, is_settled=both.is_settled
    )  # fmt: skip
    return made, starved


def _during(proposal: Proposal, seeds: Mapping[CiIndex, EffectWord | Effect]) -> Impact:
    live, both = proposal.live, proposal.both.topology
    given: dict[CiIndex, EffectWord | Effect] = {**seeds}
    given |= {live[ci]: effect for ci, effect in seeds.items() if ci in live}
    given |= proposal.retired | dict.fromkeys(proposal.starved.tolist(), Effect.OUTAGE)
    found = impact(both, given)
    if not len(proposal.founded):
        return found
    # who had no source before and has one afterwards can lose that one
    out, before = found.indices(Verdict.OUTAGE), -1
    while len(out) > before:
        before = len(out)
        more = _out_after(proposal, out)
        found = impact(both, {**given, **dict.fromkeys(more.tolist(), Effect.OUTAGE)})
        out = found.indices(Verdict.OUTAGE)
    return found


def _out_after(proposal: Proposal, out: I32) -> I32:
    # who is out in the after-graph by itself beside those that are out anyway, by numbers of `both`
    live = np.fromiter(proposal.live.values(), np.int32, len(proposal.live))
    given = dict.fromkeys(out[~np.isin(out, live)].tolist(), Effect.OUTAGE)
    found = impact(proposal.after.topology, given).indices(Verdict.OUTAGE)
    return np.union1d(found, out).astype(np.int32)


def _unfounded(topology: Topology) -> I32:
    # who has no source though nothing is out; hardly ever anybody
    return topology.csr.index[np.flatnonzero(topology.csr.unfounded)]


def _holders(estate: Estate, ci: CiIndex) -> Iterable[tuple[CiIndex, str]]:
    csr, place = estate.topology.csr, int(estate.topology.csr.place[ci])
    for dependent in np.unique(csr.rto[csr.rbeg[place] : csr.rend[place]]).tolist():
        for edge in range(int(csr.beg[dependent]), int(csr.end[dependent])):
            if csr.to[edge] == place:
                yield int(csr.index[dependent]), estate.group_id(edge)


def _emptied(draft: Draft) -> Iterable[tuple[str, str]]:
    # groups that have no member any more, and not because all of them are in others now
    for owner, versions in draft.versions.items():
        first, last = versions[0][1], versions[-1][1]
        if owner in draft.retired:
            continue
        left = {state.get("redundancy_group") for state in last.values()}
        for ends, state in first.items():
            group = state.get("redundancy_group")
            if group is not None and group not in left and ends not in last:
                yield owner, str(group)
