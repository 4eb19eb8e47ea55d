"""The words of the register: CI classes, relationship types and record types, declared as data beside this file."""

from graph.ontology.load import load_ontology, ontology_from
from graph.ontology.types import CiClass, Field, Ontology, RecordType, RelationshipType, Tier, Words

__all__ = [
    "CiClass",
    "Field",
    "Ontology",
    "RecordType",
    "RelationshipType",
    "Tier",
    "Words",
    "load_ontology",
    "ontology_from",
]
