"""The frame: packages and their order, what the wheel holds, locks, tests that mirror the folders."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import distributions, packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("graph", "queries", "importers", "api")
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKS = ("requirements.lock", "requirements-dev.lock")
_PINNED = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(requirements: list[str]) -> set[str]:
    return {normal(re.split(r"[^\w.-]", requirement, maxsplit=1)[0]) for requirement in requirements}


def test_no_other_distribution_owns_one_of_our_names() -> None:
    owners: dict[str, set[str]] = {name: set() for name in PACKAGES}
    for distribution in distributions():
        top = (distribution.read_text("top_level.txt") or "").split()
        files = {file.parts[0].removesuffix(".py") for file in distribution.files or () if file.suffix == ".py"}
        for name in {*top, *files} & owners.keys():
            owners[name].add(normal(distribution.metadata["Name"]))

    assert {owner for some in owners.values() for owner in some} <= {"faultline"}
    assert any(normal(distribution.metadata["Name"]) == "faultline" for distribution in distributions())


def test_the_project_can_never_be_uploaded_by_mistake() -> None:
    assert PROJECT["name"] == "faultline"
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]
    assert PROJECT["scripts"] == {"faultline": "api.cli:main"}
    assert PROJECT["license"] == "Apache-2.0"


def test_the_tests_mirror_the_folders_and_each_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "tests").rglob("*.py")}

    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
    mirrored = {folder.relative_to(ROOT / "tests").parts[0] for folder in folders if folder != ROOT / "tests"}
    assert [name for name in mirrored if not (ROOT / name).is_dir()] == []
    assert set(PACKAGES) <= mirrored


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_a_hash_for_everything_and_names_no_host(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())

    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?://|index-url|find-links|trusted-host", text)


def test_the_locks_hold_what_the_project_asks_for_at_one_version() -> None:
    runtime, development = (
        {normal(name): version for name, version in _PINNED.findall((ROOT / lock).read_text(encoding="utf-8"))}
        for lock in LOCKS
    )

    assert wanted(PROJECT["dependencies"]) <= runtime.keys()
    assert wanted(PROJECT["optional-dependencies"]["dev"]) <= development.keys()
    assert {name: development[name] for name in runtime} == runtime


def test_the_wheel_holds_the_four_packages_with_all_their_data(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)

    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    files = [path for name in PACKAGES for path in (ROOT / name).rglob("*") if path.is_file()]
    kept = {path.relative_to(ROOT).as_posix() for path in files if path.suffix not in (".pyc", ".nbc", ".nbi")}

    assert kept <= held
    assert {Path(name).parts[0] for name in held} == {*PACKAGES, f"faultline-{PROJECT['version']}.dist-info"}
    assert {f"{name}/py.typed" for name in PACKAGES} <= held


def test_what_questions_may_not_import_is_all_that_the_project_depends_on_but_what_they_need() -> None:
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (forbidden,) = [set(c["forbidden_modules"]) for c in linter["contracts"] if c["name"].startswith("questions need")]
    needed = {"numpy", "numba", "networkx", "python-dateutil", "chinesecalendar"}

    modules: dict[str, set[str]] = {}
    for module, owners in packages_distributions().items():
        for owner in owners:
            modules.setdefault(normal(owner), set()).add(module)
    wheels = wanted(PROJECT["dependencies"]) - {"neo4j-rust-ext"}  # which lies inside of neo4j
    assert {owner for owner in wheels if not modules[owner] & forbidden} == needed


@pytest.mark.long
def test_an_import_against_the_flow_is_refused(tmp_path: Path) -> None:
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    linter = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]

    kept = subprocess.run(linter, cwd=tmp_path, capture_output=True, text=True, check=False)
    (tmp_path / "queries" / "wrong.py").write_text("import api\nimport graph.store\n", encoding="utf-8")
    (tmp_path / "importers" / "wrong.py").write_text("import neo4j\n", encoding="utf-8")
    broken = subprocess.run(linter, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert kept.returncode == 0, kept.stdout
    assert "3 broken" in broken.stdout
