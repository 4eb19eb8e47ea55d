"""Backups as records: of which CI, kept where, how often, taking how long (ANSWERS: table `backups`)."""

from dataclasses import dataclass

from graph.records.kept import number, text
from graph.values import State


@dataclass(frozen=True, slots=True)
class Backup:
    """One CI's backup on one CI. `interval`, `duration`: seconds."""

    ci_id: str
    kept_on: str
    interval: int | None
    duration: int | None


def backup_of(state: State) -> Backup:
    """A backup from its record."""
    return Backup(
        ci_id=text(state, "ci_id") or "",
        kept_on=text(state, "kept_on") or "",
        interval=number(state, "interval"),
        duration=number(state, "duration"),
    )
