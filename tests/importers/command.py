"""The command line as a process of its own, with small batches, so that a small input has many commits.

`python -m tests.importers.command KIND ROWS ARGUMENTS…` is `faultline ARGUMENTS…` with batches of ROWS rows; where it
starts an engine, one of that kind.
"""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import api.register
import importers.batches
import importers.load
from api.cli import main as faultline
from graph.engine import open_engine
from graph.settings import Settings

PATIENCE = 3.0  # seconds to go on trying; a test that killed the engine does not wait for a minute


def main(kind: str, rows: int, arguments: Iterable[str]) -> None:
    """Run one command."""
    chosen = Settings.from_environment

    def settings(environment: Mapping[str, str] | None = None) -> Settings:
        return replace(chosen(environment), retry_seconds=PATIENCE, engine_memory="512m", engine_linger=0.5)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Settings, "from_environment", settings)
        patch.setattr(api.register, "open_engine", partial(open_engine, kind=kind))
        patch.setattr(importers.batches, "BLOCK", rows)
        patch.setattr(importers.load, "BLOCK", rows)
        patch.setattr(sys, "argv", ["faultline", *arguments])
        faultline()


def command(kind: str, rows: int, *arguments: str | Path) -> list[str]:
    """What to start for it."""
    return [sys.executable, "-m", "tests.importers.command", kind, str(rows), *map(str, arguments)]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
