"""A snapshot file as it is asked: the estate, CIs with their relationships, records, and what is known beside them."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from graph.estate import Estate
from graph.ontology import Ontology
from graph.portable.arrays import read_estate, read_texts
from graph.portable.container import Container, SnapshotRefusedError
from graph.portable.lines import Line, Lines, plain_records
from graph.portable.written import TABLES
from graph.values import State


class Portable:
    """An open snapshot file.

    Raises SnapshotRefusedError for a file that is none, of another version of it or of the ontology, cut off, altered,
    or not as it is written by us.
    """

    def __init__(self, path: Path, ontology: Ontology) -> None:
        self._held = Container(path)
        self.ontology = ontology
        if self._held.meta.get("ontology") != ontology.digest:
            raise SnapshotRefusedError("ontology", path)
        self.estate: Estate = read_estate(self._held, ontology)
        self._retired = read_texts(self._held, "retired")
        self._lines = Lines(self._held, len(self.estate.ids) + len(self._retired))

    def text(self, name: str) -> str:
        """What is said beside the graph, as a text."""
        found = self._held.meta.get(name)
        if not isinstance(found, str):
            raise self._held.malformed(name)
        return found

    def plain(self, name: str) -> Any:
        """What is said beside the graph, as it is."""
        return self._held.meta.get(name)

    def malformed(self, what: str) -> SnapshotRefusedError:
        """That a part is not as it is written by us."""
        return self._held.malformed(what)

    def lines(self, ci_ids: Iterable[str]) -> dict[str, Line]:
        """Those of some CIs that are there, retired ones too."""
        numbers = {number: ci_id for ci_id in ci_ids if (number := self._number(ci_id)) is not None}
        return {numbers[number]: line for number, line in self._lines.of(numbers)}

    def _number(self, ci_id: str) -> int | None:
        found = self.estate.ids.find(ci_id)
        if found is not None:
            return found
        retired = self._retired.find(ci_id)
        return None if retired is None else len(self.estate.ids) + retired

    def records(self, table: str) -> Mapping[str, State]:
        """The records of a table by key, in the order of their keys; `snapshot.lacks` for one that is not kept."""
        if table not in TABLES:
            raise SnapshotRefusedError("lacks", self._held.path, what=table)
        return self._records.get(table, {})

    @cached_property
    def _records(self) -> Mapping[str, Mapping[str, State]]:
        return plain_records(self._held.plain("records"), self._held)

    def holders(self, field: str, values: Collection[str]) -> dict[str, str]:
        """By value the CI that alone has it in a field, of the living."""
        texts, cis = read_texts(self._held, field), self._held.plain(f"{field}.ci")
        if not isinstance(cis, list) or len(cis) != len(texts):
            raise self._held.malformed(field)
        found: dict[str, str] = {}
        for value in values:
            at = texts.find(value)
            if at is not None:
                ci = cis[at]
                if type(ci) is not int or not 0 <= ci < len(self.estate.ids):
                    raise self._held.malformed(field)
                found[value] = self.estate.ids[ci]
        return found
