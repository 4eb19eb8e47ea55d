"""When services come back from nothing, before and after a change with its edits of times, failovers and the graph."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from graph.estate import Estate
from graph.records.recoveries import FAILOVER, RecoveryTimes, times_of
from graph.topology import CiIndex
from queries.before_after import Recovery
from queries.played import NamedLoss, Recorded, everything_below
from queries.proposed import Proposal
from queries.service_recovery import ServiceRecovery


def recovery_compared(proposal: Proposal, recorded: Recorded) -> Recovery:
    """The effective recovery time of a service after the loss of all that it rests on (SEMANTICS 6), as a function.

    Parameters
    ----------
    proposal
        The change's edits on the graph.
    recorded
        What the register says of all that the services asked about rest on before or after.
    """
    after = replace(recorded, times=_times(proposal, recorded), failovers=_failovers(proposal, recorded))
    gone = frozenset(proposal.live)

    def recovery(which: Literal["before", "after"], service: CiIndex) -> float | None:
        if which == "before":
            known = service < proposal.before.topology.n
            return _effective(proposal.before, service, recorded, frozenset()) if known else None
        return None if service in gone else _effective(proposal.after, service, after, gone)

    return recovery


def _effective(estate: Estate, service: CiIndex, recorded: Recorded, gone: frozenset[CiIndex]) -> float | None:
    loss = everything_below(estate, service)
    hit = np.union1d(loss.hit, np.fromiter(gone, np.int32, len(gone))).astype(np.int32)
    found = ServiceRecovery(estate, service, NamedLoss(hit, is_everything=True, retired=gone), recorded).path.effective
    return None if not math.isfinite(found) else found


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
