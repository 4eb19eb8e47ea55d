"""Read the ontology's data files into frozen types, refusing what does not fit together."""

import hashlib
import tomllib
from collections.abc import Container, Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast, get_args

from graph.errors import BadInputError
from graph.ontology.types import CiClass, Field, FieldType, Ontology, RecordType, RelationshipType, Tier, Words

LANGUAGES = ("en", "zh")
KINDS = "abcdefgh"  # of clause 11.1
RESERVED = "fl_"  # property names with this prefix are the store's own
Table = Mapping[str, Any]
Keys = Mapping[str, type]  # of a table: what each may hold
FILES: Mapping[str, Keys] = {
    "tiers": {"tier": dict},
    "classes": {"authority": list, "operational_sources": list, "common": dict, "class": dict},
    "relationships": {"relationship": dict},
    "records": {"record": dict},
    "environments": {"environment": dict},
}
FIELD_KEYS = {"name": dict, "type": str, "required": bool, "choices": list, "min": float, "max": float,
              "shorthand": str, "operational": bool}  # fmt: skip
CLASS_KEYS = {"name": dict, "tier": str, "kind": str, "identify": list, "attributes": dict}
TYPE_KEYS = {"name": dict, "provider": str, "hard": bool, "feeds": bool, "shared_loss": bool, "attributes": dict}
RECORD_KEYS = {"name": dict, "key": list, "fields": dict}


@cache
def load_ontology(directory: Path | None = None) -> Ontology:
    """The ontology of the package, or of a directory that holds the same files."""
    folder = resources.files("graph.ontology") / "data" if directory is None else directory
    files = {}
    for name in FILES:
        try:
            files[name] = (folder / f"{name}.toml").read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInputError("ontology.unreadable", file=f"{name}.toml", reason=str(error)) from error
    return ontology_from(files)


def ontology_from(files: Mapping[str, str]) -> Ontology:
    """The ontology that these TOML texts declare (`tiers`, `classes`, `relationships`, `records`, `environments`).

    Raises
    ------
    BadInputError
        `ontology.*`, naming the entry that does not fit.
    """
    tables = {name: _parsed(name, text) for name, text in files.items()}
    tiers = {t: _tier(t, i, e) for i, (t, e) in enumerate(_section(tables, "tiers", "tier").items())}
    types = {r: _relationship_type(r, e) for r, e in _section(tables, "relationships", "relationship").items()}
    common = _fields("cis", tables["classes"].get("common", {}))
    for field in common.values():
        if field.shorthand and field.shorthand not in types:
            raise BadInputError("ontology.unknown_word", entry=field.id, word=field.shorthand)
    classes = {c: _ci_class(c, e, common, tiers) for c, e in _section(tables, "classes", "class").items()}
    records = {r: _record_type(r, e) for r, e in _section(tables, "records", "record").items()}
    digest = hashlib.sha256("\0".join(files[name] for name in sorted(files)).encode()).hexdigest()
    return Ontology(
        tiers=MappingProxyType(tiers),
        classes=MappingProxyType(classes),
        relationship_types=MappingProxyType(types),
        record_types=MappingProxyType(records),
        environments=MappingProxyType(_environments(_section(tables, "environments", "environment"))),
        authority=tuple(tables["classes"].get("authority", ())),
        operational_sources=frozenset(tables["classes"].get("operational_sources", ())),
        digest=digest,
    )


def _parsed(name: str, text: str) -> Table:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError("ontology.unreadable", file=f"{name}.toml", reason=str(error)) from error
    return _checked(f"{name}.toml", table, FILES[name])


def _section(tables: Mapping[str, Table], file: str, name: str) -> Table:
    section: Table = _needed(f"{file}.toml", tables[file], name)
    return section


