"""The examples of the page on pipelines: they are what GitHub and GitLab take, and their scripts do what they say."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.review_told import MARKER
from importers.safe_yaml import load_documents
from importers.terraform.plan_map import plan_map_of
from tests.api.command import COMMAND, ESTATE, Run, environment, runner
from tests.engines import Database, inventory
from tests.importers.terraform_plans import DELETE, plan, resource

PAGE = Path(__file__).parents[2] / "docs" / "pipelines.md"
SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}


def block(name: str) -> str:
    (found,) = re.findall(rf"^```yaml {name}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return str(found)


def scripts(name: str) -> list[str]:
    """The scripts of an example, in their order."""
    document: Any = yaml.safe_load(block(name))
    if name == "gitlab":
        return ["\n".join(document["review"]["script"])]
    return [step["run"] for step in document["jobs"]["review"]["steps"] if "run" in step]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a pipeline has checked out: a plan, the map of the page, and programs to call."""
    (tmp_path / "plan.json").write_text(
        json.dumps(plan(resource("module.db.aws_db_instance.policy", DELETE))), encoding="utf-8"
    )
    (tmp_path / "faultline-map.yaml").write_text(block("map"), encoding="utf-8")
    (tmp_path / "bin").mkdir()
    program(tmp_path, "faultline", f'exec {shlex.join(COMMAND)} "$@"')
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def done(folder: Path, script: str, programs: Path | None = None, **more: str) -> int:
    """The exit code of a script, run as the pipeline's shell runs it."""
    path = f"{(programs or folder) / 'bin'}{os.pathsep}{os.environ['PATH']}"
    python = os.pathsep.join(sys.path)
    given = {**os.environ, "PATH": path, "PYTHONPATH": python, **more}
    return subprocess.run(["bash", "-e", "-c", script], cwd=folder, env=given, check=False).returncode


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_example_is_what_the_service_takes(name: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yml"
    path.write_text(block(name), encoding="utf-8")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[name], str(path)]

    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_map_of_the_page_is_one() -> None:
    (document,) = load_documents(block("map"), "map")
    found = plan_map_of(document)

    assert found.resources.find("module.claims.aws_instance.x") == "app-2"
    assert (found.effects["update"], found.change["back_out_plan"]) == ("outage", "DOC-1")


def test_a_comment_is_written_once_and_then_brought_up_to_date(folder: Path) -> None:
    program(folder, "gh", 'case "$*" in *--jq*) cat known;; *) echo "$@" >> calls;; esac')
    comment = scripts("github")[1]
    for known in ("", "41\n42\n"):
        (folder / "known").write_text(known, encoding="utf-8")
        assert done(folder, comment, GITHUB_REPOSITORY="o/r", NUMBER="7") == 0

    assert (folder / "calls").read_text(encoding="utf-8").splitlines() == [
        "api --method POST repos/o/r/issues/7/comments -F body=@review.md",
        "api --method PATCH repos/o/r/issues/comments/41 -F body=@review.md",
    ]
    assert MARKER in comment


@pytest.mark.storage
@pytest.mark.processes
def test_the_reviews_of_the_examples_leave_their_files_and_end_as_the_verdict_says(
    embedded_engine: Database, folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    embedded_engine.wipe()
    for name, value in environment(embedded_engine, folder / "data").items():
        monkeypatch.setenv(name, value)
    run: Run = runner(capfd)
    assert run("import", "inventory", inventory(folder / "estate", ESTATE)).code == 0

    # of the target branch the map as it was agreed on
    target = folder / "target"
    target.mkdir()
    (folder / "faultline-map.yaml").rename(target / "faultline-map.yaml")
    commit = ("-c", "user.name=x", "-c", "user.email=x@x.example", "commit", "-qm", "x")
    for words in (("init", "-q", "-b", "main"), ("add", "."), commit):
        subprocess.run(["git", "-C", str(target), *words], check=True)
    for words in (("init", "-q"), ("remote", "add", "origin", str(target))):
        subprocess.run(["git", "-C", str(folder), *words], check=True)

    # db-1 holds up a service of high criticality alone
    assert done(target, scripts("github")[0].replace("plan.json", "../plan.json"), folder) == 1
    assert done(folder, scripts("gitlab")[0], CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main") == 1
    for name in ("review.md", "review.sarif"):
        (target / name).rename(folder / name)

    assert (folder / "review.md").read_text(encoding="utf-8").startswith(f"{MARKER}\n# ■ ")
    assert json.loads((folder / "review.sarif").read_text(encoding="utf-8"))["version"] == "2.1.0"
    assert (folder / "review.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "<failure" in (folder / "review.xml").read_text(encoding="utf-8")
