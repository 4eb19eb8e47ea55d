"""What if a change fails: when the services that it hits are back, against what was promised (SEMANTICS 6, R11.2e).

What the change takes out counts as lost, on the graph as it was before: that is what is brought back. CIs that it
retires are lost too, and come back. Services that are out only together with others are looked at with all of these.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from graph.deadline import check
from graph.topology import CiIndex
from queries.back_out import BackOut
from queries.blast_radius import WORDS
from queries.continuity import recovery_path
from queries.impact import EffectWord, State, impact
from queries.played import NamedLoss, Played, Recorded, looked_at
from queries.proposed import Proposal
from queries.review import EMERGENT, Review
from queries.scenario_matrix import Cell, cells
from queries.service_recovery import number
from queries.surroundings import Promise

I32 = NDArray[np.int32]
BROUGHT_BACK = "brought back"  # what a review keeps aside
KEPT_BELOW = 200_000  # CIs below the services, 84 bytes each, that are kept there at the most
SETS = 5  # sets of changes that are looked at together
EXPLAINED = 20  # services whose time is not known of which it is said why, the worst first


@dataclass(frozen=True, slots=True)
class ServiceBack:
    """When a service is back. Seconds; inf: no such bound. `together`: the changes with which alone it is out.

    `state`: how it stands after the loss. `upper_reason`: why there is no upper bound (`unknown`, `circular`, `never`);
    `unknown`: ids of the CIs whose missing times keep it from being known; both of the first EXPLAINED. `rto`,
    `allowed`, `meets_rto`: what was promised. `overrun`: whether the change, backed out, keeps it down for longer than
    is allowed; `None`: it is not out by the change alone, or not known.
    """

    service: str
    together: tuple[str, ...]
    state: State
    lower: float
    upper: float
    rto: int | None
    allowed: int | None
    meets_rto: str | None
    overrun: bool | None
    upper_reason: str | None = None
    unknown: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON; of an infinite number null."""
        lower, upper = number(self.lower), number(self.upper)
        return {
            "service": self.service, "together": list(self.together), "state": WORDS[self.state],
            "effective_recovery_time": upper if lower == upper else None, "lower_bound": lower, "upper_bound": upper,
            "upper_reason": self.upper_reason, "unknown": list(self.unknown), "rto": self.rto,
            "allowed_downtime": self.allowed, "meets_rto": self.meets_rto, "overrun": self.overrun,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Returning:
    # how services come back, whenever the change is made: what is below them, and where each of them stands in it
    services: list[str]
    part: Played
    columns: I32
    ids_of: Callable[[I32], list[str]]


@dataclass(frozen=True)
class IfItFails:
    """The answer for one change."""

    review: Review

    @property
    def back_out(self) -> BackOut:
        """Whether there is time to back it out."""
        return self.review.back_out

    @cached_property
    def services(self) -> list[ServiceBack]:
        """The services that the change hits, in the order of the review; then those that are out only with others."""
        alone = self._of(self._alone(), ())
        found = {each.service: each for each in alone}
        for meeting in self._sets[:SETS]:
            joined = None if self.review.together is None else self.review.together(self.review.change, meeting)
            if joined is None:
                continue
            numbers = [joined.proposal.number_of(service) for service in meeting.services]
            others = tuple(who for who in meeting.changes if who != self.review.change.change_id)
            for each in self._of(self._played(joined.proposal, joined.seeds.values(), numbers), others):
                before = found.get(each.service)
                # the worst is told
                if before is None or (each.upper, each.lower) > (before.upper, before.lower):
                    found[each.service] = each
        return list(found.values())

    def _alone(self) -> "_Returning | None":
        aside = self.review.aside
        if BROUGHT_BACK in aside:
            found: _Returning | None = aside[BROUGHT_BACK]
            return found
        services = [each.ci for each in self.review.services]
        found = self._played(self.review.proposal, [self.review.seeds], services)
        if found is None or found.part.estate.topology.n <= KEPT_BELOW:
            aside[BROUGHT_BACK] = found
        return found

    @property
    def complete(self) -> bool:
        """Whether all sets of changes that it meets were looked at."""
        return len(self._sets) <= SETS

    @cached_property
    def _sets(self) -> list[Any]:
        return [each for each in self.review.around.meetings if each.kind == EMERGENT and each.services]

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        found, zone = self.back_out, ZoneInfo(self.review.around.zone)
        return {
            "back_out": {
                "time": found.time,
                "latest_start": None if found.latest is None else found.latest.astimezone(zone).isoformat(),
                "fits": found.fits,
                "lasts": found.lasts,
                "missing": found.missing,
            },
            "services": [each.plain() for each in self.services],
            "complete": self.complete,
        }

    def _played(
        self, proposal: Proposal, seeds: Iterable[Mapping[CiIndex, EffectWord]], services: Sequence[CiIndex]
    ) -> "_Returning | None":
        estate = replace(proposal.before, topology=proposal.before.topology.settled)
        known = [ci for ci in services if ci < estate.topology.n]
        hit = _lost(proposal, seeds)
        if not known:
            return None
        check()
        out = impact(estate.topology, dict.fromkeys(hit.tolist(), "outage")).indices(State.OUTAGE)
        read = self.review.around.lost
        recorded = Recorded() if read is None else read(hit, out)
        played = Played(estate, NamedLoss(hit), recorded)
        below = _below(played, known)
        check()
        return _Returning([estate.ids[ci] for ci in known], played.within(below),
                          np.searchsorted(below, known).astype(np.int32),
                          lambda cis: [estate.ids[ci] for ci in below[cis].tolist()])  # fmt: skip

    def _of(self, found: "_Returning | None", together: tuple[str, ...]) -> list[ServiceBack]:
        if found is None:
            return []
        check()
        columns = found.columns.tolist()
        promises = [self.review.around.promises.get(service, Promise()) for service in found.services]
        limits = {at: promise.rto for at, promise in zip(columns, promises, strict=True)}
        rows = zip(found.services, cells(found.part, found.columns, limits), promises, strict=True)
        made = [self._back(service, cell, promise, together) for service, cell, promise in rows]
        return _explained(made, columns, found.part, found.ids_of)

    def _back(self, service: str, cell: Cell, promise: Promise, together: tuple[str, ...]) -> ServiceBack:
        return ServiceBack(
            service, together, cell.state, cell.lower, cell.upper, promise.rto, promise.allowed, cell.meets_rto,
            self._overrun(service, promise),
        )  # fmt: skip

    def _overrun(self, service: str, promise: Promise) -> bool | None:
        lasts = self.back_out.lasts
        if lasts is None or promise.allowed is None or service not in self._out:
            return None
        return lasts > promise.allowed

    @cached_property
    def _out(self) -> frozenset[str]:
        ids = self.review.estate.ids
        return frozenset(ids[each.ci] for each in self.review.services if each.state == State.OUTAGE)


def _below(played: Played, services: Sequence[CiIndex]) -> I32:
    # what decides when they are back; whether what is failed over to stands decides, too
    order = played.recorded.order
    found, targets = looked_at(played.estate, services, order), played.beside.get("failover_target")
    if targets is None:
        return found
    more = targets[found]
    return looked_at(played.estate, [*services, *more[more >= 0].tolist()], order)


def _explained(
    made: list[ServiceBack], cis: Sequence[CiIndex], part: Played, ids_of: Callable[[I32], list[str]]
) -> list[ServiceBack]:  # fmt: skip
    # why it is not known of some services when they are back; `cis`: in the part
    vague = [at for at, each in enumerate(made) if each.lower != each.upper or np.isinf(each.upper)]
    for at in vague[:EXPLAINED]:
        check()
        path = recovery_path(part.estate.topology, part.times, cis[at], part.hit, **part.beside)
        unknown = tuple(sorted(ids_of(path.unknown)))
        made[at] = replace(made[at], upper_reason=path.upper_reason, unknown=unknown)
    return made


def _lost(proposal: Proposal, seeds: Iterable[Mapping[CiIndex, EffectWord]]) -> I32:
    # what somebody takes out, and what edits retire, of the graph before
    found = {ci for some in seeds for ci, effect in some.items() if effect in ("outage", "retire")}
    n = proposal.before.topology.n
    return np.array(sorted(ci for ci in found | proposal.live.keys() if ci < n), np.int32)
