"""Several files of one project: overrides, extends, include, merge keys (Compose specification)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from importers.model import Weight
from tests.importers.compose_files import Read, read, written

OTHERS = "  db: {image: postgres}\n  cache: {image: redis}\n  queue: {image: rabbitmq}\n"


def merged(folder: Path, base: str, over: str) -> Read:
    """`web` as two files say it, merged in this order, beside `db`, `cache` and `queue`."""
    files = {
        "base.yaml": f"services:\n  web: {{image: 'shop:1', {base}}}\n{OTHERS}"
        "volumes: {data: , extra: }\nnetworks: {n: , m: }",
        "over.yaml": f"services:\n  web: {over}\n",
    }
    written(folder / "shop", files)
    return read(folder / "shop" / "base.yaml", folder / "shop" / "over.yaml")


@pytest.mark.parametrize(
    ("base", "over", "kind", "expected"),
    [
        ("depends_on: [db]", "{depends_on: [cache]}", "depends_on", ["db", "cache"]),
        ("depends_on: [db]", "{depends_on: {cache: {condition: service_started}}}", "depends_on", ["db", "cache"]),
        ("depends_on: [db, cache]", "{depends_on: {db: !reset null}}", "depends_on", ["cache"]),
        ("depends_on: [db]", "{depends_on: !reset []}", "depends_on", []),
        ("depends_on: [db, cache]", "{depends_on: !override [queue]}", "depends_on", ["queue"]),
        ("depends_on: [db]", "{depends_on: }", "depends_on", ["db"]),
        ("depends_on: [db]", "!override {image: x}", "depends_on", []),
        ("links: [db]", "{links: [cache]}", "depends_on", ["db", "cache"]),
        ("volumes: ['data:/x']", "{volumes: ['extra:/y']}", "stores_on", ["data", "extra"]),
        ("volumes: ['data:/x']", "{volumes: ['extra:/x:ro']}", "stores_on", ["extra"]),
        ("volumes: ['data:/x']", "{volumes: [{type: bind, source: /extra, target: /x}]}", "stores_on", []),
        ("networks: [n]", "{networks: {m: {aliases: [w]}}}", "connects_through", ["n", "m"]),
        ("networks: {n: }", "{networks: [m, n]}", "connects_through", ["n", "m"]),
        ("deploy: {replicas: 3}", "{deploy: {replicas: 2}}", "runs_on", ["replica-1", "replica-2"]),
        ("deploy: {replicas: 3}", "{deploy: {replicas: !reset 0}}", "runs_on", []),
        ("scale: 2", "{image: x}", "runs_on", ["replica-1", "replica-2"]),
        ("build: .", "{image: 'shop:2'}", "contains_release", ["image:shop:2"]),
        ("build: .", "{image: }", "contains_release", ["image:shop:1"]),
    ],
)
def test_a_later_file_is_laid_on_an_earlier_one(
    base: str, over: str, kind: str, expected: list[str], tmp_path: Path
) -> None:
    related = merged(tmp_path, base, over).related(kind)

    assert [target for source, target in related if source == "web"] == expected


def test_a_later_file_may_soften_or_harden_a_dependency(tmp_path: Path) -> None:
    softened = merged(tmp_path, "depends_on: [db]", "{depends_on: {db: {required: false}}}")
    kept = merged(tmp_path, "depends_on: {db: {required: false}}", "{depends_on: [db]}")

    assert softened.values("web", "depends_on") == kept.values("web", "depends_on") == [{"strength": "soft"}]


def test_a_later_file_may_take_a_service_back(tmp_path: Path) -> None:
    assert merged(tmp_path, "build: .", "!reset null").services == ["db", "cache", "queue"]


def test_a_later_file_may_add_labels_services_and_volumes(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "p",
        {
            "a.yaml": "services: {web: {image: x, labels: [k=v]}}",
            "b.yaml": "services: {web: {labels: {faultline.ci_id: app}}, db: {image: y}}\nvolumes: {data: }",
        },
    )

    seen = read(folder / "a.yaml", folder / "b.yaml")

    assert {"app", "p/db", "p/volume/data"} < seen.cis.keys()


def test_documents_of_one_file_are_laid_on_each_other(tmp_path: Path) -> None:
    text = "services: {web: {image: a}}\n---\nservices: {web: {image: b}, db: {image: c}}\n---\n"

    seen = read(written(tmp_path / "p", {"compose.yaml": text}))

    assert seen.cis["p/web"]["image"] == "b"
    assert seen.services == ["web", "db"]


def test_merge_keys_and_anchors_give_a_service_what_its_fragment_says(tmp_path: Path) -> None:
    text = (
        "x-base: &base\n  image: shop\n  depends_on: [db]\n"
        "services:\n  web: {<<: *base, volumes: ['data:/d']}\n  job: {<<: *base, depends_on: []}\n  db: {image: x}\n"
        "volumes: {data: }\n"
    )

    seen = read(written(tmp_path / "p", {"compose.yaml": text}))

    assert seen.related("depends_on") == [("web", "db")]
    assert seen.cis["p/job"]["image"] == "shop"


def extended(folder: Path, files: Mapping[str, str]) -> Read:
    return read(written(folder / "p", files))


def test_a_service_extends_another_of_the_same_file_dependencies_included(tmp_path: Path) -> None:
    text = (
        f"services:\n  base: {{image: shop, depends_on: [db]}}\n  web: {{extends: base, depends_on: [cache]}}\n{OTHERS}"
    )

    seen = extended(tmp_path, {"compose.yaml": text})

    assert seen.related("depends_on") == [("base", "db"), ("web", "db"), ("web", "cache")]
    assert seen.cis["p/web"]["image"] == "shop"


def test_a_service_extends_one_of_another_file_which_itself_is_no_part_of_the_project(tmp_path: Path) -> None:
    seen = extended(
        tmp_path,
        {
            "compose.yaml": "services:\n  web: {extends: {file: parts/base.yml, service: web}, image: 'shop:2'}\n"
            + OTHERS,
            "parts/base.yml": "services:\n  web: {extends: {file: more.yml, service: w}, depends_on: [db]}\n"
            "  no: {image: x}",
            "parts/more.yml": "services: {w: {image: w, links: [cache]}}",
        },
    )

    assert seen.related("depends_on") == [("web", "db"), ("web", "cache")]
    assert seen.cis["p/web"]["image"] == "shop:2"
    assert "no" not in seen.services


def test_what_is_extended_takes_variables_and_env_files_from_where_it_is(tmp_path: Path) -> None:
    seen = extended(
        tmp_path,
        {
            "compose.yaml": "services: {web: {extends: {file: parts/base.yml, service: web}}}",
            "parts/base.yml": "services: {web: {image: 'a:${TAG}', env_file: own.env}}",
            "parts/own.env": "X=1",
            ".env": "TAG=4",
        },
    )

    assert seen.of_class("software_release") == ["image:a:4"]
    assert seen.findings(Weight.WARNING) == []


def test_an_included_file_is_a_part_of_the_project(tmp_path: Path) -> None:
    seen = extended(
        tmp_path,
        {
            "compose.yaml": "include: [parts/db.yml]\nservices: {web: {image: shop, depends_on: [db]}}",
            "parts/db.yml": "include: [more.yml]\nservices: {db: {image: x, volumes: ['data:/d']}}\nvolumes: {data: }",
            "parts/more.yml": "services: {cache: {image: redis}}",
        },
    )

    assert seen.related("depends_on") == [("web", "db")]
    assert sorted(seen.services) == ["cache", "db", "web"]
    assert seen.of_class("volume") == ["data"]


def test_the_long_form_of_include_has_overrides_a_folder_and_variables_of_its_own(tmp_path: Path) -> None:
    seen = extended(
        tmp_path,
        {
            "compose.yaml": "include:\n  - path: ['${KIND:-pg}/db.yml', 'over.yml']\n    project_directory: work\n"
            "    env_file: [one.env, two.env]\nservices: {web: {image: 'w:${TAG:-none}'}}",
            "pg/db.yml": "services: {db: {image: 'a:${TAG}-${MINE}', extends: {file: base.yml, service: b}}}",
            "over.yml": "services: {db: {scale: 2}}",
            "work/base.yml": "services: {b: {volumes: ['data:/d']}}\n",
            "one.env": "TAG=1\nMINE=2\n",
            "two.env": "TAG=3\n",
            ".env": "MINE=4\n",
        },
    )

    assert seen.cis["p/db"]["image"] == "a:3-4"
    assert seen.cis["p/web"]["image"] == "w:none"
    assert ("db", "replica-2") in seen.related("runs_on")
    assert seen.keys(Weight.UNRESOLVED) == ["volume_of_nobody"]


def test_an_included_file_has_the_env_file_of_its_folder(tmp_path: Path) -> None:
    seen = extended(
        tmp_path,
        {
            "compose.yaml": "include: [parts/db.yml]",
            "parts/db.yml": "services: {db: {image: 'a:${TAG}${MINE}'}}",
            "parts/.env": "TAG=1\nMINE=1",
            ".env": "MINE=2",
        },
    )

    assert seen.cis["p/db"]["image"] == "a:12"


def test_a_file_included_twice_alike_counts_once(tmp_path: Path) -> None:
    seen = extended(
        tmp_path,
        {
            "compose.yaml": "include: [a.yml, b.yml]",
            "a.yml": "include: [common.yml]\nservices: {a: {image: x}}",
            "b.yml": "include: [common.yml]\nservices: {b: {image: x}}",
            "common.yml": "services: {c: {image: x}}",
        },
    )

    assert sorted(seen.services) == ["a", "b", "c"]
    assert seen.findings(Weight.REJECTED) == []


def test_an_override_may_change_what_the_main_file_includes(tmp_path: Path) -> None:
    seen = extended(
        tmp_path,
        {
            "compose.yaml": "include: [db.yml]\nservices: {web: {image: shop}}",
            "compose.override.yaml": "services: {db: {image: 'mine:1'}}",
            "db.yml": "services: {db: {image: postgres}}",
        },
    )

    assert seen.cis["p/db"]["image"] == "mine:1"


def test_missing_env_files_are_warnings_once_each_and_the_run_stays_full(tmp_path: Path) -> None:
    seen = extended(
        tmp_path,
        {
            "compose.yaml": "include: [{path: db.yml, env_file: none.env}]\nservices:\n  web:\n    image: x\n"
            "    env_file: [none.env, there.env, {path: maybe.env, required: false}]\n"
            "  job: {image: x, env_file: nil.env}",
            "db.yml": "services: {db: {image: x}}",
            "there.env": "PASSWORD=hunter2",
        },
    )

    folder = tmp_path / "p"
    assert seen.keys(Weight.WARNING) == ["env_file_missing"] * 2
    paths = [finding.message.params["path"] for finding in seen.findings(Weight.WARNING)]
    assert paths == [str(folder / "none.env"), str(folder / "nil.env")]
    assert all(part.complete for part in seen.parts)
    assert len(seen.services) == 3
