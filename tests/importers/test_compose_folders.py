"""What a folder is, and what its project is called (INTERFACES, "Compose and Kubernetes")."""

from pathlib import Path

import pytest

from graph.errors import BadInputError
from importers.model import Weight
from tests.importers.compose_files import TWO, read, written


def one(name: str) -> str:
    return f"services: {{{name}: {{image: x}}}}\n"


def refusal(*paths: Path | str, **options: object) -> BadInputError:
    with pytest.raises(BadInputError) as caught:
        read(*paths, **options)
    assert caught.value.exit_code == 2
    return caught.value


@pytest.mark.parametrize("name", ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"])
def test_a_file_of_each_standard_name_makes_a_project(name: str, tmp_path: Path) -> None:
    assert read(written(tmp_path / "p", {name: TWO})).services == ["web", "db"]


def test_other_names_count_only_when_given_as_files(tmp_path: Path) -> None:
    folder = written(tmp_path / "p", {"compose.yaml": one("a"), "compose.prod.yaml": one("b"), "stack.yml": one("c")})

    assert read(folder).services == ["a"]
    assert read(folder / "stack.yml").services == ["c"]
    assert read(folder / "compose.prod.yaml", folder / "stack.yml").services == ["b", "c"]


def test_a_file_at_the_top_makes_one_project_of_all_below_top_first_then_path_order(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {
            "z/compose.yml": one("z"),
            "a/b/docker-compose.yml": one("ab"),
            "a.b/compose.yml": one("a.b"),
            "a/compose.yml": one("a"),
            "compose.yaml": one("top"),
            ".git/compose.yaml": one("hidden"),
        },
    )

    seen = read(folder)

    assert seen.scopes == ["p"]
    assert seen.services == ["top", "a", "ab", "a.b", "z"]


def test_without_a_file_at_the_top_each_subfolder_is_a_project_with_what_is_below_it(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        {
            "b/compose.yml": one("b"),
            "a/compose.yml": one("a"),
            "a/in/compose.yml": one("i"),
            "c/d/compose.yml": one("d"),
        },
    )

    seen = read(folder)

    assert seen.scopes == ["a", "b", "d"]
    assert [len(list(part.seen)) for part in seen.parts] == [5, 3, 3]
    assert "a/i" in seen.cis


def test_services_of_different_files_of_a_folder_depend_on_each_other(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {"compose.yml": one("db"), "sub/compose.yml": "services: {web: {image: x, depends_on: [db], links: [job]}}"}
        | {"zub/compose.yml": one("job")},
    )

    assert read(folder).related("depends_on") == [("web", "db"), ("web", "job")]


def test_an_override_beside_a_file_is_laid_on_it(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {
            "compose.yaml": one("web"),
            "compose.override.yml": "services: {web: {scale: 2}}",
            "sub/docker-compose.yml": one("db"),
            "sub/docker-compose.override.yml": "services: {db: {image: 'mine:1'}}",
        },
    )

    seen = read(folder)

    assert seen.related("runs_on") == [("web", "replica-1"), ("web", "replica-2")]
    assert seen.cis["p/db"]["image"] == "mine:1"
    assert seen.findings(Weight.REJECTED) == []


def test_the_same_definition_in_two_files_counts_once(tmp_path: Path) -> None:
    folder = written(tmp_path / "p", {"compose.yml": TWO, "docker-compose.yml": TWO, "sub/compose.yml": TWO})

    seen = read(folder)

    assert seen.services == ["web", "db"]
    assert seen.findings(Weight.REJECTED) == []


def test_files_that_define_one_service_differently_are_all_rejected_naming_each_other(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {
            "compose.yml": one("top"),
            "a/compose.yml": "services:\n  db: {image: postgres}\n  a: {image: x}\n",
            "b/compose.yml": "services:\n  b: {image: x}\n  db: {image: mysql}\n",
            "c/compose.yml": "services:\n  db: {image: postgres}\n",
        },
    )

    seen = read(folder)

    findings = seen.findings(Weight.REJECTED)
    assert seen.keys(Weight.REJECTED) == ["service_twice"] * 3
    assert [(Path(each.place.file).parent.name, each.place.line, each.field) for each in findings] == [
        ("a", 2, "services.db"),
        ("b", 3, "services.db"),
        ("c", 2, "services.db"),
    ]
    first, second = (str(folder / name / "compose.yml") for name in ("a", "b"))
    assert [each.message.params["other"] for each in findings] == [f"{second}:3", f"{first}:2", f"{second}:3"]
    assert seen.services == ["top"]


def test_a_file_that_another_includes_is_not_read_again_by_itself(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {
            "compose.yml": "include: [{path: sub/compose.yml, env_file: tag.env}]",
            "sub/compose.yml": "services: {db: {image: 'a:${TAG:-none}'}}",
            "tag.env": "TAG=1",
        },
    )

    seen = read(folder)

    assert seen.cis["p/db"]["image"] == "a:1"
    assert seen.findings(Weight.REJECTED) == []


def test_relative_paths_of_a_file_in_a_subfolder_start_beside_it(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {
            "compose.yml": one("top"),
            "sub/compose.yml": "services: {web: {extends: {file: base.yml, service: w}}}",
            "sub/base.yml": one("w"),
        },
    )

    assert read(folder).services == ["top", "web"]


def test_relative_paths_of_files_that_were_given_start_beside_the_first(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {
            "first.yml": one("a"),
            "sub/second.yml": "services: {web: {extends: {file: base.yml, service: w}}}",
            "base.yml": one("w"),
        },
    )

    assert read(folder / "first.yml", folder / "sub" / "second.yml").services == ["a", "web"]


@pytest.mark.parametrize(
    ("folder", "name"),
    [("shop", "shop"), ("My Shop.v2", "myshopv2"), ("_-Shop_-1", "shop_-1"), ("商店2", "2")],
)
def test_a_project_is_called_as_compose_normalises_its_folder(folder: str, name: str, tmp_path: Path) -> None:
    assert read(written(tmp_path / folder, {"compose.yml": one("a")})).scopes == [name]


def test_the_option_comes_before_the_files_name_and_that_before_the_env_file(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p", {"compose.yml": "name: ${N:-inside}\n" + one("a"), ".env": "COMPOSE_PROJECT_NAME=env"}
    )
    other = written(tmp_path / "q", {"compose.yml": one("a"), ".env": "COMPOSE_PROJECT_NAME=env"})

    assert read(folder, project="option").scopes == ["option"]
    assert read(folder).scopes == ["inside"]
    assert read(other).scopes == ["env"]


def test_of_merged_files_the_last_name_counts_of_a_folder_that_at_its_top(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {
            "compose.yml": one("a"),
            "sub/compose.yml": "name: sub\n" + one("b"),
            "a.yml": "name: first\n" + one("a"),
            "b.yml": "name: second\n" + one("b"),
        },
    )

    assert read(folder).scopes == ["p"]
    assert read(folder / "a.yml", folder / "b.yml").scopes == ["second"]


@pytest.mark.parametrize("name", ["Shop", "a b", "-a", "a.b", "x" * 101])
def test_a_name_that_compose_does_not_allow_is_refused(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "p", {"compose.yml": one("a")})
    inside = written(tmp_path / "q", {"compose.yml": f"name: '{name}'\n" + one("a")})

    assert refusal(folder, project=name).message.key == "compose.project_name"
    assert refusal(inside).message.key == "compose.project_name"


def test_a_folder_whose_name_leaves_nothing_needs_a_name_given(tmp_path: Path) -> None:
    folder = written(tmp_path / "商店", {"compose.yml": one("a")})

    assert refusal(folder).message.key == "compose.project_name"
    assert read(folder, project="shop").scopes == ["shop"]


def test_one_name_for_several_projects_and_two_projects_of_one_name_are_refused(tmp_path: Path) -> None:
    folder = written(tmp_path, {"a/compose.yml": one("a"), "b/compose.yml": one("b"), "c/a/compose.yml": one("a")})

    assert refusal(folder / "a", folder / "b", project="p").message.key == "compose.project_many"
    assert refusal(folder / "a", folder / "b", scope="s").message.key == "compose.scope_many"
    assert refusal(folder).message.key == "compose.project_twice"


def test_a_path_that_is_not_there_and_a_folder_without_compose_files_are_refused(tmp_path: Path) -> None:
    written(tmp_path, {"README.md": "x", "stack.yml": one("a")})

    assert refusal(tmp_path / "none").message.key == "compose.not_found"
    assert refusal(tmp_path).message.key == "compose.no_files"


def test_standard_input_is_a_file_in_the_present_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "here", {"db.yml": one("db"), ".env": "TAG=1"})
    spooled = (
        written(tmp_path, {"spool/x": "include: [db.yml]\nservices: {web: {image: 'a:$TAG', links: [no]}}"}) / "spool/x"
    )
    monkeypatch.chdir(tmp_path / "here")

    seen = read("-", standard_input=lambda: spooled)

    assert seen.scopes == ["here"]
    assert sorted(seen.services) == ["db", "web"]
    assert seen.findings(Weight.UNRESOLVED)[0].place.file == "-"
