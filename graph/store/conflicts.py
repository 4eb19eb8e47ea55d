"""Conflicts that import runs left to a person, and what was decided of them (SEMANTICS 7, decision 34).

A conflict is the question as it was put: the same question again is the same conflict, another one is another. It is
bookkeeping like the run that met it. A decision is a thing of the log, with its revisions, and no part of the graph.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graph.canonical import canonical
from graph.history import DECISION, Thing
from graph.store.runs import KEPT_RUNS, Rows, pack, unpack
from graph.store.things import kept_of

IDENTITY, QUORUM = "identity", "quorum"  # what a conflict is about
OPEN, RESOLVED, VANISHED = "open", "resolved", "vanished"
STATES = (OPEN, RESOLVED, VANISHED)
SAME, DISTINCT = "same", "distinct"
Statement = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Match:
    """By which values of which rule a row may be another CI. `others`: the first such CIs, of `count`."""

    ci_class: str
    rule: tuple[str, ...]
    values: tuple[str, ...]
    others: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """What a run could not settle: a row that may be other CIs, or a group that would break (`group`, its `quorum`).

    `scope`: key of the scope in which it was met. `given`: what the row says, for a person to compare; `rows`: those of
    the other CIs that have a row of their own in the same input. `left`: members that the group would be left with.
    """

    kind: str
    scope: str
    ci_id: str
    file: str
    line: int | None
    matches: tuple[Match, ...] = ()
    given: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[str, ...] = ()
    group: str = ""
    quorum: str = ""
    left: int = 0

    @property
    def id(self) -> str:
        """The same for the same question, in whichever order its parts were found."""
        asked = sorted([m.ci_class, list(m.rule), list(m.values), list(m.others)] for m in self.matches)
        question = canonical([self.kind, self.scope, self.ci_id, asked, self.group, self.quorum])
        return hashlib.blake2b(question, digest_size=16).hexdigest()

    @property
    def others(self) -> tuple[str, ...]:
        """All CIs that the row may be, as far as they are listed, by id."""
        return tuple(sorted({other for match in self.matches for other in match.others}))

    @property
    def is_whole(self) -> bool:
        """Whether all CIs that the row may be are listed."""
        return all(match.count == len(match.others) for match in self.matches)


class Meeting(NamedTuple):
    """A conflict that a run met: where it stands, when it was first met, and the runs that met it before, in order."""

    conflict: Conflict
    state: str
    first_seen: str
    before: Sequence[str]


@dataclass(frozen=True, slots=True)
class KeptConflict:
    """A conflict as it stands. Times are UTC text; `run` met it last, `vanished_at`: since when it is not met again."""

    id: str
    conflict: Conflict
    state: str
    source: str
    run: str
    first_seen: str
    last_seen: str
    vanished_at: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided of a conflict: rows of `source` with this id are the CI `others[0]`, or none of `others`."""

    conflict: str
    answer: str
    source: str
    ci_id: str
    others: tuple[str, ...]
    matched_by: tuple[str, ...]

    @classmethod
    def of(cls, conflict: str, thing: Thing) -> "Decision":
        """A decision as it is kept."""
        said: Mapping[str, Any] = thing.state
        others, matched_by = tuple(said["others"]), tuple(said["matched_by"])
        return cls(conflict, str(said["answer"]), str(said["source"]), str(said["ci_id"]), others, matched_by)

    def thing(self, by: str) -> Thing:
        """As it is kept; `by`: the data source that says so."""
        lists = {"others": list(self.others), "matched_by": list(self.matched_by)}
        return Thing({"answer": self.answer, "source": self.source, "ci_id": self.ci_id, **lists}, {"*": by})


def decisions(store: Rows) -> list[Decision]:
    """All that hold."""
    rows = store.rows("record_all", kind=DECISION)
    return [Decision.of(row["key"].removeprefix(f"{DECISION}:"), kept_of(row["p"]).thing) for row in rows]


def same_as(some: Iterable[Decision], source: str) -> dict[str, str]:
    """By id that rows of a data source give the CI that they are, followed to the end."""
    said = {each.ci_id: each.others[0] for each in some if each.answer == SAME and each.source == source}
    return {ci_id: _end_of(said, ci_id) for ci_id in said}


def _end_of(said: Mapping[str, str], ci_id: str) -> str:
    # no decision closes a circle; one written by hand into the database ends where it began
    at, passed = said[ci_id], {ci_id}
    while at in said and at not in passed:
        passed.add(at)
        at = said[at]
    return at