def _checked(entry: str, table: Any, keys: Keys) -> Table:
    """The table of an entry, whose keys are all declared: a misspelt `feeds` must not read as one left out."""
    if not isinstance(table, dict):
        raise BadInputError("ontology.wrong_type", entry=entry, word=str(table), type="table")
    for word, value in table.items():
        if word not in keys:
            raise BadInputError("ontology.unknown_word", entry=entry, word=word)
        fits = isinstance(value, keys[word]) or (keys[word] is float and type(value) is int)
        if not fits:
            raise BadInputError("ontology.wrong_type", entry=entry, word=word, type=keys[word].__name__)
    return table


def _needed(entry: str, table: Table, word: str) -> Any:
    if not table.get(word):
        raise BadInputError("ontology.missing", entry=entry, word=word)
    return table[word]


def _one_of(entry: str, word: object, declared: Container[object]) -> Any:
    if word not in declared:
        raise BadInputError("ontology.unknown_word", entry=entry, word=str(word))
    return word


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


def _tier(name: str, order: int, table: Table) -> Tier:
    return Tier(_identifier(name), order, _words(name, _checked(name, table, {"name": dict})))


def _fields(entry: str, table: Table) -> dict[str, Field]:
    return {_identifier(name): _field(f"{entry}.{name}", name, declared) for name, declared in table.items()}


def _field(entry: str, name: str, given: Any) -> Field:
    table = _checked(entry, given, FIELD_KEYS)
    kind = _one_of(entry, table.get("type", "text"), get_args(FieldType))
    return Field(
        id=name,
        type=cast("FieldType", kind),
        words=_words(entry, table),
        required=table.get("required", False),
        choices=tuple(_needed(entry, table, "choices")) if kind == "choice" else (),
        low=table.get("min"),
        high=table.get("max"),
        shorthand=table.get("shorthand"),
        operational=table.get("operational", False),
    )


def _ci_class(name: str, given: Any, common: Mapping[str, Field], tiers: Mapping[str, Tier]) -> CiClass:
    table = _checked(name, given, CLASS_KEYS)
    fields = {**common, **_fields(name, table.get("attributes", {}))}
    identify = tuple(tuple(rule) for rule in table.get("identify", ()))
    _known(name, (field for rule in identify for field in rule), fields)
    kind = _one_of(name, table.get("kind"), set(KINDS))
    return CiClass(
        id=_identifier(name),
        words=_words(name, table),
        tier=_one_of(name, table.get("tier"), tiers),
        kind=kind,
        clause=f"11.1 {kind})",
        identify=identify,
        fields=MappingProxyType(fields),
    )


def _known(entry: str, names: Iterable[str], fields: Mapping[str, Field]) -> None:
    for name in names:
        if name not in fields:
            raise BadInputError("ontology.unknown_word", entry=entry, word=name)


def _relationship_type(name: str, given: Any) -> RelationshipType:
    table = _checked(name, given, TYPE_KEYS)
    provider = _one_of(name, table.get("provider"), (None, "target", "source"))
    if provider is None:
        for word in ("hard", "feeds", "shared_loss"):
            if table.get(word):
                raise BadInputError("ontology.no_impact", entry=name, word=word)
    return RelationshipType(
        id=_identifier(name),
        words=_words(name, table),
        provider=provider,
        hard=table.get("hard", provider is not None),
        feeds=table.get("feeds", False),
        shared_loss=table.get("shared_loss", False),
        fields=MappingProxyType(_fields(name, table.get("attributes", {}))),
    )


def _record_type(name: str, given: Any) -> RecordType:
    table = _checked(name, given, RECORD_KEYS)
    fields = _fields(name, _needed(name, table, "fields"))
    key = tuple(_needed(name, table, "key"))
    _known(name, key, fields)
    return RecordType(id=_identifier(name), words=_words(name, table), key=key, fields=MappingProxyType(fields))


def _environments(table: Table) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, texts in table.items():
        for text in (kind, *texts):
            if found.setdefault(text.lower(), kind) != kind:
                raise BadInputError("ontology.given_twice", entry=kind, word=text)
    return found
