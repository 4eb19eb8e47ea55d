"""What would make a change pass: papers, agreed outages, another slot, another order of its edits (ANSWERS)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice, permutations
from typing import Any
from zoneinfo import ZoneInfo

from graph.errors import ParamValue
from graph.records.edits import EditGroup, edits_of, plain
from graph.risk.model import SEVERITIES, Severity
from queries.intervals import Interval
from queries.periods import Period
from queries.review import Review
from queries.risk import Reason

AGREED, DOCUMENT, SLOT, ORDER = "agreed_outage", "document", "slot", "edit_order"
GIVEN = "+"  # stands for a paper that is not there yet
ORDERS = 24  # orders of edits that are looked at, the change's own among them
PASS = 0
# reasons that another time, and another order of edits, can do something about
OF_TIME = frozenset({
    "blackout_hit", "maintenance_missed", "edit_conflict", "unknown", "window_over", "same_ci", "inside_outage",
    "others_possible", "incident_end_assumed",
})  # fmt: skip
OF_ORDER = frozenset({"left_without_redundancy", "edit_conflict"})
OUT, MISSING = "service_out", "missing_"
Rank = tuple[int, int, int]  # verdict, how many things it takes, how many of them are outages; less is better


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that might make a change pass; `params` say what, as JSON."""

    kind: str
    params: dict[str, Any]

    def plain(self, verdict: Severity) -> dict[str, Any]:
        """As JSON; `verdict`: what it would be with all that is listed."""
        return {"kind": self.kind, "params": self.params, "verdict": verdict}


@dataclass(frozen=True, slots=True)
class Wishes:
    """The fewest things that help most. `complete`: no other slot or order was left untried that could do better."""

    found: tuple[Wish, ...] = ()
    verdict: Severity = "pass"
    complete: bool = True

    def plain(self) -> list[dict[str, Any]]:
        """As JSON."""
        return [wish.plain(self.verdict) for wish in self.found]


def passes_if(review: Review) -> Wishes:
    """The fewest things that would make it pass, found by trying.

    Of as many things those that agree to fewer outages. None where it passes, and where none of this would help; where
    it does not make it pass, what comes nearest.

    Notes
    -----
    A paper does away with one reason, an agreed outage with those of one service, and with no other's. So of what can
    be granted exactly that is needed which does away with a reason worse than the verdict left once all is granted: no
    set has to be tried that is not the answer. Slots and orders of edits are each tried with all that can be granted.
    """
    now = SEVERITIES.index(review.assessment.verdict)
    if now == PASS:
        return Wishes()
    search = _Search(review, (now, 0, 0))
    search.all()
    return Wishes(search.found, SEVERITIES[search.best[0]], search.complete)


@dataclass
class _Search:
    review: Review
    best: Rank
    found: tuple[Wish, ...] = ()
    complete: bool = True
    looked_for_slots: bool = False

    def all(self) -> None:
        self._try((), self.review)
        if self._is_least(1) or self.review.anew is None:
            return
        reordered = self._orders()
        self._slots((), self.review)
        for order, review in reordered[:1]:
            self._slots((order,), review)
        # a slot together with another order than the best one was not tried
        self.complete &= len(reordered) < 2 or not self.looked_for_slots or self._is_least(2)

    def _is_least(self, count: int) -> bool:
        return self.best[0] == PASS and self.best[1] <= count and not self.best[2]

    def _orders(self) -> list[tuple[Wish, Review]]:
        # other orders of the edits, the one that helps most first
        review, found = self.review, list[tuple[Rank, Wish, Review]]()
        groups = edits_of(review.change.edits, review.proposal.draft.ontology)
        if len(groups) < 2 or not _about(review, OF_ORDER) or review.anew is None:
            return []
        names = {id(group): group.name or f"edits[{at}]" for at, group in enumerate(groups)}
        for order in _orders(groups):
            other = review.anew(review, replace(review.change, edits=plain(order)))
            wish = Wish(ORDER, {"order": [names[id(group)] for group in order]})
            found.append((self._try((wish,), other), wish, other))
        # of five groups on there are more orders than are looked at
        self.complete &= len(found) + 1 >= _count(len(groups))
        return [(wish, other) for _, wish, other in sorted(found, key=lambda each: each[0])]

    def _slots(self, wishes: tuple[Wish, ...], review: Review) -> None:
        start, length = review.change.planned_start, review.change.seconds
        if review.anew is None or review.starts is None or start is None or length is None:
            return
        if not _about(review, OF_TIME) and not any(r.key.startswith(OUT) for r in review.in_company.reasons):
            return
        starts, whole = review.starts(review.change)
        self.looked_for_slots, self.complete = True, self.complete and whole
        for other in starts:
            if self._is_least(len(wishes) + 1):
                return
            end, zone = other + timedelta(seconds=length), ZoneInfo(review.around.zone)
            moved = replace(review.change, planned_start=other, planned_end=end)
            times = {"start": other.astimezone(zone).isoformat(), "end": end.astimezone(zone).isoformat()}
            self._try((*wishes, Wish(SLOT, times)), review.anew(review, moved))

    def _try(self, wishes: tuple[Wish, ...], review: Review) -> Rank:
        # with all that can be granted, less what is not needed
        verdict, needed = _needed(review)
        rank = verdict, len(wishes) + len(needed), sum(wish.kind == AGREED for wish in needed)
        if rank < self.best:
            self.best, self.found = rank, (*wishes, *needed)
        return rank


