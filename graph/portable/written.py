"""A snapshot file, made of an estate and of all that the register holds at its revision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from graph.estate import Estate
from graph.history import CI, RELATIONSHIP, Thing
from graph.ontology import Ontology
from graph.portable.arrays import in_order, write_estate, write_texts
from graph.portable.container import Writer
from graph.portable.lines import Gathered
from graph.records.recoveries import FAILOVER
from graph.strings import StringTable
from graph.values import State

# of records, what a review reads; people, documents and plans stay where they are
TABLES = ("changes", "windows", "incidents", "slas", "recovery_order")
FIELDS = ("fqdn", "serial")  # of CIs, by which somebody else's things are found (importers.terraform.matching)


@dataclass(frozen=True, slots=True)
class Written:
    """How many there are of what, and the digest of the file."""

    counts: Mapping[str, int]
    digest: str


def ends_of_types(ontology: Ontology) -> frozenset[str]:
    """Types of relationships that are looked for from their target: it is their dependent, or is failed over to."""
    turned = {name for name, kind in ontology.relationship_types.items() if kind.provider == "source"}
    return frozenset(turned | {FAILOVER})


def write_snapshot(
    file: IO[bytes],
    estate: Estate,
    things: Iterable[tuple[str, str, Thing]],
    ontology: Ontology,
    meta: Mapping[str, Any],
) -> Written:
    """Write a snapshot of a settled estate and of the things (kind, key, thing) of its revision.

    `meta`: what is known beside them (store, head of the log, zone, circumstances), as it will be read.
    """
    writer, records = Writer(), dict[str, dict[str, State]]()
    ids = in_order(estate.ids, estate)
    gathered = Gathered(ids, ends_of_types(ontology))
    holders: dict[str, dict[str, list[int]]] = {field: {} for field in FIELDS}
    counts = {"cis": 0, "relationships": 0, **dict.fromkeys(TABLES, 0)}
    for kind, key, thing in things:
        if kind == CI:
            number = gathered.add_ci(key, thing)
            counts["cis"] += 1
            for field in FIELDS:
                if isinstance(value := thing.state.get(field), str) and number < len(ids):
                    holders[field].setdefault(value, []).append(number)
        elif kind == RELATIONSHIP:
            gathered.add_relationship(*_ends(key), thing)
            counts["relationships"] += 1
        elif kind in TABLES:
            records.setdefault(kind, {})[key] = thing.state
            counts[kind] += 1
    said = write_estate(writer, estate, ids)
    write_texts(writer, "retired", StringTable.of(gathered.write(writer)))
    for field, found in holders.items():
        alone = {value: numbers[0] for value, numbers in sorted(found.items()) if len(numbers) == 1}
        write_texts(writer, field, StringTable.of(alone))
        writer.plain(f"{field}.ci", list(alone.values()))
    writer.plain("records", {table: dict(sorted(records.get(table, {}).items())) for table in TABLES})
    digest = writer.write(file, {**meta, **said, "ontology": ontology.digest})
    return Written(counts, digest)


def _ends(key: str) -> tuple[str, str, str]:
    source, kind, target = key.split("|")
    return source, kind, target
