"""Undoing a run: the opposite of all it wrote, as new revisions (a bad import is the daily fear)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph.errors import BadInputError, RejectedError
from graph.history import CI, RELATIONSHIP, Header, Revision, Thing
from graph.store import Edit, Store, ends_of
from graph.store.conflicts import undone_statements
from graph.store.reader import Reader
from graph.store.runs import Scope, generation, scope_statement, scopes
from graph.store.store import Draft
from importers.spool import BLOCK

NAMED = 20  # things that a refusal names; the rest is counted
Key = tuple[str, str]


@dataclass(frozen=True)
class Undone:
    """What undoing a run did."""

    run: str
    revision: int
    revisions: int


@dataclass(frozen=True)
class _Past:
    """What one thing was before the run and after it, and the number of the run's last revision of it."""

    before: Thing | None
    after: Thing | None
    last: int


def undo_run(store: Store, run: str, actor: str) -> Undone:
    """Write the opposite of a run's revisions.

    Raises
    ------
    BadInputError
        There is no such run, or it has been undone already.
    RejectedError
        Something the run wrote was changed since: `import.changed_since` names it, and nothing is undone.
    """
    _check(store, run)
    undoing = f"undo-{run}"
    past = _past_of(store.commits_of_run(run))
    reverted = set(_past_of(store.commits_of_run(undoing)))
    left = {key: what for key, what in past.items() if key not in reverted}
    _refuse_changed(store, left, past)
    header = Header(actor, "undo", None, undoing)
    written = 0
    for number, edits in enumerate(_in_order(left)):
        done = store.write(_draft(edits, left), header, marker=f"{undoing}:{len(reverted)}:{number}")
        written += len(done.revisions)
    _rest_on_earlier_runs(store, run)
    return Undone(run, store.revision(), written)


def _check(store: Store, run: str) -> None:
    rows = store.rows("run_read", run=run)
    if not rows:
        raise BadInputError("import.unknown_run", run=run[:100])
    if rows[0]["status"] == "undone":
        raise BadInputError("import.already_undone", run=run)


def _past_of(newest_first: Iterable[Any]) -> dict[Key, _Past]:
    past: dict[Key, _Past] = {}
    for commit in newest_first:
        for revision in reversed(list(commit.revisions())):
            key = (revision.kind, revision.key)
            later = past.get(key)
            after, last = (later.after, later.last) if later else (revision.after, revision.number)
            past[key] = _Past(revision.before, after, last)
    return past


def _refuse_changed(store: Store, left: Mapping[Key, _Past], past: Mapping[Key, _Past]) -> None:
    newer = _newer(store, {key: what.last for key, what in left.items()})
    changed = sorted(_differing(store, newer, left) | _resting_on(store, left, past))
    if changed:
        raise RejectedError("import.changed_since", count=len(changed), names=_named(changed))


def _newer(store: Store, last: Mapping[Key, int]) -> set[Key]:
    found: set[Key] = set()
    since = min(last.values(), default=0)
    for commit in store.commits(after=since - 1 if since else 0):
        revision: Revision
        for revision in commit.revisions():
            if revision.number > last.get((revision.kind, revision.key), revision.number):
                found.add((revision.kind, revision.key))
    return found


def _differing(store: Store, keys: set[Key], left: Mapping[Key, _Past]) -> set[Key]:
    # what was changed and is again as the run left it (a later run that was undone) is nobody's loss
    found: set[Key] = set()
    for kind in sorted({kind for kind, _ in keys}):
        for some in _cut(sorted(key for of, key in keys if of == kind)):
            kept = store.kept(kind, some)
            now = {key: kept[key].thing if key in kept else None for key in some}
            found.update((kind, key) for key, thing in now.items() if thing != left[kind, key].after)
    return found


def _resting_on(store: Store, left: Mapping[Key, _Past], past: Mapping[Key, _Past]) -> set[Key]:
    # relationships of others to a CI that the run made: it cannot go while they are there
    made = [key for (kind, key), what in left.items() if kind == CI and what.before is None]
    types = list(store.ontology.relationship_types)
    found: set[Key] = set()
    for some in _cut(made):
        for end in ("source", "target"):
            kept = store.relationships_at(some, types, end=end)
            found.update((RELATIONSHIP, key) for key, _ in kept if (RELATIONSHIP, key) not in past)
    return found


def _in_order(left: Mapping[Key, _Past]) -> Iterator[list[Edit]]:
    # relationships go before the CIs they hang on; CIs are back before their relationships
    edits = [Edit(kind, key, what.before) for (kind, key), what in left.items()]
    phases = (
        [e for e in edits if e.kind == RELATIONSHIP and e.after is None],
        [e for e in edits if e.kind == CI],
        [e for e in edits if e.kind == RELATIONSHIP and e.after is not None],
        [e for e in edits if e.kind not in (CI, RELATIONSHIP)],
    )
    for phase in phases:
        phase.sort(key=lambda edit: ends_of(edit.key) if edit.kind == RELATIONSHIP else (edit.kind, edit.key, ""))
        yield from _cut(phase)


def _cut(items: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), BLOCK):
        yield list(items[start : start + BLOCK])


def _draft(edits: list[Edit], left: Mapping[Key, _Past]) -> Any:
    def plan(reader: Reader) -> Draft:
        # once more under the write lock: what was checked before may have been changed since
        changed = []
        for kind in sorted({edit.kind for edit in edits}):
            keys = [edit.key for edit in edits if edit.kind == kind]
            kept = reader.read(kind, keys)
            for key in keys:
                now = kept[key].thing if key in kept else None
                if now not in (left[kind, key].after, left[kind, key].before):
                    changed.append((kind, key))
        if changed:
            raise RejectedError("import.changed_since", count=len(changed), names=_named(changed))
        return Draft(edits)

    return plan


def _named(changed: Sequence[Key]) -> str:
    return ", ".join(key if kind in (CI, RELATIONSHIP) else f"{kind}:{key}" for kind, key in changed[:NAMED])


def _rest_on_earlier_runs(store: Store, run: str) -> None:
    def plan(reader: Reader) -> list[tuple[str, dict[str, Any]]]:
        at = store.clock().isoformat()
        statements: list[tuple[str, dict[str, Any]]] = [*undone_statements(reader, run, at)]
        for scope in scopes(reader).values():
            if run in scope.runs:
                runs, previous = tuple(r for r in scope.runs if r != run), scope.previous
                if not runs:
                    runs, previous = generation(previous)
                statements.append(scope_statement(Scope(scope.name, scope.source, runs, previous, scope.missing), at))
                statements.append(("seen_forget", {"run": run, "scope": scope.name}))
        statements.append(("run_status", {"run": run, "status": "undone"}))
        return statements

    store.bookkeep(plan)
