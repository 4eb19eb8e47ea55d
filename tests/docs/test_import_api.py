"""Every example of the page on importing over the API does what the page says, against a server."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.served import serving
from tests.engines import Database

PAGE = Path(__file__).parents[2] / "docs" / "import-api.md"
BLOCK = re.compile(r"```(sh|python)\n(.*?)```", re.DOTALL)
SHELL = ["bash", "-euo", "pipefail", "-c"]


@pytest.mark.processes
@pytest.mark.neo4j_long
def test_the_examples_of_the_page_run(database: Database, tmp_path: Path) -> None:
    examples = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    printed = []
    with serving(database, tmp_path) as (_, url):
        for kind, text in examples:
            words = [*SHELL, text] if kind == "sh" else [sys.executable, "-c", text]
            done = subprocess.run(
                words,
                env={**os.environ, "FAULTLINE_URL": url},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, (text, done.stdout, done.stderr)
            printed.append(done.stdout)

    stream, table, parts, by_hand, events = printed
    assert json.loads(stream)["report"]["created"] == {"cis": 2, "relationships": 1, "records": 0}
    assert json.loads(table)["report"]["dry_run"]
    assert json.loads(parts) == {"cis": 3}
    assert json.loads(by_hand)["data"]["upsertCis"]["__typename"] == "UpsertCisPayload"
    first, data = events.splitlines()
    assert (first, json.loads(data.removeprefix("data: "))["data"]["revisions"]["counts"]["cis"]) == ("event: next", 2)
