"""What passes between the stages of an importer: observations of CIs, relationships and records, and findings."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import graph.fields
from graph.errors import Message
from graph.ontology import Ontology, load_ontology

if TYPE_CHECKING:
    from graph.settings import Settings

Raw = graph.fields.Raw  # a value as found; `None` clears the field


class Place(NamedTuple):
    """Where something was found: a file as the user named it, and its line (or document) counted from 1."""

    file: str
    line: int | None = None


class CiObservation(NamedTuple):
    """A data source saw a CI.

    `values` holds fields of its class as found (`ci_class` and `name` among them); an absent field is left untouched,
    `None` clears it. `partial`: the CI must exist already, its class and name may be left out.
    """

    place: Place
    ci_id: str
    values: Mapping[str, Raw]
    partial: bool = False


class RelationshipObservation(NamedTuple):
    """A data source saw a relationship. `values`: `strength`, `redundancy_group`, `min_available` and other fields."""

    place: Place
    source: str
    type: str
    target: str
    values: Mapping[str, Raw] = MappingProxyType({})


class RecordObservation(NamedTuple):
    """A row of one of the ontology's record tables (`kind` is the table's name)."""

    place: Place
    kind: str
    values: Mapping[str, Raw]


class Weight(StrEnum):
    """What a finding does: a rejected row or document is not applied; the others reject nothing."""

    REJECTED = "rejected"
    WARNING = "warning"
    UNRESOLVED = "unresolved"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say about the input: where, which field, what (a key of the text files)."""

    weight: Weight
    place: Place
    message: Message
    field: str | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON (INTERFACES: import --json); the doors add the message in words."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "field": self.field,
            "key": self.message.key,
            "params": dict(self.message.params),
        }


Observation = CiObservation | RelationshipObservation | RecordObservation
Seen = Observation | Finding


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked of one run: the paths as given, and the options of the command line."""

    paths: Sequence[Path | str]
    settings: "Settings"
    scope: str | None = None
    full: bool = False
    strict: bool = False
    dry_run: bool = False
    create_references: bool = False
    project: str | None = None  # Compose
    cluster: str = "default"  # Kubernetes
    standard_input: Callable[[], Path] | None = None  # spools `-` to a file
    table: str | None = None  # what `-` is a CSV file of; else it is NDJSON
    ontology: Ontology = field(default_factory=load_ontology)


@dataclass(frozen=True, slots=True)
class Part:
    """The observations of one scope. An importer yields one or more parts, each with its own scope.

    `complete` is false where something of the scope could not be read: then nothing of it is ended or marked missing.
    """

    scope: str
    seen: Iterable[Seen]
    complete: bool = True


class Source(Protocol):
    """A data source: one module, one registry line.

    `get` reads (and alone reads) the paths; what cannot be read as its format raises `BadInputError` there (the first
    level of INTERFACES), before anything is written. `transform` is pure: documents in, observations out, by scope.
    `always_full`: every run is a full one of its scopes.
    """

    @property
    def name(self) -> str: ...

    @property
    def always_full(self) -> bool: ...

    def get(self, request: Request) -> Iterator[object]: ...

    def transform(self, documents: Iterator[object], request: Request) -> Iterator[Part]: ...
