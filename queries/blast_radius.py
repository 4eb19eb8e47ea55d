"""The blast radius of some CIs in the words of the register: services first, then everything, each with its why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from graph.errors import BadInputError
from graph.estate import CRITICALITIES, Estate
from graph.values import ValueRefused, parse_id, shown
from queries.impact import Effect, EffectWord, Impact, State, impact
from queries.kernels.marks import NEVER
from queries.proof import certificate
from queries.reasons import Reasons, names_of
from queries.steps import Certificate, Signature
from queries.witness import SeedState, Step, listed_seeds, others_alone, witness

AT_ONCE = 512  # affected CIs that are put in order, where fewer are looked at
_STATES = tuple(State)  # by their numbers
WORDS = {State.OUTAGE: "outage", State.DEGRADED: "degraded", State.AT_RISK: "at_risk", State.UNAFFECTED: "unaffected"}


@dataclass(frozen=True)
class Circumstances:
    """What is known beside the graph: CIs whose groups an unfinished import holds back, and CIs not seen for long."""

    staged: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Affected:
    """One affected CI. `reasons`: why the verdict is of low confidence; none: high."""

    ci: int
    state: State
    hops: int
    margin: int | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Affected CIs as columns; a margin of NEVER is none."""

    cis: NDArray[np.int32]
    states: NDArray[np.uint8]
    hops: NDArray[np.int32]
    margins: NDArray[np.int32]


class Listing(Sequence[Affected]):
    """Affected CIs in the order in which they are shown; of a long list only what is looked at is put in order."""

    def __init__(self, radius: "BlastRadius") -> None:
        self._radius = radius
        table = radius.table
        # one number a row: worst state first, then hops
        self._rank = (3 - table.states.astype(np.int64)) << 32 | table.hops
        self._rows: list[int] = []

    def __len__(self) -> int:
        return len(self._rank)

    @overload
    def __getitem__(self, at: int) -> Affected: ...
    @overload
    def __getitem__(self, at: slice) -> list[Affected]: ...
    def __getitem__(self, at: int | slice) -> Affected | list[Affected]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        wanted = range(len(self))[at]
        if wanted >= len(self._rows):
            self._rows = self._between(0, min(len(self), max(wanted + 1, 2 * len(self._rows), AT_ONCE)))
        return self._radius.affected_at(self._rows[wanted])

    def after(self, state: int, hops: int, ci_id: str) -> int:
        """The place of the first that comes after one with this state, hops and id, whether that is there or not."""
        ids, cis, rank = self._radius.estate.ids, self._radius.table.cis, (3 - state) << 32 | hops
        tied = np.flatnonzero(self._rank == rank).tolist()
        return int(np.count_nonzero(self._rank < rank)) + sum(ids[int(cis[row])] <= ci_id for row in tied)

    def some(self, start: int, end: int) -> list[Affected]:
        """Those of some places, without those before them being put in order; the first ones are kept in it."""
        if end <= AT_ONCE:
            return self[start:end]
        return [self._radius.affected_at(row) for row in self._between(start, min(end, len(self)))]

    def _between(self, start: int, end: int) -> list[int]:
        if start >= end:
            return []
        ids, cis, rank = self._radius.estate.ids, self._radius.table.cis, self._rank
        first, last = np.partition(rank, (start, end - 1))[[start, end - 1]]
        before = int(np.count_nonzero(rank < first))
        rows, tied = np.flatnonzero((first <= rank) & (rank < last)), np.flatnonzero(rank == last)
        ranked = sorted(zip(rank[rows].tolist(), ids.some(cis[rows]), rows.tolist(), strict=True))
        # those that tie at the end are many, and few of them are shown
        more: list[int] = tied[ids.first(cis[tied], end - before - len(rows))].tolist()
        return ([row for _, _, row in ranked] + more)[start - before :]


