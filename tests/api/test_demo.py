"""The main job as `make demo` runs it: the living example on the embedded engine, a flaw, a redundancy that held."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.api.command import COMMAND

PATIENCE = 300  # seconds on a busy machine
pytestmark = pytest.mark.storage


def demo(data_dir: Path, language: str) -> str:
    """What the demo prints on a data directory; it ends after printing."""
    given = {**os.environ, "FAULTLINE_DEMO_ONCE": "1", "FAULTLINE_LANG": language, "COLUMNS": "100"}
    done = subprocess.run(
        [*COMMAND, "--data-dir", str(data_dir), "demo"],
        env=given,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_demo_finds_a_flaw_and_a_redundancy_that_held_in_both_languages(tmp_path: Path) -> None:
    english = demo(tmp_path / "data", "en")
    chinese = demo(tmp_path / "data", "zh")

    for said in (english, chinese):
        assert "array-a-1" in said
        assert "db-hexin-1" in said
        assert "impact array-a-1 --json" in said
    # the same figures, whatever the language, and nothing new the second time
    figures = [line for line in english.splitlines() if "revision" in line]
    assert len(figures) == 1
    revision = figures[0].rstrip(".").split()[-1]
    assert revision in chinese
