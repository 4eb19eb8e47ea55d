"""`faultline review DIR`: files of Kubernetes and Compose judged as the change that applying them would be."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.command import Run, environment, runner
from tests.conftest import BOTH
from tests.engines import Database, inventory, running, why_not
from tests.schemas import validated

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
FOLDER = Path(__file__).parent / "manifests"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "expected.toml").read_text(encoding="utf-8"))
CASES = [(kind, name) for kind, cases in EXPECTED.items() for name in cases]
AT = ("--at", "2026-11-27T00:00:00", "--from", "2026-11-28T22:00:00", "--to", "2026-11-29T02:00:00")
PAPERS = {"category": "standard", "back_out_plan": "D", "test_evidence": ["D"], "assessment": "D"}
# services that rest on what the files describe
ABOVE = {
    "cis": """\
ci_id,name,ci_class,criticality
svc-shop,Shop,business_service,critical
svc-api,Interface,business_service,high
app-legacy,Legacy,application,
""",
    "relationships": """\
source,type,target
svc-shop,depends_on,compose:shop/web
svc-api,depends_on,compose:shop/api
app-legacy,depends_on,compose:shop/api
svc-shop,depends_on,k8s:default/shop/service/web
""",
}


@pytest.fixture(scope="module", params=BOTH)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Path]]:
    """Both folders of before in a register, with services above them."""
    if lacking := why_not(request.param):
        pytest.skip(lacking)
    folder = tmp_path_factory.mktemp("manifests")
    inventory(folder / "above", ABOVE)
    (folder / "map.json").write_text(json.dumps({"change": PAPERS}), encoding="utf-8")
    with running(request.param, folder / "engine") as database:
        yield database, folder


@pytest.fixture
def asked(world: tuple[Database, Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command line on that register."""
    database, folder = world
    for name, value in environment(database, folder / "data").items():
        monkeypatch.setenv(name, value)
    run = runner(capfd)
    if not (folder / "s.faultline").exists():
        assert run("import", "compose", FOLDER / "compose" / "before").code == 0
        assert run("import", "kubernetes", FOLDER / "kubernetes" / "before").code == 0
        assert run("import", "inventory", folder / "above").code == 0
        assert run("export", "snapshot", folder / "s.faultline").code == 0
    return run


def told(world: tuple[Database, Path], run: Run, *words: str | Path) -> dict[str, Any]:
    answered = run("review", *words, *AT, "--map", world[1] / "map.json", "--json")
    return dict(validated("review", answered.json))


def summary(answer: dict[str, Any]) -> dict[str, Any]:
    """What the file of expectations says of a case."""
    happens = {each["ci_id"]: each["happens"] for each in answer["manifests"]["cis"] if each["happens"] != "added"}
    return {
        "verdict": answer["alone"]["verdict"],
        "reasons": sorted({each["key"] for each in answer["alone"]["reasons"]}),
        "happens": {ci_id.partition("shop/")[2]: what for ci_id, what in sorted(happens.items())},
        "open": answer["manifests"]["open"],
    }


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_files_are_judged_as_expected_by_the_register_by_its_snapshot_and_by_the_files_before(
    world: tuple[Database, Path], asked: Run, kind: str, name: str
) -> None:
    expected = EXPECTED[kind][name]
    folder = FOLDER / kind / name

    with_register = told(world, asked, folder)
    without = told(world, asked, folder, "--snapshot", world[1] / "s.faultline")
    with_files = told(world, asked, folder, "--before", FOLDER / kind / "before")

    assert summary(with_register) == {key: expected[key] for key in ("verdict", "reasons", "happens", "open")}
    assert {**without, "snapshot": None} == {**with_register, "snapshot": None}
    assert summary(with_files) == {**summary(with_register), **expected.get("files", {})}


