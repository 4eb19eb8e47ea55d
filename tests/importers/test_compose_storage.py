"""Compose runs on both engines: twice is once, what is gone ends, and what is rejected leaves no trace."""

from pathlib import Path

import pytest

from graph.store import Store
from tests.engines import imported
from tests.importers.compose_files import TWO, written
from tests.real_data import needs_real_data, real_data


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("name", "cis"),
    [
        pytest.param("govuk", 343, marks=needs_real_data("govuk")),
        pytest.param("openimis", 23, marks=needs_real_data("openimis")),
    ],
)
def test_a_real_project_imported_twice_writes_nothing_the_second_time(name: str, cis: int, store: Store) -> None:
    first = imported(store, real_data(name), source="compose")
    before = store.graph_hash()

    second = imported(store, real_data(name), source="compose")

    assert (first["scope"], first["full"], first["created"]["cis"], first["rejected"]) == (name, True, cis, [])
    assert (second["revisions"], second["missing"]) == (0, 0)
    assert store.graph_hash() == before


def test_what_is_gone_from_the_files_is_missing_and_its_relationships_end(store: Store, tmp_path: Path) -> None:
    folder = written(tmp_path / "shop", {"compose.yml": TWO + "  job: {image: shop, depends_on: [db]}\n"})
    imported(store, folder, source="compose")

    written(folder, {"compose.yml": TWO})
    report = imported(store, folder, source="compose")

    assert report["missing_cis"] == ["compose:shop/job"]
    assert report["ended"]["relationships"] == 2


def test_a_missing_env_file_or_an_undefined_variable_leaves_the_run_full(store: Store, tmp_path: Path) -> None:
    folder = written(tmp_path / "shop", {"compose.yml": TWO + "  job: {image: '${X}shop', env_file: none.env}\n"})
    imported(store, folder, source="compose")

    written(folder, {"compose.yml": "services: {db: {image: '${X}postgres', env_file: none.env}}"})
    report = imported(store, folder, source="compose")

    assert sorted(report["missing_cis"]) == ["compose:shop/job", "compose:shop/web", "image:shop:latest"]
    assert [each["key"] for each in report["warnings"]] == ["compose.variable_undefined", "compose.env_file_missing"]


@pytest.mark.parametrize(
    "text",
    [
        "services: {bad: {image: '${X:?}'}}",
        "include: [../out.yml]\nservices: {bad: {image: x}}",
        "include: [compose.yml]\nservices: {bad: {image: x}}",
        "services: {bad: {extends: bad}}",
        "services: {bad: {image: x, scale: many}}",
        "services: {bad: {image: x, depends_on: 5}}",
    ],
)
def test_what_is_rejected_leaves_the_hash_as_without_it_and_ends_nothing(
    text: str, store: Store, tmp_path: Path
) -> None:
    folder = written(tmp_path / "shop", {"compose.yml": TWO, "old/compose.yml": "services: {old: {image: x}}"})
    imported(store, folder, source="compose")
    before = store.graph_hash()

    written(tmp_path, {"out.yml": TWO})
    written(folder, {"old/compose.yml": text})
    report = imported(store, folder, source="compose")

    assert len(report["rejected"]) == 1
    assert (report["revisions"], report["missing"]) == (0, 0), report
    assert store.graph_hash() == before


def test_a_label_confirms_an_existing_ci_and_rejects_what_names_none(store: Store, tmp_path: Path) -> None:
    labelled = "services: {web: {image: x, labels: {faultline.ci_id: app}}, db: {image: y, links: [web]}}"
    folder = written(tmp_path / "shop", {"compose.yml": labelled})

    without = imported(store, folder, source="compose")
    inventory = written(tmp_path / "inventory", {"cis.csv": "ci_id,name,ci_class\napp,Policy,application\n"})
    imported(store, inventory)
    report = imported(store, folder, source="compose")

    assert {each["key"] for each in without["rejected"]} == {"row.unknown_ci"}
    assert report["rejected"] == []
    assert without["created"]["cis"] == 3  # db and both images: only what the label is on was rejected
    assert report["created"] == {"cis": 0, "relationships": 2, "records": 0}  # web's image, and that db depends on it
    assert report["updated"]["cis"] == 0