def _about(review: Review, keys: frozenset[str]) -> bool:
    return any(reason.key in keys or reason.key.startswith(OUT) for reason in review.in_company.reasons)


def _needed(review: Review) -> tuple[int, tuple[Wish, ...]]:
    # the best verdict that papers and agreements make, and those that do away with a reason worse than that
    if not (wishes := _grantable(review)):
        return SEVERITIES.index(review.in_company.verdict), ()
    left = granted(review, wishes).in_company
    best, there = SEVERITIES.index(left.verdict), set(map(_mark, left.reasons))
    gone = [r for r in review.in_company.reasons if _mark(r) not in there and SEVERITIES.index(r.severity) > best]
    papers = {reason.key.removeprefix(MISSING) for reason in gone}
    services = {str(reason.params["service"]) for reason in gone if reason.key.startswith(OUT)}
    return best, tuple(w for w in wishes if w.params.get("document") in papers or w.params.get("service") in services)


def _mark(reason: Reason) -> tuple[str, frozenset[tuple[str, ParamValue]]]:
    return reason.key, frozenset(reason.params.items())


def _grantable(review: Review) -> list[Wish]:
    out = {str(r.params["service"]) for r in review.in_company.reasons if r.key.startswith(OUT)}
    papers = [Wish(DOCUMENT, {"document": paper}) for paper in sorted(review.missing - {"approval"})]
    return [*papers, *(Wish(AGREED, {"service": service}) for service in sorted(out))]


def _orders(groups: Sequence[EditGroup]) -> Iterator[tuple[EditGroup, ...]]:
    # neighbours that change places first, then any order, each once
    seen = {tuple(map(id, groups))}

    def all_orders() -> Iterator[tuple[EditGroup, ...]]:
        for at in range(len(groups) - 1):
            yield (*groups[:at], groups[at + 1], groups[at], *groups[at + 2 :])
        yield from islice(permutations(groups), 2 * ORDERS)

    for order in all_orders():
        mark = tuple(map(id, order))
        if mark not in seen and len(seen) < ORDERS:
            seen.add(mark)
            yield order


def _count(groups: int) -> int:
    # how many orders there are, as far as that matters
    count = 1
    for each in range(2, min(groups, 5) + 1):
        count *= each
    return count


def granted(review: Review, wishes: Sequence[Wish]) -> Review:
    """The review as it would be with these papers and agreements."""
    papers = {wish.params["document"] for wish in wishes if wish.kind == DOCUMENT}
    change = review.change
    change = replace(
        change,
        back_out_plan=GIVEN if "back_out_plan" in papers else change.back_out_plan,
        test_evidence=(GIVEN,) if "test_evidence" in papers else change.test_evidence,
        assessment=GIVEN if "assessment" in papers else change.assessment,
    )
    found = (review.proposal.before.find(wish.params["service"]) for wish in wishes if wish.kind == AGREED)
    services = frozenset(number for number in found if number is not None)
    around, start, end = review.around, change.planned_start, change.planned_end
    if services and start is not None and end is not None:
        period = Period(AGREED, AGREED, services, (Interval(start, end),), None)
        around = replace(around, agreed=[*around.agreed, period])
    return review.beside(around, change)
