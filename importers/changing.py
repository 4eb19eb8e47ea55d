"""A change saved, and moved through its life: checked and written under the write lock, all of it or nothing.

What the life cycle says is read from its file (`graph.lifecycle`); who decides is `importers.voting`'s business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graph.errors import BadInputError, Message, NotAllowedError
from graph.history import Header
from graph.lifecycle import Lifecycle, Step
from graph.ontology import Ontology
from graph.records.changes import Change, change_of
from graph.records.page import page_of
from graph.store import Edit, Store
from graph.store.notices import noted
from graph.store.reader import Reader
from graph.store.store import Draft
from graph.store.things import Kept
from graph.values import State, Value, shown, utc_text
from importers.applying import applied
from importers.authorship import CHANGES
from importers.direct import PERSON, require
from importers.keeping import written_by
from importers.origins import check_speaks, owner_of
from importers.saved_fields import Saving, agreed_outages, saved_fields
from importers.templates import check_template
from importers.voices import voices_of
from queries.deciding import APPROVED, Filled, lacking

NOW, ACTOR = "<now>", "<actor>"  # what a step's fields may be set to
BEGUN = "implementing"  # the status of a change that is being carried out
ACTUAL = ("actual_start", "actual_end")


@dataclass(frozen=True, slots=True)
class Changed:
    """What was written: the revision after it, and the change's status and round."""

    revision: int
    change_id: str
    status: str
    round: int


def save_change(
    store: Store, lifecycle: Lifecycle, wanted: Saving, actor: str, expected: int | None = None
) -> Changed:  # fmt: skip
    """Create or replace a change; the same again changes nothing. Whoever alters it is one of its authors.

    A change that people have decided on, altered in what they decided on, begins another round: it is `submitted`
    again, or a draft if it never was more.

    Raises
    ------
    RevisionConflictError
        The change's last revision is not the one expected.
    BadInputError
        `change.too_late`: it has begun; `change.over`. `change.other_origin`: it lives in another tool;
        `change.lives_here`: in none.
    NotAllowedError
        `change.not_the_tool`: it is of another tool, or its id is one of that tool's, and somebody else says it.
    RejectedError
        `write.overruled`: a stronger data source has said otherwise.
    """
    last: list[Changed] = []

    def plan(reader: Reader) -> Draft:
        check_speaks(reader, actor, wanted.origin)
        require(reader, CHANGES, wanted.change_id, expected)
        kept = reader.read(CHANGES, [wanted.change_id]).get(wanted.change_id)
        if kept is None:
            check_speaks(reader, actor, owner_of(reader, wanted.change_id))
        agreed = agreed_outages(reader, store.ontology, wanted)
        fields = saved_fields(lifecycle, wanted, kept, actor, agreed_otherwise=bool(agreed))
        edits = [_edit(store.ontology, CHANGES, wanted.change_id, kept, fields), *agreed]
        found = change_of(wanted.change_id, fields)
        last.append(Changed(0, wanted.change_id, found.status or lifecycle.initial, found.round))
        return Draft(edits)

    written = store.write(plan, Header(actor, PERSON, wanted.change_id))
    return Changed(written.revision, last[-1].change_id, last[-1].status, last[-1].round)


@dataclass(frozen=True, slots=True)
class Taking:
    """A step that somebody takes: by its name, with fields of the change that come with it.

    `done`: groups of its edits that were carried out, where the step asks for them. `confirmed`: CIs may be retired
    that others rest on still. `tell`: a notice is left for those whom the life cycle names.
    """

    change_id: str
    step: str
    fields: State
    done: tuple[str, ...] | None = None
    confirmed: bool = False
    tell: bool = False


def take_step(
    store: Store, lifecycle: Lifecycle, taking: Taking, actor: str, roles: frozenset[str], expected: int | None = None
) -> Changed:
    """Move a change along its life cycle.

    Raises
    ------
    BadInputError
        `review.unknown_change`; `change.other_origin`; `change.no_step` with those that are open;
        `change.by_decision`; `change.lacking` with what is missing; `change.not_with_step` with what comes with it;
        `change.order` for an end before its start; `change.in_future`; `change.no_category`;
        `change.template_*` for one that does not fit;
        of a step that writes the edits of the change `edits.*`, `change.dependents_left` and `change.no_such_group`.
    NotAllowedError
        `change.step_role` with the roles that may.
    RevisionConflictError
        The change's last revision is not the one expected.
    """
    last: list[Changed] = []

    def plan(reader: Reader) -> Draft:
        require(reader, CHANGES, taking.change_id, expected)
        kept = reader.read(CHANGES, [taking.change_id]).get(taking.change_id)
        if kept is None:
            raise BadInputError("review.unknown_change", change=shown(taking.change_id))
        change = change_of(taking.change_id, kept.thing.state)
        check_ours(change)
        step = open_step(lifecycle, change, taking.step)
        if step.decides is not None:
            raise BadInputError("change.by_decision", step=step.id)
        check_role(step, roles)
        fields = _with_papers(step, kept.thing.state, taking, actor, store.clock())
        if missing := lacking(step, Filled.of(fields)):
            raise BadInputError("change.lacking", step=step.id, missing=", ".join(missing))
        if "template" in step.needs or (step.to == BEGUN and _by_template(lifecycle, change)):
            check_template(reader, store, change_of(taking.change_id, fields), actor)
        if step.to == BEGUN:
            _check_decided(reader, lifecycle, change)
        if step.to is not None:
            fields["status"] = step.to
        last.append(Changed(0, taking.change_id, str(fields["status"]), change.round))
        edits = _carried_out(reader, store.ontology, step, change, taking)
        edits.append(_edit(store.ontology, CHANGES, taking.change_id, kept, fields))
        told = step_notice(step, change, last[-1].status, actor, store.clock())
        return Draft(edits, [told] if taking.tell else [])

    written = store.write(plan, Header(actor, PERSON, taking.change_id))
    return Changed(written.revision, last[-1].change_id, last[-1].status, last[-1].round)


