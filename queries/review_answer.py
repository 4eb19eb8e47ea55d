"""A review as an answer: who must agree, who is told, what would make it pass, and all of it as JSON (ANSWERS)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from queries.blast_radius import WORDS
from queries.certified import certified
from queries.evidence import evidence, evidence_hash, sealed
from queries.impact import State
from queries.passes_if import passes_if
from queries.review import Review, ServiceView
from queries.risk import band_of
from queries.surroundings import Promise

AUTHORITY, CUSTOMER, OWNER = "change_authority", "customer", "owner"
BESIDE = ("impact", "evidence_hash")  # of an answer what is no evidence: how much is shown, and its hash
LISTED = 50  # affected CIs with their whys that an answer holds where nothing else is asked for


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
    found = whole(review, judged(review))
    return {**found, "impact": review.radius.plain(limit=limit), "evidence_hash": hash_of(review, found)}


def alike(review: Review, most: int) -> dict[str, Any]:
    """Up to so many changes like it, and how often such ones failed, as JSON: beside the answer, and no evidence."""
    return {
        "similar": [each.plain(review.around.zone) for each in review.similar(most)],
        "past_failures": [
            {"kind": past.kind, "name": past.name, "failed": past.failed, "ended": past.ended, "rate": round(rate, 6)}
            for past, rate in review.rates
        ],
    }


def hash_of(review: Review, answer: Mapping[str, Any]) -> str:
    """The hash of the evidence; `answer`: that of `whole`."""
    return evidence_hash(evidence(review, answer))


def whole(review: Review, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of `judged` with what is altered once all is done, and with what would help.

    Most of a review's time: recovery from nothing is worked out before and after, and other windows are tried.
    """
    wishes = passes_if(review)
    return {
        **answer,
        "before_after": review.compared.plain(),
        "passes_if": wishes.plain(),
        "passes_if_complete": wishes.complete,
    }


def pack_of(review: Review, answer: Mapping[str, Any] | None = None, *, store_id: str = "") -> dict[str, Any]:
    """The evidence of a review, whole, with its hash, its certificates and the log that it is of (SEMANTICS 10).

    `answer`: that of `plain`, where it has been worked out already. `store_id`: which certificates speak of.
    """
    given = whole(review, judged(review)) if answer is None else answer
    told = {name: value for name, value in given.items() if name not in BESIDE}
    return sealed(evidence(review, told), review.around.log_hash, certified(review, store_id))


def judged(review: Review) -> dict[str, Any]:
    """The answer as JSON but for what `whole` adds, the affected CIs and the hash."""
    worst = review.assessment
    return {
        "revision": review.estate.revision,
        "at": None
        if review.around.at is None
        else review.around.at.astimezone(ZoneInfo(review.around.zone)).isoformat(),
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
        "services": [_service(review, each) for each in review.services],
        "approvers": approvers(review),
        "notify": notify(review),
        "conflicts": [dict(meeting.plain) for meeting in review.around.meetings],
    }


def _service(review: Review, each: ServiceView) -> dict[str, Any]:
    estate, around = review.estate, review.around
    promise = around.promises.get(estate.ids[each.ci], Promise())
    return {
        "ci_id": estate.ids[each.ci],
        "name": estate.names[each.ci],
        "criticality": estate.criticality_of(each.ci),
        "state": WORDS[each.state],
        "left_without_redundancy": each.left_without_redundancy,
        "agreed_outage": each.agreed,
        "rto": promise.rto,
        "allowed_downtime": promise.allowed,
        "customers": _named(review, promise.customers),
        "owners": _named(review, around.owners.get(estate.ids[each.ci], ())),
    }


def _named(review: Review, ci_ids: Sequence[str]) -> list[dict[str, str]]:
    estate, numbers = review.estate, {ci_id: review.estate.find(ci_id) for ci_id in ci_ids}
    return [{"ci_id": ci_id, "name": ci_id if ci is None else estate.names[ci]} for ci_id, ci in numbers.items()]
