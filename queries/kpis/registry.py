"""The indicators that there are, a line each; `faultline kpi` and the pages know them from here only."""

from collections.abc import Mapping, Sequence

from graph.errors import BadInputError
from queries.kpis import changes, incidents
from queries.kpis.frame import Kpi

ALL = (
    Kpi("B3.8", "kpi.b3_8", "B.3", "incidents of a CI with an earlier one resolved ≤ 30 days before", "count",
        incidents.repeated_incidents),
    Kpi("B11.1", "kpi.b11_1", "B.11", "obligations met / obligations due", "ratio", changes.obligations_met),
    Kpi("B11.2", "kpi.b11_2", "B.11", "live CIs whose existence no change covers and no exception accepts", "count",
        changes.unauthorised_cis),
    Kpi("B11.3", "kpi.b11_3", "B.11", "updates claimed by a change / updates", "ratio", changes.updates_claimed),
    Kpi("B11.4", "kpi.b11_4", "B.11", "CIs correct at their last audit / CIs audited", "ratio", changes.correct_cis),
    Kpi("B11.5", "kpi.b11_5", "B.11", "changes successful at the first attempt / ended with a known outcome", "ratio",
        changes.first_time_successes),
    Kpi("B11.6", "kpi.b11_6", "B.11", "changes started without approval", "count", changes.unauthorised_changes),
    Kpi("B11.7", "kpi.b11_7", "B.11", "changes ended that caused an incident / changes ended", "ratio",
        changes.change_incidents),
    Kpi("B11.8", "kpi.b11_8", "B.11", "changes approved / changes decided", "ratio", changes.approvals),
    Kpi("B11.9", "kpi.b11_9", "B.11", "changes ended by their planned end / changes ended with both ends", "ratio",
        changes.on_time),
    Kpi("B11.10", "kpi.b11_10", "B.11", "emergency changes", "count", changes.emergencies),
)  # fmt: skip
BY_ID: Mapping[str, Kpi] = {kpi.id: kpi for kpi in ALL}


def kpis_named(ids: Sequence[str]) -> list[Kpi]:
    """The indicators of these ids in the order of the standard, each once; all of them where none is named.

    Raises BadInputError `kpi.unknown`, naming those that are not there.
    """
    wanted = [each.strip().upper() for each in ids]
    unknown = [given for given, each in zip(ids, wanted, strict=True) if each not in BY_ID]
    if unknown:
        known = ", ".join(BY_ID)
        raise BadInputError("kpi.unknown", ids=", ".join(each[:40] for each in unknown[:10]), known=known)
    return sorted({BY_ID[each] for each in wanted} if wanted else ALL, key=lambda kpi: kpi.order)
