"""Who may write changes of another tool: the principal that is named that tool, and whoever opens the store itself."""

from collections.abc import Iterable

from graph.errors import NotAllowedError
from graph.store.preferences import PRINCIPAL
from graph.store.principals import principals
from graph.store.runs import Rows
from graph.values import shown


def spoken_for(reader: Rows, actor: str) -> frozenset[str] | None:
    """The tools that an actor is. `None`: all; whoever is local, or has the administrator's token, is no principal."""
    if not actor.startswith(PRINCIPAL):
        return None
    name = actor.removeprefix(PRINCIPAL)
    return frozenset(next((each.origins for each in principals(reader) if each.name == name), ()))


def foreign(mine: frozenset[str] | None, origins: Iterable[object]) -> str | None:
    """Of the origins of a change, before and after, the first that is none of these tools."""
    named = sorted({str(each) for each in origins if each is not None})
    return None if mine is None else next((each for each in named if each not in mine), None)


def check_speaks(reader: Rows, actor: str, *origins: object) -> None:
    """NotAllowedError `change.not_the_tool` for who writes a change of a tool that they are not."""
    if not any(origins):
        return
    if (tool := foreign(spoken_for(reader, actor), origins)) is not None:
        raise NotAllowedError("change.not_the_tool", origin=shown(tool))


def owner_of(reader: Rows, change_id: str) -> str | None:
    """The tool whose ids are written so, `tool:…`, where a principal is named it."""
    tool, colon, _ = change_id.partition(":")
    return tool if colon and any(tool in each.origins for each in principals(reader)) else None
