"""Windows as records: blackouts, maintenance windows, agreed outages (ANSWERS: table `windows`)."""

from dataclasses import dataclass
from datetime import datetime

from graph.records.kept import moment, number, text, texts
from graph.values import State

EVERYTHING = "*"  # a scope: all CIs


@dataclass(frozen=True, slots=True)
class Window:
    """One window: from `start` to `end`, or `duration` seconds from each start that `rrule` gives, in `zone`."""

    window_id: str
    kind: str
    scope: tuple[str, ...]
    start: datetime | None
    end: datetime | None
    rrule: str | None
    duration: int | None
    zone: str | None
    change_id: str | None

    def covers(self, ci_id: str) -> bool:
        """Whether its scope names this CI, or everything."""
        return ci_id in self.scope or EVERYTHING in self.scope


def window_of(window_id: str, state: State) -> Window:
    """A window from its record."""
    return Window(
        window_id=window_id,
        kind=text(state, "kind") or "",
        scope=texts(state, "scope"),
        start=moment(state, "from"),
        end=moment(state, "to"),
        rrule=text(state, "rrule"),
        duration=number(state, "duration"),
        zone=text(state, "zone"),
        change_id=text(state, "change_id"),
    )
