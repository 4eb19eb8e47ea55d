"""Read the ontology's data files into frozen types, refusing what does not fit together."""

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast, get_args

from graph.errors import BadInputError
from graph.ontology.types import CiClass, Field, FieldType, Ontology, RecordType, RelationshipType, Tier, Words
from graph.values import parse_choice

LANGUAGES = ("en", "zh")
KINDS = "abcdefgh"  # of clause 11.1
FILES = ("tiers", "classes", "relationships", "records", "environments")
RESERVED = "fl_"  # property names with this prefix are the store's own
Table = Mapping[str, Any]


@cache
def load_ontology(directory: Path | None = None) -> Ontology:
    """The ontology of the package, or of a directory that holds the same files."""
    folder = resources.files("graph.ontology") / "data" if directory is None else directory
    return ontology_from({name: (folder / f"{name}.toml").read_text(encoding="utf-8") for name in FILES})


def ontology_from(files: Mapping[str, str]) -> Ontology:
    """The ontology that these TOML texts declare (`tiers`, `classes`, `relationships`, `records`, `environments`).

    Raises
    ------
    BadInputError
        `ontology.*`, naming the entry that does not fit.
    """
    tables = {name: tomllib.loads(text) for name, text in files.items()}
    tiers = {t: Tier(t, i, _words(t, e)) for i, (t, e) in enumerate(tables["tiers"]["tier"].items())}
    types = {r: _relationship_type(r, e) for r, e in tables["relationships"]["relationship"].items()}
    common = _fields("cis", tables["classes"].get("common", {}))
    for field in common.values():
        if field.shorthand and field.shorthand not in types:
            raise BadInputError("ontology.unknown_word", entry=field.id, word=field.shorthand)
    classes = {c: _ci_class(c, e, common, tiers) for c, e in tables["classes"]["class"].items()}
    digest = hashlib.sha256("\0".join(files[name] for name in sorted(files)).encode()).hexdigest()
    return Ontology(
        tiers=MappingProxyType(tiers),
        classes=MappingProxyType(classes),
        relationship_types=MappingProxyType(types),
        record_types=MappingProxyType({r: _record_type(r, e) for r, e in tables["records"]["record"].items()}),
        environments=MappingProxyType(_environments(tables["environments"])),
        authority=tuple(tables["classes"].get("authority", ())),
        digest=digest,
    )


def _identifier(entry: str) -> str:
    # relationship types are filled into statements: an identifier, checked here, is all that ever gets there
    if not entry.isascii() or not entry.isidentifier() or entry != entry.lower() or entry.startswith(RESERVED):
        raise BadInputError("ontology.identifier", entry=entry)
    return entry


def _words(entry: str, table: Table) -> Words:
    words = table.get("name", {})
    missing = [language for language in LANGUAGES if not words.get(language)]
    if missing:
        raise BadInputError("ontology.no_words", entry=entry, languages=", ".join(missing))
    return MappingProxyType(dict(words))


def _fields(entry: str, table: Table) -> dict[str, Field]:
    return {_identifier(name): _field(f"{entry}.{name}", name, declared) for name, declared in table.items()}


def _field(entry: str, name: str, table: Table) -> Field:
    kind = table.get("type", "text")
    if kind not in get_args(FieldType):
        raise BadInputError("ontology.unknown_word", entry=entry, word=str(kind))
    return Field(
        id=name,
        type=cast("FieldType", kind),
        words=_words(entry, table),
        required=bool(table.get("required", False)),
        choices=tuple(table.get("choices", ())),
        low=table.get("min"),
        high=table.get("max"),
        shorthand=table.get("shorthand"),
        operational=bool(table.get("operational", False)),
    )


def _ci_class(name: str, table: Table, common: Mapping[str, Field], tiers: Mapping[str, Tier]) -> CiClass:
    if table.get("tier") not in tiers:
        raise BadInputError("ontology.unknown_word", entry=name, word=str(table.get("tier")))
    if table.get("kind") not in set(KINDS):
        raise BadInputError("ontology.unknown_word", entry=name, word=str(table.get("kind")))
    fields = {**common, **_fields(name, table.get("attributes", {}))}
    identify = tuple(tuple(rule) for rule in table.get("identify", ()))
    _known(name, (field for rule in identify for field in rule), fields)
    return CiClass(
        id=_identifier(name),
        words=_words(name, table),
        tier=table["tier"],
        kind=table["kind"],
        clause=f"11.1 {table['kind']})",
        identify=identify,
        fields=MappingProxyType(fields),
    )


def _known(entry: str, names: Iterable[str], fields: Mapping[str, Field]) -> None:
    for name in names:
        if name not in fields:
            raise BadInputError("ontology.unknown_word", entry=entry, word=name)


def _relationship_type(name: str, table: Table) -> RelationshipType:
    provider = table.get("provider")
    if provider is not None:
        parse_choice(provider, ("target", "source"))
    return RelationshipType(
        id=_identifier(name),
        words=_words(name, table),
        provider=provider,
        hard=bool(table.get("hard", provider is not None)),
        feeds=bool(table.get("feeds", False)),
        shared_loss=bool(table.get("shared_loss", False)),
        fields=MappingProxyType(_fields(name, table.get("attributes", {}))),
    )


def _record_type(name: str, table: Table) -> RecordType:
    fields = _fields(name, table["fields"])
    key = tuple(table["key"])
    _known(name, key, fields)
    return RecordType(id=_identifier(name), words=_words(name, table), key=key, fields=MappingProxyType(fields))


def _environments(table: Table) -> dict[str, str]:
    return {text.lower(): kind for kind, texts in table["environment"].items() for text in (kind, *texts)}
