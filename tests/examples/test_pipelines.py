"""The pipelines of `examples/pipelines`: taken by their services, and every command of them run in a sandbox."""

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
from tests.api.command import COMMAND, ESTATE, environment
from tests.engines import Database, inventory
from tests.examples.recorded import TOKEN, Recorded, recording
from tests.importers.terraform_plans import CREATE, DELETE, plan, resource

FOLDER = Path(__file__).parents[2] / "examples" / "pipelines"
SCHEMAS = {"github": "vendor.github-workflows", "gitlab": "vendor.gitlab-ci"}
# what the service puts in the place of an expression
HOSTILE = "import builtins\nbuiltins.open('stolen', 'a').write('x')\nraise SystemExit(9)\n"
EXPRESSIONS = {
    "vars.FAULTLINE_SNAPSHOT_URL": "{url}/estate.faultline",
    "secrets.FAULTLINE_SNAPSHOT_TOKEN": TOKEN,
    "github.token": TOKEN,
    "github.event.number": "12",
    "github.event.pull_request.base.sha": "0" * 40,
}


def document(name: str) -> Any:
    return yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_example_is_what_the_service_takes(name: str) -> None:
    path = str(FOLDER / f"{name}.yml")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", SCHEMAS[name], path]

    checked = subprocess.run(command, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> bytes:
    """A snapshot file of the estate of the tests."""
    database: Database = request.getfixturevalue("embedded_engine")
    database.wipe()
    folder = tmp_path_factory.mktemp("snapshot")
    given = {**os.environ, **environment(database, folder / "data"), "PYTHONPATH": os.pathsep.join(sys.path)}
    for words in (("import", "inventory", inventory(folder / "estate", ESTATE)), ("export", "snapshot", folder / "s")):
        subprocess.run([*COMMAND, *map(str, words)], env=given, check=True, capture_output=True)
    return (folder / "s").read_bytes()


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """What a runner has: programs to call, and what the repository holds."""
    (tmp_path / "bin").mkdir()
    program(tmp_path, "faultline", f'exec {shlex.join(COMMAND)} "$@"')
    program(tmp_path, "terraform", 'test "$1" != show || cat wanted.json')
    agreed = {name: (FOLDER / name).read_text(encoding="utf-8") for name in ("comment.py", "map.yaml")}
    keep(tmp_path / "base/.github/faultline", agreed)  # where the workflow checks out what was agreed on
    target = tmp_path / "target"
    keep(target / ".faultline", agreed)
    for words in (
        ("init", "-q", "-b", "main"), ("add", "."),
        ("-c", "user.name=x", "-c", "user.email=x@x.example", "commit", "-qm", "x"),
    ):  # fmt: skip
        subprocess.run(["git", "-C", str(target), *words], check=True)
    for words in (("init", "-q", "-b", "mine"), ("remote", "add", "origin", str(target))):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True)
    # what whoever asks for the merge has written: it takes the secrets, and judges nothing
    theirs = {"comment.py": HOSTILE, "map.yaml": "no_ci: ['*']\n", "json.py": HOSTILE}
    keep(tmp_path / ".github/faultline", theirs)
    keep(tmp_path / ".faultline", theirs)
    keep(tmp_path, dict.fromkeys(("json.py", "urllib.py", "sitecustomize.py", "os.py"), HOSTILE))
    return tmp_path


def keep(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def program(folder: Path, name: str, text: str) -> None:
    path = folder / "bin" / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def wanted(folder: Path, *changes: dict[str, Any]) -> None:
    """The plan that the next run makes."""
    (folder / "wanted.json").write_text(json.dumps(plan(*changes)), encoding="utf-8")


def done(folder: Path, script: str, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A script run as the pipeline's shell runs it; nothing of a register is in its environment."""
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAULTLINE_")}
    every = {**kept, "PATH": path, "PYTHONPATH": os.pathsep.join(sys.path), "FAULTLINE_LANG": "en",
             "PYTHONSAFEPATH": "1",  # as the command that is installed is: it imports nothing from where it is called
             "FAULTLINE_NEO4J_URI": "bolt://127.0.0.1:1", **given}  # fmt: skip
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env=every,
        check=False,
        text=True,
        capture_output=True,
    )


def on_github(folder: Path, url: str) -> dict[str, int]:
    """The exit code of each step of the workflow, run as GitHub runs them: after a failure only those that say so."""
    codes: dict[str, int] = {}
    jobs = document("github")["jobs"]
    for step in (*jobs["plan"]["steps"], *jobs["review"]["steps"]):
        condition = step.get("if", "")
        if "run" not in step or (any(codes.values()) and "!cancelled()" not in condition):
            continue
        if not all((folder / name).exists() for name in re.findall(r"hashFiles\('(.*?)'\)", condition)):
            continue
        named = {name: filled(str(value), url) for name, value in step.get("env", {}).items()}
        given = {"GITHUB_API_URL": url, "GITHUB_REPOSITORY": "o/r", **named}
        ended = done(folder, step["run"], given)
        codes[step["name"]] = ended.returncode
        assert "Traceback" not in ended.stderr, ended.stderr
    return codes


def on_gitlab(folder: Path, url: str) -> dict[str, int]:
    """The exit code of the script of the job, and of what comes after it."""
    first, job = document("gitlab")["plan"], document("gitlab")["plan review"]
    given = {
        **job["variables"], "CI_API_V4_URL": url, "CI_PROJECT_ID": "5", "CI_MERGE_REQUEST_IID": "12",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "FAULTLINE_COMMENT_TOKEN": TOKEN, "FAULTLINE_SNAPSHOT_TOKEN": TOKEN,
        "FAULTLINE_SNAPSHOT_URL": f"{url}/estate.faultline",
    }  # fmt: skip
    assert done(folder, "\n".join(first["script"]), {}).returncode == 0
    script = done(folder, "\n".join(job["script"]), given)
    after = done(folder, "\n".join(job["after_script"]), given)
    assert "Traceback" not in script.stderr + after.stderr, script.stderr + after.stderr
    return {"review": script.returncode, "comment": after.returncode}


def filled(text: str, url: str) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: EXPRESSIONS[found[1]].format(url=url), text)


