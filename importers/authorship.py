"""Whose a change is: who alters it is one of its authors, by whichever door (R11.2c: nobody decides on their own)."""

from collections.abc import Mapping

from graph.history import Thing
from graph.values import Value
from importers.reconcile import owner_of, with_field

CHANGES, WINDOWS = "changes", "windows"
VOICES = ("decisions", "evidence", "comments")  # what people have said themselves, which nothing else writes


def lives_here(state: Mapping[str, Value]) -> bool:
    """Whether a change is led here: saved or moved by people of this register."""
    return "origin" not in state and not {"round", "requested_by", "voices"}.isdisjoint(state)


def authored(before: Mapping[str, Value] | None, thing: Thing, actor: str, source: str) -> Thing:
    """A change as an import by somebody leaves it: who alters it is one of its authors, and does not decide on it.

    Not of a change of another tool: that one alone says who approved.
    """
    if "origin" in thing.state or thing.state == before:
        return thing
    found = thing.state.get("authors")
    authors: list[str] = sorted({*(found if isinstance(found, list) else ()), actor})
    return thing if authors == found else with_field(thing, "authors", authors, owner_of(thing, "authors") or source)
