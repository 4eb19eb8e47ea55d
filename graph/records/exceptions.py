"""Exceptions as records: what somebody accepts for a reason, until a day (ANSWERS: table `exceptions`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from graph.records.kept import moment, text
from graph.values import State


@dataclass(frozen=True, slots=True)
class Exemption:
    """One accepted exception: of a subject (the id of a CI), of one field of it or (`None`) of all."""

    exception_id: str
    subject: str
    field: str | None
    reason: str
    owner: str | None
    expires_at: datetime | None

    def covers(self, field: str, at: datetime) -> bool:
        """Whether it accepts this field of its subject at a moment."""
        return self.field in (None, field) and (self.expires_at is None or at < self.expires_at)


def exemption_of(exception_id: str, state: State) -> Exemption:
    """An exception from its record."""
    return Exemption(
        exception_id=exception_id,
        subject=text(state, "subject") or "",
        field=text(state, "field"),
        reason=text(state, "reason") or "",
        owner=text(state, "owner"),
        expires_at=moment(state, "expires_at"),
    )


def by_subject(exemptions: Iterable[Exemption]) -> Mapping[str, list[Exemption]]:
    """Exceptions by their subject, each list in the order of their ids."""
    found: dict[str, list[Exemption]] = {}
    for exemption in sorted(exemptions, key=lambda each: each.exception_id):
        found.setdefault(exemption.subject, []).append(exemption)
    return found
