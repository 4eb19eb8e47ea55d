"""The living example (`examples/insurer`), imported: what `faultline demo` shows, and fills an empty register.

Its coming nights are written down with dates. Once they are over, what was coming is moved on by whole weeks, so that
whoever looks has nights ahead; what has been stays where it is.
"""

import csv
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from graph.errors import BadInputError

if TYPE_CHECKING:
    from api.register import Register
    from importers.run import Watch

EXAMPLE = Path(__file__).parents[1] / "examples" / "insurer"
SCOPE = "insurer"
AS_OF = datetime.fromisoformat(
    "2026-11-23T18:00:00+08:00"
)  # what lies after it was coming when the example was written
WEEK = timedelta(weeks=1)
MOVED = {"changes": ("planned_start", "planned_end"), "windows": ("from", "to")}  # the end comes last


def chosen() -> dict[str, str]:
    """What the demo shows: `flaw` and `held` are CIs, `change` is the change that it reviews."""
    found: dict[str, str] = json.loads((EXAMPLE / "demo.json").read_text(encoding="utf-8"))
    return found


def load_example(register: "Register", actor: str, now: datetime, watch: "Watch | None" = None) -> dict[str, Any]:
    """Import the example, with nights to come; the report as JSON, and by how many `weeks` they were moved.

    BadInputError `cli.demo_missing` where there is no checkout.
    """
    from importers.inventory import SOURCE
    from importers.model import Request
    from importers.run import run_import

    folder = EXAMPLE / "inventory"
    if not folder.is_dir():
        raise BadInputError("cli.demo_missing")
    weeks = weeks_until(now, folder)
    with moved(folder, weeks) as files:
        request = Request([files], register.settings, scope=SCOPE, ontology=register.store.ontology)
        return {**run_import(SOURCE, request, register.store, actor, watch=watch).plain(), "weeks": weeks}


def weeks_until(now: datetime, folder: Path) -> int:
    """By how many weeks the change that the demo reviews has to move to be still to come; 0 as long as it is."""
    change = chosen()["change"]
    start = next(row["planned_start"] for row in _rows(folder / "changes.csv") if row["change_id"] == change)
    return max(0, -((datetime.fromisoformat(start) - now) // WEEK))


@contextmanager
def moved(folder: Path, weeks: int) -> Iterator[Path]:
    """The inventory with what was coming moved on: the windows of coming changes, and windows that are not repeated."""
    if not weeks:
        yield folder
        return
    with TemporaryDirectory(prefix="faultline-example-") as path:
        made = Path(path) / folder.name
        shutil.copytree(folder, made)
        for table, fields in MOVED.items():
            _move(made / f"{table}.csv", fields, weeks * WEEK)
        yield made


def _move(file: Path, fields: tuple[str, ...], by: timedelta) -> None:
    rows = list(_rows(file))
    for row in rows:
        if row[fields[-1]] and datetime.fromisoformat(row[fields[-1]]) > AS_OF:
            row.update({name: (datetime.fromisoformat(row[name]) + by).isoformat() for name in fields})
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as read:
        yield from csv.DictReader(read)
