"""One text for one value: canonical JSON, and the hash of a whole graph (INTERFACES: graph-hash)."""

import hashlib
import heapq
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from graph.values import State

FORMAT = "fl1"
SPILL = 500_000  # lines sorted in memory at once, about 100 MB; more are sorted runs on disk, merged


def canonical(value: Any) -> bytes:
    """UTF-8 JSON with keys in code-point order and no white space; the same value always gives the same bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def line_of(kind: str, key: str, state: State) -> bytes:
    """The line of one CI (`ci`), relationship (`rel`) or record (its table) in the graph's hash."""
    return canonical([kind, key, state])


def graph_hash(lines: Iterable[bytes]) -> str:
    """SHA-256 over the ordinally sorted lines, `fl1:` and 64 hexadecimal digits; the order given does not matter."""
    digest = hashlib.sha256(FORMAT.encode())
    with tempfile.TemporaryDirectory(prefix="faultline-hash-") as folder:
        for line in heapq.merge(*_sorted_runs(lines, Path(folder))):
            digest.update(b"\n")
            digest.update(line)
    return f"{FORMAT}:{digest.hexdigest()}"


def _sorted_runs(lines: Iterable[bytes], folder: Path) -> list[Iterator[bytes]]:
    # canonical JSON holds no line break, so a run is a file of lines
    runs: list[Iterator[bytes]] = []
    held: list[bytes] = []
    for line in lines:
        # a copy: what orjson returns is cut from a block of kilobytes that it then keeps from others (orjson 3.13)
        held.append(bytes(memoryview(line)))
        if len(held) >= SPILL:
            path = folder / f"{len(runs)}.run"
            path.write_bytes(b"\n".join(sorted(held)) + b"\n")
            runs.append(_lines_of(path))
            held = []
    held.sort()
    return [*runs, iter(held)]


def _lines_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        for line in file:
            yield line[:-1]
