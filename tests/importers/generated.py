"""Inventories of a given size for tests of crashes: classes, groups, columns that stand for relationships, records."""

import csv
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

CLASSES = ("application", "host", "database_instance", "middleware", "container")


def generated(folder: Path, size: int, seed: int) -> Path:
    """A folder of `size` CIs, about two relationships each, some in groups, and a change for every tenth CI.

    Different seeds share most of their CIs and half of their relationships, so that importing one after the other
    creates, updates, leaves alone and (in a full run) ends.
    """
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    ids = [f"ci-{number:06}" for number in range(size) if number % 20 or (number // 20 + seed) % 2]
    _write(folder / "cis.csv", "ci_id,name,ci_class,site,recovery_time,rack_unit", _cis(ids, rng))
    columns = "source,type,target,strength,redundancy_group,min_available"
    _write(folder / "relationships.csv", columns, _relationships(ids, rng))
    changes = [[f"C-{number}", f"move {rng.randrange(3)}", ids[number]] for number in range(0, len(ids), 10)]
    _write(folder / "changes.csv", "change_id,title,affected", changes)
    return folder


def _cis(ids: Sequence[str], rng: random.Random) -> Iterable[list[str]]:
    yield ["site-1", "主机房", "site", "", "", ""]
    yield ["site-2", "备机房", "site", "", "", ""]
    for ci_id in ids:
        # the class of a CI stays, what else is said of it does not
        ci_class = CLASSES[int(ci_id[3:]) % len(CLASSES)]
        name = f"系统 {rng.randrange(4)}"
        yield [
            ci_id,
            name,
            ci_class,
            f"site-{rng.randrange(1, 3)}",
            f"PT{rng.randrange(1, 9)}H",
            f"U{rng.randrange(40)}",
        ]


def _relationships(ids: Sequence[str], rng: random.Random) -> Iterable[list[str]]:
    for at, source in enumerate(ids[:-4]):
        yield [source, "depends_on", ids[at + 1], rng.choice(["", "soft"]), "", ""]
        if at % 7 == 0:
            for member in ids[at + 2 : at + 5]:
                yield [source, "runs_on", member, "", "g", "2"]
        elif rng.random() < 0.6:
            yield [source, "connects_through", rng.choice(ids[at + 1 :]), "", "", ""]


def _write(path: Path, header: str, rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)