def apart(some: Iterable[Decision]) -> dict[str, set[str]]:
    """By id those that are another CI for certain, whatever they share; it holds for every data source."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in some:
        for other in each.others if each.answer == DISTINCT else ():
            found[each.ci_id].add(other)
            found[other].add(each.ci_id)
    return found


def decided(store: Rows, revisions: Iterable[int]) -> dict[int, tuple[str, str]]:
    """By revision of a decision its time (UTC text) and actor, as the log has them."""
    rows = store.rows("decided", revisions=list(revisions))
    return {int(row["revision"]): (row["at"], row["actor"]) for row in rows}


def of_scope(store: Rows, scope: str) -> dict[str, dict[str, Any]]:
    """By id what is known of the conflicts of a scope: `kind`, `scope`, `ci_id`, `state`, `first_seen`, `runs`.

    `runs`: those that met it one after the other, the last ones.
    """
    rows = store.rows("conflicts_of_scope", scope=scope)
    return {row["key"]: {**row, "runs": row["runs"] or [row["run"]]} for row in rows}


def find(store: Rows, conflict: str) -> KeptConflict | None:
    """One by its id."""
    return next((_kept(row) for row in store.rows("conflict_read", key=conflict)), None)


def page(store: Rows, states: Collection[str], after: tuple[str, str, str], limit: int) -> list[KeptConflict]:
    """Those in some states that come after (first seen, CI, id): the last that came first, then by CI."""
    before, ci_id, key = after
    rows = store.rows("conflicts_page", states=list(states), before=before, ci_id=ci_id, key=key, limit=limit)
    return [_kept(row) for row in rows]


def count(store: Rows, states: Collection[str]) -> int:
    """How many there are in some states."""
    return int(store.rows("conflicts_count", states=list(states))[0]["found"])


def _kept(row: Mapping[str, Any]) -> KeptConflict:
    said = unpack(row["body"])
    matches = tuple(
        Match(ci_class, tuple(rule), tuple(values), tuple(others), count)
        for ci_class, rule, values, others, count in said.pop("matches")
    )
    said["rows"] = tuple(said["rows"])
    named = {name: row[name] for name in ("kind", "scope", "ci_id", "file", "line")}
    seen = {name: row[name] for name in ("state", "source", "run", "first_seen", "last_seen", "vanished_at")}
    return KeptConflict(id=row["key"], conflict=Conflict(**named, matches=matches, **said), **seen)


def seen_statements(met: Mapping[str, Meeting], source: str, run: str, at: str, most: int) -> Iterator[Statement]:
    """The statements that keep conflicts that a run met, by their id."""
    seen = {"source": source, "run": run, "last_seen": at}
    rows = [
        {"key": key, "p": {**_properties(each.conflict, each.state, each.first_seen), **seen, "runs": _runs(each, run)}}
        for key, each in met.items()
    ]
    for start in range(0, len(rows), most):
        yield "conflict_write", {"rows": rows[start : start + most]}


def _runs(met: Meeting, run: str) -> list[str]:
    return [*(each for each in met.before if each != run), run][-KEPT_RUNS:]


def _properties(conflict: Conflict, state: str, first: str) -> dict[str, Any]:
    matches = [[m.ci_class, m.rule, m.values, m.others, m.count] for m in conflict.matches]
    said = {name: getattr(conflict, name) for name in ("given", "rows", "group", "quorum", "left")}
    named = {name: getattr(conflict, name) for name in ("kind", "scope", "ci_id", "file", "line")}
    body = pack({"matches": matches, **said})
    return {**named, "state": state, "first_seen": first, "vanished_at": None, "body": body}


def state_statement(some: Sequence[str], state: str, at: str | None) -> Statement:
    """The statement that sets the state of conflicts; `at`: when they vanished."""
    return "conflict_state", {"keys": list(some), "state": state, "at": at}


def again_statement(run: str, at: str) -> Statement:
    """The statement that notes that the input of a run was met again, with all that it left open."""
    return "conflicts_again", {"run": run, "at": at}


def undone_statements(store: Rows, run: str, at: str) -> Iterator[Statement]:
    """The statements that let go of what a run left open that is undone, but for what others met before it."""
    left = store.rows("conflicts_of_run", run=run)
    before = sorted({each for row in left for each in row["runs"] or () if each != run})
    finished = {row["run"] for row in store.rows("runs_finished", runs=before)}
    rest = {row["key"]: [each for each in row["runs"] or () if each in finished] for row in left}
    yield (
        "conflicts_rest",
        {"rows": [{"key": key, "run": runs[-1], "runs": runs} for key, runs in rest.items() if runs]},
    )
    yield state_statement([row["key"] for row in left if row["state"] == OPEN and not rest[row["key"]]], VANISHED, at)
