"""The register in memory as a load would leave it, and its first answer from a snapshot in a fresh process."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.estates import TIERS, TYPES, LayeredEstate
from graph.estate import Estate
from graph.snapshot import save
from graph.strings import StringTable
from graph.topology import Topology


def estate_of(made: LayeredEstate, topology: Topology) -> Estate:
    """The register in memory as a load from the store would leave it."""
    classes = sorted({name for _, name, _ in TIERS})
    code = np.array([classes.index(name) for name in made.class_of_tier()], np.uint16)
    return Estate(
        revision=1,
        topology=topology,
        ids=StringTable.of(ci_ids(made)),
        names=StringTable.of(ci_ids(made)),
        class_names=tuple(classes),
        class_code=code[made.tier],
        criticality=np.zeros(made.n, np.uint8),
        type_names=TYPES,
        type_code=made.kind,
        group=made.group,
        group_names=StringTable.of(f"g{number}" for number in range(int(made.group.max(initial=-1)) + 1)),
    )


def ci_ids(made: LayeredEstate) -> list[str]:
    """The ids of an estate's CIs."""
    short = [name.replace("_", "-") for name in made.class_of_tier()]
    return [f"{short[tier]}-{number}" for number, tier in enumerate(made.tier.tolist())]


def save_estate(path: Path, estate: Estate) -> None:
    """Write the snapshot."""
    save(path, estate.meta(), estate.arrays())


def in_a_fresh_process(path: Path, ci_id: str) -> dict[str, float]:
    """Seconds of the first answer there, as `benchmarks.first_answer` prints them."""
    command = [sys.executable, "-m", "benchmarks.first_answer", str(path), ci_id]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return {**found, "warm.process": time.perf_counter() - start}