BLOCKED = resource("module.db.aws_db_instance.policy", DELETE)
HARMLESS = resource("random_id.x", CREATE)


@pytest.mark.storage
@pytest.mark.processes
@pytest.mark.parametrize(
    ("run", "first", "again"),
    [
        (on_github, ("POST", "/repos/o/r/issues/12/comments"), ("PATCH", "/repos/o/r/issues/comments/{id}")),
        pytest.param(
            on_gitlab,
            ("POST", "/projects/5/merge_requests/12/notes"),
            ("PUT", "/projects/5/merge_requests/12/notes/{id}"),
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_pipeline_asks_the_snapshot_and_keeps_one_comment(
    sandbox: Path, snapshot: bytes, run: Any, first: tuple[str, str], again: tuple[str, str]
) -> None:
    recorded = Recorded(snapshot, before=230)
    with recording(recorded) as url:
        wanted(sandbox, BLOCKED)
        blocked = run(sandbox, url)
        # what is written is the review, and of all steps only that one failed
        assert {name for name, code in blocked.items() if code} == {"review"}
        assert recorded.comments[-1]["body"].startswith(f"{MARKER}\n# ■ ")
        assert "module.db.aws\\_db\\_instance.policy" in recorded.comments[-1]["body"]

        wanted(sandbox, HARMLESS)
        harmless = run(sandbox, url)

    assert set(harmless.values()) == {0}
    assert recorded.asked == [first, (again[0], again[1].format(id=231))]
    assert len(recorded.comments) == 231
    assert recorded.comments[-1]["body"].startswith(f"{MARKER}\n# △ ")
    assert recorded.comments[0]["body"] == MARKER  # what somebody else wrote is left alone
    assert not (sandbox / "stolen").exists(), "nothing that the request brings is run beside the secrets"


def test_what_a_request_brings_runs_where_there_are_no_secrets() -> None:
    jobs = document("github")["jobs"]
    assert "secrets." not in json.dumps(jobs["plan"])
    assert "github.token" not in json.dumps(jobs["plan"])
    assert "permissions" not in jobs["plan"], "it may read alone"
    places = [step.get("with", {}) for step in jobs["review"]["steps"] if "checkout" in step.get("uses", "")]
    assert [each["ref"] for each in places] == ["${{ github.event.pull_request.base.sha }}"]
    gitlab = document("gitlab")
    assert ("environment" in gitlab["plan"], gitlab["plan review"]["environment"]["name"]) == (False, "faultline")
    assert "FAULTLINE" not in json.dumps(gitlab["plan"])


@pytest.mark.storage
@pytest.mark.processes
def test_a_snapshot_that_does_not_come_or_is_cut_off_stops_the_pipeline(sandbox: Path, snapshot: bytes) -> None:
    wanted(sandbox, HARMLESS)
    recorded = Recorded(snapshot[:-50])
    with recording(recorded) as url:
        assert on_github(sandbox, url) == {"plan": 0, "snapshot": 0, "review": 2}
        assert on_gitlab(sandbox, url)["review"] == 2
    assert (recorded.asked, recorded.comments) == ([], [])


def test_a_long_review_is_cut_at_the_end_of_a_line() -> None:
    from examples.pipelines.comment import LONGEST, shortened

    text = "\n".join([MARKER, *(["一行文字" * 10] * 3_000)])
    found = shortened(text)

    assert len(found) <= LONGEST + 10
    assert found.startswith(MARKER)
    assert (found.splitlines()[-1], found.splitlines()[-3]) == ("…", "一行文字" * 10)
    assert shortened("short") == "short"
