"""Whether a service is back in the time promised after a loss, in the words of the register (SEMANTICS 6)."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate
from graph.records.recoveries import RecoveryTimes
from graph.topology import CiIndex
from queries.blast_radius import WORDS, UnknownCisError, known_as
from queries.cone import hard_cone
from queries.continuity import HandStart, RecoveryPath, recovery_path
from queries.data_age import Copies, DataAges, Rpo, copies_of, data_ages, lie_elsewhere, rpo_of, stores_of
from queries.impact import State
from queries.played import UNRECORDED, NamedLoss, Played, Recorded
from queries.promises import FEW, Availability, Promises

I32 = NDArray[np.int32]


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
        played = self.played
        return recovery_path(self.estate.topology, played.times, self.service, played.hit, **played.beside)

    @cached_property
    def played(self) -> Played:
        """The loss by numbers."""
        return Played(self.estate, self.loss, self.recorded)

    @cached_property
    def state(self) -> State:
        """How the service stands at the first moment of the loss."""
        return self.played.impact.state(self.service)

    @property
    def rto(self) -> int | None:
        """The time promised, `None` where there is no promise."""
        return self.times_of(self.service).rto if self.promises is None else self.promises.rto

    @property
    def mtpd(self) -> int | None:
        """The longest disruption that is tolerable, `None` where nothing says so."""
        return self.times_of(self.service).mtpd

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
        lost = self._holds[below] & self.played.hit[below]
        return self.ids(below[lost & (self._ages.upper[below] == age)]) if age > 0 else []

    @cached_property
    def _copies(self) -> Copies:
        return copies_of(self.estate, self.recorded.replicas, self.recorded.backups)

    @cached_property
    def _holds(self) -> NDArray[np.bool_]:
        return stores_of(self.estate, self._copies)

    @cached_property
    def _ages(self) -> DataAges:
        out = np.zeros(self.estate.topology.n, np.bool_)
        out[self.played.impact.indices(State.OUTAGE)] = True
        return data_ages(
            self.estate.topology, hit=self.played.hit, out=out, holds=self._holds, copies=self._copies,
            elsewhere=lie_elsewhere(self.estate),
        )  # fmt: skip

    def times_of(self, ci: CiIndex) -> RecoveryTimes:
        """What is recorded of a CI."""
        return self.recorded.times.get(self.estate.ids[ci], UNRECORDED)

    @cached_property
    def meets_rto(self) -> str | None:
        """`kept`, `missed` or `unknown`; a circle keeps no promise. `None` where there is none."""
        return meets(self.path, self.rto)

    @cached_property
    def meets_mtpd(self) -> str | None:
        """The same of the longest disruption that is tolerable."""
        return meets(self.path, self.mtpd)

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
            "effective_recovery_time": number(path.effective),
            "lower_bound": number(path.lower_bound),
            "upper_bound": number(path.upper_bound),
            "upper_reason": path.upper_reason,
            "rto": self.rto,
            "meets_rto": self.meets_rto,
            "mtpd": self.mtpd,
            "meets_mtpd": self.meets_mtpd,
            "critical_path": [
                {"ci_id": ids[step.ci], "own": number(step.own),
                 "own_reason": "unknown" if math.isnan(step.own) else None, "finish": number(step.finish),
                 **_slack(slack), "by": step.by}
                for step, slack in zip(path.steps, path.slack.tolist(), strict=True)
            ],
            "improvement": [{"ci_id": ids[ci], "saves": number(saves)} for ci, saves in path.improvement],
            "improvement_complete": path.improvement_complete,
            "cycles": self._cycles(),
            "never": self.ids(path.never),
            "unknown": self.ids(path.unknown),
            "notes": [{"key": note.key, "params": dict(note.params)} for note in self.played.notes],
            "waves": [{"at": number(wave.at), "ci_ids": self.ids(wave.cis)} for wave in path.waves],
            "rpo": {**self.rpo.plain(), "stores": self.oldest[:FEW], "stores_total": len(self.oldest)},
            "availability": None if self.availability is None else self.availability.plain(),
        }  # fmt: skip

    def _cycles(self) -> list[dict[str, Any]]:
        path = self.path
        made = []
        for at, circle in enumerate(path.cycles):
            # those found once others are broken are not in the way alone: no single start helps
            starts = path.hand_starts[at] if at < len(path.hand_starts) else ()
            made.append(
                {
                    "ci_ids": self.ids(circle),
                    "hand_starts_complete": path.hand_starts_complete,
                    "hand_starts": [
                        {"relationship": self.relationship(s), "effective_recovery_time": number(s.effective)}
                        for s in starts
                    ],
                }
            )
        return made


def meets(path: RecoveryPath, limit: int | None) -> str | None:
    """Whether a service is back within so many seconds: kept, missed or unknown; a circle keeps no promise."""
    if limit is None:
        return None
    if path.upper_bound <= limit:
        return "kept"
    return "missed" if path.lower_bound > limit or path.upper_reason in ("circular", "never") else "unknown"


def number(seconds: float) -> float | int | None:
    """Seconds as JSON has them: null where they are infinite or not known."""
    if not math.isfinite(seconds):
        return None
    return int(seconds) if seconds == int(seconds) else seconds


def _slack(seconds: float) -> dict[str, Any]:
    reason = "unlimited" if seconds == math.inf else "unknown" if math.isnan(seconds) else None
    return {"slack": number(seconds), "slack_reason": reason}


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
