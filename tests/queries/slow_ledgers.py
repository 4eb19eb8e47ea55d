"""The two ledgers straight from their definition: every update against every change and every edit."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from graph.ontology import load_ontology
from graph.records.changes import Change
from graph.records.updates import Update

TYPES = load_ontology().relationship_types
SHORTHANDS = load_ontology().shorthands
Test = Callable[[Update], bool]


@dataclass
class Field:
    """One field that an edit approves: its name, which updates are of it, which of those have the approved value."""

    name: tuple[str, ...]
    is_of: Test
    agrees: Test
    main: bool = True


def edits_of(change: Change) -> list[dict[str, Any]]:
    found = json.loads(change.edits or "[]")
    return [edit for item in found for edit in ([item] if "op" in item else item["edits"])]


def relationship(key: str, agrees: Test, *, main: bool = True) -> Field:
    return Field(("relationship", key), lambda u: u.kind == "relationship" and u.field == key, agrees, main)


def quorum(ci_id: str, group: str, value: str, *, main: bool = True) -> Field:
    def is_of(u: Update) -> bool:
        return u.kind == "quorum" and u.ci_id == ci_id and u.field == f"group:{group}"

    return Field(("quorum", ci_id, group), is_of, lambda u: u.new == value, main)


def existence(ci_id: str, agrees: Test) -> Field:
    return Field(("existence", ci_id), lambda u: u.kind == "existence" and u.ci_id == ci_id, agrees)


def status(u: Update) -> Any:
    return u.new["status"] if isinstance(u.new, dict) else None


def is_there(u: Update) -> bool:
    return status(u) not in (None, "retired")


def has(u: Update, name: str, value: Any) -> bool:
    return isinstance(u.new, dict) and u.new.get(name) == value


def ungrouped(u: Update) -> bool:
    return u.new is None or (isinstance(u.new, dict) and "redundancy_group" not in u.new)


def joined(u: Update, group: str, edit: dict[str, Any]) -> bool:
    """Whether it is in the group, which needs as many as the edit says; without a number all."""
    return has(u, "redundancy_group", group) and (
        "min_available" not in edit or u.new.get("min_available", "all") == edit["min_available"]  # type: ignore[union-attr]
    )


def was_in(u: Update, ci_id: str, group: str) -> bool:
    held = u.old if isinstance(u.old, dict) else {}
    return u.kind == "relationship" and u.ci_id == ci_id and held.get("redundancy_group") == group


def fields_of(edit: dict[str, Any]) -> Iterator[Field]:  # noqa: PLR0912 - a case for each kind of edit
    match edit:
        case {"op": "add", "ci": ci}:
            wanted = {name: value for name, value in ci.items() if name not in ("ci_id", "site")}
            yield existence(
                ci["ci_id"],
                lambda u: status(u) not in (None, "retired") and all(has(u, n, v) for n, v in wanted.items()),
            )
            if "site" in ci:
                yield relationship(f"{ci['ci_id']}|located_in|{ci['site']}", lambda u: u.new is not None, main=False)
        case {"op": "retire", "ci_id": ci_id}:
            yield existence(ci_id, lambda u: status(u) == "retired")
        case {"op": "relate", "source": source, "type": type_, "target": target}:
            strength, group = edit.get("strength", "hard"), edit.get("redundancy_group")
            yield relationship(
                f"{source}|{type_}|{target}",
                lambda u: has(u, "strength", strength) and (joined(u, group, edit) if group else ungrouped(u)),
            )
            if "min_available" in edit:
                yield quorum(source, edit["redundancy_group"], edit["min_available"], main=False)
        case {"op": "unrelate", "source": source, "type": type_, "target": target}:
            yield relationship(f"{source}|{type_}|{target}", lambda u: u.new is None)
        case {"op": "regroup", "ci_id": ci_id, "redundancy_group": None, "members": members}:
            for member in members:
                key = f"{ci_id}|{member['type']}|{member['target']}"
                yield relationship(key, ungrouped)
        case {"op": "regroup", "ci_id": ci_id, "redundancy_group": group}:
            for member in edit.get("members", ()):
                key = f"{ci_id}|{member['type']}|{member['target']}"
                yield relationship(key, lambda u: joined(u, group, edit))
            if "members" in edit:
                yield Field(("left", ci_id, group), lambda u: was_in(u, ci_id, group), ungrouped, main=False)
            if "min_available" in edit:
                yield quorum(ci_id, group, edit["min_available"])
        case {"op": "set", "ci_id": ci_id, "field": name, "value": value} if name in SHORTHANDS:
            type_ = SHORTHANDS[name]
            yield Field(
                ("ended", ci_id, type_),
                lambda u: u.kind == "relationship" and u.new is None and u.field.split("|")[:2] == [ci_id, type_],
                lambda u: True,
                main=value is None,
            )
            if value is not None:
                yield relationship(f"{ci_id}|{type_}|{value}", lambda u: u.new is not None)
        case {"op": "set", "ci_id": ci_id, "field": name, "value": value}:
            yield Field(
                ("attribute", ci_id, name),
                lambda u: u.kind == "attribute" and (u.ci_id, u.field) == (ci_id, name),
                lambda u: u.new == value,
            )


def touched(change: Change) -> set[str]:
    found = {ci_id for ci_id, _ in change.affected}
    for edit in edits_of(change):
        found |= {edit[name] for name in ("ci_id", "source", "target") if name in edit}
        found |= {edit["ci"]["ci_id"]} if "ci" in edit else set()
        found |= {member["target"] for member in edit.get("members", ())}
        if edit["op"] == "set" and edit["field"] in SHORTHANDS and edit["value"]:
            found.add(edit["value"])
    return found


def start_of(change: Change) -> datetime | None:
    return change.actual_start or change.planned_start


def end_of(change: Change) -> datetime | None:
    return change.actual_end or change.planned_end


def due_of(change: Change) -> datetime | None:
    end = end_of(change)
    return None if end is None else end + timedelta(seconds=change.grace)


def is_approved(change: Change) -> bool:
    if change.decision != "approved" or change.decided_at is None:
        return False
    start, end = start_of(change), end_of(change)
    if start is not None and change.decided_at <= start:
        return True
    return change.category == "emergency" and (end is None or change.decided_at <= end + timedelta(days=3))


def claims(change: Change, update: Update) -> bool:
    start, due = start_of(change), due_of(change)
    if start is None or not is_approved(change) or change.status in ("draft", "rejected", "cancelled"):
        return False
    if update.change_id not in (None, change.change_id):
        return False
    if not {update.ci_id, update.other} & touched(change):
        return False
    return update.at >= start and (due is None or update.seen_after is None or update.seen_after < due)


def deciding(change: Change, update: Update) -> Field | None:
    """What the change says last of an update; of one edit, what names the field goes before what does not."""
    found = [
        (number, field.name[0] not in ("ended", "left"), field)
        for number, edit in enumerate(edits_of(change))
        for field in fields_of(edit)
        if field.is_of(update)
    ]
    return max(found, key=lambda each: each[:2])[2] if found else None


def bucket_of_update(update: Update, updates: Sequence[Update], changes: Sequence[Change]) -> tuple[str, list[str]]:
    claiming = sorted((change for change in changes if claims(change, update)), key=lambda change: change.change_id)
    if not claiming:
        return "update_without_change", []
    matched = False
    for change in claiming:
        if not edits_of(change):
            matched = True
        overwritten = any(
            claims(change, other)
            and (other.kind, other.ci_id, other.field) == (update.kind, update.ci_id, update.field)
            and other.revision > update.revision
            for other in updates
        )
        field = deciding(change, update)
        matched |= field is not None and (overwritten or field.agrees(update))
    return ("matched" if matched else "different_from_approved"), [change.change_id for change in claiming]


def obligations(updates: Sequence[Update], changes: Sequence[Change], at: datetime) -> dict[str, str]:
    found: dict[str, str] = {}
    for change in changes:
        if change.status not in ("implemented", "reviewed", "closed") or change.outcome in ("failed", "backed_out"):
            continue
        mine = [update for update in updates if claims(change, update)]
        edits = edits_of(change)
        if not edits and change.expects_update:
            found[f"{change.change_id}/0"] = _bucket(change, at, [True] if mine else [])
        for number, edit in enumerate(edits, 1):
            said = []
            for field in fields_of(edit):
                shown = [update for update in mine if field.is_of(update)]
                if field.main and shown:
                    last = max(shown, key=lambda update: update.revision)
                    decided = deciding(change, last)
                    said.append(decided is not None and decided.agrees(last))
            found[f"{change.change_id}/{number}"] = _bucket(change, at, said)
    return found


def _bucket(change: Change, at: datetime, said: list[bool]) -> str:
    due = due_of(change)
    if due is None:
        return "not_measurable"
    if at < due:
        return "pending"
    if not said:
        return "change_without_update"
    return "met" if all(said) else "contradicted"