@dataclass(frozen=True)
class BlastRadius:
    """The answer of `faultline impact`. A seed is in it only where the other seeds affect it too (INTERFACES)."""

    estate: Estate
    found: Impact
    circumstances: Circumstances

    @cached_property
    def affected(self) -> "Listing":
        """Worst state first, then hops, then id; each made when it is looked at."""
        return Listing(self)

    @cached_property
    def _others(self) -> dict[int, SeedState]:
        # seeds that the others affect; of several each is an impact by itself
        return listed_seeds(self.found)

    @cached_property
    def table(self) -> "Table":
        """All affected CIs as columns, in no stated order."""
        touched, seeds = self.found.touched, self.found.seeds
        cis = self.estate.topology.csr.index[touched.places]
        others = self._others
        kept = ~np.isin(cis, np.fromiter(seeds, np.int32, len(seeds)))
        rows = [(ci, s.state, s.hops, NEVER if s.margin is None else s.margin) for ci, s in others.items()]
        more = np.array(rows, np.int32).reshape(-1, 4)
        return Table(
            np.concatenate([cis[kept], more[:, 0]]),
            np.concatenate([touched.states[kept], more[:, 1].astype(np.uint8)]),
            np.concatenate([touched.hops[kept], more[:, 2]]),
            np.concatenate([touched.margins[kept], more[:, 3]]),
        )

    def affected_at(self, row: int) -> Affected:
        """The affected CI of a row of the table."""
        table = self.table
        ci, margin = int(table.cis[row]), int(table.margins[row])
        left = None if margin == NEVER else margin
        return Affected(ci, State(int(table.states[row])), int(table.hops[row]), left, self._reasons(ci))

    @cached_property
    def _import_running(self) -> frozenset[int]:
        staged = [self.estate.find(ci_id) for ci_id in self.circumstances.staged]
        start = [ci for ci in staged if ci is not None]
        resting = self.estate.topology.all_dependents_of(start).tolist() if start else []
        return frozenset(start) | frozenset(resting)

    @cached_property
    def _stale(self) -> frozenset[int]:
        start = [ci for ci_id in self.circumstances.stale if (ci := self.estate.find(ci_id)) is not None]
        resting = self.estate.topology.all_dependents_of(start).tolist() if start else []
        return frozenset(start) | frozenset(resting)

    def _reasons(self, ci: int) -> tuple[str, ...]:
        found = (("import_running", self._import_running), ("stale", self._stale))
        return tuple(reason for reason, cis in found if ci in cis)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many affected CIs per state; hops and margins are not worked out for that."""
        found = dict(self.found.counts)
        for seed in self.found.seeds:
            found[self.found.state(seed)] -= 1
        for other in self._others.values():
            found[other.state] += 1
        return {WORDS[state]: found[state] for state in (State.OUTAGE, State.DEGRADED, State.AT_RISK)}

    @cached_property
    def service_states(self) -> list[tuple[int, State]]:
        """The affected business services by number, each with its state, in the order of `services`."""
        services = self.estate.services()
        states = self.found.states_of(services)
        # seeds count for what the others do to them
        for at in np.flatnonzero(np.isin(services, np.fromiter(self.found.seeds, np.int32))).tolist():
            other = self._others.get(int(services[at]))
            states[at] = State.UNAFFECTED if other is None else other.state
        hit = np.flatnonzero(states)
        cis = services[hit]
        rank = -(states[hit] * len(CRITICALITIES) + self.estate.criticality[cis].astype(int))
        ranked = sorted(zip(rank.tolist(), self.estate.ids.some(cis), cis.tolist(), states[hit].tolist(), strict=True))
        return [(ci, _STATES[state]) for _, _, ci, state in ranked]

    @cached_property
    def services(self) -> list[Affected]:
        """The affected business services: worst first, then the more critical."""
        rows = np.flatnonzero(np.isin(self.table.cis, self.estate.services())).tolist()
        found = [self.affected_at(row) for row in rows]
        return sorted(found, key=lambda a: (-a.state, -int(self.estate.criticality[a.ci]), self.estate.ids[a.ci]))

    def by_class(self) -> list[tuple[str, dict[str, int]]]:
        """Classes with how many of their CIs are in each state, the most affected first."""
        counts: dict[str, dict[str, int]] = {}
        codes = self.estate.class_code[self.table.cis].astype(np.int64) * 4 + self.table.states
        for code, count in enumerate(np.bincount(codes).tolist()):
            if count:
                counts.setdefault(self.estate.class_names[code // 4], {})[WORDS[State(code % 4)]] = count
        return sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))

    @property
    def told_seeds(self) -> Mapping[int, Effect]:
        """The CIs that were asked about, each with its effect."""
        return self.found.seeds

    @cached_property
    def silent_seeds(self) -> list[int]:
        """Seeds with no recorded path to any service: silence is not safety (SEMANTICS 1)."""
        seeds = np.sort(np.fromiter(self.found.seeds, np.int32))
        return [int(seed) for seed in seeds[~self.estate.below_services[seeds]]]

    def why(self, ci: int) -> list[dict[str, Any]]:
        """The witness of one CI: from it to a seed, each step with its rule (INTERFACES: impact --json).

        A seed is listed for what the others do to it, and that is what its witness tells.
        """
        reasons = self.explaining(ci)
        return [self._step(step) for step in witness(reasons.found, ci, reasons)]

    @cached_property
    def _explained(self) -> Reasons:
        return Reasons(self.found, names_of(self.estate))

    def explaining(self, ci: int) -> Reasons:
        """The reasons of what is told of a CI; of a seed, those of what the others do to it."""
        if ci not in self.found.seeds:
            return self._explained
        return Reasons(others_alone(self.found, ci), names_of(self.estate))

    def _step(self, step: Step) -> dict[str, Any]:
        ids = self.estate.ids
        plain: dict[str, Any] = {"ci_id": ids[step.ci], "state": WORDS[State(step.state)], "rule": step.rule}
        if step.effect is not None:
            plain["effect"] = step.effect
        if step.edge >= 0 and step.from_ci is not None:
            if step.members:
                plain |= {"group": self.estate.group_id(step.edge)}
                plain |= {"members": step.members, "needed": step.needed, "left": step.left}
                plain["lost"] = [ids[ci] for ci in step.lost]
            plain |= {"via": self.estate.type_of(step.edge), "from": ids[step.from_ci]}
        return plain

    def number_of(self, ci_id: str) -> int:
        """The number of a CI as somebody wrote its id; UnknownCisError where there is none."""
        found = self.estate.find(known_as(ci_id))
        if found is None:
            raise UnknownCisError([ci_id])
        return found

    def certificate(self, ci: int) -> Certificate:
        """The proof of one CI's state; of a seed, of what the others do to it."""
        reasons = self.explaining(ci)
        return certificate(self.estate, reasons.found, ci, reasons=reasons)

    def plain(self, *, limit: int | None = None, signature: Signature | None = None) -> dict[str, Any]:
        """The answer as JSON; `limit` shows fewer CIs and says how many there are.

        `signature`: each of those shown comes with its certificate, which speaks of that.
        """
        shown_ones = self.affected if limit is None else self.affected[:limit]
        return {
            "revision": self.estate.revision,
            "complete": True,
            "seeds": [self._seed(ci, effect) for ci, effect in self.told_seeds.items()],
            "counts": self.counts,
            "services": [self._service(affected) for affected in self.services],
            "affected": [self._plain(affected, signature) for affected in shown_ones],
            "total": len(self.affected),
            "shown": len(shown_ones),
        }

    def _seed(self, ci: int, effect: Effect) -> dict[str, Any]:
        plain: dict[str, Any] = {"ci_id": self.estate.ids[ci], "effect": effect.name.lower()}
        if ci in self.silent_seeds:
            plain |= {"confidence": "low", "reasons": ["no_dependents_recorded"]}
        return plain

    def _service(self, affected: Affected) -> dict[str, Any]:
        return {
            "ci_id": self.estate.ids[affected.ci],
            "name": self.estate.names[affected.ci],
            "state": WORDS[affected.state],
            "criticality": self.estate.criticality_of(affected.ci),
        }

    def _plain(self, affected: Affected, signature: Signature | None) -> dict[str, Any]:
        plain: dict[str, Any] = {
            "ci_id": self.estate.ids[affected.ci],
            "ci_class": self.estate.class_of(affected.ci),
            "state": WORDS[affected.state],
            "hops": affected.hops,
            "margin": affected.margin,
            "confidence": "low" if affected.reasons else "high",
        }
        if affected.reasons:
            plain["reasons"] = list(affected.reasons)
        plain["witness"] = self.why(affected.ci)
        if signature is not None:
            plain["certificate"] = self.certificate(affected.ci).signed(signature).plain()
        return plain


