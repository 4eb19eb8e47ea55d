"""Changes like this one that ended before: of the same CIs, classes, edits, team; how they went."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from graph.estate import Estate
from graph.ontology import Ontology
from graph.records.changes import Change
from graph.records.edits import Add, Edit, EditGroup, Regroup, Relate, Retire, SetField, Unrelate
from queries.edit_chain import touched_by, touched_ci
from queries.past import groups_of

WORDS = {Add: "add", Retire: "retire", Relate: "relate", Unrelate: "unrelate", Regroup: "regroup", SetField: "set"}
Kinds = dict[tuple[str, str], str | None]  # (kind of edit, ci_id): class, if known


@dataclass(frozen=True, slots=True, order=True)
class SharedEdit:
    """A kind of edit (`set`, `retire`, …) that both make: of the same CI, or else of CIs of the same class."""

    kind: str
    ci_id: str | None
    class_name: str | None


@dataclass(frozen=True, slots=True)
class Similar:
    """A change that ended, and what it shares: CIs, kinds of edits, classes that both touch (sorted), the team."""

    change: Change
    cis: tuple[str, ...]
    edits: tuple[SharedEdit, ...]
    classes: tuple[str, ...]
    team: bool

    @property
    def ended(self) -> datetime | None:
        """When it ended, as planned where nobody noted it."""
        return self.change.actual_end or self.change.planned_end

    def plain(self, zone: str) -> dict[str, Any]:
        """As JSON, its moment in a zone (IANA)."""
        edits = [{"kind": each.kind, "ci_id": each.ci_id, "class": each.class_name} for each in self.edits]
        return {
            "change": self.change.change_id,
            "title": self.change.title,
            "outcome": self.change.outcome,
            "ended": None if self.ended is None else self.ended.astimezone(ZoneInfo(zone)).isoformat(),
            "ci_ids": list(self.cis),
            "edits": edits,
            "classes": list(self.classes),
            "team": self.change.team if self.team else None,
        }


def similar(
    ended: Sequence[Change], change: Change, classes: Mapping[str, str], estate: Estate, ontology: Ontology, most: int
) -> list[Similar]:
    """The changes most like this one whose outcome is known.

    Parameters
    ----------
    ended
        Changes that ended; this one among them is left out.
    classes
        By CI that this change touches its class.
    most
        How many at the most.

    Returns
    -------
    list of Similar
        Those that share a CI, most shared ones first; then those that make the same kinds of edits of the same classes,
        most kinds first; then those that share classes and the team, most classes first; of alike ones the later first.
        One that shares classes alone is like half of all changes, and not told.
    """
    found = []
    mine, names = set(classes), set(classes.values())
    makes = _kinds(groups_of(change, ontology), classes.get, ontology)

    def class_of(ci_id: str) -> str | None:
        ci = estate.find(ci_id)
        return None if ci is None else estate.class_of(ci)

    for each in ended:
        if each.outcome is None or each.change_id == change.change_id:
            continue
        groups = groups_of(each, ontology)
        touched = {ci_id for ci_id, _ in each.affected} | touched_by(groups, ontology)
        cis = tuple(sorted(mine & touched))
        edits = _shared(makes, _kinds(groups, class_of, ontology)) if makes and groups else ()
        team = change.team is not None and each.team == change.team
        if not cis and not edits and not team:
            continue
        theirs = {name for ci_id in touched if (name := class_of(ci_id)) is not None}
        if cis or edits or names & theirs:
            found.append(Similar(each, cis, edits, tuple(sorted(names & theirs)), team))
    return sorted(found, key=_rank)[:most]


def _kinds(groups: Sequence[EditGroup], class_of: Callable[[str], str | None], ontology: Ontology) -> Kinds:
    def found(edit: Edit) -> tuple[tuple[str, str], str | None]:
        ci_id = touched_ci(edit, ontology)
        name = str(edit.state["ci_class"]) if isinstance(edit, Add) else class_of(ci_id)
        return (WORDS[type(edit)], ci_id), name

    return dict(found(edit) for group in groups for edit in group.edits)


def _shared(mine: Kinds, theirs: Kinds) -> tuple[SharedEdit, ...]:
    same = mine.keys() & theirs.keys()
    told = {(kind, mine[kind, ci_id]) for kind, ci_id in same}
    alike = {(kind, name) for (kind, _), name in mine.items()} & {(kind, name) for (kind, _), name in theirs.items()}
    return (
        *sorted(SharedEdit(kind, ci_id, None) for kind, ci_id in same),
        *sorted(SharedEdit(kind, None, name) for kind, name in alike - told if name is not None),
    )


def _rank(each: Similar) -> tuple[int, int, int, bool, float, str]:
    moment = 0.0 if each.ended is None else -each.ended.timestamp()
    return -len(each.cis), -len(each.edits), -len(each.classes), not each.team, moment, each.change.change_id
