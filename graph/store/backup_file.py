"""The file of a backup: a line that says what it is, blocks with digests that chain them, and a line that ends it.

Every byte counts in a digest: what is cut off, altered, moved or added is noticed, wherever it lies. A block holds
lines: `{"kept": table, "p": {…}}` is a node of bookkeeping, `{"commit": …}` a commit, whose entries follow as the line
that was hashed (graph.history). So any zlib and any reader of JSON are enough to get at what is in one.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import orjson

from graph.canonical import canonical
from graph.errors import BadInputError
from graph.history import Commit, Header, Revision, decode_plain, hash_of_plain

FORMAT = 1  # of the file; a newer one is refused
BLOCK = 4_000_000  # bytes of lines after which a block ends; one commit is never divided
LARGEST = 2**30  # bytes of a block, packed or not, that are read: a forged length takes no more memory than that
LONGEST_LINE = 10_000  # bytes of the lines between blocks


class DamagedError(BadInputError):
    """A backup is not as it was written: `backup.truncated`, `altered`, `unreadable` or `chain`, with the block."""

    def __init__(self, block: int, reason: str) -> None:
        super().__init__(f"backup.{reason}", block=block)


@dataclass(frozen=True, slots=True)
class KeptNode:
    """A node of bookkeeping with all its properties."""

    table: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptCommit:
    """A commit with its marker; `plain` are its entries as they were hashed."""

    first: int
    last: int
    at: str
    header: Header
    previous: str
    hash: str
    marker: str
    plain: bytes

    @classmethod
    def of(cls, commit: Commit, marker: str) -> "KeptCommit":
        """A commit of the log."""
        plain = zlib.decompress(commit.entries)
        return cls(commit.first, commit.last, commit.at, commit.header, commit.previous, commit.hash, marker, plain)

    def revisions(self) -> Iterator[Revision]:
        """The revisions of this commit, in order."""
        return decode_plain(self.plain, self.first)

    def holds(self) -> bool:
        """Whether the hash is that of the content."""
        return self.hash == hash_of_plain(self.first, self.last, self.at, self.header, self.previous, self.plain)

    def row(self) -> dict[str, Any]:
        """As the database keeps it."""
        said = self.header
        return {
            "first": self.first, "last": self.last, "at": self.at, "actor": said.actor, "source": said.source,
            "change": said.change, "run": said.run, "marker": self.marker, "previous": self.previous,
            "hash": self.hash, "entries": zlib.compress(self.plain, level=1),
        }  # fmt: skip


Kept = KeptNode | KeptCommit


@dataclass
class Writer:
    """Writes a backup, block by block. `content`: digest of all lines, the same for the same register on any engine."""

    file: IO[bytes]
    blocks: int = 0
    _chain: str = ""
    _held: list[bytes] = field(default_factory=list)
    _size: int = 0
    _content: Any = field(default_factory=hashlib.sha256)

    def begin(self, head: Mapping[str, Any]) -> None:
        """Write the first line."""
        line = canonical({"backup": FORMAT, **head}) + b"\n"
        self._chain = _link("", line)
        self.file.write(line)

    def add(self, kept: Kept) -> None:
        """Add a node or a commit."""
        lines = _node_line(kept) if isinstance(kept, KeptNode) else _commit_lines(kept)
        self._held.append(lines)
        self._size += len(lines)
        if self._size >= BLOCK:
            self._flush()

    def end(self, totals: Mapping[str, Any]) -> dict[str, Any]:
        """Write what is left and the last line; returns what that says."""
        self._flush()
        said = {**totals, "blocks": self.blocks, "content": self._content.hexdigest()}
        self.file.write(canonical({"end": said, "sha256": _link(self._chain, canonical(said))}) + b"\n")
        return said

    def _flush(self) -> None:
        if not self._held:
            return
        lines = b"".join(self._held)
        self._content.update(lines)
        packed = zlib.compress(lines, level=6)
        self.blocks += 1
        self._chain = _link(self._chain, b"%d %d\n" % (self.blocks, len(packed)) + packed)
        self.file.write(canonical({"block": self.blocks, "bytes": len(packed), "sha256": self._chain}) + b"\n" + packed)
        self._held, self._size = [], 0


def _link(chain: str, content: bytes) -> str:
    return hashlib.sha256(chain.encode() + b"\n" + content).hexdigest()


def _node_line(node: KeptNode) -> bytes:
    plain = {
        name: {"bytes": base64.b64encode(value).decode()} if isinstance(value, bytes) else value
        for name, value in node.properties.items()
    }
    return canonical({"kept": node.table, "p": plain}) + b"\n"


def _commit_lines(kept: KeptCommit) -> bytes:
    said = kept.header
    fields = [kept.first, kept.last, kept.at, said.actor, said.source, said.change, said.run, kept.previous, kept.hash]
    # canonical JSON holds no line break
    return canonical({"commit": fields, "marker": kept.marker}) + b"\n" + kept.plain + b"\n"


@dataclass
class Reader:
    """Reads a backup once; what is yielded has passed its digests. `said` is its first line, `ended` its last."""

    file: IO[bytes]
    said: dict[str, Any] = field(init=False)
    ended: dict[str, Any] | None = None
    block: int = 0  # read last
    _chain: str = ""

    def __post_init__(self) -> None:
        """Read the first line. BadInputError: `backup.no_backup`, `backup.newer`, `backup.altered`."""
        line = self.file.readline(LONGEST_LINE)
        try:
            said = orjson.loads(line)
        except orjson.JSONDecodeError:
            said = None
        if not isinstance(said, dict) or not isinstance(said.get("backup"), int):
            raise BadInputError("backup.no_backup")
        if said["backup"] > FORMAT:
            raise BadInputError("backup.newer", found=min(said["backup"], 2**53), known=FORMAT)
        if canonical(said) + b"\n" != line:
            raise DamagedError(0, "altered")
        self.said, self._chain = said, _link("", line)

    def __iter__(self) -> Iterator[Kept]:
        content = hashlib.sha256()
        while (lines := self._next()) is not None:
            content.update(lines)
            try:
                yield from _parsed(lines)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise DamagedError(self.block, "unreadable") from error
        if self.ended is None or self.ended.get("content") != content.hexdigest():
            raise DamagedError(self.block, "altered")

    def _next(self) -> bytes | None:
        """The lines of the next block; `None` after the last one, whose end has been checked."""
        line = self.file.readline(LONGEST_LINE)
        number = self.block + 1
        if not line.endswith(b"\n"):
            raise DamagedError(number, "truncated")
        try:
            head = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise DamagedError(number, "altered") from error
        if not isinstance(head, dict) or canonical(head) + b"\n" != line:
            raise DamagedError(number, "altered")
        if head.keys() == {"end", "sha256"}:
            self._end(head)
            return None
        if head.keys() != {"block", "bytes", "sha256"} or head["block"] != number:
            raise DamagedError(number, "altered")
        return self._unpacked(head, number)

    def _unpacked(self, head: Mapping[str, Any], number: int) -> bytes:
        size = head["bytes"]
        if not isinstance(size, int) or not 0 < size <= LARGEST:
            raise DamagedError(number, "altered")
        packed = self.file.read(size)
        if len(packed) < size:
            raise DamagedError(number, "truncated")
        chain = _link(self._chain, b"%d %d\n" % (number, size) + packed)
        if head["sha256"] != chain:
            raise DamagedError(number, "altered")
        self.block, self._chain = number, chain
        unpacking = zlib.decompressobj()
        try:
            lines = unpacking.decompress(packed, LARGEST)
        except zlib.error as error:
            raise DamagedError(number, "unreadable") from error
        if not unpacking.eof or not lines.endswith(b"\n"):
            raise DamagedError(number, "unreadable")
        return lines

    def _end(self, head: Mapping[str, Any]) -> None:
        ended = head["end"]
        sound = isinstance(ended, dict) and head["sha256"] == _link(self._chain, canonical(ended))
        if not sound or ended.get("blocks") != self.block or self.file.read(1):
            raise DamagedError(self.block, "altered")
        self.ended = ended


def _parsed(lines: bytes) -> Iterator[Kept]:
    rest = iter(lines[:-1].split(b"\n"))
    for line in rest:
        said = orjson.loads(line)
        if "kept" in said:
            yield KeptNode(said["kept"], {name: _value(value) for name, value in said["p"].items()})
            continue
        first, last, at, actor, source, change, run, previous, digest = said["commit"]
        plain = next(rest, b"")
        yield KeptCommit(first, last, at, Header(actor, source, change, run), previous, digest, said["marker"], plain)


def _value(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    try:
        return base64.b64decode(value["bytes"], validate=True)
    except binascii.Error as error:
        raise ValueError("no bytes") from error
