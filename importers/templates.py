"""The template of a standard change: of this kind, for now, and nothing worse than somebody approved beforehand."""

from collections.abc import Iterable, Sequence

from graph.errors import BadInputError
from graph.ontology import Ontology
from graph.records.changes import Change
from graph.records.decisions import template_of
from graph.records.edits import EditGroup, Regroup, Retire, SetField, Unrelate, edits_of
from graph.store import Store
from graph.store.reader import Reader
from graph.values import shown
from importers.keeping import is_written_by
from queries.edit_chain import touched_by

WORST = ("degraded", "outage", "retire")  # effects, the worst last
NAMED = 5  # CIs that a refusal names


def check_template(reader: Reader, store: Store, change: Change, actor: str) -> None:
    """Hold a change against its template.

    `actor`: who takes the step by it.

    Raises BadInputError `change.no_template`; `change.own_template` for who wrote it themselves, or the change by it;
    `change.template_over`; `change.template_effect` for what its affected CIs or its edits do that is worse;
    `change.template_class`.
    """
    name = change.template or ""
    kept = reader.read("change_templates", [name]).get(name)
    if kept is None:
        raise BadInputError("change.no_template", template=shown(name))
    if is_written_by(reader, kept.revision, {actor, *change.own}):
        raise BadInputError("change.own_template", template=shown(name))
    template = template_of(name, kept.thing.state)
    if not template.holds(store.clock()):
        raise BadInputError("change.template_over", template=name)
    worst = WORST.index(template.effect or "degraded")
    groups = edits_of(change.edits, store.ontology)
    effects = [*change.affected, *effects_of(groups, store.ontology)]
    if beyond := sorted({ci_id for ci_id, effect in effects if WORST.index(effect) > worst}):
        raise BadInputError("change.template_effect", template=name, ci_ids=_few(beyond))
    touched = {ci_id for ci_id, _ in change.affected} | touched_by(groups, store.ontology)
    classes = {ci_id: str(kept.thing.state.get("ci_class")) for ci_id, kept in reader.read("ci", touched).items()}
    if strange := sorted(ci_id for ci_id in touched if classes.get(ci_id) not in template.classes):
        raise BadInputError("change.template_class", template=name, ci_ids=_few(strange))


def effects_of(groups: Iterable[EditGroup], ontology: Ontology) -> list[tuple[str, str]]:
    """What edits that take something away do to what they touch: who loses what it rests on may stand still.

    A CI that is retired is so for good; a column that is cleared, or that names another CI, ends a relationship.
    """
    found: list[tuple[str, str]] = []
    for group in groups:
        for edit in group.edits:
            match edit:
                case Retire(ci_id):
                    found.append((ci_id, "retire"))
                case SetField(ci_id, name) if name in ontology.shorthands:
                    found.append((ci_id, "outage"))
                case Unrelate() | Regroup():
                    touched = touched_by([EditGroup(None, (edit,))], ontology)
                    found += [(ci_id, "outage") for ci_id in sorted(touched)]
                case _:
                    pass
    return found


def _few(ci_ids: Sequence[str]) -> str:
    return ", ".join(map(shown, ci_ids[:NAMED])) + ("…" if len(ci_ids) > NAMED else "")
