"""A change saved, and moved through its life: checked and written under the write lock, all of it or nothing.

What the life cycle says is read from its file (`graph.lifecycle`); who decides is `importers.voting`'s business.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from graph.errors import BadInputError, Message, NotAllowedError
from graph.history import Header
from graph.lifecycle import Lifecycle, Step
from graph.ontology import Ontology
from graph.records.changes import Change, change_of
from graph.records.decisions import template_of
from graph.records.edits import edits_of
from graph.store import Edit, Store
from graph.store.notices import noted
from graph.store.reader import Reader
from graph.store.store import Draft
from graph.store.things import Kept
from graph.values import State, Value, shown, utc_text
from importers.applying import applied
from importers.direct import PERSON, require
from importers.keeping import written_by
from queries.deciding import Filled, lacking
from queries.edit_chain import touched_by

CHANGES, WINDOWS = "changes", "windows"
NOW, ACTOR = "<now>", "<actor>"  # what a step's fields may be set to
TABLES = ("assessment", "implementation_plan")  # fields whose parts a step can need
# what was decided on: to alter one of these begins another round of decisions
DECIDED_ON = ("category", "affected", "effect", "edits", "planned_start", "planned_end", "template")
OPEN = frozenset({"draft", "submitted", "assessed", "approved", "scheduled"})  # a change can be altered until it begins
WORST = ("degraded", "outage", "retire")  # effects, the worst last


@dataclass(frozen=True, slots=True)
class Saving:
    """A change as somebody wants it: its fields as they are kept (absent: none), and the outages agreed for it.

    `origin`: the other tool that it lives in; its status and decision are that tool's, and are taken as they are.
    """

    change_id: str
    fields: State
    windows: Mapping[str, State]
    origin: str | None = None


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
    """Create or replace a change; the same again changes nothing.

    A change that people have decided on, altered in what they decided on, begins another round: it is `submitted`
    again, or a draft if it never was more.

    Raises
    ------
    RevisionConflictError
        The change's last revision is not the one expected.
    BadInputError
        `change.too_late`: it has begun, or is over. `change.other_origin`: it lives in another tool, or in none.
    RejectedError
        `write.overruled`: a stronger data source has said otherwise.
    """
    last: list[Changed] = []

    def plan(reader: Reader) -> Draft:
        require(reader, CHANGES, wanted.change_id, expected)
        kept = reader.read(CHANGES, [wanted.change_id]).get(wanted.change_id)
        fields = _saved(lifecycle, wanted, kept, actor)
        edits = [_edit(store.ontology, CHANGES, wanted.change_id, kept, fields)]
        edits += _windows(reader, store.ontology, wanted)
        found = change_of(wanted.change_id, fields)
        last.append(Changed(0, wanted.change_id, found.status or lifecycle.initial, found.round))
        return Draft(edits)

    written = store.write(plan, Header(actor, PERSON, wanted.change_id))
    return Changed(written.revision, last[-1].change_id, last[-1].status, last[-1].round)


def _saved(lifecycle: Lifecycle, wanted: Saving, kept: Kept | None, actor: str) -> State:
    fields = {"change_id": wanted.change_id, **wanted.fields}
    if wanted.origin is not None:
        fields["origin"] = wanted.origin
    before = None if kept is None else kept.thing.state
    if before is not None and before.get("origin") != wanted.origin and ("origin" in before or wanted.origin):
        raise BadInputError(
            "change.other_origin", change=wanted.change_id, origin=shown(before.get("origin") or "-")
        )  # fmt: skip
    if wanted.origin is not None:
        return fields
    if before is None:
        return {**fields, "status": lifecycle.initial, "requested_by": actor, "authors": [actor], "round": 1}
    status = str(before.get("status", lifecycle.initial))
    ours: State = {name: before[name] for name in _LED if name in before}
    found = {**fields, **ours, "status": status}
    if found == before:
        return found
    found["authors"] = sorted({*change_of(wanted.change_id, before).own, actor})
    if status not in OPEN:
        raise BadInputError("change.too_late", change=wanted.change_id, status=status)
    if any(found.get(name) != before.get(name) for name in DECIDED_ON):
        led: State = {name: ours[name] for name in ("requested_by", "submitted_at", "attempts") if name in ours}
        led["authors"] = found["authors"]
        again = lifecycle.initial if status == lifecycle.initial else _again(lifecycle, found)
        return {**fields, **led, "status": again, "round": int(str(before.get("round", 1))) + 1}
    return found


# fields that steps and decisions set, and nobody who saves
_LED = (
    "requested_by", "authors", "round", "voices", "submitted_at", "decision", "decided_at", "decided_by",
    "actual_start", "actual_end", "outcome", "attempts", "post_implementation_review",
)  # fmt: skip


def _again(lifecycle: Lifecycle, fields: State) -> str:
    # where those who decide get it anew: after the step that submits, if that leads anywhere before a decision
    submit = lifecycle.step("submit", lifecycle.initial, _word(fields, "category"))
    decided = submit is not None and "decision" in submit.sets
    return lifecycle.initial if submit is None or submit.to is None or decided else submit.to


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
        `change.by_decision`; `change.lacking` with what is missing; `change.order` for an end before its start;
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
        fields = {**kept.thing.state, **taking.fields, **stamped(step, actor, store.clock())}
        _check_order(fields)
        if missing := lacking(step, filled(fields)):
            raise BadInputError("change.lacking", step=step.id, missing=", ".join(missing))
        if "template" in step.needs:
            _check_template(reader, store, change_of(taking.change_id, fields))
        if step.to is not None:
            fields["status"] = step.to
        last.append(Changed(0, taking.change_id, str(fields["status"]), change.round))
        edits = _carried_out(reader, store.ontology, step, change, taking)
        edits.append(_edit(store.ontology, CHANGES, taking.change_id, kept, fields))
        told = step_notice(step, change, last[-1].status, actor, store.clock())
        return Draft(edits, [told] if taking.tell else [])

    written = store.write(plan, Header(actor, PERSON, taking.change_id))
    return Changed(written.revision, last[-1].change_id, last[-1].status, last[-1].round)


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
        "tell": list(step.notices), "page": f"/changes/{quote(change.change_id, safe='')}", **more,
    }  # fmt: skip
    return noted("change-step", now, told)


def open_step(lifecycle: Lifecycle, change: Change, name: str) -> Step:
    """The step of that name that is open to a change; BadInputError `change.no_step` with those that are."""
    status = change.status or lifecycle.initial
    found = lifecycle.step(name, status, change.category)
    if found is None:
        possible = ", ".join(dict.fromkeys(step.id for step in lifecycle.steps_from(status, change.category)))
        raise BadInputError(
            "change.no_step", step=shown(name), status=status, category=change.category or "-", possible=possible or "-"
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


def filled(fields: State) -> Filled:
    """The fields of a change that have a value, with the parts of its tables."""
    parts = set[str]()
    for name in TABLES:
        try:
            found = json.loads(str(fields.get(name, "null")))
        except ValueError:
            continue  # a text: it has no parts
        if isinstance(found, dict):
            parts |= {f"{name}.{part}" for part, value in found.items() if value}
    return Filled(frozenset(name for name, value in fields.items() if value not in ("", [])), frozenset(parts))


def _check_order(fields: State) -> None:
    for start, end in (("planned_start", "planned_end"), ("actual_start", "actual_end")):
        begins, ends = fields.get(start), fields.get(end)
        if begins is not None and ends is not None and _moment(ends) < _moment(begins):
            raise BadInputError("change.order", start=start, end=end)


def _moment(kept: Value) -> datetime:
    return datetime.fromisoformat(str(kept)).astimezone(UTC)


def _check_template(reader: Reader, store: Store, change: Change) -> None:
    # a standard change is one that somebody approved beforehand: of this kind, for now, and nothing worse
    name = change.template or ""
    kept = reader.read("change_templates", [name]).get(name)
    if kept is None:
        raise BadInputError("change.no_template", template=shown(name))
    template = template_of(name, kept.thing.state)
    if not template.holds(store.clock()):
        raise BadInputError("change.template_over", template=name)
    worst = WORST.index(template.effect or "degraded")
    if beyond := [ci_id for ci_id, effect in change.affected if WORST.index(effect) > worst]:
        raise BadInputError("change.template_effect", template=name, ci_ids=_few(beyond))
    touched = {ci_id for ci_id, _ in change.affected} | touched_by(
        edits_of(change.edits, store.ontology), store.ontology
    )
    classes = {ci_id: str(kept.thing.state.get("ci_class")) for ci_id, kept in reader.read("ci", touched).items()}
    if strange := sorted(ci_id for ci_id in touched if classes.get(ci_id) not in template.classes):
        raise BadInputError("change.template_class", template=name, ci_ids=_few(strange))


def _few(ci_ids: Sequence[str]) -> str:
    return ", ".join(map(shown, ci_ids[:5])) + ("…" if len(ci_ids) > 5 else "")


def _windows(reader: Reader, ontology: Ontology, wanted: Saving) -> Iterable[Edit]:
    # the outages that were agreed for this change are those that it is saved with, and no others
    prefix = f"{wanted.change_id}/"
    for row in reader.rows("record_all", kind=WINDOWS):
        key = str(row["key"]).removeprefix(f"{WINDOWS}:")
        if key.startswith(prefix) and row["p"].get("change_id") == wanted.change_id and key not in wanted.windows:
            yield Edit(WINDOWS, key, None)
    kept = reader.read(WINDOWS, wanted.windows)
    for key, fields in wanted.windows.items():
        yield _edit(ontology, WINDOWS, key, kept.get(key), fields)


def _edit(ontology: Ontology, kind: str, key: str, kept: Kept | None, fields: State) -> Edit:
    return Edit(kind, key, written_by(ontology, None if kept is None else kept.thing, fields))


def _word(fields: State, name: str) -> str | None:
    found = fields.get(name)
    return found if isinstance(found, str) else None


def said(message: Message) -> BadInputError:
    """A reason as the error that says it."""
    return BadInputError(message.key, **message.params)
