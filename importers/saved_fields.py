"""What a change comes to that somebody saves: what they say, what they leave as it is, and what only steps set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.errors import BadInputError
from graph.lifecycle import Lifecycle
from graph.ontology import Ontology
from graph.records.changes import DECIDED_ON, LED, change_of
from graph.store import Edit
from graph.store.reader import Reader
from graph.store.things import Kept
from graph.values import State, shown
from importers.keeping import written_by
from queries.deciding import lost_papers

WINDOWS = "windows"
OPEN = frozenset({"draft", "submitted", "assessed", "approved", "scheduled"})  # a change can be altered until it begins
# what the document of a change says as a whole: what is absent there is none; all else stays until it is cleared
WHOLE = frozenset({
    "title", "category", "team", "planned_start", "planned_end", "zone", "affected", "effect", "edits"
})  # fmt: skip
AT_ONCE = 50  # agreed outages of one change that are looked for at once


@dataclass(frozen=True, slots=True)
class Saving:
    """A change as somebody wants it: its fields as they are kept, and the outages agreed for it.

    `origin`: the other tool that it lives in; its status and decision are that tool's, and are taken as they are.
    `cleared`: fields beside its document that it shall have no more; those that are absent stay.
    """

    change_id: str
    fields: State
    windows: Mapping[str, State]
    origin: str | None = None
    cleared: frozenset[str] = frozenset()


def saved_fields(
    lifecycle: Lifecycle, wanted: Saving, kept: Kept | None, actor: str, *, agreed_otherwise: bool
) -> State:  # fmt: skip
    """The fields of a change after it is saved; `agreed_otherwise`: so are the outages that were agreed for it.

    Raises BadInputError `change.too_late`, `change.over`, `change.other_origin`, `change.lives_here`.
    """
    before: State = {} if kept is None else dict(kept.thing.state)
    stays = {name: value for name, value in before.items() if name not in WHOLE | wanted.cleared}
    fields: State = {**stays, "change_id": wanted.change_id, **wanted.fields}
    if wanted.origin is not None:
        fields["origin"] = wanted.origin
    if kept is not None and before.get("origin") != wanted.origin:
        if "origin" not in before:
            raise BadInputError("change.lives_here", change=wanted.change_id)
        raise BadInputError("change.other_origin", change=wanted.change_id, origin=shown(before["origin"]))
    if wanted.origin is not None:
        return fields
    if kept is None:
        return {**fields, "status": lifecycle.initial, "requested_by": actor, "authors": [actor], "round": 1}
    return _ours(lifecycle, fields, before, actor, agreed_otherwise=agreed_otherwise)


def _ours(lifecycle: Lifecycle, fields: State, before: State, actor: str, *, agreed_otherwise: bool) -> State:
    status = str(before.get("status", lifecycle.initial))
    led: State = {name: before[name] for name in LED if name in before}
    found = {**{name: value for name, value in fields.items() if name not in LED}, **led, "status": status}
    if found == before and not agreed_otherwise:
        return found
    change = change_of(str(fields["change_id"]), before)
    if status not in OPEN:
        key = "change.over" if status in lifecycle.final else "change.too_late"
        raise BadInputError(key, change=change.change_id, status=status)
    found["authors"] = sorted({*change.own, actor})
    same = all(found.get(name) == before.get(name) for name in DECIDED_ON)
    # a paper that is added or written anew says more; one that is taken away was part of what was approved
    if same and not agreed_otherwise and not lost_papers(before, found):
        return found
    kept = ("requested_by", "submitted_at", "attempts", "authors")
    anew = {name: value for name, value in found.items() if name not in LED or name in kept}
    return {**anew, "status": _again(lifecycle, found, status), "round": change.round + 1}


def _again(lifecycle: Lifecycle, fields: State, status: str) -> str:
    # where those who decide get it anew: after the step that submits, if that leads anywhere before a decision
    category = fields.get("category")
    submit = lifecycle.step("submit", lifecycle.initial, category if isinstance(category, str) else None)
    decided = submit is not None and "decision" in submit.sets
    if status == lifecycle.initial or submit is None or submit.to is None or decided:
        return lifecycle.initial
    return submit.to


def agreed_outages(reader: Reader, ontology: Ontology, wanted: Saving) -> list[Edit]:
    """The edits by which the outages that were agreed for a change are those that it is saved with, and no others."""
    there: dict[str, Kept] = {}
    for some in _numbered(wanted.change_id):
        found = {
            key: kept
            for key, kept in reader.read(WINDOWS, some).items()
            if kept.thing.state.get("change_id") == wanted.change_id
        }
        if not found:
            break
        there |= found
    kept = {**reader.read(WINDOWS, wanted.windows), **there}
    edits = [Edit(WINDOWS, key, None) for key in there if key not in wanted.windows]
    for key, fields in wanted.windows.items():
        before = kept[key].thing if key in kept else None
        after = written_by(ontology, before, fields)
        if after != before:
            edits.append(Edit(WINDOWS, key, after))
    return edits


def _numbered(change_id: str) -> Iterable[list[str]]:
    # they are numbered from 1 as they are saved: no look at the windows of all others, under the lock
    first = 1
    while True:
        yield [f"{change_id}/{number}" for number in range(first, first + AT_ONCE)]
        first += AT_ONCE
