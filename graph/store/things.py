"""Things as the database keeps them: properties of nodes and relationships ↔ fields and their data sources."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from graph.canonical import canonical
from graph.history import CI, DECISION, RELATIONSHIP, Thing
from graph.ontology import Ontology
from graph.store.statements import statement
from graph.values import State, Value

Properties = dict[str, Any]
SOFT, GROUPED = 1, 2  # of a relationship's fl_code, so that the topology loads integers
DECIDED = frozenset({"answer", "source", "ci_id", "others", "matched_by"})  # fields of a decision


@dataclass(frozen=True, slots=True)
class Kept:
    """A thing as found in the database: with the number of its last revision, and a CI's number in the topology."""

    thing: Thing
    revision: int
    num: int = -1
    code: int = 0  # of a relationship (`code_of`)


def relationship_key(source: str, relationship_type: str, target: str) -> str:
    """`source|type|target`: the id of a relationship (INTERFACES)."""
    return f"{source}|{relationship_type}|{target}"


def ends_of(key: str) -> tuple[str, str, str]:
    """(source, type, target) of a relationship's key."""
    source, relationship_type, target = key.split("|")
    return source, relationship_type, target


def kept_of(properties: Mapping[str, Any]) -> Kept:
    """A thing from its properties."""
    # a CI's own id is its key; in a record `ci_id` is a field like others
    key = "ci_id" if "fl_num" in properties else ""
    state: State = {name: value for name, value in properties.items() if not name.startswith("fl_") and name != key}
    extra = properties.get("fl_extra")
    if extra:
        state.update(orjson.loads(extra))
    sources = orjson.loads(properties["fl_sources"]) if "fl_sources" in properties else {}
    num, code = properties.get("fl_num", -1), properties.get("fl_code", 0)
    return Kept(Thing(state, sources), properties.get("fl_rev", 0), num, code)


class Things:
    """Reads and writes things of all kinds within one transaction; knows the ontology's declared fields."""

    def __init__(self, ontology: Ontology) -> None:
        self._ontology = ontology
        classes = ontology.classes.values()
        self._declared = {
            CI: frozenset(name for c in classes for name in c.fields) | {"ci_class"},
            RELATIONSHIP: frozenset({"strength", "redundancy_group", "min_available"}).union(
                *(r.fields for r in ontology.relationship_types.values())
            ),
            DECISION: DECIDED,
        } | {name: frozenset(r.fields) for name, r in ontology.record_types.items()}

    def declared(self, kind: str) -> frozenset[str]:
        """The fields of that kind of things that the ontology declares."""
        return self._declared[kind]

    def properties_of(self, kind: str, thing: Thing, revision: int) -> Properties:
        """What is to be written; fields that the ontology does not declare go into one property, as JSON."""
        declared = self._declared[kind]
        properties: Properties = dict(thing.state)
        if properties.keys() - declared:
            extra = {name: properties.pop(name) for name in thing.state if name not in declared}
            properties["fl_extra"] = canonical(extra).decode()
        properties["fl_rev"] = revision
        properties["fl_sources"] = _text_of(tuple(thing.sources.items()))
        if kind == RELATIONSHIP:
            properties["fl_code"] = code_of(thing.state)
        elif kind != CI:
            properties["fl_kind"] = kind
        return properties

    def read(self, tx: Any, kind: str, keys: Iterable[str]) -> dict[str, Kept]:
        """Those of the things that are there, by key."""
        wanted = list(keys)
        if kind == RELATIONSHIP:
            return self._read_relationships(tx, wanted)
        name = "ci_read" if kind == CI else "record_read"
        prefix = "" if kind == CI else f"{kind}:"
        rows = tx.run(statement(name), keys=[prefix + key for key in wanted])
        return {row["key"].removeprefix(prefix): kept_of(row["p"]) for row in rows}

    def _read_relationships(self, tx: Any, keys: Sequence[str]) -> dict[str, Kept]:
        found: dict[str, Kept] = {}
        for name, targets in _by_type(keys).items():
            rows = tx.run(statement("rel_read", name), keys=[{"s": s, "t": t} for s, t in targets.items()])
            found.update((relationship_key(s, name, t), kept_of(p)) for s, t, p in rows)
        return found

    def relationships_at(
        self, tx: Any, ci_ids: Iterable[str], types: Iterable[str], *, end: str = "source"
    ) -> Iterator[tuple[str, Kept]]:
        """(key, relationship) of those types that start (`end="source"`) or end (`"target"`) at these CIs."""
        for source, name, target, p in tx.run(statement(f"rel_of_{end}s"), keys=list(ci_ids), types=list(types)):
            yield relationship_key(source, name, target), kept_of(p)

    def write(self, tx: Any, action: str, kind: str, rows: Sequence[tuple[str, Properties]]) -> int:
        """Create, update or remove things of one kind; returns how many the database says it wrote."""
        if kind == RELATIONSHIP:
            return self._write_relationships(tx, action, rows)
        name, prefix = ("ci", "") if kind == CI else ("record", f"{kind}:")
        given = [{"key": prefix + key, "p": properties} for key, properties in rows]
        return _written(tx, f"{name}_{action}", None, given)

    def _write_relationships(self, tx: Any, action: str, rows: Sequence[tuple[str, Properties]]) -> int:
        by_type: dict[str, list[Properties]] = defaultdict(list)
        for key, properties in rows:
            source, name, target = ends_of(key)
            by_type[name].append({"s": source, "t": target, "p": properties})
        return sum(_written(tx, f"rel_{action}", name, given) for name, given in by_type.items())


def _written(tx: Any, name: str, word: str | None, rows: Sequence[Properties]) -> int:
    # a creation names what it fills in; other statements take each row's map as it is
    names = tuple(sorted({name for row in rows for name in row["p"]})) if name.endswith("_create") else None
    return int(tx.run(statement(name, word, names), rows=rows).single(strict=True)["written"])


@lru_cache(4_096)
def _text_of(sources: tuple[tuple[str, str], ...]) -> str:
    return canonical(dict(sources)).decode()


def code_of(state: Mapping[str, Value]) -> int:
    """A relationship's strength and grouping as one integer."""
    return SOFT * (state.get("strength") == "soft") + GROUPED * ("redundancy_group" in state)


def _by_type(keys: Iterable[str]) -> dict[str, dict[str, dict[str, bool]]]:
    # type → source → targets
    found: dict[str, dict[str, dict[str, bool]]] = {}
    for key in keys:
        source, name, target = ends_of(key)
        found.setdefault(name, {}).setdefault(source, {})[target] = True
    return found