def _with_papers(step: Step, before: State, taking: Taking, actor: str, now: datetime) -> State:
    # who gives papers wrote at the change; a moment that is given counts, not that at which it is told
    if strange := sorted(taking.fields.keys() - step.accepts):
        takes = ", ".join(sorted(step.accepts)) or "-"
        raise BadInputError("change.not_with_step", step=step.id, field=strange[0], takes=takes)
    fields = {**before, **stamped(step, actor, now), **taking.fields}
    for name in ACTUAL:
        if name in taking.fields and _moment(fields[name]) > now:
            raise BadInputError("change.in_future", field=name)
    if step.to != "cancelled":  # what an import brought with its times the wrong way round can be given up
        _check_order(fields)
    if any(before.get(name) != value for name, value in taking.fields.items()):
        fields["authors"] = sorted({*change_of(taking.change_id, before).own, actor})
    return fields


def _check_decided(reader: Reader, lifecycle: Lifecycle, change: Change) -> None:
    """BadInputError `change.not_decided_here`: its approval was brought in, and nobody has given it here."""
    category = lifecycle.categories.get(change.category or "")
    if category is None or category.decided != "before":
        return
    voices = voices_of(reader, change)
    for_it = {voice.on_behalf_of or voice.decided_by for voice in voices if voice.decision == APPROVED}
    if len(for_it) < category.voices:
        raise BadInputError(
            "change.not_decided_here", change=change.change_id, needed=category.voices, have=len(for_it)
        )


def _by_template(lifecycle: Lifecycle, change: Change) -> bool:
    category = lifecycle.categories.get(change.category or "")
    return category is not None and category.decided == "template"


def _carried_out(
    reader: Reader, ontology: Ontology, step: Step, change: Change, taking: Taking
) -> list[Edit]:  # fmt: skip
    if taking.done is not None and step.applies != "named":
        raise BadInputError("change.done_not_asked", step=step.id)
    if step.applies is None or change.edits is None:
        return []
    only = None if step.applies == "all" else taking.done or ()
    return applied(reader, ontology, change, only, confirmed=taking.confirmed)


def step_notice(
    step: Step, change: Change, status: str, actor: str, now: datetime, **more: str
) -> tuple[str, Mapping[str, Any]]:
    """The notice of a step, as the statement that writes it (`graph.store.notices`)."""
    told: dict[str, Any] = {
        "change": change.change_id, "title": change.title, "step": step.id, "status": status, "actor": actor,
        "tell": list(step.notices), "page": page_of(change.change_id), **more,
    }  # fmt: skip
    return noted("change-step", now, told)


def open_step(lifecycle: Lifecycle, change: Change, name: str) -> Step:
    """The step of that name that is open to a change; BadInputError `change.no_step` with those that are."""
    status = change.status or lifecycle.initial
    if change.category not in lifecycle.categories:
        raise BadInputError("change.no_category", change=change.change_id, categories=", ".join(lifecycle.categories))
    found = lifecycle.step(name, status, change.category)
    if found is None:
        possible = ", ".join(dict.fromkeys(step.id for step in lifecycle.steps_from(status, change.category)))
        raise BadInputError(
            "change.no_step", step=shown(name), status=status, category=change.category, possible=possible or "-"
        )
    return found


def check_ours(change: Change) -> None:
    """BadInputError `change.other_origin` for a change of another tool: that alone moves it, and says who approved."""
    if change.origin is not None:
        raise BadInputError("change.other_origin", change=change.change_id, origin=shown(change.origin))


def check_role(step: Step, roles: frozenset[str]) -> None:
    """NotAllowedError `change.step_role` for who has none of the roles that may take a step."""
    if step.roles.isdisjoint(roles):
        raise NotAllowedError("change.step_role", step=step.id, roles=", ".join(sorted(step.roles)))


def stamped(step: Step, actor: str, now: datetime) -> State:
    """The fields that a step sets."""
    moments: dict[str, Value] = {NOW: utc_text(now), ACTOR: actor}
    return {name: moments.get(value, value) for name, value in step.sets.items()}


def _check_order(fields: State) -> None:
    for start, end in (("planned_start", "planned_end"), ACTUAL):
        begins, ends = fields.get(start), fields.get(end)
        if begins is not None and ends is not None and _moment(ends) < _moment(begins):
            raise BadInputError("change.order", start=start, end=end)


def _moment(kept: Value) -> datetime:
    return datetime.fromisoformat(str(kept)).astimezone(UTC)


def _edit(ontology: Ontology, kind: str, key: str, kept: Kept | None, fields: State) -> Edit:
    return Edit(kind, key, written_by(ontology, None if kept is None else kept.thing, fields))


def said(message: Message) -> BadInputError:
    """A reason as the error that says it."""
    return BadInputError(message.key, **message.params)