def test_a_part_that_cannot_be_used_is_named_with_its_place_and_nothing_is_taken_for_removed(
    world: tuple[Database, Path], asked: Run
) -> None:
    folder = FOLDER / "compose" / "half-broken"
    answer = told(world, asked, folder)
    text = asked("review", folder, *AT).out

    (part,) = answer["manifests"]["parts"]
    assert (part["file"], part["line"], part["field"]) == (
        "half-broken/compose.yaml", 10, "services.api.deploy.replicas"
    )  # fmt: skip
    assert answer["manifests"]["kept"] > 1
    assert "could not be used: none of them is taken for removed" in text
    assert answer["verdict"] == "review"


def test_what_the_map_calls_nothing_to_judge_is_counted_and_no_reason(
    world: tuple[Database, Path], asked: Run, tmp_path: Path
) -> None:
    path = tmp_path / "map.json"
    path.write_text(json.dumps({"change": PAPERS, "no_ci": ["kubernetes:Role.*"]}), encoding="utf-8")
    answer = asked("review", FOLDER / "kubernetes" / "another-kind", *AT, "--map", path, "--json").json

    assert (answer["manifests"]["open"], answer["manifests"]["no_ci"]) == (0, 1)
    assert "unmapped_resource" not in {each["key"] for each in answer["alone"]["reasons"]}


def test_the_effects_of_a_map_count(world: tuple[Database, Path], asked: Run, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("effects: {restart: degraded}\n", encoding="utf-8")
    answer = asked("review", FOLDER / "compose" / "image", *AT, "--map", path, "--json").json

    assert answer["impact"]["seeds"] == [{"ci_id": "compose:shop/web", "effect": "degraded"}]


def test_files_that_the_register_knows_nothing_of_are_named(
    world: tuple[Database, Path], asked: Run, tmp_path: Path
) -> None:
    for name, tag in (("before", "1"), ("after", "2")):
        (tmp_path / name).mkdir()
        said = "labels: {faultline.ci_id: nobody}"
        text = f"name: other\nservices: {{web: {{image: 'x:{tag}', {said}}}, b: {{image: 'y:{tag}'}}}}\n"
        (tmp_path / name / "compose.yaml").write_text(text, encoding="utf-8")

    answer = told(world, asked, tmp_path / "after", "--before", tmp_path / "before")

    unknown = {
        each["params"]["ci_id"] for each in answer["alone"]["reasons"] if each["key"] == "unmapped_resource"
    }  # fmt: skip
    assert unknown == {"nobody", "compose:other/b"}
    assert answer["verdict"] == "review"


def test_one_file_several_files_and_a_field_of_another_data_source(
    world: tuple[Database, Path], asked: Run, tmp_path: Path
) -> None:
    web, db = (FOLDER / "kubernetes" / "image" / name for name in ("web.yaml", "db.yaml"))

    several = told(world, asked, web, db)
    named = told(world, asked, FOLDER / "kubernetes" / "image", "--as", "kubernetes")
    one = told(world, asked, FOLDER / "compose" / "image" / "compose.yaml", "--project", "shop")

    assert summary(several) == summary(named)
    assert summary(one)["happens"] == {"web": "restart"}


def test_what_cannot_be_asked_is_refused_by_name(world: tuple[Database, Path], asked: Run, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: [", encoding="utf-8")
    (tmp_path / "no").mkdir()
    (tmp_path / "map.json").write_text('{"effects": {"explode": "outage"}}', encoding="utf-8")
    for words, key in (
        (("CHG-1", "--before", "x"), "manifests.only_manifests"),
        (("CHG-1", "CHG-2"), "manifests.several"),
        ((tmp_path / "compose.yaml", "--as", "compose"), "yaml.syntax"),
        ((tmp_path / "no",), "kubernetes.no_files"),
        ((FOLDER / "compose" / "image", "--before", tmp_path / "nowhere"), "compose.not_found"),
        ((FOLDER / "compose" / "image", "--map", tmp_path / "map.json"), "edits.unknown_key"),
    ):
        answered = asked("review", *words, "--json")
        assert (answered.code, answered.json["error"]["key"]) == (2, key), words
