"""What is kept of the CIs that edits name: their fields, and their relationships with quorums as written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.ontology import Ontology
from graph.records.edits import Add, EditGroup, Regroup, Relate, Retire, SetField, Unrelate
from graph.values import State

Ends = tuple[str, str, str]  # source, type, target


@dataclass(frozen=True, slots=True)
class KeptGraph:
    """A part of the register as written; an estate holds quorums resolved, and no retired CI.

    `cis`: fields of each CI asked for that is there, retired ones too. `related`: every relationship that one of them
    owns: the dependent end, the source where no impact flows.
    """

    cis: Mapping[str, State]
    related: Mapping[Ends, State]


def owner_of(ends: Ends, ontology: Ontology) -> str:
    """The CI that a relationship belongs to: its dependent; the source where it carries no impact."""
    source, kind, target = ends
    return target if ontology.relationship_types[kind].provider == "source" else source


def named_by(groups: Iterable[EditGroup]) -> frozenset[str]:
    """The CIs that edits name, whose `KeptGraph` it takes to apply them."""
    found: set[str] = set()
    for group in groups:
        for edit in group.edits:
            match edit:
                case Add(ci_id, _, related):
                    found |= {ci_id, *(target for _, target in related)}
                case Retire(ci_id):
                    found.add(ci_id)
                case Relate(source, _, target) | Unrelate(source, _, target):
                    found |= {source, target}
                case Regroup(ci_id, _, _, members):
                    found |= {ci_id, *(target for _, target in members or ())}
                case SetField(ci_id, _, value):
                    # the new end of a shorthand; the text of another field is no CI's, and harmless
                    found |= {ci_id} | ({value} if isinstance(value, str) else set())
    return frozenset(found)
