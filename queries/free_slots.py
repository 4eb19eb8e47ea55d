"""Free slots for one change in the words of the register: when it gets in nobody's way, and why not earlier."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graph.errors import BadInputError
from graph.records.changes import Change
from graph.records.edits import Add, EditGroup, Retire
from graph.records.kept_graph import named_by, owner_of
from graph.records.windows import Window
from queries.change_conflicts import (
    BLACKOUT,
    BLOCK,
    OUTSIDE,
    REFUSED,
    REVIEW,
    Told,
    Words,
    check_horizon,
    plain_reasons,
    shown,
)  # fmt: skip
from queries.conflicts import ORDER, Conflict
from queries.edit_chain import touched_by
from queries.intervals import Interval
from queries.parties import Instant, Party
from queries.periods import (
    BLACKOUT_WINDOW,
    MAINTENANCE,
    Met,
    Period,
    blackouts_hit,
    concerned,
    maintenance_missed,
    periods,
)  # fmt: skip
from queries.planned import Asked, Planned, Reason, instant, moment_of, planned, read_edits
from queries.slots import Obstacle, Placing, Range, free_ranges, kept_away, obstacles, turns

PASS = "pass"  # noqa: S105 - a verdict
VERDICTS = (PASS, REVIEW, BLOCK)
SCHEDULED = "scheduled"
PLACES = 50  # among the edits of others that are tried: each costs a plan and two sweeps
REJECTED = 200  # starts before the first slot of which it is told why not


@dataclass(frozen=True, slots=True)
class InTheWay:
    """What keeps which starts away, and in words."""

    obstacle: Obstacle
    told: Told
    window_id: str | None

    def meets(self, starts: Range) -> bool:
        """Whether it keeps some of these away."""
        return self.obstacle.first <= starts[1] and starts[0] <= self.obstacle.last

    def plain(self, name: str, zone: str) -> dict[str, Any]:
        """As JSON, in the answer for a change."""
        ends = self.obstacle.ends
        return {
            "kind": self.told.kind,
            "with": [self.window_id] if self.window_id else [each for each in self.told.changes if each != name],
            "from": shown(moment_of(self.obstacle.begins), zone),
            "to": None if ends is None else shown(moment_of(ends), zone),
            "services": list(self.told.services),
        }


@dataclass(frozen=True, slots=True)
class Slot:
    """Starts, both ends included, and the worst verdict of any of them, as far as others and windows make it."""

    starts: Range
    verdict: str


@dataclass(frozen=True)
class FreeSlots:
    """The answer of `faultline changes slots`. `length`: of its window, `None`: open; `tried`: starts, in order.

    `others_possible`: more changes than a set was looked at with may stand in its way.
    """

    revision: int
    change: str
    length: Instant | None
    at: datetime
    horizon: Interval
    allowed: str
    complete: bool
    slots: tuple[Slot, ...]
    tried: tuple[Instant, ...]
    in_the_way: tuple[InTheWay, ...]
    reasons: tuple[Reason, ...]
    others_possible: bool
    order: int

    @property
    def seconds(self) -> int | None:
        """Elapsed seconds of its window."""
        return None if self.length is None else self.length // 1_000_000

    def against(self, start: Instant) -> list[InTheWay]:
        """What keeps a start away, the first to come first."""
        found = [each for each in self.in_the_way if each.meets((start, start))]
        return sorted(found, key=lambda each: (each.obstacle.begins, each.told.id))

    def plain(self, zone: str) -> dict[str, Any]:
        """As JSON, times in a zone."""
        return {
            "revision": self.revision,
            "change": self.change,
            "duration": self.seconds,
            "at": shown(self.at, zone),
            "horizon": {"from": shown(self.horizon.start, zone), "to": shown(self.horizon.end, zone)},
            "max_verdict": self.allowed,
            "complete": self.complete,
            "others_possible": self.others_possible,
            "slots": [self._slot(slot, zone) for slot in self.slots],
            "rejected": [self._rejected(start, zone) for start in self.tried[:REJECTED]],
            "reasons": plain_reasons(self.reasons),
        }

    def _slot(self, slot: Slot, zone: str) -> dict[str, Any]:
        earliest, latest = (shown(moment_of(start), zone) for start in slot.starts)
        return {"earliest_start": earliest, "latest_start": latest, "verdict": slot.verdict, "score": None}

    def _rejected(self, start: Instant, zone: str) -> dict[str, Any]:
        end = None if self.length is None else shown(moment_of(start + self.length), zone)
        reasons = [each.plain(self.change, zone) for each in self.against(start)]
        return {"start": shown(moment_of(start), zone), "end": end, "reasons": reasons}


def free_slots(
    asked: Asked, windows: Sequence[Window], change: Change, since: datetime, until: datetime, zone: str, *,
    order: int = ORDER, allowed: str = PASS,
) -> FreeSlots:  # fmt: skip
    """When a change can be made, of all starts whose window lies in [since, until).

    Parameters
    ----------
    asked
        The register, its active changes and its incidents; the change itself may be among them.
    windows
        Blackouts, maintenance windows, agreed outages.
    change
        The change that is looked at; its planned window says how long it takes, in elapsed time.
    zone
        Of windows that name none.
    order
        The most changes in a set that puts something out.
    allowed
        The worst verdict that conflicts of a slot may have: `pass` allows none, `review` those that do not block. It is
        of what others and windows make of it; what the change does by itself is the same at every start.

    Raises
    ------
    BadInputError
        `conflicts.horizon`, `conflicts.years`; `slots.no_window`, `slots.no_length` of the change.
    """
    check_horizon(since, until)
    length = _length(change)
    asked = replace(asked, changes=[each for each in asked.changes if each.change_id != change.change_id])
    horizon = Interval(since, until)
    starts = instant(since), instant(until) - (1 if length is None else length)
    found, unread = periods(asked.estate, windows, since, until, zone)
    look = _Look(asked, change, length, horizon, found, order)
    if starts[0] > starts[1]:
        days = (until - since).days
        unread.append(Reason("slots.longer_than_horizon", {"change": change.change_id, "days": days}, gap=False))
    else:
        starts = look.all(starts)
    reasons = [*look.reasons, *unread]
    kept = [each for each in look.found if VERDICTS.index(each.told.severity) > VERDICTS.index(allowed)]
    ranges = free_ranges(starts, [each.obstacle for each in kept])
    slots = tuple(Slot(each, _worst(each, look.found)) for each in ranges)
    first = slots[0].starts[0] if slots else starts[1] + 1
    tried = sorted(start for start in look.candidates(starts) if start < first)
    gaps = any(reason.gap for reason in reasons)
    return FreeSlots(
        asked.estate.revision, change.change_id, length, asked.at, horizon, allowed, look.complete and not gaps, slots,
        tuple(tried), tuple(look.found), tuple(reasons), look.others_possible, order,
    )  # fmt: skip


def _length(change: Change) -> Instant | None:
    start, end = change.planned_start, change.planned_end
    if start is None:
        raise BadInputError("slots.no_window", change=change.change_id)
    if end is not None and end <= start:
        raise BadInputError("slots.no_length", change=change.change_id)
    return None if end is None else instant(end) - instant(start)


def _worst(starts: Range, found: Iterable[InTheWay]) -> str:
    verdicts = [VERDICTS.index(each.told.severity) for each in found if each.meets(starts)]
    return VERDICTS[max(verdicts, default=0)]


class _Look:
    """Everything that is in the way of a change, wherever it comes among the edits of others."""

    def __init__(
        self, asked: Asked, change: Change, length: Instant | None, horizon: Interval, found: Sequence[Period],
        order: int,
    ) -> None:  # fmt: skip
        self._asked, self._change, self._length, self._horizon = asked, change, length, horizon
        self._periods, self._order = found, order
        self.found: list[InTheWay] = []
        self.reasons: tuple[Reason, ...] = ()
        self.complete, self.others_possible = True, False
        self._parties: Sequence[Party] = ()
        self._moved = 0

    def all(self, starts: Range) -> Range:
        """Find all; the starts that were looked at: with too many places among the edits of others, the first ones."""
        places = turns(self._others(starts), self._change.change_id, starts)
        for each in places[:PLACES]:
            plan = self._plan(each)
            moved = next(n for n, party in enumerate(plan.parties) if party.name == self._change.change_id)
            self._on_the_graph(plan, moved, each)
            self._by_periods(plan, moved, each)
            self.reasons, self._parties, self._moved = plan.reasons, plan.parties, moved
        last = places[:PLACES][-1][1]
        if len(places) > PLACES:
            until = moment_of(last).isoformat()
            more = Reason(
                "slots.too_many_places",
                {"change": self._change.change_id, "places": len(places), "until": until},
                gap=True,
            )
            self.reasons = (*self.reasons, more)
        return starts[0], last

    def candidates(self, starts: Range) -> set[Instant]:
        """Where a free range can begin (SEMANTICS 5)."""
        found = {starts[0]}
        found |= {party.end for n, party in enumerate(self._parties) if n != self._moved and party.end is not None}
        for period in self._periods:
            if period.kind == BLACKOUT_WINDOW:
                found |= {instant(time.end) for time in period.times}
            elif period.kind == MAINTENANCE:
                found |= {instant(time.start) for time in period.times}
        return {start for start in found if starts[0] <= start <= starts[1]}

    def _others(self, starts: Range) -> list[Party]:
        # changes of which it matters whose edits come first
        edits, _ = read_edits([self._change, *self._asked.changes], self._asked.ontology)
        mine = order_matters(edits.get(self._change.change_id, ()), self._asked)
        sharing = {name for name, groups in edits.items() if mine(groups)}
        return [party for party in self._plan(starts).parties if party.name in sharing]

    def _plan(self, starts: Range) -> Planned:
        start = moment_of(starts[0])
        end = None if self._length is None else moment_of(starts[0] + self._length)
        # wherever it is tried, it is not being implemented there
        moved = replace(self._change, planned_start=start, planned_end=end, status=SCHEDULED)
        return planned(replace(self._asked, changes=[*self._asked.changes, moved]))

    def _on_the_graph(self, plan: Planned, moved: int, starts: Range) -> None:
        estate = self._asked.estate
        times = [at for party in plan.parties for at in (party.start, party.end) if at is not None]
        until = max([*times, instant(self._horizon.end)]) + (self._length or 0) + 1
        placing = Placing(
            plan.parties, moved, starts, starts[0], until, plan.scene.base, plan.n, plan.hidden, plan.scene.grounds
        )  # fmt: skip
        met = obstacles(estate.topology, [placing], order=self._order)
        words = Words(estate, plan, self._periods)
        self._note(words, met.found, None)
        for refused in plan.refused:
            if moved in (refused.change, *refused.others):
                party = plan.parties[refused.change]
                some = tuple(sorted({refused.change, *refused.others}))
                record = Conflict(REFUSED, some, ((party.start, None),), tuple(sorted(party.edited)))
                self._note(words, [Obstacle(record, *starts, max(party.start, starts[0]), None)], None)
        self.complete &= met.complete
        self.others_possible |= met.others_possible

    def _by_periods(self, plan: Planned, moved: int, starts: Range) -> None:
        always = replace(plan.parties[moved], start=starts[0], end=None)
        scoped = {ci for period in self._periods for ci in period.cis or ()}
        concerns = concerned(self._asked.estate.topology, [always], scoped)
        words = Words(self._asked.estate, plan, self._periods)
        for kind, met in (
            (BLACKOUT, blackouts_hit([always], concerns, self._periods, self._horizon)),
            (OUTSIDE, maintenance_missed([always], concerns, self._periods, self._horizon)),
        ):
            for each in met:
                self._note(words, self._kept_away(kind, each, moved, starts), each.window_id)

    def _kept_away(self, kind: str, met: Met, moved: int, starts: Range) -> Iterator[Obstacle]:
        spans = [(instant(time.start), instant(time.end)) for time in met.times]
        for span in spans:
            record = Conflict(kind, (moved,), (span,), tuple(sorted(met.cis)))
            found = kept_away(record, span, starts, self._length)
            if found is not None:
                yield found

    def _note(self, words: Words, found: Iterable[Obstacle], window_id: str | None) -> None:
        for obstacle in found:
            self.found.append(InTheWay(obstacle, words.told(obstacle.conflict), window_id))


def order_matters(groups: Sequence[EditGroup], asked: Asked) -> Callable[[Sequence[EditGroup]], bool]:
    """Whether what comes of these edits and of others may depend on whose come first.

    It does where both touch a CI, or one makes or retires one that the other names or that rests, or will rest, in a
    group that the other edits. That two rest on one CI is no matter.
    """
    touched, reach, made = _touching(groups, asked)

    def matters(others: Sequence[EditGroup]) -> bool:
        theirs, reached, making = _touching(others, asked)
        return bool(touched & theirs or made & reached or making & reach)

    return matters


def _touching(groups: Sequence[EditGroup], asked: Asked) -> tuple[set[str], set[str], set[str]]:
    # what edits touch; what they name, with the providers of that; what they make or retire
    touched, ontology = touched_by(groups, asked.ontology), asked.ontology
    reach = set(named_by(groups))
    for ends in asked.kept.related:
        if owner_of(ends, ontology) in touched:
            reach |= {ends[0], ends[2]}
    made = {edit.ci_id for group in groups for edit in group.edits if isinstance(edit, Add | Retire)}
    return touched, reach, made
