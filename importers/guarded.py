"""What people decided does not come in by an import: voices, and what the life of a change has set (R11.2c).

The one exception is the import that fills an empty register: it takes what was exported, whole, so that the graph is
the same again.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from graph.records.changes import DECIDED_ON, FOUR_EYES, LED
from graph.store import Store
from graph.values import Value, shown
from importers.authorship import CHANGES, VOICES, WINDOWS, lives_here
from importers.origins import foreign, spoken_for
from importers.plan import Plan
from importers.rows import RecordRow
from importers.spool import BLOCK
from queries.deciding import lost_papers

# of a change that lives here: what steps, decisions and saving it move, each with its own check
MOVED = frozenset({*LED, *DECIDED_ON, "status", "origin", "external_id"})


def restores(store: Store, actor: str) -> bool:
    """Whether an import fills an empty register, or goes on with the one that began to, by the same actor."""
    first = store.commits_page(after=0, limit=1)
    if not first or next(store.all_kept(), None) is None:  # what was in it may have been undone
        return True
    run = first[0].header.run
    rows = [] if run is None else store.rows("run_read", run=run)
    if not rows or rows[0]["actor"] != actor or rows[0]["finished_at"] is not None:
        return False
    return not store.rows("commits_of_others", run=run, after=0, limit=1)


def refuse_decided(plan: Plan, store: Store, actor: str) -> None:
    """Reject records that only a decision or a step may write; what says what is there already may stay.

    A register that is filled by this very run takes them (`plan.restores`).
    """
    rows = ((number, row) for number, row in plan.rows("record") if row.kind in (CHANGES, WINDOWS, *VOICES))
    first = next(rows, None)
    if first is None:
        return
    plan.restores = restores(store, actor)
    if plan.restores:
        return
    mine = spoken_for(store, actor)
    for block in _blocks(first, rows):
        for kind, some in groupby(sorted(block, key=lambda item: item[1].kind), key=lambda item: item[1].kind):
            listed = list(some)
            kept = store.kept(kind, [row.key for _, row in listed])
            for number, row in listed:
                there = kept[row.key].thing.state if row.key in kept else {}
                _check(plan, number, row, there, store, mine)


def _check(
    plan: Plan, number: int, row: RecordRow, there: Mapping[str, Value], store: Store, mine: frozenset[str] | None
) -> None:
    differing = {name for name, value in row.given.items() if there.get(name) != value}
    differing |= {name for name in row.cleared if name in there}
    if row.kind in VOICES:
        if differing:
            key, name = "row.by_deciding", min(differing)
            plan.reject("record", number, row, key, name, table=row.kind, record=shown(row.key))
        return
    if row.kind == WINDOWS:
        _check_window(plan, number, row, there, store)
        return
    if found := sorted(differing.intersection(FOUR_EYES)):
        plan.reject("record", number, row, "row.by_deciding", found[0], table=row.kind, record=shown(row.key))
    elif lives_here(there) and (found := [*sorted(differing & MOVED), *_lost(row, there)]):
        plan.reject("record", number, row, "row.lives_here", found[0], change=shown(row.key))
    elif differing and (tool := foreign(mine, (there.get("origin"), row.given.get("origin")))):
        plan.reject("record", number, row, "row.not_the_tool", "origin", origin=shown(tool))


def _lost(row: RecordRow, there: Mapping[str, Value]) -> list[str]:
    after = {**{name: value for name, value in there.items() if name not in row.cleared}, **row.given}
    return sorted({each.partition(".")[0] for each in lost_papers(there, after)})


def _check_window(plan: Plan, number: int, row: RecordRow, there: Mapping[str, Value], store: Store) -> None:
    # what was agreed for a change that lives here was decided on with it
    differing = {name for name, value in row.given.items() if there.get(name) != value}
    differing |= {name for name in row.cleared if name in there}
    named = {str(each) for each in (there.get("change_id"), row.given.get("change_id")) if each}
    kept = store.kept(CHANGES, named) if differing and named else {}
    if own := sorted(key for key, each in kept.items() if lives_here(each.thing.state)):
        plan.reject("record", number, row, "row.lives_here", min(differing), change=shown(own[0]))


def _blocks(
    first: tuple[int, RecordRow], rows: Iterable[tuple[int, RecordRow]]
) -> Iterator[list[tuple[int, RecordRow]]]:
    block = [first]
    for item in rows:
        if len(block) >= BLOCK:
            yield block
            block = []
        block.append(item)
    yield block
