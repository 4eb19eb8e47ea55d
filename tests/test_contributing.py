"""CONTRIBUTING.md is executed as written: its blocks are applied to a copy of the tree, and used end to end."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.texts import LANGUAGES
from tests.engines import Database

ROOT = Path(__file__).parents[1]
PACKAGES = ("graph", "queries", "importers", "api")
FRAME = ("tests/__init__.py", "tests/conftest.py", "tests/engines.py", "tests/graph/__init__.py",
         "tests/importers/__init__.py", "pyproject.toml")  # fmt: skip
_BLOCK = re.compile(r"^```(\w+)((?: \w+=[^\n]*)?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# in the copy, kernels would be compiled again for one small question
INTERPRETED = {"NUMBA_DISABLE_JIT": "1", "FAULTLINE_LANG": "en"}


@dataclass(frozen=True)
class Block:
    """A block: new lines for a file, at its end or below a line; or commands to run."""

    language: str
    text: str
    file: str = ""
    after: str = ""
    run: str = ""


def blocks() -> list[Block]:
    """The blocks in their order."""
    found = []
    for language, info, text in _BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        words = re.fullmatch(r" (?:run=(?P<run>\S+)|file=(?P<file>\S+)(?: after=(?P<after>.+))?)", info)
        assert words, f"a block without a file: {text[:60]}"
        found.append(Block(language, text, **{name: value or "" for name, value in words.groupdict().items()}))
    return found


BLOCKS = blocks()


def applied(block: Block, tree: Path) -> None:
    """Add the block's lines."""
    path = tree / block.file
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if block.after:
        assert before.count(f"{block.after}\n") == 1, f"{block.file} has no line {block.after}"
        after = before.replace(f"{block.after}\n", f"{block.after}\n{block.text}")
    else:
        after = before + block.text
    path.write_text(after, encoding="utf-8")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with every block applied."""
    tree = tmp_path_factory.mktemp("tree")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in FRAME:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tree / name)
    for block in BLOCKS:
        if block.file:
            applied(block, tree)
    return tree


def run(tree: Path, *words: str, **environment: str) -> str:
    """What Python prints in the copy."""
    own = {**os.environ, **INTERPRETED, "PYTHONPATH": str(tree), **environment}
    done = subprocess.run([sys.executable, *words], cwd=tree, env=own, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def commands(tree: Path, name: str, database: Database, folder: Path) -> list[dict[str, Any]]:
    """The answers of the commands of a block, on an engine."""
    text = next(block.text for block in BLOCKS if block.run == name)
    lines = [line.removeprefix("$ faultline ") for line in text.splitlines()]
    endpoint = database.endpoint
    environment = {
        "FAULTLINE_NEO4J_URI": endpoint.uri,
        "FAULTLINE_NEO4J_USER": endpoint.user,
        "FAULTLINE_NEO4J_PASSWORD": endpoint.password,
        "FAULTLINE_NEO4J_DATABASE": endpoint.database or "",
        "FAULTLINE_DATA_DIR": str(folder),
    }
    started = ("-c", "from api.cli import main; main()")
    return [json.loads(run(tree, *started, *line.split(), **environment)) for line in lines]


def test_every_row_of_what_must_stay_cheap_has_its_blocks() -> None:
    touched = [block.file for block in BLOCKS if block.file]

    assert [
        len([file for file in touched if file.endswith(part)]) for part in ("classes.toml", "relationships.toml")
    ] == [1, 1]
    assert [file for file in touched if file.startswith("importers/")] == [
        "importers/hosts.py",
        "importers/registry.py",
    ]
    assert [file for file in touched if file.endswith(".cypher")] == ["graph/store/cypher/ci_unowned.cypher"]
    assert [file for file in touched if "/texts/" in file] == [
        f"api/texts/{language}/cli.toml" for language in ("en", "zh")
    ]
    assert not [
        block.file
        for block in BLOCKS
        if not block.after and block.language == "python" and (ROOT / block.file).exists()
    ]


def test_what_is_added_keeps_the_house_rules(tree: Path) -> None:
    python = [block.file for block in BLOCKS if block.file.endswith(".py")]

    assert run(tree, "-m", "ruff", "check", "--quiet", *python) == ""
    assert run(tree, "-m", "ruff", "format", "--check", "--quiet", *python) == ""


@pytest.mark.processes
def test_the_test_of_the_added_importer_passes(tree: Path) -> None:
    said = run(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/importers/test_hosts.py")

    assert "1 passed" in said


def test_the_added_text_is_there_in_both_languages(tree: Path) -> None:
    told = "from api.texts import Texts; print(*[Texts(x)('cli.unowned', count=3) for x in ('zh', 'en')], sep='|')"

    said = run(tree, "-c", told, PYTHONUTF8="1").strip().split("|")

    assert len(LANGUAGES) == len(said) == 2
    assert all("3" in text for text in said)


def test_the_added_class_and_type_are_imported_stored_asked_and_exported(
    tree: Path, database: Database, tmp_path: Path
) -> None:
    shutil.rmtree(tree / "archive-copy", ignore_errors=True)

    report, impact, exported = commands(tree, "archive", database, tmp_path)

    assert (report["created"]["cis"], report["created"]["relationships"], report["rejected"]) == (4, 3, [])
    assert report["warnings"] == []
    assert impact["counts"] == {"outage": 2, "degraded": 0, "at_risk": 0}
    assert [service["ci_id"] for service in impact["services"]] == ["svc-archive"]
    assert (exported["rows"]["cis"], exported["rows"]["relationships"]) == (4, 3)
    stored = database.run(
        "MATCH (c:CI)-[r:archives_to]->(t:CI {ci_class: 'tape_library'}) RETURN t.slots AS s ORDER BY s"
    )
    assert stored == [{"s": 80}, {"s": 80}]
    assert "tape-1,Library 1,tape_library," in (tree / "archive-copy" / "cis.csv").read_text(encoding="utf-8")


def test_the_added_importer_imports_its_sample_and_a_second_time_changes_nothing(
    tree: Path, database: Database, tmp_path: Path
) -> None:
    (first,) = commands(tree, "hosts", database, tmp_path)
    (second,) = commands(tree, "hosts", database, tmp_path)

    assert (first["scope"], first["created"]["cis"]) == ("hosts", 2)
    assert [finding["line"] for finding in first["rejected"]] == [4]
    assert (second["revisions"], second["unchanged"]["cis"]) == (0, 2)


def test_the_test_of_the_added_statement_passes(
    tree: Path, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graph.store import statements

    name = "ci_unowned"
    text = (tree / "graph" / "store" / "cypher" / f"{name}.cypher").read_text(encoding="utf-8")
    monkeypatch.setattr(statements, "resources", Overlaid(tree))
    statements.statement.cache_clear()
    spec = importlib.util.spec_from_file_location("added", tree / "tests" / "graph" / f"test_{name}.py")
    assert spec
    assert spec.loader
    added = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(added)
    tests = [value for key, value in vars(added).items() if key.startswith("test_")]

    for test in tests:
        test(database.open(tmp_path / "head"))

    assert len(tests) == 1
    assert text.startswith(f"// {name}: ")
    statements.statement.cache_clear()


@dataclass(frozen=True)
class Overlaid:
    """The packages' files as they are in the copy."""

    tree: Path

    def files(self, package: str) -> Path:
        """The folder of a package."""
        return self.tree.joinpath(*package.split("."))
