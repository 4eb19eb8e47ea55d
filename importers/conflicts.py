"""What a run does to the conflicts of its scopes: it keeps those it met; those it would meet and did not are gone."""

from collections.abc import Iterable, Mapping
from typing import Any

from graph.history import DECISION
from graph.store.conflicts import (
    IDENTITY,
    OPEN,
    QUORUM,
    RESOLVED,
    VANISHED,
    Conflict,
    Meeting,
    of_scope,
    seen_statements,
    state_statement,
)
from graph.store.reader import Reader
from importers.plan import Plan
from importers.spool import BLOCK

Statement = tuple[str, dict[str, Any]]


def conflict_statements(
    reader: Reader, plan: Plan, source: str, run: str, at: str, *, full: bool
) -> Iterable[Statement]:
    """The statements that keep what a run met, under the write lock at its end.

    A conflict that has a decision is resolved for as long as that holds. An open one has vanished once a run has
    settled what it is about: has taken its row, asks something else about it, or, as a full run that read everything
    and rejected nothing, has not met it.
    """
    met = plan.questions  # so many at most that they are looked up at once
    known = {key: row for scope in plan.scopes for key, row in of_scope(reader, scope).items()}
    decided = reader.read(DECISION, met).keys()
    kept = {key: _meeting(conflict, known.get(key), at, is_decided=key in decided) for key, conflict in met.items()}
    yield from seen_statements(kept, source, run, at, BLOCK)
    unmet = {key: row for key, row in known.items() if row["state"] == OPEN and key not in met}
    unmet = {key: row for key, row in unmet.items() if key not in plan.further}
    gone = _settled(plan, unmet, full=full)
    if gone:
        yield state_statement(gone, VANISHED, at)


def _meeting(conflict: Conflict, known: Mapping[str, Any] | None, at: str, *, is_decided: bool) -> Meeting:
    state, first = RESOLVED if is_decided else OPEN, at if known is None else str(known["first_seen"])
    # what had vanished is met anew: the runs before that saw it settled
    return Meeting(conflict, state, first, () if known is None or known["state"] == VANISHED else known["runs"])


def _settled(plan: Plan, unmet: Mapping[str, Mapping[str, Any]], *, full: bool) -> list[str]:
    """Those of the conflicts that a run did not meet though it would have."""
    whole = full and plan.complete and not plan.rejected
    # what a full run ends is looked at only where nothing else is open
    ended = whole and not plan.asked
    ids = {str(row["ci_id"]) for row in unmet.values() if row["kind"] == IDENTITY} if not whole else set()
    taken = {(plan.scopes[row.scope], row.key) for _, row in plan.rows("ci") if row.key in ids} if ids else set()
    found = []
    for key, row in unmet.items():
        if row["kind"] == QUORUM:
            settled = ended
        else:
            # another question about the same row takes the place of the one before
            at = (row["scope"], row["ci_id"])
            settled = whole or at in taken or at in plan.asked or row["ci_id"] in plan.same
        if settled:
            found.append(key)
    return sorted(found)
