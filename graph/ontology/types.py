"""Frozen types of the ontology: what a class, a relationship type, a record type and a field are."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

FieldType = Literal[
    "text", "name", "integer", "number", "duration", "time", "date", "clock", "boolean", "choice", "id",
    "ci", "cis", "affected", "ids", "json", "zone", "quorum",
]  # fmt: skip
Words = Mapping[str, str]  # language → the term


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a CI class, relationship type or record type.

    `low`, `high` bound numbers, `choices` a choice. An `id` names a record whose page has it in its address, within the
    bounds of a `ci_id`. A `ci` field holds one `ci_id`, `cis` several, `affected` several with an optional effect
    (`id=outage`), `ids` ids of other records. `shorthand` names the relationship type that a column of CIs stands for:
    such a field is never stored with the CI. `operational` fields change without an update (SEMANTICS 8).
    """

    id: str
    type: FieldType
    words: Words
    required: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    shorthand: str | None = None
    operational: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """A lane of the picture, left (nearest to people) to right."""

    id: str
    order: int
    words: Words


@dataclass(frozen=True, slots=True)
class CiClass:
    """A class of configuration items; `kind` is the letter a–h of clause 11.1, `identify` the ordered rules."""

    id: str
    words: Words
    tier: str
    kind: str
    clause: str
    identify: tuple[tuple[str, ...], ...]
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class RelationshipType:
    """A type of relationship (SEMANTICS 1).

    `provider` says which end the other one rests on: `target` (the source depends on the target), or `None` when no
    impact flows. `hard`: the default strength. `feeds`: the dependent lives only on what comes from a source.
    `shared_loss`: physical loss of the provider is loss of the dependent.
    """

    id: str
    words: Words
    provider: Literal["target", "source"] | None
    hard: bool
    feeds: bool
    shared_loss: bool
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class RecordType:
    """A table of records beside CIs and relationships (ANSWERS); `key` are the fields that identify one record."""

    id: str
    words: Words
    key: tuple[str, ...]
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Ontology:
    """All words together, and `digest`: SHA-256 of the data they were read from.

    `authority`: data sources, the strongest first. `operational_sources`: those whose changes are no updates of the
    register (SEMANTICS 8).
    """

    tiers: Mapping[str, Tier]
    classes: Mapping[str, CiClass]
    relationship_types: Mapping[str, RelationshipType]
    record_types: Mapping[str, RecordType]
    environments: Mapping[str, str]
    authority: tuple[str, ...]
    operational_sources: frozenset[str]
    digest: str

    @property
    def shorthands(self) -> Mapping[str, str]:
        """Columns of CIs that stand for a relationship: column → relationship type."""
        any_class = next(iter(self.classes.values()))
        return MappingProxyType({f.id: f.shorthand for f in any_class.fields.values() if f.shorthand})

    def environment_of(self, text: str | None) -> str | None:
        """The normalised environment of the text found; `other` when the spelling is unknown."""
        if not text:
            return None
        return self.environments.get(text.strip().lower(), "other")

    def stronger(self, one: str, other: str) -> bool:
        """Whether data source `one` is more authoritative than `other`; a source not listed is the weakest."""
        rank = {source: place for place, source in enumerate(self.authority)}
        return rank.get(one, len(rank)) < rank.get(other, len(rank))
