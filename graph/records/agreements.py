"""Service level agreements as records: what is promised to whom, and from when until when (table `slas`)."""

from dataclasses import dataclass
from datetime import date

from graph.records.kept import number, text
from graph.values import State


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement on one service. Durations in seconds; `target`: a share of the service time, 0 to 1."""

    sla_id: str
    service: str
    customer: str | None = None
    target: float | None = None
    calendar_id: str | None = None
    allowed_downtime: int | None = None
    provider_contract: str | None = None
    rto: int | None = None
    rpo: int | None = None
    signed_at: date | None = None
    valid_until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it binds on a day; its last one included."""
        return (self.signed_at is None or self.signed_at <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


def agreement_of(sla_id: str, state: State) -> Agreement:
    """An agreement from its record."""
    target = state.get("availability_target")
    return Agreement(
        sla_id=sla_id,
        service=text(state, "service") or "",
        customer=text(state, "customer"),
        target=float(target) if isinstance(target, int | float) else None,
        calendar_id=text(state, "calendar_id"),
        allowed_downtime=number(state, "allowed_downtime"),
        provider_contract=text(state, "provider_contract"),
        rto=number(state, "rto"),
        rpo=number(state, "rpo"),
        signed_at=_day(state, "signed_at"),
        valid_until=_day(state, "valid_until"),
    )


def _day(state: State, name: str) -> date | None:
    found = text(state, name)
    return None if found is None else date.fromisoformat(found)
