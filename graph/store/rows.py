"""Rows of the database: what revisions do to it, written in an order that holds, and a commit as it is read."""

from collections.abc import Mapping, Sequence
from typing import Any

from graph.errors import FaultlineError
from graph.history import CI, RELATIONSHIP, Commit, Header, Thing
from graph.store.things import Properties, Things

Rows = Mapping[tuple[str, str], Sequence[tuple[str, Properties]]]  # (action, kind) → (key, properties)


def row_of(
    things: Things, kind: str, before: Thing | None, after: Thing | None, revision: int
) -> tuple[str, Properties]:
    """What turns `before` into `after`: the action, and the properties it sets. A created CI still lacks its number."""
    if after is None:
        return "remove", {}
    properties = things.properties_of(kind, after, revision)
    if before is None:
        return "create", properties
    # what is not declared lies in fl_extra, and no name of a user's is ever one of ours
    gone = things.declared(kind) & before.state.keys() - after.state.keys()
    dropped: Properties = dict.fromkeys(gone)
    return "update", {**dropped, "fl_extra": None, **properties}


def write_rows(things: Things, tx: Any, rows: Rows) -> None:
    """Write rows; FaultlineError where the database did not hold what they change."""
    # relationships end before their CIs go and begin after their CIs are there
    kinds = {kind for _, kind in rows}
    others = [kind for kind in sorted(kinds) if kind not in (CI, RELATIONSHIP)]
    order = [("remove", RELATIONSHIP), ("remove", CI)]
    order += [(action, kind) for kind in (CI, RELATIONSHIP) for action in ("create", "update")]
    order += [(action, kind) for kind in others for action in ("remove", "create", "update")]
    for action, kind in order:
        given = rows.get((action, kind))
        if not given:
            continue
        written = things.write(tx, action, kind, given)
        if written != len(given):
            raise FaultlineError("store.not_written", action=action, kind=kind, given=len(given), written=written)


def commit_of_row(row: Mapping[str, Any]) -> Commit:
    """A commit as the statements of the change feed answer with it."""
    header = Header(row["actor"], row["source"], row["change"], row["run"])
    return Commit(row["first"], row["last"], row["at"], header, row["previous"], row["hash"], row["entries"])
