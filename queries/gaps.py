"""What a register lacks, or where its parts contradict each other (JR/T 0074-2012, 8.1 c, 8.3, 11.1; SEMANTICS 6)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate
from graph.ontology import Ontology
from graph.records.agreements import Agreement
from graph.records.changes import Change
from graph.records.plans import Plan, PlanTest, last_passed
from queries.cone import hard_cone
from queries.edit_chain import touched_by
from queries.planned import read_edits
from queries.spof import single_points_of_failure

Bool = NDArray[np.bool_]
IN_USE = ("application", "data", "compute", "storage", "network", "facility")  # tiers that are there to carry services
OWNED = ("business", *IN_USE)  # tiers somebody has to answer for
PROMISED = ("availability_target", "allowed_downtime")  # what an agreement and a contract below it both state


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is amiss with a CI, an agreement's contract or a plan; `found` says what, in plain values."""

    kind: str
    subject: str
    found: Mapping[str, Any] = field(default_factory=dict)


def unowned(estate: Estate, ontology: Ontology, owned: Collection[str]) -> Iterator[Gap]:
    """CIs of services and of what carries them that nobody is responsible for. `owned`: those that somebody is."""
    for ci in np.flatnonzero(_of_tiers(estate, ontology, OWNED)).tolist():
        if estate.ids[ci] not in owned:
            yield Gap("no_owner", estate.ids[ci])


def without_service(estate: Estate, ontology: Ontology) -> Iterator[Gap]:
    """CIs there to carry services that no business service rests on, directly or not; soft relationships count."""
    used = np.zeros(estate.topology.n, np.bool_)
    used[estate.topology.all_providers_of(estate.services())] = True
    for ci in np.flatnonzero(_of_tiers(estate, ontology, IN_USE) & ~used).tolist():
        yield Gap("no_path_to_service", estate.ids[ci])


def _of_tiers(estate: Estate, ontology: Ontology, tiers: Collection[str]) -> Bool:
    known = ontology.classes
    codes = [code for code, name in enumerate(estate.class_names) if name in known and known[name].tier in tiers]
    found: Bool = np.isin(estate.class_code, codes)
    return found


def broken_chains(
    estate: Estate, agreements: Iterable[Agreement], contracts: Mapping[str, Mapping[str, Any]],
    suppliers: Mapping[str, Sequence[str]], day: date,
) -> Iterator[Gap]:  # fmt: skip
    """Contracts that promise less than the agreements on the services which rest on them by hard relationships.

    Parameters
    ----------
    agreements
        Those that bind on the day count.
    contracts
        Of each contract, by `ci_id`, its fields.
    suppliers
        Of each supplier the contracts that document what it delivers.

    A contract is below a service if the service rests on it or its supplier, or an agreement names it. `alone`: the
    supplier's failure alone puts the service out, so nothing makes up for the weaker promise.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for agreement in sorted(agreements, key=lambda each: each.sla_id):
        service = estate.find(agreement.service)
        if service is None or not agreement.holds(day):
            continue
        below = estate.topology.csr.index[hard_cone(estate.topology, service)].tolist()
        single: set[int] | None = None
        for contract, through in sorted(_below(estate, agreement, below, contracts, suppliers).items()):
            less = _less(agreement, contracts[contract])
            if not less:
                continue
            if single is None:
                single = set(single_points_of_failure(estate.topology, service).tolist())
            found.setdefault(contract, []).append(
                {
                    "sla_id": agreement.sla_id, "service": agreement.service, "promises": less,
                    "suppliers": sorted(estate.ids[ci] for ci in through), "alone": bool(through & single),
                }
            )  # fmt: skip
    yield from (Gap("sla_chain_breach", contract, {"agreements": some}) for contract, some in sorted(found.items()))


def _below(
    estate: Estate, agreement: Agreement, below: Iterable[int], contracts: Collection[str],
    suppliers: Mapping[str, Sequence[str]],
) -> dict[str, set[int]]:  # fmt: skip
    # contracts with the CIs through which the service rests on them
    found: dict[str, set[int]] = {}
    for ci in below:
        for contract in (estate.ids[ci], *suppliers.get(estate.ids[ci], ())):
            if contract in contracts:
                found.setdefault(contract, set()).add(ci)
    named = agreement.provider_contract
    if named is not None and named in contracts:
        found.setdefault(named, set())
    return found


def _less(agreement: Agreement, contract: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = []
    for name, ours in zip(PROMISED, (agreement.target, agreement.allowed_downtime), strict=True):
        theirs = contract.get(name)
        if ours is None or not isinstance(theirs, int | float):
            continue
        if theirs < ours if name == "availability_target" else theirs > ours:
            found.append({"field": name, "agreement": ours, "contract": theirs})
    return found


@dataclass(frozen=True, slots=True)
class Touched:
    """A CI that a major change or an update without a change touched, and when (`None`: it is not known when)."""

    ci_id: str
    at: datetime | None
    change_id: str | None = None
    update_id: str | None = None


def majors(changes: Sequence[Change], ontology: Ontology) -> Iterator[Touched]:
    """What major changes that took place touched: the CIs they affect, and those that their edits alter.

    Edits that cannot be read alter nothing that is known.
    """
    edits, _ = read_edits(changes, ontology)
    for change in changes:
        if change.category != "major" or not (change.is_implemented or change.actual_start is not None):
            continue
        at = change.actual_end or change.actual_start or change.planned_end or change.planned_start
        named = {ci_id for ci_id, _ in change.affected} | touched_by(edits.get(change.change_id, ()), ontology)
        yield from (Touched(ci_id, at, change_id=change.change_id) for ci_id in sorted(named))


def stale_plans(
    estate: Estate, plans: Iterable[Plan], tests: Sequence[PlanTest], touched: Sequence[Touched], at: datetime
) -> Iterator[Gap]:
    """Plans to be verified again: something that what they cover rests on was touched since their last passed test.

    By hard relationships as they are now, and at moments up to `at`. A plan that never passed a test is one as well.
    """
    for plan in sorted(plans, key=lambda each: each.plan_id):
        tested = last_passed(plan.plan_id, tests)
        covered = [ci for ci_id in plan.covers if (ci := estate.find(ci_id)) is not None]
        reached = {
            estate.ids[ci]
            for start in covered
            for ci in estate.topology.csr.index[hard_cone(estate.topology, start)].tolist()
        }
        since = [
            each
            for each in touched
            if each.ci_id in reached and (each.at is None or each.at <= at) and _is_after(each.at, tested)
        ]
        if since or tested is None:
            yield Gap(
                "stale_plan", plan.plan_id,
                {
                    "tested_at": None if tested is None else tested.isoformat(),
                    "changes": sorted({each.change_id for each in since if each.change_id}),
                    "updates": sorted({each.update_id for each in since if each.update_id}),
                    "ci_ids": sorted({each.ci_id for each in since}),
                },
            )  # fmt: skip


def _is_after(at: datetime | None, tested: datetime | None) -> bool:
    # of what is not known when, it is not known that the test saw it
    return at is None or tested is None or at > tested
