"""Named sections in one file that ends with its digest, so that no byte of it is altered without being noticed.

A line that names the format, eight bytes with the length of a header, the header (JSON: what each section is), the
sections one after another, and SHA-256 of all of it. A section is packed (zlib) where that makes it much smaller.
"""

import hashlib
import stat
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson
from numpy.typing import NDArray

from graph.errors import BadInputError
from graph.values import shown

NAME = b"faultline.snapshot/"
FORMAT = 1
FRONT = NAME + b"%d\n" % FORMAT
DIGEST = 32  # bytes
LARGEST_FILE = 2**34  # bytes: a hundred million CIs
LARGEST_HEADER = 2**26
LARGEST_RATIO = 64  # bytes unpacked, of all sections that are opened, for each of the file
LARGEST = 2**32  # bytes of a section, unpacked: a forged length takes no more memory than that
BLOCK = 2**28  # bytes of a block of lines, unpacked
TYPES = ("|u1", "<u2", "<i4", "<i8", "<u8")
SMALLER = 0.8  # of its size; else unpacking takes longer than it is worth
LEVEL = 6  # of zlib; the next ones take twice as long for a hundredth of the size


class SnapshotRefusedError(BadInputError):
    """A snapshot file cannot be used: `snapshot.missing`, `foreign`, `version`, `truncated`, `altered`, `malformed`."""

    def __init__(self, why: str, file: Path, **params: str | int) -> None:
        super().__init__(f"snapshot.{why}", file=shown(file.name), **params)


class Writer:
    """Gathers sections, and writes them."""

    def __init__(self) -> None:
        self._described: dict[str, dict[str, Any]] = {}
        self._parts: list[bytes] = []
        self._at = 0

    def array(self, name: str, array: NDArray[Any]) -> None:
        """Add an array of one dimension."""
        plain = np.ascontiguousarray(array)
        self._add(name, plain.tobytes(), type=plain.dtype.str)

    def plain(self, name: str, value: Any) -> None:
        """Add what JSON can say."""
        self._add(name, orjson.dumps(value, option=orjson.OPT_SORT_KEYS))

    def packed(self, name: str, data: bytes) -> None:
        """Add what was packed before, in blocks."""
        self._keep(name, data, {"raw": len(data), "packed": False})

    def _add(self, name: str, raw: bytes, **said: Any) -> None:
        packed = zlib.compress(raw, LEVEL)
        is_smaller = len(packed) < SMALLER * len(raw)
        self._keep(name, packed if is_smaller else raw, {**said, "raw": len(raw), "packed": is_smaller})

    def _keep(self, name: str, data: bytes, said: Mapping[str, Any]) -> None:
        self._described[name] = {**said, "at": self._at, "size": len(data)}
        self._parts.append(data)
        self._at += len(data)

    def write(self, file: IO[bytes], meta: Mapping[str, Any]) -> str:
        """Write the file; returns its digest."""
        header = orjson.dumps({"meta": dict(meta), "sections": self._described}, option=orjson.OPT_SORT_KEYS)
        digest = hashlib.sha256()
        for part in (FRONT, len(header).to_bytes(8, "little"), header, *self._parts):
            digest.update(part)
            file.write(part)
        file.write(digest.digest())
        return digest.hexdigest()


