"""Named arrays in one file that is mapped, not read, and that is never believed blindly."""

import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from graph.whole import whole

FORMAT = 3  # of the layout; another one is ignored and the snapshot made anew
MAGIC = b"FLSNAP\x00\x01"
ALIGN = 64  # bytes; a cache line, so that mapped arrays are aligned for every type
Arrays = Mapping[str, NDArray[Any]]


class SnapshotIgnored(Exception):  # noqa: N818 - nothing failed: the file is passed over and made anew
    """Why a file is not used: `missing`, `torn`, `newer`, `foreign`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Snapshot:
    """What a file holds: `meta` as given when it was saved (store id, revision …) and the mapped arrays."""

    meta: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def save(path: Path, meta: Mapping[str, Any], arrays: Arrays) -> None:
    """Write the file beside `path` and put it in its place at once, so that no reader ever sees a part of it."""
    described, at = {}, 0
    for name, array in arrays.items():
        plain = np.ascontiguousarray(array)
        described[name] = {
            "type": plain.dtype.str,
            "shape": plain.shape,
            "at": at,
            "sum": _sum(plain),
        }
        at += -(-plain.nbytes // ALIGN) * ALIGN
    header = json.dumps({"format": FORMAT, "meta": dict(meta), "arrays": described, "bytes": at}).encode()
    front = MAGIC + len(header).to_bytes(8, "little") + zlib.crc32(header).to_bytes(8, "little")
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as file:
        file.write(front + header)
        file.write(b"\0" * (-file.tell() % ALIGN))
        for array in arrays.values():
            plain = np.ascontiguousarray(array)
            file.write(plain.data if plain.size else b"")
            file.write(b"\0" * (-plain.nbytes % ALIGN))


def load(path: Path, store_id: str | None = None) -> Snapshot:
    """Map a file.

    Its header is checked, that it is as long as the header says (a torn write is always shorter), and every array by
    the sum of its words: one pass over memory (5 GB/s measured; a CRC has 1.2), for the kernels trust what they read.

    Raises
    ------
    SnapshotIgnored
        The file is missing, torn, of another layout, or of another store than `store_id`.
    """
    try:
        # one file is read from beginning to end, though another may be put in its place meanwhile
        with path.open("rb") as file:
            header, start = _header(file)
            _own(header, store_id, os.fstat(file.fileno()).st_size - start)
            # an empty file cannot be mapped; arrays of no length need no bytes
            mapped = np.memmap(file, np.uint8, "r", offset=start) if header["bytes"] else np.empty(0, np.uint8)
    except OSError as error:
        raise SnapshotIgnored("missing") from error
    arrays = {name: _view(mapped, described) for name, described in header["arrays"].items()}
    if any(_sum(array) != header["arrays"][name]["sum"] for name, array in arrays.items()):
        raise SnapshotIgnored("torn")
    return Snapshot(header["meta"], arrays)


def _header(file: IO[bytes]) -> tuple[dict[str, Any], int]:
    front = file.read(len(MAGIC) + 16)
    length = int.from_bytes(front[len(MAGIC) : len(MAGIC) + 8], "little")
    if front[: len(MAGIC)] != MAGIC or length > os.fstat(file.fileno()).st_size:
        raise SnapshotIgnored("torn")
    header = file.read(length)
    if zlib.crc32(header).to_bytes(8, "little") != front[len(MAGIC) + 8 :]:
        raise SnapshotIgnored("torn")
    end = len(front) + length
    return json.loads(header), end + (-end % ALIGN)


def _own(header: Mapping[str, Any], store_id: str | None, size: int) -> None:
    if header.get("format") != FORMAT:
        raise SnapshotIgnored("newer")
    if store_id is not None and header["meta"].get("store_id") != store_id:
        raise SnapshotIgnored("foreign")
    if size < header["bytes"]:
        raise SnapshotIgnored("torn")


def _view(mapped: NDArray[np.uint8], described: Mapping[str, Any]) -> NDArray[Any]:
    kind, shape = np.dtype(described["type"]), tuple(described["shape"])
    size = int(np.prod(shape, dtype=np.int64)) * kind.itemsize
    plain: NDArray[Any] = np.asarray(mapped[described["at"] : described["at"] + size]).view(kind).reshape(shape)
    return plain


def _sum(array: NDArray[Any]) -> int:
    content = array.reshape(-1).view(np.uint8)
    whole = len(content) // 8 * 8
    words = int(content[:whole].view(np.uint64).sum())  # wraps at 2^64
    return words ^ zlib.crc32(content[whole:].tobytes())
