"""One revision is undone: its thing is as it was before, if nothing has changed it since and nothing is hurt."""

import contextlib
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from graph.errors import BadInputError, RejectedError
from graph.history import CI, DECISION, RELATIONSHIP, Header, Revision, Thing
from graph.ontology import Ontology
from graph.records.changes import DECIDED_ON, LED
from graph.store import Edit, Store, ends_of
from graph.store.reader import Reader
from graph.store.store import Draft
from graph.values import shown
from importers.authorship import CHANGES, VOICES, WINDOWS, authored, lives_here
from importers.direct import PERSON, Put, refuse_rejected
from importers.groups import settle_groups
from importers.identify import settle_identities
from importers.origins import check_speaks
from importers.plan import Plan, new_plan
from importers.retiring import RETIRED, UnknownEndsError, keep_group, keep_groups_of
from importers.rows import CiRow, RelationshipRow
from queries.deciding import lost_papers

NAMED = 10  # relationships that a refusal names


def undo_revision(store: Store, number: int, actor: str, change: str | None) -> Put:
    """Write the opposite of one revision.

    Raises
    ------
    BadInputError
        `write.unknown_revision`; `identity.taken_back`: it is a decision of a conflict, which is taken back there;
        `write.decided_stays`, `write.moved_stays`: it is a voice on a change, or moved one along its life; as
        `RowsRefusedError` where the thing as it was would be refused now.
    NotAllowedError
        `change.not_the_tool`: it is of a change of another tool, and somebody else undoes it.
    RevisionConflictError
        The thing has been changed since.
    RejectedError
        `write.rests_on`: relationships hang on a CI that the revision made; `write.group_differs`: the other members of
        a group have another quorum now; QuorumBrokenError.
    """
    past = _revision(store, number)

    def plan(reader: Reader) -> Draft:
        _check(reader, past, store.ontology)
        if past.kind == CHANGES:
            check_speaks(reader, actor, *(each.state.get("origin") for each in (past.before, past.after) if each))
        # the store compares with the last revision of the thing, also of one that is there no more
        return Draft([Edit(past.kind, past.key, _as_it_was(past, actor), number)])

    return Put(store.write(plan, Header(actor, PERSON, change)).revision, (past.key,))


def _revision(store: Store, number: int) -> Revision:
    rows = store.commits_at(number) if number > 0 else []
    found = next((r for commit in rows for r in commit.revisions() if r.number == number), None)
    if found is None:
        raise BadInputError("write.unknown_revision", revision=number)
    if found.kind == DECISION:
        raise BadInputError("identity.taken_back", revision=number)
    if found.kind in VOICES:
        raise BadInputError("write.decided_stays", table=found.kind, key=shown(found.key))
    if found.kind == WINDOWS and (change := _agreed_for(store, found)):
        raise BadInputError("write.moved_stays", change=shown(change), fields=found.kind)
    if found.kind == CHANGES and (moved := _moved(found)):
        raise BadInputError("write.moved_stays", change=shown(found.key), fields=", ".join(moved))
    return found


def _agreed_for(store: Store, past: Revision) -> str | None:
    # the change that lives here for which a window was agreed, which was decided on with it
    named = {
        str(thing.state["change_id"]) for thing in (past.before, past.after) if thing and "change_id" in thing.state
    }
    kept = store.kept(CHANGES, named) if named else {}
    return next((key for key, each in sorted(kept.items()) if lives_here(each.thing.state)), None)


def _moved(past: Revision) -> list[str]:
    # what steps and decisions set, and what was decided on, is altered by these alone
    before, after = (thing.state if thing else {} for thing in (past.before, past.after))
    if not any(map(lives_here, (before, after))) and (past.before is None or past.after is None):
        return []  # as it was brought in
    held = ("status", *LED, *DECIDED_ON)
    # what is undone must not take a paper away from those who decided with it
    return sorted({*(name for name in held if before.get(name) != after.get(name)), *lost_papers(after, before)})


def _as_it_was(past: Revision, actor: str) -> Thing | None:
    if past.kind != CHANGES or past.before is None:
        return past.before
    after = past.after.state if past.after else {}
    return authored(after, past.before, actor, PERSON)


def _check(reader: Reader, past: Revision, ontology: Ontology) -> None:
    found = reader.read(past.kind, [past.key]).get(past.key)
    now = found.thing if found else None
    if now != past.after:
        return  # the store tells that it was changed since
    if past.kind == CI:
        _check_ci(reader, past, ontology)
    elif past.kind == RELATIONSHIP:
        _check_relationship(reader, past, ontology)


def _check_ci(reader: Reader, past: Revision, ontology: Ontology) -> None:
    if past.before is None:
        types = list(ontology.relationship_types)
        ends = ("source", "target")
        hanging = {key for end in ends for key, _ in reader.relationships_at([past.key], types, end=end)}
        if hanging:
            names = ", ".join(map(shown, sorted(hanging)[:NAMED]))
            raise RejectedError("write.rests_on", ci_id=shown(past.key), count=len(hanging), names=names)
        return
    if _is_retired(past.before) and not _is_retired(past.after):
        keep_groups_of(reader, past.key, ontology)
    row = CiRow(0, 0, 1, past.key, dict(past.before.state), _dropped(past), partial=False)
    with _planned() as plan:
        plan.spools["ci"].add(row)
        settle_identities(plan, reader, ontology)
        refuse_rejected(plan)


def _check_relationship(reader: Reader, past: Revision, ontology: Ontology) -> None:
    source, kind, target = ends_of(past.key)
    there = reader.read(CI, [source, target])
    if unknown := [ci_id for ci_id in (source, target) if ci_id not in there]:
        raise UnknownEndsError(unknown)
    if past.before is None:
        if past.after is not None:
            keep_group(reader, past.key, past.after, ontology)
        return
    _same_quorum(reader, past.key, past.before, ontology)
    row = RelationshipRow(0, 0, 1, source, kind, target, dict(past.before.state), _dropped(past))
    with _planned() as plan:
        plan.spools["grouped"].add(row)
        settle_groups(plan, reader, ontology)
        refuse_rejected(plan)


def _same_quorum(reader: Reader, key: str, before: Thing, ontology: Ontology) -> None:
    # a quorum is written on every member: one of them alone cannot go back
    group = before.state.get("redundancy_group")
    if group is None:
        return
    types = [name for name, kind in ontology.relationship_types.items() if kind.provider]
    others = {
        kept.thing.state.get("min_available")
        for other, kept in reader.relationships_at([ends_of(key)[0]], types)
        if other != key and kept.thing.state.get("redundancy_group") == group
    }
    if others - {before.state.get("min_available")}:
        raise RejectedError("write.group_differs", group=shown(group), ci_id=shown(ends_of(key)[0]))


def _is_retired(thing: Thing | None) -> bool:
    return thing is not None and thing.state.get("status") == RETIRED


def _dropped(past: Revision) -> list[str]:
    after: Iterable[str] = past.after.state if past.after else ()
    return [name for name in after if past.before is None or name not in past.before.state]


@contextlib.contextmanager
def _planned() -> Iterator[Plan]:
    with (
        tempfile.TemporaryDirectory(prefix="faultline-write-") as folder,
        contextlib.closing(new_plan(Path(folder))) as plan,
    ):
        plan.files, plan.scopes = ["input"], [""]
        yield plan
