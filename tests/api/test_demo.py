"""The main job as `make demo` runs it: the living example on the embedded engine, a flaw, a redundancy that held."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.api.command import COMMAND
from tests.engines import inventory

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds on a busy machine
pytestmark = pytest.mark.storage


def demo(data_dir: Path, language: str) -> str:
    """What the demo prints on a data directory; it ends after printing."""
    # a register elsewhere is none of its business
    elsewhere = {"FAULTLINE_NEO4J_URI": "bolt://127.0.0.1:1"}
    given = {**os.environ, **elsewhere, "FAULTLINE_DEMO_ONCE": "1", "FAULTLINE_LANG": language, "COLUMNS": "100"}
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
    for said, page in ((english, "README.md"), (chinese, "README.zh.md")):
        printed = (ROOT / page).read_text("utf-8").split("<!-- demo -->\n\n```text\n")[1].split("```")[0]
        assert len(printed.splitlines()) > 5
        for part in printed.split("\n\n"):
            assert part.strip("\n") in said, f"{page} says what the demo does not"
    # the same figures, whatever the language, and nothing new the second time
    revisions = {found for said in (english, chinese) for found in re.findall(r"(?:revision|修订号) ?(\d+)", said)}
    assert len(revisions) == 1


@pytest.mark.long
def test_the_demo_is_not_imported_into_a_register_of_somebody(tmp_path: Path) -> None:
    folder = inventory(tmp_path / "mine", cis="ci_id,name,ci_class\na,a,host\n")
    given = {**os.environ, "FAULTLINE_DATA_DIR": str(tmp_path / "data"), "FAULTLINE_LANG": "en"}
    for words, code in ((["import", "inventory", str(folder)], 0), (["demo"], 2)):
        done = subprocess.run(
            [*COMMAND, *words], env=given, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == code, done.stderr

    assert "holds a register of yours" in done.stderr
