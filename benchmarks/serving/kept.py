"""Registers with coming changes: made for one run, or kept in a folder, from which each run takes a copy.

At a million CIs making one takes a quarter of an hour, measuring it two minutes.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks.estates import LayeredEstate
from benchmarks.figures import say
from benchmarks.inventory import write_inventory
from benchmarks.register import in_a_process
from benchmarks.serving.drawn import month_after, write_changes
from benchmarks.storage import running_engine

ABOUT = "about.json"


@dataclass(frozen=True)
class Made:
    """A register's folder, the month of its changes as YYYY-MM-DD, and how many CIs the largest of them affects."""

    data: Path
    month: str
    largest: int


@contextmanager
def register_with_changes(
    kind: str, made: LayeredEstate, kept: Path | None, settle: Callable[[Path], None]
) -> Iterator[Made]:
    """A register on an engine that runs.

    `settle`: what is done once with a new one that is kept. One whose changes are no longer to come is made anew.
    """
    month = month_after(datetime.now(UTC).date())
    with tempfile.TemporaryDirectory(prefix="faultline-bench-", ignore_cleanup_errors=True) as folder:
        data = Path(folder) / "data"
        if kept is None:
            with running_engine(kind, data):
                yield Made(data, month.isoformat(), _filled(kind, made, data, month))
            return
        stock = kept / f"{kind}-{made.n}"
        if _month_of(stock) != month.isoformat():
            shutil.rmtree(stock, ignore_errors=True)
            with running_engine(kind, stock / "data"):
                largest = _filled(kind, made, stock / "data", month)
                settle(stock / "data")
            (stock / ABOUT).write_text(json.dumps({"month": month.isoformat(), "largest": largest}), encoding="utf-8")
        say(f"{kind}, {made.n:,} CIs: a copy of the register in {stock}")
        shutil.copytree(stock / "data", data)
        about = json.loads((stock / ABOUT).read_text(encoding="utf-8"))
        with running_engine(kind, data):
            yield Made(data, **about)


def _month_of(stock: Path) -> str | None:
    about = stock / ABOUT
    return str(json.loads(about.read_text(encoding="utf-8"))["month"]) if about.is_file() else None


def _filled(kind: str, made: LayeredEstate, data: Path, month: date) -> int:
    say(f"{kind}, {made.n:,} CIs: a register with coming changes")
    files = data.parent / "inventory"
    write_inventory(made, files)
    largest = write_changes(made, files, month)
    in_a_process("import", str(data), str(files), str(made.n))
    shutil.rmtree(files)
    return largest
