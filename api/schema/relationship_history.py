"""What changes wrote to the relationships of a CI: also to those that have ended since, which the CI names no more."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import strawberry

from api.schema.revisions import Revision, revision_of
from graph.deadline import check
from graph.errors import BadInputError
from graph.history import RELATIONSHIP, Commit
from graph.history import Revision as Kept
from graph.ontology import Ontology
from graph.records.changes import change_of
from graph.records.edits import Relate, Unrelate, edits_of
from graph.store.things import ends_of, relationship_key

if TYPE_CHECKING:
    from api.register import Register
    from graph.store.store import Store

READ = 300  # relationships of a CI that are looked at
COMMITS = 200  # that are read for them at the most


@strawberry.type(description="A revision of a relationship, with its ends.")
class RelationshipRevision:
    """What was recorded of it."""

    revision: Revision = strawberry.field(description="The revision.")
    type: str = strawberry.field(description="The type of the relationship.")
    source_id: str = strawberry.field(description="Where it starts: an identifier.")
    target_id: str = strawberry.field(description="Where it ends: an identifier.")
    names: strawberry.Private[Mapping[str, str]]

    @strawberry.field(description="What the CI where it starts is called; null: it is not there any more.")
    def source_name(self) -> str | None:
        """The source."""
        return self.names.get(self.source_id)

    @strawberry.field(description="What the CI where it ends is called; null: it is not there any more.")
    def target_name(self) -> str | None:
        """The target."""
        return self.names.get(self.target_id)

    def limited(self, seen: Collection[str]) -> "RelationshipRevision":
        """The same with names of only some CIs."""
        return replace(self, names={ci_id: name for ci_id, name in self.names.items() if ci_id in seen})


def relationship_history(
    register: "Register", ci_id: str, present: Sequence[str], at: int, most: int
) -> list[RelationshipRevision]:
    """The newest first, up to revision `at`; `present`: keys of the relationships that the CI has."""
    keys = [*present[:READ], *sorted(_named(register, ci_id, at) - set(present))[:READ]]
    log = _Log(register.store)
    found = [each for key, last in _last(register.store, keys).items() for each in log.linked(key, last, at)]
    found = sorted(found, key=lambda each: -each[1].number)[: max(0, most)]
    ends = {end for _, kept in found for end in ends_of(kept.key)[::2]}
    estate = register.estate(at)
    numbers = {end: number for end in ends if (number := estate.find(end)) is not None}
    names = {end: estate.names[number] for end, number in numbers.items()}
    return [_told(commit, kept, names) for commit, kept in found]


def _told(commit: Commit, kept: Kept, names: Mapping[str, str]) -> RelationshipRevision:
    source, name, target = ends_of(kept.key)
    return RelationshipRevision(
        revision=revision_of(commit, kept), type=name, source_id=source, target_id=target, names=names
    )


def _named(register: "Register", ci_id: str, at: int) -> set[str]:
    # keys of the relationships of the CI that edits of changes make or end
    written = {ci_id, json.dumps(ci_id)[1:-1]}
    changes = register.tables.table("changes", change_of, at)
    some = [each.edits for each in changes if each.edits and any(word in str(each.edits) for word in written)]
    return {key for edits in some for key in _keys(edits, register.store.ontology) if ci_id in ends_of(key)[::2]}


def _keys(edits: Any, ontology: Ontology) -> Iterator[str]:
    try:
        groups = edits_of(edits, ontology)
    except BadInputError:
        return  # nobody can say what they are about
    for edit in (each for group in groups for each in group.edits):
        if isinstance(edit, Relate | Unrelate):
            yield relationship_key(edit.source, edit.type, edit.target)


def _last(store: "Store", keys: Iterable[str]) -> dict[str, int]:
    # the last revision of each, whether it is there or has ended
    some = list(keys)
    rows = store.rows("gone_read", keys=[f"{RELATIONSHIP}:{key}" for key in some])
    ended = {str(row["key"]).removeprefix(f"{RELATIONSHIP}:"): int(row["rev"]) for row in rows}
    return {**ended, **{key: kept.revision for key, kept in store.kept(RELATIONSHIP, some).items()}}


class _Log:
    """Commits that have been read, each once, however many revisions of it are asked for."""

    def __init__(self, store: "Store") -> None:
        self._store, self._read = store, list[tuple[Commit, dict[int, Kept]]]()

    def linked(self, key: str, last: int, at: int) -> Iterator[tuple[Commit, Kept]]:
        """The revisions of a relationship that a change wrote, from its last backwards."""
        while last:
            check()
            found = self._of(last)
            if found is None:
                return
            commit, kept = found
            if kept.number <= at and commit.header.change is not None:
                yield commit, kept
            last = kept.previous

    def _of(self, revision: int) -> tuple[Commit, Kept] | None:
        for commit, revisions in self._read:
            if commit.first <= revision <= commit.last:
                return commit, revisions[revision]
        if len(self._read) >= COMMITS:
            return None
        commit = self._store.commits_at(revision)[0]
        revisions = {each.number: each for each in commit.revisions()}
        self._read.append((commit, revisions))
        return commit, revisions[revision]
