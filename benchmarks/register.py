"""The register's work in a process of its own: `python -m benchmarks.register import|load DATA_DIR …`, JSON out.

Its memory is watched from outside; the engine is another process.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from api.cli.main import collect_rarely
from api.register import Register, open_register
from benchmarks.profiles import Row, profiled
from graph.settings import Settings
from importers.model import Request
from importers.registry import source_named
from importers.run import Watch, run_import

WATCH = 0.01  # seconds between two looks at the memory


def in_a_process(*arguments: str) -> dict[str, Any]:
    """Run `python -m benchmarks.register` and give what it prints, with the most memory it had (`peak_mb`)."""
    command = [sys.executable, "-m", "benchmarks.register", *arguments]
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.append(process.stdout.read() if process.stdout else ""))
        reader.start()
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(WATCH)
        reader.join()
    if process.returncode:
        raise RuntimeError(f"{' '.join(arguments[:1])} failed with {process.returncode}")
    return {**json.loads(said[0]), "peak_mb": peak / 1e6}


@dataclass
class _Clock:
    """When each part of an import ended, in seconds since it began: reading, settling, and rows of each kind."""

    cis: int
    began: float = field(default_factory=time.perf_counter)
    read: float = 0.0
    settled: float = 0.0
    cis_done: float = 0.0
    rows: int = 0

    def watch(self) -> Watch:
        """What the import tells."""
        return Watch(self._read, self._settled, self._loaded)

    def now(self) -> float:
        """Seconds since the beginning."""
        return time.perf_counter() - self.began

    def _read(self, _: int) -> None:
        self.read = self.now()

    def _settled(self, _: int) -> None:
        self.settled = self.now()

    def _loaded(self, rows: int) -> None:
        self.rows += rows
        if self.rows <= self.cis:
            self.cis_done = self.now()


def _import(register: Register, folder: str, cis: str, *, profile: bool = False) -> dict[str, Any]:
    clock = _Clock(int(cis))
    request = Request([Path(folder)], register.settings, ontology=register.store.ontology)

    def work() -> dict[str, Any]:
        report = run_import(source_named("inventory"), request, register.store, "benchmark", watch=clock.watch())
        return report.plain()

    rows: list[Row] = []
    if profile:
        report, rows = profiled(work)
    else:
        report = work()
    done = clock.now()
    if report["rejected"]:
        raise RuntimeError(f"rows were rejected: {report['rejected'][0]}")
    return {
        "seconds": done,
        "read": clock.read,
        "settle": clock.settled - clock.read,
        "cis": clock.cis_done - clock.settled,
        "relationships": done - clock.cis_done,
        "rows": clock.rows,
        "revisions": report["revisions"],
        "profile": rows,
    }


def _load(register: Register) -> dict[str, Any]:
    from graph.store.load import load_estate

    start = time.perf_counter()
    estate = load_estate(register.store)
    topology = estate.topology
    found = {"cis": topology.n, "relationships": topology.m, "groups": len(topology.csr.size)}
    return {"seconds": time.perf_counter() - start, **found}


def main(arguments: Sequence[str]) -> None:
    """Do one thing on the register of a data directory whose engine runs."""
    what, folder, *rest = arguments
    collect_rarely()
    with open_register(Settings(Path(folder))) as register:
        found = _load(register) if what == "load" else _import(register, *rest, profile=what == "profile")
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
