"""When services come back from nothing, before and after a change with its edits of times, failovers and the graph."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from graph.records.recoveries import FAILOVER, RecoveryTimes, times_of
from graph.topology import CiIndex
from queries.before_after import NONE, Recovery
from queries.continuity import recovery_path
from queries.played import NamedLoss, Played, Recorded, everything_below
from queries.proposed import Proposal


def recovery_compared(proposal: Proposal, recorded: Recorded) -> Recovery:
    """The effective recovery time of a service after the loss of all that it rests on (SEMANTICS 6), as a function.

    Parameters
    ----------
    proposal
        The change's edits on the graph.
    recorded
        What the register says of all that the services asked about rest on before or after.
    """
    retired = frozenset(proposal.live)
    edited = replace(recorded, times=_times(proposal, recorded), failovers=_failovers(proposal, recorded))
    before = Played(proposal.before, NamedLoss(NONE), recorded)
    after = Played(proposal.after, NamedLoss(NONE, retired=retired), edited)

    def recovery(which: Literal["before", "after"], service: CiIndex) -> float | None:
        played = before if which == "before" else after
        known = service < played.estate.topology.n and service not in played.loss.retired
        return _effective(played, service) if known else None

    return recovery


def _effective(known: Played, service: CiIndex) -> float | None:
    retired, below = known.loss.retired, everything_below(known.estate, service)
    hit = np.union1d(below.hit, np.fromiter(retired, np.int32, len(retired))).astype(np.int32)
    played = known.of(replace(below, hit=hit, retired=retired))
    path = recovery_path(known.estate.topology, played.times, service, played.hit, **played.beside)
    return path.effective if math.isfinite(path.effective) else None


def _times(proposal: Proposal, recorded: Recorded) -> Mapping[str, RecoveryTimes]:
    draft = proposal.draft
    return {**recorded.times, **{ci_id: times_of(draft.cis[ci_id]) for ci_id in {*draft.described, *draft.added}}}


def _failovers(proposal: Proposal, recorded: Recorded) -> Mapping[str, Sequence[str]]:
    draft = proposal.draft
    edited = {
        ci_id: sorted(target for source, kind, target in draft.owned[ci_id] if kind == FAILOVER and source == ci_id)
        for ci_id in draft.versions
    }
    return {**recorded.failovers, **edited}
