"""Compose files that nobody here wrote: what is known to be in them comes out, and nothing else."""

import csv
from pathlib import Path

import pytest

from importers.model import Weight
from tests.importers.compose_files import read
from tests.real_data import needs_real_data, real_data

pytestmark = pytest.mark.real_data

GOVUK, OPENIMIS = real_data("govuk"), real_data("openimis")


@needs_real_data("govuk")
def test_51_files_of_govuk_are_one_project_with_exactly_the_edges_that_are_known() -> None:
    seen = read(GOVUK)

    with (GOVUK / "depends_on_edges.csv").open(encoding="utf-8") as file:
        known = sorted((row["service"], row["depends_on"]) for row in csv.DictReader(file))
    assert seen.scopes == ["govuk"]
    assert len(seen.services) == 192
    assert len(known) == 370
    assert sorted(seen.related("depends_on")) == known


@needs_real_data("govuk")
def test_govuk_has_nothing_rejected_or_unresolved_and_keeps_no_password() -> None:
    seen = read(GOVUK)

    assert seen.findings(Weight.REJECTED) == seen.findings(Weight.UNRESOLVED) == []
    assert seen.keys(Weight.WARNING) == ["secrets"]
    assert "client-secret" not in repr(seen.seen)


@needs_real_data("openimis")
def test_openimis_has_8_services_and_3_dependencies_by_default() -> None:
    seen = read(OPENIMIS)

    assert len([name for name in seen.services if not name.startswith("replica-")]) == 8
    assert sorted(seen.related("depends_on")) == [("backend", "db"), ("frontend", "backend"), ("worker", "db")]
    assert seen.cis["openimis/db"]["image"] == "ghcr.io/openimis/openimis-pgsql:latest"
    assert len(seen.related("runs_on")) == 3
    assert seen.findings(Weight.REJECTED) == seen.findings(Weight.UNRESOLVED) == []


@needs_real_data("openimis")
def test_the_missing_env_files_of_openimis_and_its_undefined_variables_are_warnings() -> None:
    seen = read(OPENIMIS)

    missing = [
        str(each.message.params["path"]) for each in seen.findings(Weight.WARNING) if "path" in each.message.params
    ]
    assert sorted(missing) == [str(OPENIMIS / name) for name in (".env", ".env.openSearch", ".env.redis")]
    assert set(seen.keys(Weight.WARNING)) == {"env_file_missing", "variable_undefined"}


def test_the_projects_own_compose_file_is_read_whole() -> None:
    own = Path(__file__).parents[2] / "docker-compose.yml"
    if not own.is_file():
        pytest.skip("the project has no docker-compose.yml")

    seen = read(own)

    assert seen.services
    assert seen.findings(Weight.REJECTED) == seen.findings(Weight.UNRESOLVED) == []
