"""Whether a change may go ahead: what it does alone and in company, how risky it is, and why (JR/T 0074-2012, 8.3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import ParamValue
from graph.estate import RANK, Estate
from graph.records.changes import Change
from graph.risk.model import SEVERITIES, RiskModel
from queries.back_out import BackOut
from queries.before_after import BeforeAfter
from queries.blast_radius import BlastRadius
from queries.claims import is_decided_late
from queries.impact import EffectWord, Impact, State
from queries.intervals import Interval, without
from queries.own_radius import OwnRadius
from queries.past import past_of, touched_of
from queries.periods import Period, agreed_times
from queries.proposed import Proposal
from queries.redundancy import Losing, left_in_each, left_without_redundancy
from queries.risk import (
    Assessment,
    Circumstance,
    Factor,
    Past,
    Reason,
    ServiceRisk,
    factors_of,
    shrunk,
    worse_level,
)
from queries.similar import Similar, similar
from queries.surroundings import Joined, Meeting, Promise, Surroundings

I32 = NDArray[np.int32]
NAMED = 5  # CIs that a reason names
NEW = (None, "draft")  # statuses before somebody is asked
DAY, LONGEST = 86_400, 366  # seconds; days of a window beyond which it is hardly meant
ALONE, COMPANY = "alone", "in_company"
EMERGENT, BLACKOUT, OUTSIDE = "emergent_outage", "blackout", "outside_maintenance"
REFUSED = "edit_conflict"
SAME_CI, INSIDE = "same_ci", "inside_outage"
# what depends on the graph alone, and is the same whenever and with whatever papers a change is made
OF_THE_GRAPH = (
    "seeds", "unmapped", "during", "_affected", "losing", "_bare", "concerned_alone", "_numbers", "_criticalities",
    "aside",
)  # fmt: skip
# the same at one moment: how old data is then, what has ended by then, and what the register is asked beside it
OF_THE_MOMENT = ("compared", "radius", "_past")


@dataclass(frozen=True, slots=True)
class ServiceView:
    """How a service stands under the change alone. `agreed`: its outage was agreed for the whole window."""

    ci: int
    state: State
    left_without_redundancy: bool
    agreed: bool

    @property
    def level(self) -> str:
        """The level of the risk model."""
        if self.state == State.OUTAGE:
            return "outage"
        return "no_redundancy" if self.left_without_redundancy else "affected"


@dataclass(frozen=True)
class Review:
    """The answer for one change: `proposal` is its edits on the graph, `change` the rest of it.

    `anew`: the review of the same change with another window or other edits. `starts`: moments at which nothing is in
    its way, the first ones, and whether these are all. `together`: of the change and a meeting that it has, those who
    meet. All three only where there is a register to ask.
    """

    change: Change
    proposal: Proposal
    around: Surroundings
    model: RiskModel
    anew: "Callable[[Review, Change], Review] | None" = None
    starts: Callable[[Change], tuple[Sequence[datetime], bool]] | None = None
    together: Callable[[Change, Meeting], Joined] | None = None

    def beside(self, around: Surroundings, change: Change | None = None) -> "Review":
        """The review in other surroundings, or of the change with another window or other papers.

        What the change does to the graph is not worked out again: affected CIs and edits are the same.
        """
        made = replace(self, around=around, change=change or self.change)
        for name in (*OF_THE_GRAPH, *OF_THE_MOMENT):
            made.__dict__[name] = getattr(self, name)
        made.__dict__["services"] = [replace(each, agreed=made.is_agreed(each.ci)) for each in self.services]
        return made

    def after(self, other: "Review") -> None:
        """Take over what a review of the same CIs and edits on the same estate has worked out of the graph."""
        self.__dict__["aside"] = other.aside
        self.__dict__.update({name: other.__dict__[name] for name in OF_THE_GRAPH if name in other.__dict__})

    @cached_property
    def aside(self) -> dict[str, Any]:
        """What further questions have worked out of the same CIs, edits and estate, by their names."""
        return {}

    @property
    def estate(self) -> Estate:
        """The graph in which before and after bind, CIs that the change adds included."""
        return self.proposal.both

    @cached_property
    def seeds(self) -> dict[int, EffectWord]:
        """The affected CIs that are in the register, with their effects."""
        words: tuple[EffectWord, ...] = ("degraded", "outage", "retire")
        # of two effects on one CI the worse one counts
        return {
            number: word for word in words for ci_id, effect in self.change.affected
            if effect == word and (number := self._number(ci_id)) is not None
        }  # fmt: skip

    @cached_property
    def unmapped(self) -> list[str]:
        """Affected CIs that the register does not know."""
        return [ci_id for ci_id, _ in self.change.affected if self._number(ci_id) is None]

    def _number(self, ci_id: str) -> int | None:
        numbers = self._numbers
        if ci_id not in numbers:
            found = self.proposal.numbers.get(ci_id)
            numbers[ci_id] = self.proposal.before.find(ci_id) if found is None else found
        return numbers[ci_id]

    @cached_property
    def _numbers(self) -> dict[str, int | None]:
        # of all ids that were asked for: the same thousands of services are asked for again and again
        return {}

    @cached_property
    def _criticalities(self) -> dict[str, str | None]:
        # as _numbers
        return {}

    @cached_property
    def during(self) -> Impact:
        """The impact at the worst moment of the change."""
        return self.proposal.during(self.seeds)

    @cached_property
    def compared(self) -> BeforeAfter:
        """What the change alters (SEMANTICS 4)."""
        return BeforeAfter(self.proposal, self.seeds, self.around.recovery, self.around.linked)

    @cached_property
    def radius(self) -> BlastRadius:
        """That impact in the words of the register."""
        hidden = frozenset(self.proposal.live.values())
        return OwnRadius(self.estate, self.during, self.around.circumstances, hidden)

    @cached_property
    def services(self) -> list[ServiceView]:
        """The services that are not unaffected: worst state first, then those without redundancy, then the critical."""
        estate, bare = self.estate, self._bare
        affected = zip(*(column.tolist() for column in self._affected), strict=True)
        return sorted(
            (ServiceView(ci, State(state), ci in bare, self.is_agreed(ci)) for ci, state in affected),
            key=lambda s: (-s.state, not s.left_without_redundancy, -int(estate.criticality[s.ci]), estate.ids[s.ci]),
        )

    @cached_property
    def _affected(self) -> tuple[I32, NDArray[np.uint8]]:
        # services that are not unaffected, and their states
        services = self.estate.services()
        states = self.during.states_of(services)
        return services[states > 0], states[states > 0]

    @cached_property
    def losing(self) -> Losing:
        """What is to be asked of the services that stand: which are left without redundancy."""
        services, states = self._affected
        return Losing(self.proposal, self.during.seeds, services[states != State.OUTAGE])

    @cached_property
    def _bare(self) -> frozenset[int]:
        losing = self.losing
        lost = left_without_redundancy(losing.proposal, losing.seeds, losing.services)
        return frozenset(losing.services[lost].tolist())

    def is_agreed(self, ci: int) -> bool:
        """Whether the outage of a service was agreed for the whole window."""
        return self._is_agreed(self.estate.ids[ci])

    @cached_property
    def concerned_alone(self) -> frozenset[str]:
        """Services that the change affects by itself, or leaves without redundancy once all is done."""
        return frozenset(self.estate.ids[each.ci] for each in self.services) | self._bared

    @property
    def concerned(self) -> list[str]:
        """Those, and the services that go down together with what else happens; sorted."""
        together = (service for meeting in self._of_kind(EMERGENT) for service in meeting.services)
        return sorted({*self.concerned_alone, *together})

    @cached_property
    def _bared(self) -> frozenset[str]:
        # services that rest on something that was redundant and is a single point once all is done
        before, found = self.proposal.before.topology, set[str]()
        for service, (added, _) in self.compared.points.items():
            if service < before.n and np.isin(added, before.all_providers_of([service])).any():
                found.add(self.estate.ids[service])
        return frozenset(found)

    def _is_agreed(self, service: str) -> bool:
        start, end = self.change.planned_start, self.change.planned_end
        if not self._agreements or self._retires or start is None or end is None or not start < end:
            return False  # what stops for ever is not agreed by a window
        number = self._number(service)
        known = number if number is not None and number < self.proposal.before.topology.n else -1
        return not without((Interval(start, end),), agreed_times(self._agreements, known, [self.change.change_id]))

    @cached_property
    def _retires(self) -> bool:
        return "retire" in self.seeds.values()

    @cached_property
    def _agreements(self) -> tuple[Period, ...]:
        # of outages, for this change or for any
        return tuple(period for period in self.around.agreed if period.change_id in (None, self.change.change_id))

    @cached_property
    def alone(self) -> Assessment:
        """What the change does by itself, blackouts and maintenance windows included."""
        return Assessment(tuple(self._reasons()), self._factors(self._by_itself))

    @cached_property
    def in_company(self) -> Assessment:
        """What comes out together with the other active changes and with open incidents, too."""
        together, reasons = self._of_kind(EMERGENT), list(self.alone.reasons)
        # what lasts strikes at the other one's time, for which nothing was agreed
        lasts = self.change.edits is not None
        for meeting in together:
            more = {"changes": self._others(meeting)}
            reasons += [self._out(service, more, lasts=lasts) for service in meeting.services]
        for kind in (SAME_CI, INSIDE):
            reasons += [
                self._reason(kind, of=_some(meeting.ci_ids), changes=self._others(meeting))
                for meeting in self._of_kind(kind)
            ]
        if not self.around.meetings_complete:
            reasons.append(self._reason("unknown", what="conflicts"))
        if self.around.others_possible:
            reasons.append(self._reason("others_possible"))
        reasons += [
            self._reason("incident_end_assumed", incident=incident, until=until)
            for incident, until in self.around.assumed
        ]
        emergent = {service for meeting in together for service in meeting.services}
        return Assessment(_in_order(reasons), self._factors(self._by_itself | emergent))

    @property
    def worst(self) -> str:
        """Which of the two is worse; where they are alike, the change alone."""

        def rank(each: Assessment) -> tuple[int, float]:
            return SEVERITIES.index(each.verdict), each.score

        return COMPANY if rank(self.in_company) > rank(self.alone) else ALONE

    @property
    def assessment(self) -> Assessment:
        """The worse of the two."""
        return self.alone if self.worst == ALONE else self.in_company

    @property
    def _by_itself(self) -> frozenset[str]:
        return frozenset(self.estate.ids[each.ci] for each in self.services if each.state == State.OUTAGE)

    def _class_of(self, ci: int) -> str:
        # what it is, or was before the change retires it
        before = self.proposal.before
        return before.class_of(ci) if ci < before.topology.n else self.estate.class_of(ci)

    def _reason(self, key: str, **params: ParamValue) -> Reason:
        return Reason(key, params, self.model.severities[key])

    def _criticality(self, service: str) -> str | None:
        # a change does not lower what it is measured by
        known = self._criticalities
        if service not in known:
            number, before = self._number(service), self.proposal.before
            words = [] if number is None else [self.estate.criticality_of(number)]
            if number is not None and number < before.topology.n:
                words.append(before.criticality_of(number))
            known[service] = max(words, key=lambda word: RANK[word or ""], default=None)
        return known[service]

    def _out(self, service: str, more: Mapping[str, ParamValue], *, lasts: bool = False) -> Reason:
        if not lasts and self._is_agreed(service):
            return self._reason("outage_agreed", service=service, **more)
        word = self._criticality(service)
        key = f"service_out_{word}" if word in ("critical", "high") else "service_out"
        return self._reason(key, service=service, **more)

    def _reasons(self) -> tuple[Reason, ...]:
        ids, found = self.estate.ids, list[Reason]()
        for each in self.services:
            if each.state == State.OUTAGE:
                found.append(self._out(ids[each.ci], {}))
            elif each.left_without_redundancy:
                found.append(self._reason("left_without_redundancy", service=ids[each.ci]))
        found += [self._reason("left_without_redundancy", service=service) for service in sorted(self._bared)]
        for meeting in self._of_kind(REFUSED):
            found.append(self._reason("edit_conflict", at=self._others(meeting) or "-", why=meeting.kind))
        for meeting in self._of_kind(BLACKOUT):
            found.append(self._reason("blackout_hit", of=_some(meeting.services or meeting.ci_ids)))
        for meeting in self._of_kind(OUTSIDE):
            found.append(self._reason("maintenance_missed", of=_some(meeting.services or meeting.ci_ids)))
        for flag in self.compared.flags:
            found.append(self._reason(flag.key, ci_id=flag.ci_id, group=flag.group))
        for conflict in self.proposal.conflicts:
            found.append(self._reason("edit_conflict", at=conflict.at, why=conflict.message.key))
        found += [self._reason(f"missing_{paper}") for paper in sorted(self.missing - {"approval"})]
        if is_decided_late(self.change, self.around.at):
            found.append(self._reason("decided_late"))
        found += [self._reason("unmapped_resource", ci_id=ci_id) for ci_id in self.unmapped]
        found += [self._reason("no_dependents_recorded", ci_id=ids[ci]) for ci in self._silent]
        found += [self._reason("low_confidence", ci_id=ci_id) for ci_id in self._not_known_well]
        if not self.change.affected and not self.change.edits:
            found.append(self._reason("unknown", what="affected"))
        found += self._of_window()
        return _in_order(found)

    def _of_window(self) -> list[Reason]:
        change, at = self.change, self.around.at
        if not change.has_window:
            return [self._reason("unknown", what="window")]
        if change.planned_end is None:
            return [self._reason("open_end")]
        found = []
        if at is not None and change.planned_end <= at and (change.is_active or change.status in NEW):
            found.append(self._reason("window_over"))
        if (days := (change.seconds or 0) // DAY) > LONGEST:
            found.append(self._reason("window_long", days=days))
        if self.back_out.fits is False:
            found.append(self._reason("back_out_too_long", back_out=change.back_out_time, window=change.seconds))
        return found

    @property
    def back_out(self) -> BackOut:
        """The time that backing out takes, against the window."""
        return BackOut(self.change.planned_start, self.change.planned_end, self.change.back_out_time)

    @cached_property
    def _silent(self) -> list[int]:
        # of what the change itself retires nobody has to be recorded
        return [ci for ci in self.radius.silent_seeds if ci in self.seeds and ci not in self.proposal.live]

    def _of_kind(self, kind: str) -> list[Meeting]:
        return [meeting for meeting in self.around.meetings if meeting.kind == kind]

    def _others(self, meeting: Meeting) -> str:
        return ", ".join(each for each in meeting.changes if each != self.change.change_id)

    @cached_property
    def missing(self) -> frozenset[str]:
        """Of back-out plan, test evidence, assessment and approval those that are not there."""
        change = self.change
        has = {
            "back_out_plan": bool(change.back_out_plan),
            "test_evidence": bool(change.test_evidence),
            "assessment": bool(change.assessment),
            "approval": change.decision == "approved",
        }
        return frozenset(name for name, there in has.items() if not there)

    @cached_property
    def _not_known_well(self) -> tuple[str, ...]:
        # services whose state rests on what an import has not completed, or nobody has seen for long
        return tuple(self.estate.ids[each.ci] for each in self.radius.services if each.reasons)

    @cached_property
    def _past(self) -> tuple[tuple[Past, ...], Past | None]:
        return past_of(self.around.ended, self.change, self._classes, self.estate, self.proposal.draft.ontology)

    @property
    def _classes(self) -> dict[str, str]:
        # of the CIs that it touches
        edited, ids = touched_of(self.change, self.proposal.draft.ontology), self.estate.ids
        touched = {*self.seeds, *(n for ci_id in edited if (n := self._number(ci_id)) is not None)}
        return {ids[ci]: self._class_of(ci) for ci in sorted(touched)}

    def similar(self, most: int) -> list[Similar]:
        """Changes like this one that ended before, the most alike first."""
        return similar(self.around.ended, self.change, self._classes, self.estate, self.proposal.draft.ontology, most)

    @property
    def rates(self) -> list[tuple[Past, float]]:
        """How changes before it failed, and the rate that counts: of its CIs, classes and team, the highest first.

        The last one, `*`, is of all changes; none at all where none has ended.
        """
        past, every = self._past
        if every is None:
            return []
        rates = sorted(((each, float(shrunk(self.model, each, every))) for each in past), key=lambda r: -r[1])
        return [*rates, (every, every.failed / every.ended)]

    def _factors(self, out: frozenset[str]) -> tuple[Factor, ...]:
        change, estate = self.change, self.estate
        views = {estate.ids[each.ci]: each.level for each in self.services}
        for service in self._bared:
            views[service] = worse_level(views.get(service, "unaffected"), "no_redundancy")
        levels = {**views, **dict.fromkeys(out, "outage")}
        criticality = {service: self._criticality(service) for service in levels}
        services = [
            ServiceRisk(service, level, criticality[service], self.around.promises.get(service, Promise()).allowed)
            for service, level in sorted(levels.items())
        ]
        past, everything = self._past
        known = Circumstance(
            category=change.category,
            duration=change.seconds,
            blackouts=tuple(meeting.id for meeting in self._of_kind(BLACKOUT)),
            maintenance=tuple(meeting.id for meeting in self._of_kind(OUTSIDE)),
            in_conflict={service: criticality[service] for service in out},
            missing=self.missing,
            past=past,
            all_past=everything,
            low_confidence=(*self._not_known_well, *(estate.ids[ci] for ci in self._silent)),
        )
        return factors_of(self.model, services, known)


def answer_together(reviews: Sequence[Review]) -> None:
    """Work out of reviews at one revision which services lose their redundancy, for all of them at once."""
    unknown = [review for review in reviews if "_bare" not in review.__dict__]
    asked = [review.losing for review in unknown]
    for review, losing, lost in zip(unknown, asked, left_in_each(asked), strict=True):
        review.__dict__["_bare"] = frozenset(losing.services[lost].tolist())


def _some(ci_ids: Sequence[str]) -> str:
    # the first few, so that a reason stays a sentence
    more = len(ci_ids) - NAMED
    return ", ".join(ci_ids[:NAMED]) + (f" … +{more}" if more > 0 else "")


def _in_order(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    # each once, the worst first
    unique = {(r.key, tuple(sorted(r.params.items(), key=str))): r for r in reasons}
    return tuple(
        sorted(
            unique.values(),
            key=lambda r: (-SEVERITIES.index(r.severity), r.key, sorted((k, str(v)) for k, v in r.params.items())),
        )
    )
