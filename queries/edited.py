"""What an edit of the register does: who loses redundancy by it, which groups change, what stops with the CI then.

Nothing is out while it is written: so before and after are compared as they stand (SEMANTICS 4), and once more with
the CI that is edited out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate
from graph.topology import CiIndex
from queries.before_after import NONE, BeforeAfter, Steady
from queries.blast_radius import WORDS
from queries.impact import EffectWord, Impact, State, impact
from queries.proposed import Flag, Proposal

I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Standing:
    """A service that an edit concerns; CIs by number.

    `state`: how it stands once all is written, though nothing else is out. `before`, `after`: how, if the edited CI
    stops. `added`, `removed`: single points of failure. `exposed`: those of `added` that it rested on before too: what
    stood beside them is there no more.
    """

    service: CiIndex
    state: State
    before: State
    after: State
    added: I32
    removed: I32
    exposed: I32


@dataclass(frozen=True, slots=True)
class Quorum:
    """A redundancy group: how many members it has, how many are not retired by the edit, and how many it needs."""

    members: int
    left: int
    needed: int

    @property
    def margin(self) -> int:
        """How many may fail while the others stand."""
        return self.left - self.needed


@dataclass(frozen=True, slots=True)
class Regrouped:
    """A group that an edit changes; `None` where it was, or is, not there."""

    dependent: CiIndex
    name: str
    before: Quorum | None
    after: Quorum | None


@dataclass(frozen=True, eq=False)
class EditEffect:
    """An edit of one CI compared with what there is."""

    proposal: Proposal
    ci_id: str

    @cached_property
    def services(self) -> list[Standing]:
        """Services that stand otherwise than before in any of this: the worst first, then the more critical."""
        steady = {each.service: each for each in self._compared.steady}
        again = {ci: (before, after) for ci, before, after in self._compared.again}
        itself = _services_in(self.proposal.after, self._itself)
        found = [
            _standing(ci, steady.get(ci), again.get(ci, (State.UNAFFECTED, State.UNAFFECTED)), itself)
            for ci in steady.keys() | again.keys() | itself.keys()
        ]
        return sorted(filter(_is_other, found), key=self._rank)

    @cached_property
    def groups(self) -> list[Regrouped]:
        """Groups with other members, another quorum or another margin, by dependent and name."""
        ids, found = self.proposal.after.ids, list[Regrouped]()
        for ci in sorted(self._dependents(), key=lambda ci: ids[ci]):
            was, is_now = self._groups(self.proposal.before, ci, {}), self._groups(
                self.proposal.after, ci, self.proposal.live
            )  # fmt: skip
            for name in sorted(was.keys() | is_now.keys()):
                if was.get(name) != is_now.get(name):
                    (one, other) = (None if (some := each.get(name)) is None else some[1] for each in (was, is_now))
                    found.append(Regrouped(ci, name, one, other))
        return found

    @cached_property
    def flags(self) -> tuple[Flag, ...]:
        """What it does to groups, and services that are out by it."""
        return self._compared.flags

    @cached_property
    def cycles(self) -> list[list[CiIndex]]:
        """Cycles of dependencies that were none before."""
        return self._compared.cycles_added

    @cached_property
    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """How many CIs are in each state if the CI stops, before and after; itself left out."""
        one, other = self.proposal.again(self._seeds)
        return self._counted(one), self._counted(other)

    @cached_property
    def _compared(self) -> BeforeAfter:
        return BeforeAfter(self.proposal, self._seeds)

    @cached_property
    def _seeds(self) -> dict[CiIndex, EffectWord]:
        # one that is retired, and stays so, cannot stop
        found = self.proposal.numbers.get(self.ci_id, self.proposal.before.find(self.ci_id))
        return {} if found is None else {found: "outage"}

    @cached_property
    def _itself(self) -> Impact:
        return impact(self.proposal.after.topology, self.proposal.retired)

    def _counted(self, found: Impact) -> dict[str, int]:
        cis = found.topology.csr.index[found.touched.places]
        states = found.touched.states[~np.isin(cis, list(self._seeds))]
        return {WORDS[state]: int(np.count_nonzero(states == state)) for state in State if state}

    def _rank(self, each: Standing) -> tuple[int, bool, bool, int, str]:
        estate = self.proposal.after
        worse = max(each.after - each.before, 0)
        return (
            -int(each.state), not len(each.exposed), not (len(each.added) or worse),
            -int(estate.criticality[each.service]), estate.ids[each.service],
        )  # fmt: skip

    def _dependents(self) -> set[CiIndex]:
        proposal = self.proposal
        found = {ci for ci in proposal.edited if ci not in proposal.live}
        for ci in (*proposal.live, *proposal.numbers.values()):
            if ci >= proposal.after.topology.n:
                continue  # a second number of one that is retired
            found |= set(proposal.after.topology.dependents_of(ci).tolist())
        return found - proposal.live.keys()

    def _groups(
        self, estate: Estate, ci: CiIndex, retired: Iterable[CiIndex]
    ) -> dict[str, tuple[tuple[CiIndex, ...], Quorum]]:
        if ci >= estate.topology.n:
            return {}
        csr, gone = estate.topology.csr, set(retired)
        members: dict[tuple[str, int], list[CiIndex]] = {}
        place = int(csr.place[ci])
        for edge in range(int(csr.beg[place]), int(csr.end[place])):
            name, code = estate.group_of(edge), int(csr.code[edge])
            if name is not None and code >= 0:
                members.setdefault((name, code), []).append(int(csr.index[csr.to[edge]]))
        return {
            name: (tuple(sorted(some)), Quorum(len(some), len(set(some) - gone), int(csr.needed[code])))
            for (name, code), some in members.items()
        }


def _services_in(estate: Estate, found: Impact) -> dict[CiIndex, State]:
    cis = found.topology.csr.index[found.touched.places]
    there = np.isin(cis, estate.services())
    states = found.touched.states[there].tolist()
    return {ci: State(state) for ci, state in zip(cis[there].tolist(), states, strict=True)}


def _standing(
    ci: CiIndex, steady: Steady | None, again: tuple[State, State], itself: Mapping[CiIndex, State]
) -> Standing:
    added = NONE if steady is None else steady.added
    exposed = NONE if steady is None else np.setdiff1d(added, steady.rests_on).astype(np.int32)
    removed = NONE if steady is None else steady.removed
    return Standing(ci, itself.get(ci, State.UNAFFECTED), *again, added, removed, exposed)


def _is_other(each: Standing) -> bool:
    changed = len(each.added) or len(each.removed) or each.before != each.after
    return bool(changed or each.state != State.UNAFFECTED)
