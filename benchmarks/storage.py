"""Import, import again, load and reachability by Cypher on one engine."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import cypher
from benchmarks.estates import LayeredEstate, layered_estate
from benchmarks.figures import Figure, say
from benchmarks.inventory import write_inventory
from benchmarks.profiles import SHOWN, by_part
from benchmarks.register import in_a_process
from graph.engine import open_engine
from graph.engine.files import Files, held
from graph.settings import Settings

KINDS = ("neo4j", "embedded")
PROFILED = 20_000  # CIs of the run that is profiled
REMARKS = 640  # bytes; with them a million CIs and their relationships are a file of 1 GB


@dataclass
class Bench:
    """The figures of one engine at one size as they come in."""

    kind: str
    size: int
    found: list[Figure] = field(default_factory=list)

    def add(self, key: str, value: float, unit: str, **more: Any) -> None:
        """Note one."""
        self.found.append(Figure(key, self.kind, self.size, value, unit, more))


@contextmanager
def empty_register(kind: str) -> Iterator[Path]:
    """The data folder of an empty register on an engine that runs."""
    with tempfile.TemporaryDirectory(prefix="faultline-bench-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        with running_engine(kind, data):
            yield data


@contextmanager
def running_engine(kind: str, data: Path) -> Iterator[None]:
    """The engine of a data folder runs meanwhile; afterwards it has ended."""
    with open_engine(Settings(data, engine_linger=0.0), kind) as endpoint:
        yield
    assert endpoint.lock_dir is not None
    with held(Files(endpoint.lock_dir).supervisor):
        pass


def measure(kind: str, n: int, *, wide: bool = False, queries: bool = True) -> list[dict[str, Any]]:
    """Everything with storage at `n` CIs on that engine; `wide`: with a text on each CI."""
    bench = Bench(kind, n)
    made = layered_estate(n)
    with empty_register(kind) as data:
        files = data.parent / "inventory"
        size = write_inventory(made, files, remarks=REMARKS if wide else 0)
        _imports(bench, made, data, files, size)
        say(f"{kind}, {n:,} CIs: load, reachability by Cypher")
        loaded = in_a_process("load", str(data))
        expected = (made.n, made.m, len(np.unique(made.group[made.group >= 0])))
        if (loaded["cis"], loaded["relationships"], loaded["groups"]) != expected:
            raise AssertionError(f"loaded {loaded} instead of {expected}")
        bench.add("load", loaded["seconds"], "s", cis=loaded["cis"], peak_mb=round(loaded["peak_mb"]))
        if queries:
            bench.found += cypher.measure(kind, data, made)
    return [figure.plain() for figure in bench.found]


def _imports(bench: Bench, made: LayeredEstate, data: Path, files: Path, size: int) -> None:
    say(f"{bench.kind}, {made.n:,} CIs: import")
    first = in_a_process("import", str(data), str(files), str(made.n))
    say(f"{bench.kind}, {made.n:,} CIs: the same files again")
    again = in_a_process("import", str(data), str(files), str(made.n))
    # reading and settling come before the first commit; each kind of row bears its share of them
    before = (first["read"] + first["settle"]) / (made.n + made.m)
    parts = {name: round(first[name], 2) for name in ("read", "settle", "cis", "relationships", "seconds")}
    for name, rows in (("cis", made.n), ("relationships", made.m)):
        bench.add(f"import.{name}", rows / (first[name] + before * rows), "rows/s", **parts, alone=rows / first[name])
    bench.add("import.memory", first["peak_mb"], "MB", file_mb=round(size / 1e6))
    bench.add("import.again", again["rows"] / again["seconds"], "rows/s", seconds=round(again["seconds"], 2))
    bench.add("import.again.revisions", again["revisions"], "", first=first["revisions"])


def profile(kind: str, n: int = PROFILED) -> dict[str, Any]:
    """Where an import's time goes on that engine, in the importing process."""
    say(f"{kind}, {n:,} CIs: profile of an import")
    made = layered_estate(n)
    with empty_register(kind) as data:
        files = data.parent / "inventory"
        write_inventory(made, files)
        found = in_a_process("profile", str(data), str(files), str(made.n))
    rows = found["profile"]
    return {
        "name": f"import of {n:,} CIs on {kind}",
        "seconds": found["seconds"],
        "parts": by_part(rows)[:SHOWN],
        "functions": rows[:SHOWN],
    }