def seeds_of(given: Iterable[tuple[str, str]]) -> dict[str, EffectWord]:
    """Seeds as somebody wrote them, (id, effect) each, in the form in which CIs are kept.

    Raises
    ------
    BadInputError
        `impact.unknown_effect`; `impact.two_effects` of one CI; `impact.bad_id` for what no CI can be called.
    """
    seeds: dict[str, EffectWord] = {}
    words: dict[str, EffectWord] = {"outage": "outage", "degraded": "degraded", "retire": "retire"}
    for text, effect in given:
        ci_id, word = known_as(text), words.get(effect)
        if word is None:
            raise BadInputError("impact.unknown_effect", effect=shown(effect), effects=", ".join(words))
        if seeds.get(ci_id, word) != word:
            raise BadInputError("impact.two_effects", ci_id=shown(ci_id))
        seeds[ci_id] = word
    return seeds


def known_as(text: str) -> str:
    """An id as somebody wrote it, in the form in which ids are kept; BadInputError `impact.bad_id`."""
    try:
        return parse_id(text)
    except ValueRefused as refused:
        raise BadInputError("impact.bad_id", ci_id=shown(text)) from refused


class UnknownCisError(BadInputError):
    """Seeds that are not in the register, or are retired: `ci_ids`, all of them and whole."""

    def __init__(self, ci_ids: Sequence[str]) -> None:
        super().__init__("impact.unknown_ci", ci_ids=", ".join(map(shown, ci_ids[:10])))
        self.ci_ids = tuple(ci_ids)


def numbers_of(estate: Estate, ci_ids: Iterable[str]) -> dict[str, int]:
    """The numbers of CIs by their ids. Raises UnknownCisError with all those that are not there or retired."""
    numbers = {ci_id: estate.find(ci_id) for ci_id in ci_ids}
    unknown = [ci_id for ci_id, number in numbers.items() if number is None]
    if unknown:
        raise UnknownCisError(unknown)
    return {ci_id: number for ci_id, number in numbers.items() if number is not None}


def blast_radius(
    estate: Estate, seeds: Mapping[str, EffectWord], circumstances: Circumstances | None = None
) -> BlastRadius:
    """What breaks when these CIs (`ci_id` → effect) stop, are degraded, or are retired.

    Raises
    ------
    BadInputError
        `impact.no_seeds`; `impact.unknown_ci` (UnknownCisError, with the CIs that are not there or retired).
    """
    if not seeds:
        raise BadInputError("impact.no_seeds")
    wanted = {number: seeds[ci_id] for ci_id, number in numbers_of(estate, seeds).items()}
    return BlastRadius(estate, impact(estate.topology, wanted), circumstances or Circumstances())
