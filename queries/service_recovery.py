"""Whether a service is back in the time promised after a loss, in the words of the register (SEMANTICS 6)."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate
from graph.records.backups import Backup
from graph.records.recoveries import RecoveryTimes
from graph.topology import CiIndex
from queries.blast_radius import WORDS, UnknownCisError, known_as
from queries.cone import hard_cone
from queries.continuity import HandStart, RecoveryPath, recovery_path
from queries.data_age import Copies, DataAges, Rpo, copies_of, data_ages, lie_elsewhere, rpo_of, stores_of
from queries.impact import Impact, State, impact
from queries.promises import FEW, Availability, Promises

I32 = NDArray[np.int32]
UNRECORDED = RecoveryTimes()


@dataclass(frozen=True)
class Recorded:
    """What the register says of recovery, by `ci_id`: times, what may be failed over to, and rows (before, after).

    `replicas`: (`ci_id`, the one that its data are copied to, seconds that the copy is behind).
    """

    times: Mapping[str, RecoveryTimes] = field(default_factory=dict)
    failovers: Mapping[str, Sequence[str]] = field(default_factory=dict)
    order: Sequence[tuple[str, str]] = ()
    replicas: Sequence[tuple[str, str, float | None]] = ()
    backups: Sequence[Backup] = ()


@dataclass(frozen=True, eq=False)
class NamedLoss:
    """What is lost: CIs out, and those of them retired, which never come back. `scenario`: its id, `None` for none.

    `is_everything`: all that the service rests on.
    """

    hit: I32
    scenario: str | None = None
    physical: bool = False
    is_everything: bool = False
    retired: frozenset[CiIndex] = frozenset()


def everything_below(estate: Estate, service: CiIndex) -> NamedLoss:
    """The loss of all that a service rests on by hard relationships: how long it takes to come back from nothing."""
    below = estate.topology.csr.index[hard_cone(estate.topology, service)]
    return NamedLoss(np.sort(below[below != service]), is_everything=True)


def looked_at(estate: Estate, service: CiIndex, order: Iterable[tuple[str, str]]) -> I32:
    """The CIs whose times may decide: below the service, and below what is to be recovered before one of these."""
    t, found = estate.topology, np.empty(0, np.int32)
    pairs = [(estate.find(before), estate.find(after)) for before, after in order]
    wanted = {service}
    while wanted:
        below = [t.csr.index[hard_cone(t, ci)] for ci in wanted]
        found = np.unique(np.concatenate([found, *below])).astype(np.int32)
        known = set(found.tolist())
        wanted = {a for a, b in pairs if a is not None and b in known and a not in known}
    return found


@dataclass(frozen=True)
class ServiceRecovery:
    """The answer of `faultline continuity` for one service and one loss; seconds.

    `promises`: what is promised of the service; `None`: what it says of itself.
    """

    estate: Estate
    service: CiIndex
    loss: NamedLoss
    recorded: Recorded
    promises: Promises | None = None
    availability: Availability | None = None

    @cached_property
    def path(self) -> RecoveryPath:
        """How it comes back, by numbers."""
        estate, recorded, n = self.estate, self.recorded, self.estate.topology.n
        times, late, target = np.full(n, np.nan), np.full(n, np.nan), np.full(n, -1, np.int32)
        for ci_id, of in recorded.times.items():
            ci = estate.find(ci_id)
            if ci is not None:
                times[ci] = math.nan if of.recovery_time is None else of.recovery_time
                late[ci] = math.nan if of.failover_time is None else of.failover_time
        for ci_id, others in recorded.failovers.items():
            ci, to = estate.find(ci_id), self._standing(others)
            if ci is not None and to is not None:
                target[ci] = to
        times[list(self.loss.retired)] = math.inf
        hit = np.zeros(n, np.bool_)
        hit[self.loss.hit] = True
        return recovery_path(
            estate.topology, times, self.service, hit, failover_time=late if (target >= 0).any() else None,
            failover_target=target if (target >= 0).any() else None, order=self._order or None,
        )  # fmt: skip

    @cached_property
    def _order(self) -> list[tuple[int, int]]:
        # a constraint that names a CI which is not there, or itself, binds nobody
        found = ((self.estate.find(before), self.estate.find(after)) for before, after in self.recorded.order)
        return [(a, b) for a, b in found if a is not None and b is not None and a != b]

    def _standing(self, ci_ids: Sequence[str]) -> CiIndex | None:
        # of several that may be failed over to one that is not out, the first by its id
        found = [ci for ci_id in sorted(ci_ids) if (ci := self.estate.find(ci_id)) is not None]
        return min(found, key=lambda ci: self._impact.state(ci) == State.OUTAGE, default=None)

    @cached_property
    def _impact(self) -> Impact:
        return impact(self.estate.topology, dict.fromkeys(self.loss.hit.tolist(), "outage"))

    @cached_property
    def state(self) -> State:
        """How the service stands at the first moment of the loss."""
        return self._impact.state(self.service)

    @property
    def rto(self) -> int | None:
        """The time promised, `None` where there is no promise."""
        return self.times_of(self.service).rto if self.promises is None else self.promises.rto

    @cached_property
    def rpo(self) -> Rpo:
        """How old the data may be that the service comes back with, and are."""
        promised = self.times_of(self.service).rpo if self.promises is None else self.promises.rpo
        return rpo_of(self._ages, self.service, promised)

    @property
    def oldest(self) -> list[str]:
        """Ids of the stores below the service that were lost and whose data may be as old as those of the service."""
        age = self._ages.upper[self.service]
        below = self.estate.topology.csr.index[hard_cone(self.estate.topology, self.service)]
        lost = self._holds[below] & np.isin(below, self.loss.hit)
        return self.ids(below[lost & (self._ages.upper[below] == age)]) if age > 0 else []

    @cached_property
    def _copies(self) -> Copies:
        return copies_of(self.estate, self.recorded.replicas, self.recorded.backups)

    @cached_property
    def _holds(self) -> NDArray[np.bool_]:
        return stores_of(self.estate, self._copies)

    @cached_property
    def _ages(self) -> DataAges:
        n = self.estate.topology.n
        hit, out = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        hit[self.loss.hit] = True
        out[self._impact.indices(State.OUTAGE)] = True
        return data_ages(
            self.estate.topology, hit=hit, out=out | hit, holds=self._holds, copies=self._copies,
            elsewhere=lie_elsewhere(self.estate),
        )  # fmt: skip

    def times_of(self, ci: CiIndex) -> RecoveryTimes:
        """What is recorded of a CI."""
        return self.recorded.times.get(self.estate.ids[ci], UNRECORDED)

    @cached_property
    def meets_rto(self) -> str | None:
        """`kept`, `missed` or `unknown`; a circle keeps no promise. `None` where there is none."""
        path = self.path
        if self.rto is None:
            return None
        if path.upper_bound <= self.rto:
            return "kept"
        return "missed" if path.lower_bound > self.rto or path.upper_reason in ("circular", "never") else "unknown"

    def relationship(self, start: HandStart) -> str:
        """The id of a relationship in a circle, `source|type|target`; an order has the name of its table as type."""
        if start.edge < 0:
            return f"{self.estate.ids[start.dependent]}|recovery_order|{self.estate.ids[start.provider]}"
        return self.estate.relationship_id(start.dependent, start.edge)

    def ids(self, cis: Iterable[CiIndex] | I32) -> list[str]:
        """Ids, sorted."""
        return sorted(self.estate.ids[int(ci)] for ci in cis)

    def plain(self) -> dict[str, Any]:
        """The answer as JSON (ANSWERS: continuity); of an infinite number null, and beside it why."""
        path, ids = self.path, self.estate.ids
        return {
            "service": ids[self.service],
            "scenario": self.loss.scenario,
            "physical": self.loss.physical,
            "state": WORDS[self.state],
            "effective_recovery_time": _number(path.effective),
            "lower_bound": _number(path.lower_bound),
            "upper_bound": _number(path.upper_bound),
            "upper_reason": path.upper_reason,
            "rto": self.rto,
            "meets_rto": self.meets_rto,
            "critical_path": [
                {"ci_id": ids[step.ci], "own": _number(step.own), "finish": _number(step.finish), **_slack(slack),
                 "by": step.by}
                for step, slack in zip(path.steps, path.slack.tolist(), strict=True)
            ],
            "improvement": [{"ci_id": ids[ci], "saves": _number(saves)} for ci, saves in path.improvement],
            "cycles": self._cycles(),
            "never": self.ids(path.never),
            "unknown": self.ids(path.unknown),
            "waves": [{"at": _number(wave.at), "ci_ids": self.ids(wave.cis)} for wave in path.waves],
            "rpo": {**self.rpo.plain(), "stores": self.oldest[:FEW], "stores_total": len(self.oldest)},
            "availability": None if self.availability is None else self.availability.plain(),
        }  # fmt: skip

    def _cycles(self) -> list[dict[str, Any]]:
        path = self.path
        made = []
        for number, circle in enumerate(path.cycles):
            # those found once others are broken are not in the way alone: no single start helps
            starts = path.hand_starts[number] if number < len(path.hand_starts) else ()
            made.append(
                {
                    "ci_ids": self.ids(circle),
                    "hand_starts_complete": path.hand_starts_complete,
                    "hand_starts": [
                        {"relationship": self.relationship(s), "effective_recovery_time": _number(s.effective)}
                        for s in starts
                    ],
                }
            )
        return made


def _number(seconds: float) -> float | int | None:
    if not math.isfinite(seconds):
        return None
    return int(seconds) if seconds == int(seconds) else seconds


def _slack(seconds: float) -> dict[str, Any]:
    reason = "unlimited" if seconds == math.inf else "unknown" if math.isnan(seconds) else None
    return {"slack": _number(seconds), "slack_reason": reason}


def service_of(estate: Estate, ci_id: str) -> CiIndex:
    """The number of a service as somebody wrote its id.

    Raises
    ------
    BadInputError
        `impact.bad_id`; `impact.unknown_ci` (UnknownCisError) for one that is not there or retired.
    """
    found = estate.find(known_as(ci_id))
    if found is None:
        raise UnknownCisError([ci_id])
    return found