class Container:
    """A file that is as it was written. What it holds was checked for nothing but that."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = _read(path)
        start = len(FRONT) + 8
        length = int.from_bytes(self._data[len(FRONT) : start], "little")
        if length > min(LARGEST_HEADER, len(self._data) - start - DIGEST):
            raise self.malformed("header")
        header = self._json("header", bytes(self._data[start : start + length]))
        self._start = start + length
        self._opened = 0  # bytes, unpacked
        self.meta: Mapping[str, Any] = self._table(header, "meta")
        self._sections = self._table(header, "sections")

    def malformed(self, what: str) -> SnapshotRefusedError:
        """That a part is not as it is written by us, though nobody altered it since."""
        return SnapshotRefusedError("malformed", self.path, what=what)

    def array(self, name: str, kind: str, length: int | None = None) -> NDArray[Any]:
        """An array of this type, of this length where one is given; not to be written to."""
        said, raw = self._section(name)
        size = np.dtype(kind).itemsize
        if said.get("type") != kind or kind not in TYPES or len(raw) % size:
            raise self.malformed(name)
        found: NDArray[Any] = np.frombuffer(raw, np.dtype(kind))
        if length is not None and len(found) != length:
            raise self.malformed(name)
        if not found.flags.aligned:  # as it lies in the file; kernels are compiled for arrays that are
            found = found.copy()
            found.flags.writeable = False
        return found

    def plain(self, name: str) -> Any:
        """What a section of JSON says."""
        return self._json(name, bytes(self._section(name)[1]))

    def bytes_of(self, name: str) -> memoryview:
        """A section as it lies in the file."""
        return self._section(name)[1]

    def unpacked(self, name: str, packed: memoryview, most: int) -> bytes:
        """A packed part of at most so many bytes."""
        unpacking = zlib.decompressobj()
        try:
            found = unpacking.decompress(packed, most)
        except zlib.error as error:
            raise self.malformed(name) from error
        if not unpacking.eof or unpacking.unconsumed_tail or unpacking.unused_data:
            raise self.malformed(name)
        return found

    def _section(self, name: str) -> tuple[Mapping[str, Any], memoryview]:
        said = self._sections.get(name)
        if not isinstance(said, Mapping):
            raise self.malformed(name)
        at, size, raw = (self._whole(name, said.get(each)) for each in ("at", "size", "raw"))
        if raw > LARGEST:
            raise self.malformed(name)
        begin = self._start + at
        self._opened += raw
        if self._opened > LARGEST_RATIO * len(self._data):
            # of real ones a byte of the file becomes a few; more is a file that is made to fill the memory
            raise self.malformed(name)
        if begin + size > len(self._data) - DIGEST:
            raise self.malformed(name)
        found = self._data[begin : begin + size]
        if said.get("packed"):
            found = memoryview(self.unpacked(name, found, raw + 1))
        if len(found) != raw:
            raise self.malformed(name)
        return said, found

    def _whole(self, name: str, found: object) -> int:
        if type(found) is not int or found < 0:
            raise self.malformed(name)
        return found

    def _json(self, name: str, text: bytes) -> Any:
        try:
            return orjson.loads(text)
        except ValueError as error:
            raise self.malformed(name) from error

    def _table(self, header: Any, name: str) -> Mapping[str, Any]:
        found = header.get(name) if isinstance(header, Mapping) else None
        if not isinstance(found, Mapping):
            raise self.malformed("header")
        return found


def _read(path: Path) -> memoryview:
    # read, not mapped: what was checked stays what it is, whatever becomes of the file
    try:
        said = path.stat()
        if not stat.S_ISREG(said.st_mode) or said.st_size > LARGEST_FILE:
            raise SnapshotRefusedError("foreign", path)
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise SnapshotRefusedError("missing", path, reason=reason) from error
    if not data.startswith(NAME[: len(data)]) or not data:
        raise SnapshotRefusedError("foreign", path)
    version, newline, _ = data[len(NAME) : len(NAME) + 12].partition(b"\n")
    if newline and version.isdigit() and int(version) != FORMAT:
        raise SnapshotRefusedError("version", path, version=int(version), ours=FORMAT)
    if len(data) < len(FRONT) + 8 + DIGEST:
        raise SnapshotRefusedError("truncated", path)
    view = memoryview(data)
    if hashlib.sha256(view[:-DIGEST]).digest() != data[-DIGEST:]:
        raise SnapshotRefusedError(_why(view), path)
    if not data.startswith(FRONT):
        raise SnapshotRefusedError("foreign", path)
    return view


def _why(view: memoryview) -> str:
    # where the header can be read, it says how long the file was
    start = len(FRONT) + 8
    length = int.from_bytes(view[len(FRONT) : start], "little")
    try:
        sections = orjson.loads(bytes(view[start : start + min(length, LARGEST_HEADER)]))["sections"]
        end = max((int(each["at"]) + int(each["size"]) for each in sections.values()), default=0)
    except (ValueError, KeyError, TypeError, AttributeError):
        return "truncated" if start + length > len(view) else "altered"
    return "truncated" if start + length + end + DIGEST > len(view) else "altered"
