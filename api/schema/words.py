"""Types and root field of the schema: the words that the register uses, its ontology."""

import strawberry

from api.schema.reading import Info, reading_of
from graph.ontology import Ontology as Declared
from graph.ontology.types import CiClass as Kind
from graph.ontology.types import Field
from graph.ontology.types import RecordType as Table


@strawberry.type(description="A lane of the picture.")
class Tier:
    """A tier."""

    id: str = strawberry.field(description="Its identifier.")
    name: str = strawberry.field(description="What it is called, in the language of the request.")
    order: int = strawberry.field(description="Its place, nearest to people first.")


@strawberry.type(description="A field that a class, a relationship type or a table declares.")
class DeclaredField:
    """A field."""

    id: str = strawberry.field(description="Its name as a column.")
    name: str = strawberry.field(description="What it is called, in the language of the request.")
    type: str = strawberry.field(description="`text`, `duration`, `time`, `choice`, `ci` and the like.")
    required: bool = strawberry.field(description="Whether a row needs it.")
    choices: list[str] = strawberry.field(description="What it may be, where it is a choice.")
    relationship_type: str | None = strawberry.field(description="The relationship that it is shorthand for.")


@strawberry.type(description="A class of configuration items.")
class CiClass:
    """A class."""

    id: str = strawberry.field(description="Its identifier.")
    name: str = strawberry.field(description="What it is called, in the language of the request.")
    tier: str = strawberry.field(description="The lane that it is drawn in.")
    kind: str = strawberry.field(description="The letter of its kind in clause 11.1 of the standard.")
    clause: str = strawberry.field(description="The clause of the standard.")
    fields: list[DeclaredField] = strawberry.field(description="What it declares.")


@strawberry.type(description="A type of relationship.")
class RelationshipType:
    """A relationship type."""

    id: str = strawberry.field(description="Its identifier.")
    name: str = strawberry.field(description="What it is called, in the language of the request.")
    provider: str | None = strawberry.field(
        description="The end that the other rests on: `target` or `source`; null: no impact flows."
    )
    hard: bool = strawberry.field(description="Whether the dependent is out without it, where nothing else is said.")
    feeds: bool = strawberry.field(description="Whether the dependent lives only on what comes from a source.")
    shared_loss: bool = strawberry.field(description="Whether physical loss of the provider is loss of the dependent.")


@strawberry.type(description="A table of records beside CIs and relationships.")
class RecordType:
    """A table."""

    id: str = strawberry.field(description="Its name.")
    name: str = strawberry.field(description="What it is called, in the language of the request.")
    key: list[str] = strawberry.field(description="The columns that identify a record.")
    fields: list[DeclaredField] = strawberry.field(description="Its columns.")


@strawberry.type(description="The words that the register uses.")
class Ontology:
    """All of them."""

    digest: str = strawberry.field(description="SHA-256 of the data that it was read from.")
    tiers: list[Tier] = strawberry.field(description="In their order.")
    classes: list[CiClass] = strawberry.field(description="Classes of CIs.")
    relationship_types: list[RelationshipType] = strawberry.field(description="Types of relationships.")
    record_types: list[RecordType] = strawberry.field(description="Tables of records.")


@strawberry.type
class OntologyQuery:
    """Words."""

    @strawberry.field(description="The classes, relationship types and tables that there are.")
    def ontology(self, info: Info) -> Ontology:
        """The ontology of this register."""
        reading = reading_of(info)
        return _ontology(reading.register.store.ontology, reading.language)


def _ontology(known: Declared, language: str) -> Ontology:
    return Ontology(
        digest=known.digest,
        tiers=[Tier(id=t.id, name=t.words[language], order=t.order) for t in known.tiers.values()],
        classes=[_class(kind, language) for kind in known.classes.values()],
        relationship_types=[
            RelationshipType(
                id=t.id, name=t.words[language], provider=t.provider, hard=t.hard, feeds=t.feeds,
                shared_loss=t.shared_loss,
            )
            for t in known.relationship_types.values()
        ],
        record_types=[_table(kind, language) for kind in known.record_types.values()],
    )  # fmt: skip


def _class(kind: Kind, language: str) -> CiClass:
    fields = [_field(each, language) for each in kind.fields.values()]
    return CiClass(
        id=kind.id, name=kind.words[language], tier=kind.tier, kind=kind.kind, clause=kind.clause, fields=fields
    )


def _table(kind: Table, language: str) -> RecordType:
    fields = [_field(each, language) for each in kind.fields.values()]
    return RecordType(id=kind.id, name=kind.words[language], key=list(kind.key), fields=fields)


def _field(each: Field, language: str) -> DeclaredField:
    return DeclaredField(
        id=each.id, name=each.words[language], type=each.type, required=each.required, choices=list(each.choices),
        relationship_type=each.shorthand,
    )  # fmt: skip
