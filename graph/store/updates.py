"""Updates of the register out of the log of commits, each with since when it may have been so (SEMANTICS 8)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from graph.history import CI, RELATIONSHIP, Commit, Header, Revision
from graph.ontology import Ontology
from graph.records.updates import EXISTENCE, GROUP, Update, is_there
from graph.store.seen_when import SeenWhen
from graph.store.store import Store
from graph.store.things import ends_of
from graph.values import State, Value

AT_ONCE = 200  # commits read at once
QUORUM, MEMBER_OF = "min_available", "redundancy_group"


def updates(
    store: Store, *, after: int = 0, upto: int | None = None, wanted: Callable[[Update], bool] = lambda _: True
) -> Iterator[Update]:
    """The updates of the revisions after `after` up to `upto` (now), in their order; those `wanted` only.

    Left out are the baselines of scopes (their first runs), operational data sources and operational fields, and what
    changed nothing but who said it.
    """
    seen = SeenWhen.of(store)
    last = store.settled() if upto is None else upto
    for commit, marker in _commits(store, after, last, seen.baselines):
        if commit.header.source in store.ontology.operational_sources or seen.is_baseline(commit, marker):
            continue
        found = [u for u in updates_of(commit, store.ontology) if after < u.revision <= last and wanted(u)]
        yield from seen.dated(found, commit, marker)


def _commits(store: Store, after: int, upto: int, without: frozenset[str]) -> Iterator[tuple[Commit, str]]:
    runs = sorted(without)
    while True:
        rows = store.rows("commits_between", after=after, upto=upto, without=runs, limit=AT_ONCE)
        for row in rows:
            header = Header(row["actor"], row["source"], row["change"], row["run"])
            given = (row["first"], row["last"], row["at"], header, row["previous"], row["hash"], row["entries"])
            yield Commit(*given), row["marker"]
        if len(rows) < AT_ONCE:
            return
        after = rows[-1]["last"]


def updates_of(commit: Commit, ontology: Ontology) -> Iterator[Update]:
    """The updates of one commit, as if written directly: each happened when it was committed."""
    at = datetime.fromisoformat(commit.at)
    quorums: dict[tuple[str, str], Update] = {}
    for revision in commit.revisions():
        if revision.kind == CI:
            made: Iterator[dict[str, Any]] = _of_ci(revision, ontology)
        elif revision.kind == RELATIONSHIP:
            made = _of_relationship(revision, ontology)
        else:
            continue
        for fields in made:
            update = Update(revision.number, seen_after=at, at=at, change_id=commit.header.change, **fields)
            if update.kind != "quorum":
                yield update
            else:  # one of its group, however many relationships carry it
                quorums.setdefault((update.ci_id, update.field), update)
    yield from quorums.values()


def _of_ci(revision: Revision, ontology: Ontology) -> Iterator[dict[str, Any]]:
    old, new = _states(revision)
    either = new or old or {}
    kind = ontology.classes.get(str(either.get("ci_class")))
    changed = [
        name for name in _changed(old, new) if not (kind and name in kind.fields and kind.fields[name].operational)
    ]
    if old is None or new is None or is_there(old) != is_there(new):
        names = {"status", *changed}
        states = [
            None if state is None else {n: state[n] for n in sorted(names & state.keys())} for state in (old, new)
        ]
        yield {"ci_id": revision.key, "kind": EXISTENCE, "field": EXISTENCE, "old": states[0], "new": states[1]}
        return
    for name in changed:
        yield {"ci_id": revision.key, "kind": "attribute", "field": name, "old": old.get(name), "new": new.get(name)}


def _of_relationship(revision: Revision, ontology: Ontology) -> Iterator[dict[str, Any]]:
    old, new = _states(revision)
    source, type_, target = ends_of(revision.key)
    kind = ontology.relationship_types.get(type_)
    ends = (target, source) if kind and kind.provider == "source" else (source, target)
    operational = {name for name, field in (kind.fields if kind else {}).items() if field.operational}
    changed = [name for name in _changed(old, new) if name not in operational]
    group = _group_of_both(old, new)
    if group is not None and QUORUM in changed:
        changed.remove(QUORUM)
        values = [(state or {}).get(QUORUM, "all") for state in (old, new)]
        yield {"ci_id": ends[0], "kind": "quorum", "field": GROUP + group, "old": values[0], "new": values[1]}
    if changed or old is None or new is None:
        yield {
            "ci_id": ends[0], "other": ends[1], "kind": "relationship", "field": revision.key, "old": old, "new": new,
        }  # fmt: skip


def _states(revision: Revision) -> tuple[State | None, State | None]:
    return (
        None if revision.before is None else revision.before.state,
        None if revision.after is None else revision.after.state,
    )


def _changed(old: Mapping[str, Value] | None, new: Mapping[str, Value] | None) -> list[str]:
    before, after = old or {}, new or {}
    return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _group_of_both(old: State | None, new: State | None) -> str | None:
    group = (old or {}).get(MEMBER_OF)
    return group if isinstance(group, str) and (new or {}).get(MEMBER_OF) == group else None
