"""Every CI on a line with its relationships, in blocks that are packed each by itself: of a million few are read."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from graph.history import Thing
from graph.portable.container import BLOCK, LEVEL, Container, Writer
from graph.values import State

LINES = 64  # a block; more pack better, and take longer where one of them is wanted
Ended = tuple[str, str, Thing]  # type, the other end, what is said of it


@dataclass(frozen=True, slots=True)
class Line:
    """A CI, relationships that start at it, and those of the types of `ends` that end at it."""

    thing: Thing
    out: Sequence[Ended]
    into: Sequence[Ended]


class Gathered:
    """The lines of CIs that are numbered as in the estate, retired ones after them, as they come.

    `ends`: types of relationships that are also looked for from their target.
    """

    def __init__(self, ids: Iterable[str], ends: frozenset[str]) -> None:
        self._number = {ci_id: number for number, ci_id in enumerate(ids)}
        self._ends, self._living = ends, len(self._number)
        self._said: dict[int, bytes] = {}
        self._out: dict[int, list[bytes]] = {}
        self._into: dict[int, list[bytes]] = {}

    def add_ci(self, ci_id: str, thing: Thing) -> int:
        """Add a CI; returns its number."""
        number = self._numbered(ci_id)
        # a copy: what orjson returns is cut from a block of kilobytes that it then keeps from others
        self._said[number] = bytes(memoryview(orjson.dumps([thing.state, thing.sources])))
        return number

    def add_relationship(self, source: str, kind: str, target: str, thing: Thing) -> None:
        """Add a relationship."""
        line = bytes(memoryview(orjson.dumps([kind, target, thing.state, thing.sources])))
        self._out.setdefault(self._numbered(source), []).append(line)
        if kind in self._ends:
            line = bytes(memoryview(orjson.dumps([kind, source, thing.state, thing.sources])))
            self._into.setdefault(self._numbered(target), []).append(line)

    def _numbered(self, ci_id: str) -> int:
        return self._number.setdefault(ci_id, len(self._number))

    def write(self, writer: Writer) -> list[str]:
        """Add the sections; returns the ids of retired CIs in the order of their numbers."""
        blocks: list[bytes] = []
        ends = [0]
        for start in range(0, len(self._number), LINES):
            lines = (self._line(number) for number in range(start, min(start + LINES, len(self._number))))
            blocks.append(zlib.compress(b"\n".join(lines), LEVEL))
            ends.append(ends[-1] + len(blocks[-1]))
        writer.packed("lines", b"".join(blocks))
        writer.array("lines.ends", np.array(ends, np.int64))
        return list(self._number)[self._living :]

    def _line(self, number: int) -> bytes:
        sides = (b",".join(sorted(side.get(number, ()))) for side in (self._out, self._into))
        return b"[" + self._said[number] + b",[" + b"],[".join(sides) + b"]]"


class Lines:
    """The lines of a file with so many CIs."""

    def __init__(self, held: Container, count: int) -> None:
        self._held, self._count = held, count
        self._packed = held.bytes_of("lines")
        self._ends = held.array("lines.ends", "<i8", -(-count // LINES) + 1)
        if int(self._ends[0]) != 0 or (np.diff(self._ends) < 0).any() or int(self._ends[-1]) != len(self._packed):
            raise held.malformed("lines")

    def of(self, numbers: Iterable[int]) -> Iterator[tuple[int, Line]]:
        """(number, line) of these CIs, in the order of their numbers; each block is unpacked once."""
        block, lines = -1, list[bytes]()
        for number in sorted(set(numbers)):
            if number // LINES != block:
                block = number // LINES
                lines = self._block(block)
            yield number, self._line(lines[number % LINES])

    def _block(self, block: int) -> list[bytes]:
        packed = self._packed[int(self._ends[block]) : int(self._ends[block + 1])]
        lines = self._held.unpacked("lines", packed, BLOCK).split(b"\n")
        if len(lines) != min(LINES, self._count - block * LINES):
            raise self._held.malformed("lines")
        return lines

    def _line(self, text: bytes) -> Line:
        try:
            found: Any = orjson.loads(text)
        except ValueError as error:
            raise self._held.malformed("lines") from error
        match found:
            case [[dict() as state, dict() as sources], list() as out, list() as into]:
                return Line(
                    Thing(state, sources), [self._ended(each) for each in out], [self._ended(each) for each in into]
                )
        raise self._held.malformed("lines")

    def _ended(self, found: object) -> Ended:
        match found:
            case [str() as kind, str() as other, dict() as state, dict() as sources]:
                return kind, other, Thing(state, sources)
        raise self._held.malformed("lines")


def plain_records(found: Any, held: Container) -> Mapping[str, Mapping[str, State]]:
    """Records by table and key."""
    if isinstance(found, Mapping) and all(
        isinstance(table, Mapping) and all(isinstance(state, Mapping) for state in table.values())
        for table in found.values()
    ):
        return found
    raise held.malformed("records")
