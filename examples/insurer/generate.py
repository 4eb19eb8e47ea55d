"""Write the living example: `python -m examples.insurer.generate` from the top of the checkout."""

import csv
import json
from pathlib import Path

from examples.insurer.estate import Estate, build
from examples.insurer.records import records

SEED = 20120074
HERE = Path(__file__).parent
DEMO = {"flaw": "array-a-1", "held": "db-hexin-1", "change": "CHG-E01"}
ORDER = (
    "ci_id",
    "name",
    "name_en",
    "ci_class",
    "status",
    "environment",
    "site",
    "owner",
    "criticality",
    "recovery_time",
)


def generate() -> Estate:
    """The example, the same every time."""
    estate = build(SEED)
    records(estate)
    return estate


def write(estate: Estate, folder: Path) -> None:
    """The tables as inventory files, the flaws, and what the demo shows."""
    (folder / "inventory").mkdir(parents=True, exist_ok=True)
    for table, rows in estate.tables.items():
        columns = dict.fromkeys(name for name in ORDER if any(name in row for row in rows))
        columns |= dict.fromkeys(name for row in rows for name in row)
        kept = [name for name in columns if any(row.get(name) for row in rows)]
        _write(folder / "inventory" / f"{table}.csv", kept, rows)
    _write(
        folder / "flaws.csv", ["kind", "subject", "evidence"], sorted(estate.flaws, key=lambda row: tuple(row.values()))
    )
    (folder / "demo.json").write_text(json.dumps(DEMO, indent=2) + "\n", encoding="utf-8")


def _write(path: Path, columns: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    write(generate(), HERE)
