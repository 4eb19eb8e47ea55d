"""`python -m benchmarks.serving.writers DATA_DIR HOW_MANY SECONDS`: importers that write all the while, JSON out."""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from api.cli.imports import leave_room
from api.register import Register, open_register
from graph.settings import Settings
from importers.model import Request
from importers.registry import source_named
from importers.run import run_import

ROWS = 200  # of each import: some are new, the others change


def _write(register: Register, number: int, until: float, done: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, run = Path(folder) / "cis.csv", 0
        while time.monotonic() < until:
            rows = (f"w-{number}-{(run * 50 + at) % 2_000},host {run},host\n" for at in range(ROWS))
            path.write_text("ci_id,name,ci_class\n" + "".join(rows), encoding="utf-8")
            request = Request([path], register.settings, scope=f"writer-{number}", ontology=register.store.ontology)
            report = run_import(source_named("inventory"), request, register.store, "benchmark").plain()
            done.append(report["revisions"])
            run += 1


def main(arguments: Sequence[str]) -> None:
    """Import again and again from some threads, each a scope of its own."""
    folder, many, seconds = arguments
    done: list[int] = []
    with open_register(Settings(Path(folder))) as register:
        leave_room()  # as the command that they stand for does
        until = time.monotonic() + float(seconds)
        threads = [threading.Thread(target=_write, args=(register, n, until, done)) for n in range(int(many))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(json.dumps({"imports": len(done), "revisions": sum(done)}))


if __name__ == "__main__":
    main(sys.argv[1:])
