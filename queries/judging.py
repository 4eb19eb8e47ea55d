"""A review made of what the register holds: company, windows, people, recovery; and the same change made otherwise."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from graph.deadline import check
from graph.errors import BadInputError
from graph.estate import Estate
from graph.records.changes import Change
from graph.records.edits import edits_of
from graph.records.windows import Window
from graph.risk.model import RiskModel
from queries.before_after import Linked, Recovery
from queries.blast_radius import Circumstances
from queries.change_conflicts import ChangeConflicts, change_conflicts
from queries.conflicts import ORDER
from queries.free_slots import free_slots
from queries.periods import AGREED, Period, periods
from queries.planned import EPOCH, INCIDENT, Asked, instant, moment_of, read_edits
from queries.proposed import Proposal, propose
from queries.recurrence import LATEST, OLDEST
from queries.review import Review, answer_together
from queries.surroundings import Joined, Lost, Meeting, Promise, Surroundings
from queries.worked import Worked

LASTING = timedelta(days=90)  # so far ahead what a change leaves behind is held against others (SEMANTICS 5: horizon)
SOON = timedelta(days=14)  # within which another slot is looked for
STARTS = 5  # free slots that are tried
ASSUMED = "conflicts.incident_end_assumed"


@dataclass(frozen=True, slots=True)
class People:
    """Who owns services and what was promised of them, by `ci_id`."""

    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    promises: Mapping[str, Promise] = field(default_factory=dict)


@dataclass(frozen=True)
class Judging:
    """What the register holds at one revision.

    `asked`: the active changes and incidents, with what is kept of all CIs that edits name, those of the change under
    review too. `zone`: of windows that name none. `people`: of some services when a change is made; for those that it
    was asked about before nothing is read again. `recovery`: of a proposal. `linked`: see `BeforeAfter`. `lost`: see
    `Surroundings`. `worked`: what other reviews have worked out of the graph, where it is kept.
    """

    asked: Asked
    windows: Sequence[Window]
    zone: str
    model: RiskModel
    ended: Sequence[Change] = ()
    circumstances: Circumstances = field(default_factory=Circumstances)
    log_hash: str | None = None
    people: Callable[[Sequence[str], datetime], People] = lambda services, at: People()
    recovery: Callable[[Proposal], Recovery] | None = None
    linked: Linked | None = None
    lost: Lost | None = None
    worked: Worked | None = field(default=None, compare=False)

    def review(self, change: Change, agreed: Sequence[Window] = ()) -> Review:
        """The review of a change; `agreed`: outages that were agreed for it beside those of the register.

        Raises BadInputError `review.year` for a window in years in which nothing is looked for, and `edits.*`.
        """
        return self.finished(self.begun(change, agreed))

    def begun(self, change: Change, agreed: Sequence[Window] = ()) -> Review:
        """The review without the people of its services: of several, what they share is then worked out once
        (`share`), before each is finished. Raises as `review`."""
        check()  # whoever asked may have gone
        _check_years(change)
        asked = self.asked
        like = None if self.worked is None else self.worked.of(change, asked.estate)
        if like is None:
            groups = edits_of(change.edits, asked.ontology)
            proposal = propose(asked.estate, asked.ontology, groups, asked.kept)
        else:
            proposal = like.proposal
        made = Review(
            change, proposal, self._around(change, agreed, proposal), self.model,
            anew=partial(self._anew, agreed=agreed), starts=partial(self._starts, agreed=agreed),
            together=self._together,
        )  # fmt: skip
        if like is not None:
            made.after(like)
        if self.worked is not None:
            self.worked.keep(made)
        return made

    def share(self, begun: Sequence[Review]) -> None:
        """Work out once what reviews that were begun share: lost redundancy, and the people of their services."""
        answer_together(begun)
        self.people(sorted({service for each in begun for service in each.concerned}), self.asked.at)

    def _anew(self, before: Review, change: Change, *, agreed: Sequence[Window]) -> Review:
        if change.edits != before.change.edits:
            # of many that are tried nothing is asked again
            return replace(self, worked=None).review(change, agreed)
        _check_years(change)
        return self.finished(before.beside(self._around(change, agreed, before.proposal), change))

    def _starts(self, change: Change, *, agreed: Sequence[Window]) -> tuple[list[datetime], bool]:
        # the first moments at which nothing is in its way, and whether these are all
        since = self.asked.at
        found = free_slots(
            self.asked, [*agreed, *self.windows], change, since, since + SOON, self.zone, allowed="pass"
        )  # fmt: skip
        starts = [moment_of(slot.starts[0]) for slot in found.slots]
        return starts[:STARTS], found.complete and len(starts) <= STARTS

    def _together(self, change: Change, meeting: Meeting) -> Joined:
        asked, names = self.asked.beside(change), set(meeting.changes)
        some = sorted(
            (each for each in asked.changes if each.change_id in names),
            key=lambda each: (each.planned_start or EPOCH, each.change_id),
        )
        edits, _ = read_edits(some, asked.ontology, asked.chains)
        groups = [group for each in some for group in edits.get(each.change_id, ())]
        proposal = propose(asked.estate, asked.ontology, groups, asked.kept)
        stopped: dict[str, Sequence[tuple[str, str]]] = {each.change_id: each.affected for each in some}
        for incident in asked.incidents:
            if (name := f"{INCIDENT}{incident.incident_id}") in names and incident.ci_id is not None:
                stopped[name] = ((incident.ci_id, "outage"),)
        return Joined(proposal, {name: proposal.seeds_of(affected) for name, affected in stopped.items()})

    def finished(self, made: Review) -> Review:
        """The review with the people of the services that it concerns."""
        people = self.people(made.concerned, made.change.planned_start or self.asked.at)
        return made.beside(replace(made.around, owners=people.owners, promises=people.promises))

    def _around(self, change: Change, agreed: Sequence[Window], proposal: Proposal) -> Surroundings:
        windows = [*agreed, *self.windows]
        company = _Company(self.asked.beside(change), change, windows, self.zone)
        return Surroundings(
            ended=self.ended,
            agreed=_agreed(self.asked.estate, windows, change, self.zone),
            meetings=company.meetings,
            meetings_complete=company.complete,
            others_possible=company.others_possible,
            assumed=company.assumed,
            circumstances=self.circumstances,
            recovery=None if self.recovery is None else self.recovery(proposal),
            linked=self.linked,
            lost=self.lost,
            zone=change.zone or self.zone,
            at=self.asked.at,
            log_hash=self.log_hash,
        )


class _Company:
    """The conflicts that a change is part of, from its start to its end, or as long as what it does lasts."""

    def __init__(self, asked: Asked, change: Change, windows: Sequence[Window], zone: str) -> None:
        self._asked, self._change, self._windows, self._zone = asked, change, windows, zone
        self.meetings: list[Meeting] = []
        self.complete, self.others_possible = True, False
        self.assumed: list[tuple[str, str]] = []
        start, end = change.planned_start, change.planned_end
        if start is None or not change.has_window:
            return  # the review says itself that it has no window
        lasts = change.edits is not None or any(effect == "retire" for _, effect in change.affected)
        until = start + LASTING if end is None or lasts else end
        self._start, self._until = start, max(until, end or until)
        self._note(self._found(asked))

    def _found(self, asked: Asked) -> ChangeConflicts:
        about = self._change.change_id
        return change_conflicts(asked, self._windows, self._start, self._until, self._zone, about=about)

    def _note(self, found: ChangeConflicts) -> None:
        name, zone = self._change.change_id, self._change.zone or self._zone
        self.meetings = [
            Meeting(each.id, each.kind, each.changes, each.services, each.ci_ids, each.plain(zone), each.severity)
            for each in found.found
            if name in each.changes
        ]
        # what is wrong with this change itself is a reason of its own
        gaps = {reason.params.get("change") == name for reason in found.reasons if reason.gap}
        self.complete = found.complete or gaps == {True}
        self.others_possible = found.others_possible and self._meets_many()
        ends = {str(r.params["incident"]): str(r.params["until"]) for r in found.reasons if r.key == ASSUMED}
        if ends:
            # would it meet the incident if that lasted?
            longer = replace(self._asked, incident_lasts=max(self._until - self._asked.at, self._asked.incident_lasts))
            met = {who for each in self._found(longer).found if name in each.changes for who in each.changes}
            self.assumed = sorted((each, end) for each, end in ends.items() if f"incident:{each}" in met)

    def _meets_many(self) -> bool:
        # a set of more than are looked at holds this change only if so many are at work beside it
        begin, end = instant(self._start), instant(self._until)
        beside = [
            party
            for party in self._asked.plan.parties
            if party.name != self._change.change_id
            and party.start < end
            and (party.end is None or party.end > begin or party.leaves_something)
        ]
        return len(beside) >= ORDER


def _check_years(change: Change) -> None:
    for moment in (change.planned_start, change.planned_end):
        if moment is not None and not OLDEST <= moment.year < LATEST:
            raise BadInputError(
                "review.year", change=change.change_id, moment=moment.isoformat(), oldest=OLDEST, latest=LATEST - 1
            )  # fmt: skip


def _agreed(estate: Estate, windows: Iterable[Window], change: Change, zone: str) -> list[Period]:
    # agreed outages as they lie in the change's window; one that cannot be read agrees to nothing
    start, end = change.planned_start, change.planned_end
    if start is None or end is None or not change.has_window:
        return []
    found, _ = periods(estate, (window for window in windows if window.kind == AGREED), start, end, zone)
    return found
