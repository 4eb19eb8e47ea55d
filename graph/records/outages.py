"""Outages of services as records: from when somebody noticed until it was back (ANSWERS: table `outages`)."""

from dataclasses import dataclass
from datetime import datetime

from graph.records.kept import moment, text, yes_or_no
from graph.values import State


@dataclass(frozen=True, slots=True)
class Outage:
    """One outage of one service; open until it is restored."""

    outage_id: str
    service: str
    noticed_at: datetime | None
    restored_at: datetime | None
    planned: bool


def outage_of(outage_id: str, state: State) -> Outage:
    """An outage from its record; one that does not say so was not planned."""
    return Outage(
        outage_id=outage_id,
        service=text(state, "service") or "",
        noticed_at=moment(state, "noticed_at"),
        restored_at=moment(state, "restored_at"),
        planned=yes_or_no(state, "planned") or False,
    )
