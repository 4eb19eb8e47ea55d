"""A review as an answer: who must agree, who is told, what would make it pass, and all of it as JSON (ANSWERS)."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from graph.canonical import canonical
from graph.records.windows import Window
from graph.risk.model import SEVERITIES, Severity
from queries.blast_radius import WORDS
from queries.impact import State
from queries.proposed import LIVE
from queries.review import Promise, Review, ServiceView
from queries.risk import band_of

EVIDENCE = "fe1"  # format of the hash of a review
TRIED = 8  # wishes of which every set is tried
AGREED = "agreed_outage"
AUTHORITY, CUSTOMER, OWNER = "change_authority", "customer", "owner"
LISTED = 50  # affected CIs with their whys that an answer holds where nothing else is asked for
GIVEN = "+"  # stands for a paper that is not there yet


@dataclass(frozen=True, slots=True)
class Wish:
    """Something that might make a change pass: a `document` of it, or an `agreed_outage` of a service."""

    kind: str
    what: str

    def plain(self, verdict: Severity) -> dict[str, Any]:
        """As JSON; `verdict`: what it would be with all that is listed."""
        name = "document" if self.kind == "document" else "service"
        return {"kind": self.kind, "params": {name: self.what}, "verdict": verdict}


def passes_if(review: Review) -> list[dict[str, Any]]:
    """The fewest things that would make it pass, found by trying: papers, and outages agreed with their services.

    Empty where it passes, and where none of this would help; where it does not make it pass, what comes nearest.
    """
    now = SEVERITIES.index(review.assessment.verdict)
    if now == 0:
        return []
    out = {str(r.params["service"]) for r in review.in_company.reasons if r.key.startswith("service_out")}
    wishes = [Wish("document", paper) for paper in sorted(review.missing - {"approval"})]
    wishes += [Wish(AGREED, service) for service in sorted(out)]
    best: tuple[int, int, tuple[Wish, ...]] = (now, 0, ())
    for some in _fewest_first(wishes):
        found = SEVERITIES.index(granted(review, some).assessment.verdict)
        if (found, len(some)) < best[:2] and found < now:
            best = found, len(some), some
        if found == 0:
            break
    return [wish.plain(SEVERITIES[best[0]]) for wish in best[2]]


def _fewest_first(wishes: Sequence[Wish]) -> Iterator[tuple[Wish, ...]]:
    # all sets while these are few; of more, each alone and all together
    if len(wishes) <= TRIED:
        for count in range(1, len(wishes) + 1):
            yield from combinations(wishes, count)
    else:
        yield from ((wish,) for wish in wishes)
        yield tuple(wishes)


def granted(review: Review, wishes: Sequence[Wish]) -> Review:
    """The review as it would be with these; what the change does to the graph is not worked out again."""
    papers = {wish.what for wish in wishes if wish.kind == "document"}
    change = review.change
    change = replace(
        change,
        back_out_plan=GIVEN if "back_out_plan" in papers else change.back_out_plan,
        test_evidence=(GIVEN,) if "test_evidence" in papers else change.test_evidence,
        assessment=GIVEN if "assessment" in papers else change.assessment,
    )
    scope = tuple(wish.what for wish in wishes if wish.kind == AGREED)
    around = review.around
    if scope:
        window = Window(AGREED, AGREED, scope, change.planned_start, change.planned_end, None, None, None, None)
        around = replace(around, agreed=[*around.agreed, window])
    made = replace(review, change=change, around=around)
    # of the graph nothing is another: only what was agreed is looked up again
    for name in ("seeds", "unmapped", "during", "compared", "radius"):
        made.__dict__[name] = getattr(review, name)
    made.__dict__["services"] = [replace(each, agreed=made.is_agreed(each.ci)) for each in review.services]
    return made


def approvers(review: Review) -> list[dict[str, Any]]:
    """Owners of services out or degraded, and who decides on changes of this category."""
    hit = [each for each in review.services if each.state >= State.DEGRADED]
    found = _people(review, hit, lambda service: review.around.owners.get(service, ()), OWNER)
    return [*found, {"ci_id": None, "role": AUTHORITY, "category": review.change.category, "services": []}]


def notify(review: Review) -> list[dict[str, Any]]:
    """Customers of services out or degraded under their agreements, and owners of services at risk."""
    hit = [each for each in review.services if each.state >= State.DEGRADED]
    risk = [each for each in review.services if each.state == State.AT_RISK]
    promises, owners = review.around.promises, review.around.owners
    customers = _people(review, hit, lambda service: promises.get(service, Promise()).customers, CUSTOMER)
    return [*customers, *_people(review, risk, lambda service: owners.get(service, ()), OWNER)]


def _people(
    review: Review, services: Sequence[ServiceView], of: Callable[[str], Sequence[str]], role: str
) -> list[dict[str, Any]]:
    found: dict[str, list[str]] = {}
    for each in services:
        service = review.estate.ids[each.ci]
        for who in of(service):
            found.setdefault(who, []).append(service)
    return [{"ci_id": who, "role": role, "category": None, "services": sorted(found[who])} for who in sorted(found)]


def plain(review: Review, *, limit: int = LISTED) -> dict[str, Any]:
    """The answer as JSON; `limit`: how many affected CIs are listed, which the hash does not depend on."""
    worst = review.assessment
    found = {
        "revision": review.estate.revision,
        "change": review.change.change_id,
        "verdict": worst.verdict,
        "score": round(worst.score, 2),
        "band": band_of(review.model, worst.score),
        "risk_model": review.model.id,
        "worst": review.worst,
        "alone": review.alone.plain(),
        "in_company": review.in_company.plain(),
        "reasons": [reason.plain() for reason in worst.reasons],
        "factors": [factor.plain() for factor in worst.factors],
        "passes_if": passes_if(review),
        "services": [_service(review, each) for each in review.services],
        "approvers": approvers(review),
        "notify": notify(review),
        "conflicts": [dict(meeting.plain) for meeting in review.around.meetings],
        "before_after": review.compared.plain(),
        "impact": _impact(review, LISTED),
    }
    digest = hashlib.sha256(canonical(found)).hexdigest()
    if limit != LISTED:
        found["impact"] = _impact(review, limit)
    return {**found, "evidence_hash": f"{EVIDENCE}:{digest}"}


def _impact(review: Review, limit: int) -> dict[str, Any]:
    # a CI that the change retires has a second number in the graph of before and after, which is no CI of anybody's
    found = review.radius.plain(limit=limit)
    for name in ("seeds", "affected"):
        found[name] = [each for each in found[name] if not each["ci_id"].endswith(LIVE)]
    return {**found, "shown": len(found["affected"])}


def _service(review: Review, each: ServiceView) -> dict[str, Any]:
    estate = review.estate
    return {
        "ci_id": estate.ids[each.ci],
        "name": estate.names[each.ci],
        "criticality": estate.criticality_of(each.ci),
        "state": WORDS[each.state],
        "left_without_redundancy": each.left_without_redundancy,
        "agreed_outage": each.agreed,
    }
