"""Which CIs the edits of a change name, so that a page can show them in the part of the graph that they touch."""

from collections.abc import Iterator
from typing import Any

from graph.errors import BadInputError
from graph.ontology import Ontology
from graph.records.edits import Add, Edit, Regroup, Relate, Unrelate, edits_of


def named_ids(edits: Any, ontology: Ontology) -> list[str]:
    """Their identifiers in the order of the edits, each once; of edits that cannot be read none."""
    try:
        groups = edits_of(edits, ontology)
    except BadInputError:
        return []
    return list(dict.fromkeys(ci_id for group in groups for edit in group.edits for ci_id in _named(edit)))


def _named(edit: Edit) -> Iterator[str]:
    match edit:
        case Relate(source=source, target=target) | Unrelate(source=source, target=target):
            yield from (source, target)
        case Regroup(ci_id=ci_id, members=members):
            yield from (ci_id, *(target for _, target in members or ()))
        case Add(ci_id=ci_id):
            yield ci_id  # once it is done
        case _:
            yield edit.ci_id
