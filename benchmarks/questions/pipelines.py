"""A Terraform plan against a snapshot file, from the start of the process on, as a pipeline waits for it."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.estates import TYPES, LayeredEstate
from benchmarks.figures import MS, OURS, Bench
from benchmarks.warm_start import ci_ids, estate_of
from graph.estate import Estate
from graph.history import CI, RELATIONSHIP, Thing
from graph.ontology import load_ontology
from graph.portable.written import write_snapshot
from graph.topology import Topology

RESOURCES = 2_000  # of the plan: nine of ten are found by their id, the others by their name on the network
RUNS = 3
MADE = "2026-11-26T00:00:00+00:00"
META = {"store_id": "s", "head": "0" * 64, "at": MADE, "zone": "Asia/Shanghai", "staged": [], "unseen": {}}
COMMAND = "from api.cli import main; main()"


def measure(bench: Bench, estate: LayeredEstate, topology: Topology) -> None:
    """As the package says."""
    ids = ci_ids(estate)
    with tempfile.TemporaryDirectory(prefix="faultline-pipelines-") as folder:
        snapshot, plan = Path(folder) / "snapshot.faultline", Path(folder) / "plan.json"
        began = time.perf_counter()
        with snapshot.open("wb") as file:
            write_snapshot(file, _typed(estate_of(estate, topology)), _things(estate, ids), load_ontology(), META)
        written, size = time.perf_counter() - began, snapshot.stat().st_size
        plan.write_text(json.dumps(_plan(ids)), encoding="utf-8")
        # with byte code, as an installed package has it
        kept = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        _asked(plan, snapshot, kept)  # compiles what is not compiled
        seconds = sorted(_asked(plan, snapshot, kept) for _ in range(RUNS))
    bench.add("pipeline.plan", OURS, seconds[RUNS // 2] * MS, "ms", runs=RUNS, worst=round(seconds[-1] * MS))
    bench.add("pipeline.file", OURS, size / 1e6, "MB", seconds=round(written, 1))


def _asked(plan: Path, snapshot: Path, kept: Mapping[str, str]) -> float:
    words = ["review", str(plan), "--snapshot", str(snapshot), "--at", "2026-11-27T00:00:00", "--json",
             "--from", "2026-11-28T22:00:00", "--to", "2026-11-29T02:00:00"]  # fmt: skip
    began = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", COMMAND, *words], capture_output=True, text=True, check=True, env=kept)
    seconds = time.perf_counter() - began
    answer = json.loads(done.stdout)
    assert answer["plan"]["mapped"] == RESOURCES
    return seconds


def _typed(made: Estate) -> Estate:
    # the file is of the whole ontology, whose types have other numbers
    types = tuple(load_ontology().relationship_types)
    number = np.array([types.index(name) for name in TYPES], np.uint8)
    return replace(made, type_names=types, type_code=number[made.type_code])


def _things(estate: LayeredEstate, ids: list[str]) -> Iterator[tuple[str, str, Thing]]:
    # in the columns that a real one fills
    classes = estate.class_of_tier()
    for at, tier in enumerate(estate.tier.tolist()):
        state: dict[str, Any] = {
            "ci_class": classes[tier], "name": f"配置项 {at}", "name_en": f"item {at}", "status": "live",
            "environment": "production", "criticality": "high", "recovery_time": 3_600, "fqdn": f"{at}.example",
        }  # fmt: skip
        yield CI, ids[at], Thing(state)
    columns = zip(
        estate.source.tolist(), estate.target.tolist(), estate.kind.tolist(), estate.group.tolist(), strict=True
    )
    for source, target, kind, group in columns:
        grouped = {"redundancy_group": f"g{group}", "min_available": "1"} if group >= 0 else {}
        yield RELATIONSHIP, f"{ids[source]}|{TYPES[kind]}|{ids[target]}", Thing({"strength": "hard", **grouped})


def _plan(ids: list[str]) -> dict[str, Any]:
    rng = np.random.default_rng(31)
    changes = []
    for number, ci in enumerate(rng.choice(len(ids), RESOURCES, replace=False).tolist()):
        values = {"fqdn": f"{ci}.example"} if number % 10 == 0 else {"id": ids[ci]}
        change = {"actions": ["update"], "before": values, "after": values, "after_unknown": {}}
        changes.append({"address": f"module.a.aws_instance.web[{number}]", "mode": "managed", "change": change})
    return {"format_version": "1.2", "terraform_version": "1.9.5", "resource_changes": changes}
