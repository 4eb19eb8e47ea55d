"""The proof of a verdict: the steps that lead to a CI's state, and the CIs that keep it from a worse (SEMANTICS 2).

Built from what `impact` found, by walking down from the CI. Of an outage it costs what the proof is long; the list of
what stands, where anything feeds, a walk over all below the CI. `queries.certificate` checks it with code of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate
from graph.overlay import Rows, with_rows
from graph.topology import Topology
from queries.impact import Impact, State, impact
from queries.kernels.standing import fed_levels
from queries.reasons import Group, Lost, Reason, Reasons, groups_of, names_of, rows_of
from queries.steps import FALLEN, Broken, Certificate, Cited, Claim, Header, Leaning, Seeded, Sourceless, Step, Weakened

WORDS = {State.OUTAGE: "outage", State.DEGRADED: "degraded", State.AT_RISK: "at_risk", State.UNAFFECTED: "not_out"}


def certificate(
    estate: Estate, found: Impact, ci: int, *, exact: bool = True, reasons: Reasons | None = None
) -> Certificate:
    """The certificate of a CI's state under the seeds of `found`: outage, degraded, at risk, or not out.

    Parameters
    ----------
    estate
        The graph that `found` was computed on; names and revision are taken from it.
    ci
        Index of the CI whose state is proved.
    exact
        Of degraded and at risk: prove also that nothing worse is true. Without, only "at least" is claimed.
    reasons
        Those of `found` by the names of `estate`, where more than one certificate is asked for.

    Returns
    -------
    Certificate
        Its store, graph hash and moment are for the door to add. Which of several proofs it is rests on rounds and
        ids, never on the numbers that CIs happen to have.
    """
    proof, state = _Proof(estate, reasons or Reasons(found, names_of(estate))), found.state(ci)
    steps = proof.steps_to(ci) if state else []
    standing = None
    if state == State.UNAFFECTED or (exact and state != State.OUTAGE):
        beside = proof.providers(ci) if state == State.AT_RISK else []
        standing = tuple(estate.ids[each] for each in proof.standing([ci, *beside]))
    claim = Claim(estate.ids[ci], WORDS[state], exact and state not in (State.OUTAGE, State.UNAFFECTED))
    return Certificate(_header(estate, found, claim, standing), tuple(steps))


def alternatives(estate: Estate, found: Impact, ci: int) -> tuple[Certificate, ...]:
    """Certificates of the outage of a CI by each group of it that is genuinely broken, by group id; none if it is up.

    Genuinely: also where the CI itself is held up. A group that broke only because the CI did is no cause.
    """
    if found.state(ci) != State.OUTAGE:
        return ()
    topology, names = _held_up(found.topology, ci), names_of(estate)
    held = impact(topology, {seed: effect for seed, effect in found.seeds.items() if seed != ci})
    beside = replace(estate, topology=topology)
    reasons = Reasons(held, names_of(beside))
    broken = [group for group in groups_of(held, ci, names, found.topology) if group.is_broken]
    certificates = []
    for group in sorted(broken, key=lambda group: names.group(group.edge)):
        lost = group.lost[: group.deciding]
        last = _broken(estate, ci, group.rule, group, lost)
        steps = (*_Proof(beside, reasons).steps_to_all(each.ci for each in lost), last)
        certificates.append(Certificate(_header(estate, held, Claim(estate.ids[ci], "outage", exact=False)), steps))
    return tuple(certificates)


def _held_up(topology: Topology, ci: int) -> Topology:
    # needing nothing; who never had a source is as before, though the CI would be one to them now
    held = with_rows(topology, Rows([ci], [], []))
    if not held.has_feeds:
        return held
    csr = replace(held.csr, unfounded=topology.csr.unfounded)
    return Topology(csr, tails=held.tails, is_ordered=held.is_ordered, is_settled=False)


def _header(estate: Estate, found: Impact, claim: Claim, standing: tuple[str, ...] | None = None) -> Header:
    seeds = sorted((estate.ids[seed], effect.name.lower()) for seed, effect in found.seeds.items())
    return Header(estate.revision, tuple(Seeded(*seed) for seed in seeds), claim, standing)


def _cited(estate: Estate, ci: int, each: Lost) -> Cited:
    return Cited(estate.relationship_id(ci, each.edge), each.name)


def _broken(estate: Estate, ci: int, rule: str, group: Group, lost: Iterable[Lost]) -> Broken:
    cited = tuple(_cited(estate, ci, each) for each in lost)
    return Broken(estate.ids[ci], rule, estate.group_id(group.edge), group.members, group.needed, cited)


@dataclass
class _Proof:
    estate: Estate
    reasons: Reasons
    broken: dict[int, tuple[int, Step]] = field(default_factory=dict)
    """Of each CI explained by itself: its round and its step."""
    fallen: dict[int, dict[int, Broken]] = field(default_factory=dict)
    """By round, the CIs that lost their source together, each with its group."""

    def __post_init__(self) -> None:
        self.found = self.reasons.found

    def steps_to(self, ci: int) -> list[Step]:
        """All steps, in an order in which every CI cited has an earlier one."""
        chain: list[Step] = []
        while self.found.state(ci) != State.OUTAGE:
            reason = self.reasons.of(ci)
            if not reason.because:
                self._explain_seed(ci)
                break
            chain.append(self._lesser(ci, reason))
            ci = reason.because[0].ci
        return [*self.steps_to_all([ci] if self.found.state(ci) == State.OUTAGE else []), *reversed(chain)]

    def steps_to_all(self, cis: Iterable[int]) -> list[Step]:
        """As `steps_to`, of several CIs that are out."""
        queue = list(cis)
        while queue:
            queue += self._explain(queue.pop())
        return self._ordered()

    def providers(self, ci: int) -> list[int]:
        """Everything a CI rests on directly."""
        return sorted({row[0] for row in rows_of(self.found, ci)})

    # --- steps -------------------------------------------------------------------------------------------------------

    def _ordered(self) -> list[Step]:
        rows: list[tuple[int, int, str, Step]] = [
            (round_, 0, self.estate.ids[ci], step) for ci, (round_, step) in self.broken.items()
        ]
        for round_, together in self.fallen.items():
            each = tuple(sorted(together.values(), key=lambda fallen: fallen.ci_id))
            rows.append((round_, 1, "", Sourceless(each)))
        return [step for _, _, _, step in sorted(rows, key=lambda row: row[:3])]

    def _explain(self, ci: int) -> list[int]:
        """Note the step of a CI that is out; gives the CIs it cites."""
        stopped = self.found.hops(ci)
        if ci in self.broken or ci in self.fallen.get(stopped, ()):
            return []
        reason = self.reasons.of(ci)
        if reason.group is None:
            self._explain_seed(ci)
            return []
        step = _broken(self.estate, ci, reason.rule, reason.group, reason.because)
        if reason.rule == FALLEN:
            self.fallen.setdefault(stopped, {})[ci] = step
        else:
            self.broken[ci] = stopped, step
        return [each.ci for each in reason.because]

    def _explain_seed(self, ci: int) -> None:
        self.broken[ci] = 0, Seeded(self.estate.ids[ci], self.found.seeds[ci].name.lower())

    def _lesser(self, ci: int, reason: Reason) -> Step:
        estate, group, cited = self.estate, reason.group, _cited(self.estate, ci, reason.because[0])
        if group is None:
            return Leaning(estate.ids[ci], reason.rule, cited)
        name = estate.group_id(group.edge)
        return Weakened(estate.ids[ci], name, group.members, group.needed, group.margin, (cited,))

    # --- what is not out ---------------------------------------------------------------------------------------------

    def standing(self, start: list[int]) -> list[int]:
        """CIs that hold each other and these ones, each after those that feed it."""
        ids, level = self.estate.ids, self._levels(start)
        listed: set[int] = set()
        queue = list(start)
        while queue:
            ci = queue.pop()
            if ci in listed:
                continue
            listed.add(ci)
            for group in groups_of(self.found, ci, self.reasons.names):
                left = group.left
                if group.feeds and not self._is_excused(ci):
                    left = [each for each in left if level.of(each) < level.of(ci) or self._is_excused(each)]
                queue += _first(left, group.needed, lambda each: (level.of(each), ids[each]))
        return sorted(listed, key=lambda ci: (level.of(ci), ids[ci]))

    def _is_excused(self, ci: int) -> bool:
        # without a source from the start
        csr = self.found.topology.csr
        return self.found.topology.has_feeds and bool(csr.unfounded[csr.place[ci]])

    def _levels(self, start: list[int]) -> "_Levels":
        topology = self.found.topology
        csr = topology.csr
        if not topology.has_feeds:
            return _NO_LEVELS
        touched = self.found.touched
        out = touched.places[touched.states == State.OUTAGE]
        places, levels = fed_levels(
            csr.place[start], out, csr.beg, csr.end, csr.to, csr.code, csr.needed, csr.feeds, csr.unfounded
        )
        order = np.argsort(csr.index[places])
        return _Levels(csr.index[places][order], levels[order])


@dataclass(frozen=True, eq=False, slots=True)
class _Levels:
    """How far each CI (sorted) is from what needs nothing, along what feeds; 0 where nothing does."""

    cis: NDArray[np.int32]
    levels: NDArray[np.int32]

    def of(self, ci: int) -> int:
        at = int(np.searchsorted(self.cis, ci))
        return int(self.levels[at]) if at < len(self.cis) else 0


_NO_LEVELS = _Levels(np.empty(0, np.int32), np.empty(0, np.int32))


def _first(some: list[int], count: int, key: Callable[[int], tuple[int, str]]) -> list[int]:
    # which ones matters only where there are more
    return some if len(some) == count else sorted(some, key=key)[:count]
