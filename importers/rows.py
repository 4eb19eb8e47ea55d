"""Rows: observations whose every field has been checked by itself, in the small form that is spooled to disk."""

from collections.abc import Iterator
from typing import NamedTuple

from graph.values import State


class CiRow(NamedTuple):
    """A CI to create or update. `given`: fields to set; `cleared`: fields to clear; `partial`: it must exist."""

    scope: int
    file: int
    line: int
    key: str
    given: State
    cleared: list[str]
    partial: bool


class ShorthandRow(NamedTuple):
    """A column of a CI that stands for the one relationship of `type` from it to `target`, or for none."""

    scope: int
    file: int
    line: int
    field: str
    source: str
    type: str
    target: str | None
    ci_row: int


class RelationshipRow(NamedTuple):
    """A relationship to create or update."""

    scope: int
    file: int
    line: int
    source: str
    type: str
    target: str
    given: State
    cleared: list[str]

    @property
    def key(self) -> str:
        """`source|type|target`."""
        return f"{self.source}|{self.type}|{self.target}"


class RecordRow(NamedTuple):
    """A record to create or update; `cis` are the CIs it names."""

    scope: int
    file: int
    line: int
    kind: str
    key: str
    given: State
    cleared: list[str]
    cis: list[str]


Row = CiRow | ShorthandRow | RelationshipRow | RecordRow


def joined_key(parts: list[str]) -> str:
    """The key of a record with several key fields; a bar inside a part is escaped."""
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)


def numbered(blocks: Iterator[list[Row]]) -> Iterator[tuple[int, Row]]:
    """Rows of spooled blocks with their number in the spool."""
    number = 0
    for block in blocks:
        for row in block:
            yield number, row
            number += 1
