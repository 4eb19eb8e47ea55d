"""Single fields of a record as it is kept (`graph.values`)."""

from datetime import datetime

from graph.values import State


def moment(state: State, name: str) -> datetime | None:
    """A time of a record; kept in UTC."""
    found = state.get(name)
    return datetime.fromisoformat(found) if isinstance(found, str) else None


def text(state: State, name: str) -> str | None:
    """A text of a record."""
    found = state.get(name)
    return found if isinstance(found, str) else None


def number(state: State, name: str) -> int | None:
    """A whole number of a record, such as a duration in seconds."""
    found = state.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def yes_or_no(state: State, name: str) -> bool | None:
    """A boolean of a record."""
    found = state.get(name)
    return found if isinstance(found, bool) else None


def texts(state: State, name: str) -> tuple[str, ...]:
    """A list of a record, in the order in which it is kept; empty where there is none."""
    found = state.get(name)
    return tuple(found) if isinstance(found, list) else ()
