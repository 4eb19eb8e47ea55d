"""What is recorded of recovery: of each CI the times that it takes and those promised, and who comes before whom."""

from dataclasses import dataclass

from graph.records.kept import number, text
from graph.values import State

FAILOVER = "fails_over_to"  # the type of relationship from a CI to what it may fail over to


@dataclass(frozen=True, slots=True)
class RecoveryTimes:
    """Of one CI, in seconds: its own work, until it has failed over; objectives of time, data and disruption."""

    recovery_time: int | None = None
    failover_time: int | None = None
    rto: int | None = None
    rpo: int | None = None
    mtpd: int | None = None


def times_of(state: State) -> RecoveryTimes:
    """The times of a CI from its fields."""
    return RecoveryTimes(
        recovery_time=number(state, "recovery_time"),
        failover_time=number(state, "failover_time"),
        rto=number(state, "rto"),
        rpo=number(state, "rpo"),
        mtpd=number(state, "mtpd"),
    )


def order_of(state: State) -> tuple[str, str]:
    """(before, after) of a record of `recovery_order`."""
    return text(state, "before") or "", text(state, "after") or ""
