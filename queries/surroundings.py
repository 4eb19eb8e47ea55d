"""What a review is told beside the graph: promises, conflicts, agreed outages, what is known of CIs and of recovery."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.records.changes import Change
from graph.topology import CiIndex
from queries.before_after import Linked, Recovery
from queries.blast_radius import Circumstances
from queries.impact import EffectWord
from queries.periods import Period
from queries.played import Recorded
from queries.proposed import Proposal

I32 = NDArray[np.int32]
Lost = Callable[[I32, I32], Recorded]
"""Of CIs that are lost, and all that are out then: times, failovers and orders that decide when these are back."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised of a service. `allowed`: its shortest allowed downtime or RTO, in seconds, if any is known.

    `rto`: its shortest RTO. `customers`: `ci_id`s.
    """

    allowed: int | None = None
    customers: tuple[str, ...] = ()
    rto: int | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A conflict that this change is part of (ANSWERS: changes conflicts), as far as a review needs it."""

    id: str
    kind: str
    changes: tuple[str, ...]
    services: tuple[str, ...]
    ci_ids: tuple[str, ...] = ()
    plain: Mapping[str, Any] = field(default_factory=dict)
    severity: str = "review"


@dataclass(frozen=True)
class Joined:
    """Some that are at work together: their edits on the graph one after the other, and what each of them affects."""

    proposal: Proposal
    seeds: Mapping[str, Mapping[CiIndex, EffectWord]]


@dataclass(frozen=True)
class Surroundings:
    """What the register knows beside the graph. Owners and promises are by `ci_id`.

    `ended`: changes with an outcome, for past failures. `agreed`: agreed outages, whatever they are of.
    `meetings_complete`: no conflict is missing, of sets of as many changes as are looked at; `others_possible`: larger
    ones may strike. `assumed`: (incident, until when) of incidents that say no end and matter to this change.
    `recovery`, `linked`: when a service comes back before and after the change. `lost`: what is recorded of a loss.
    `zone`: in which moments are told.
    `at`: the moment of the question.
    """

    owners: Mapping[str, Sequence[str]] = field(default_factory=dict)
    promises: Mapping[str, Promise] = field(default_factory=dict)
    ended: Sequence[Change] = ()
    agreed: Sequence[Period] = ()
    meetings: Sequence[Meeting] = ()
    meetings_complete: bool = True
    others_possible: bool = False
    assumed: Sequence[tuple[str, str]] = ()
    circumstances: Circumstances = field(default_factory=Circumstances)
    recovery: Recovery | None = None
    linked: Linked | None = None
    lost: Lost | None = None
    zone: str = "UTC"
    at: datetime | None = None
    log_hash: str | None = None
