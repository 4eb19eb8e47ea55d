"""Compose services, volumes, networks and images become the CIs and relationships of INTERFACES."""

from collections.abc import Callable
from pathlib import Path

import pytest

from importers.model import CiObservation, Weight
from tests.importers.compose_files import TWO, Read, read, written

Import = Callable[..., Read]


@pytest.fixture
def import_of(tmp_path: Path) -> Import:
    """Imports one file, and others beside it, of the project `shop`."""

    def run(text: str, /, others: dict[str, str] | None = None, **options: object) -> Read:
        folder = written(tmp_path / "shop", {"compose.yaml": text, **(others or {})})
        return read(folder, **options)

    return run


def service(fields: str) -> str:
    """A file with the service `web` and services `db` and `cache` beside it."""
    return "services:\n  web:\n    image: shop\n" + fields + "\n  db: {image: postgres}\n  cache: {image: redis}\n"


def test_services_volumes_networks_and_images_have_the_ids_that_bind(import_of: Import) -> None:
    seen = import_of(
        "services:\n  web:\n    image: shop:1\n    networks: [front]\n    volumes: ['data:/data']\n"
        "volumes: {data: }\nnetworks: {front: }\n"
    )

    assert seen.scopes == ["shop"]
    assert seen.cis == {
        "shop/volume/data": {"ci_class": "volume", "name": "data"},
        "shop/network/front": {"ci_class": "network", "name": "front"},
        "image:shop:1": {"ci_class": "software_release", "name": "shop:1", "version": "1"},
        "shop/web": {"ci_class": "container", "name": "web", "image": "shop:1"},
    }
    assert seen.related("stores_on") == [("web", "data")]
    assert seen.related("connects_through") == [("web", "front")]
    assert seen.related("contains_release") == [("web", "image:shop:1")]
    assert seen.findings(Weight.WARNING) == []


def test_everything_says_its_file_and_line(import_of: Import, tmp_path: Path) -> None:
    seen = import_of(TWO)

    places = [(each.place.file, each.place.line) for each in seen.seen if isinstance(each, CiObservation)]
    assert set(places) == {(str(tmp_path / "shop" / "compose.yaml"), line) for line in (2, 3)}


@pytest.mark.parametrize(
    ("fields", "providers"),
    [
        ("    depends_on: [db, cache]", ["db", "cache"]),
        ("    depends_on: {db: {condition: service_healthy}, cache: }", ["db", "cache"]),
        ("    links: [db, 'cache:store']", ["db", "cache"]),
        ("    depends_on: [db]\n    links: [db, cache]", ["db", "cache"]),
        ("    network_mode: service:db", ["db"]),
        ("    ipc: service:db\n    pid: service:cache", ["db", "cache"]),
        ("    volumes_from: [db, 'cache:ro', 'container:other']", ["db", "cache"]),
        ("    network_mode: host", []),
    ],
)
def test_a_service_depends_on_what_compose_starts_before_it(
    fields: str, providers: list[str], import_of: Import
) -> None:
    assert import_of(service(fields)).related("depends_on") == [("web", provider) for provider in providers]


def test_a_dependency_that_is_not_required_is_soft_a_link_does_not_harden_it(import_of: Import) -> None:
    seen = import_of(service("    depends_on: {db: {required: false}, cache: {required: true}}\n    links: [db]"))

    assert seen.values("web", "depends_on") == [{"strength": "soft"}, {}]


def test_services_that_no_file_defines_are_unresolved_and_not_invented(import_of: Import) -> None:
    seen = import_of(service("    depends_on: {none: {required: false}, nil: }\n    external_links: ['old:o']"))

    assert seen.related("depends_on") == []
    assert seen.keys(Weight.UNRESOLVED) == ["service_of_nobody", "service_of_nobody", "outside"]
    assert [finding.message.params["target"] for finding in seen.findings(Weight.UNRESOLVED)] == ["none", "nil", "old"]
    assert seen.findings(Weight.UNRESOLVED)[0].place.line == 2
    assert len(seen.services) == 3


@pytest.mark.parametrize(
    ("volume", "stored"),
    [
        ("data:/data", True),
        ("data:/data:ro", True),
        ("{type: volume, source: data, target: /data}", True),
        ("{source: data, target: /data}", True),
        ("./data:/data", False),
        ("/data:/data:ro", False),
        ("~/data:/data", False),
        ("../data:/data", False),
        ("C:\\data:/data", False),
        ("/data", False),
        ("{type: bind, source: data, target: /data}", False),
        ("{type: tmpfs, target: /data}", False),
        ("{type: volume, target: /data}", False),
        ("${NONE}:/data", False),
    ],
)
def test_only_named_volumes_store_anything(volume: str, stored: bool, import_of: Import) -> None:
    seen = import_of(service(f"    volumes:\n      - {volume}\n    tmpfs: /tmp") + "volumes: {data: }\n")

    assert seen.related("stores_on") == ([("web", "data")] if stored else [])
    assert seen.of_class("volume") == ["data"]
    assert seen.findings(Weight.UNRESOLVED) == []


def test_volumes_and_networks_that_no_file_declares_are_unresolved(import_of: Import) -> None:
    seen = import_of(service("    volumes: ['data:/data']\n    networks: {back: {aliases: [x]}}"))

    assert seen.keys(Weight.UNRESOLVED) == ["volume_of_nobody", "network_of_nobody"]
    assert seen.related("stores_on") == seen.related("connects_through") == []


def test_external_volumes_and_networks_are_cis_with_their_own_name(import_of: Import) -> None:
    seen = import_of(
        service("    volumes: ['data:/data']")
        + "volumes: {data: {external: true, name: nfs-7}}\nnetworks: {old: {external: {name: backbone}}}\n"
    )

    assert seen.cis["shop/volume/data"]["name"] == "nfs-7"
    assert seen.cis["shop/network/old"]["name"] == "backbone"


def test_the_implied_network_makes_nothing_also_where_it_is_declared(import_of: Import) -> None:
    seen = import_of(service("    networks: [default, front]") + "networks: {default: {driver: x}, front: }\n")

    assert seen.of_class("network") == ["front"]
    assert seen.related("connects_through") == [("web", "front")]


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("postgres", "postgres:latest"),
        ("postgres:16", "postgres:16"),
        ("ghcr.io/acme/web:v1.2", "ghcr.io/acme/web:v1.2"),
        ("localhost:5000/web", "localhost:5000/web:latest"),
        ("localhost:5000/web:7", "localhost:5000/web:7"),
        ("web@sha256:" + "0a" * 32, "web@sha256:" + "0a" * 32),
        ("web:7@sha256:" + "0a" * 32, "web:7@sha256:" + "0a" * 32),
    ],
)
def test_an_image_is_a_release_by_name_and_tag(image: str, release: str, import_of: Import) -> None:
    seen = import_of(f"services: {{web: {{image: '{image}'}}}}")

    assert seen.cis[f"image:{release}"]["name"] == release
    assert seen.cis["shop/web"]["image"] == image


@pytest.mark.parametrize("image", ["web:", ":7", "a b", "/web", "web:a|b", "x" * 200])
def test_what_is_no_image_reference_makes_no_release_and_a_warning(image: str, import_of: Import) -> None:
    seen = import_of(f"services: {{web: {{image: '{image}'}}}}")

    assert seen.of_class("software_release") == []
    assert seen.keys(Weight.WARNING) == ["image_form"]


def test_one_image_of_several_services_is_one_release_and_no_image_is_none(import_of: Import) -> None:
    seen = import_of("services: {a: {image: x}, b: {image: x}, c: {build: .}}")

    assert len([each for each in seen.seen if isinstance(each, CiObservation)]) == 4
    assert "image" not in seen.cis["shop/c"]


@pytest.mark.parametrize(
    "fields", ["    deploy: {replicas: 3}", "    scale: 3", "    scale: '3'\n    deploy: {replicas: 3}"]
)
def test_replicas_are_a_group_of_the_service_that_needs_one(fields: str, import_of: Import) -> None:
    seen = import_of(service(fields))

    assert seen.related("runs_on") == [("web", f"replica-{number}") for number in (1, 2, 3)]
    assert seen.cis["shop/web/replica-3"] == {"ci_class": "container", "name": "web/replica-3"}
    assert seen.values("web", "runs_on") == [{"redundancy_group": "replicas", "min_available": "1"}] * 3


@pytest.mark.parametrize(
    "fields", ["    scale: 1", "    deploy: {mode: global, replicas: 3}", "    deploy: {replicas: ''}"]
)
def test_a_single_replica_is_the_service_itself(fields: str, import_of: Import) -> None:
    assert import_of(service(fields)).related("runs_on") == []


def test_a_service_scaled_to_nothing_is_kept_with_a_warning(import_of: Import) -> None:
    seen = import_of(service("    scale: 0"))

    assert seen.keys(Weight.WARNING) == ["replicas_none"]
    assert "shop/web" in seen.cis


@pytest.mark.parametrize(
    "labels",
    [
        "    labels: {faultline.ci_id: app-1}",
        "    labels: ['faultline.ci_id=app-1']",
        "    deploy: {labels: {faultline.ci_id: app-1}}",
    ],
)
def test_a_label_says_that_a_service_is_an_existing_ci(labels: str, import_of: Import) -> None:
    seen = import_of(service(labels + "\n    depends_on: [db]\n    scale: 2"))

    (confirmed,) = [each for each in seen.seen if isinstance(each, CiObservation) and each.partial]
    assert (confirmed.ci_id, confirmed.values) == ("app-1", {})
    assert seen.related("depends_on") == [("app-1", "db")]
    assert seen.related("runs_on") == [("app-1", "replica-1"), ("app-1", "replica-2")]
    assert "shop/web" not in seen.cis
    assert "shop/web/replica-2" in seen.cis


def test_labels_map_volumes_and_networks_too(import_of: Import) -> None:
    seen = import_of(
        service("    volumes: ['data:/d']\n    networks: [front]")
        + "volumes: {data: {labels: {faultline.ci_id: lun-7}}}\nnetworks: {front: {labels: [faultline.ci_id=vlan-4]}}\n"
    )

    assert seen.related("stores_on") == [("web", "lun-7")]
    assert seen.related("connects_through") == [("web", "vlan-4")]


def test_two_services_that_are_the_same_ci_are_not_related_to_each_other(import_of: Import) -> None:
    seen = import_of("x-is: &is {labels: {faultline.ci_id: app}}\nservices: {a: {<<: *is, links: [b]}, b: {<<: *is}}")

    assert seen.related("depends_on") == []
    assert seen.findings(Weight.UNRESOLVED) == []


def test_services_of_a_profile_exist(import_of: Import) -> None:
    assert import_of("services: {web: {image: a, profiles: [debug]}}").services == ["web"]


def test_no_value_of_a_variable_is_kept_and_those_that_look_secret_are_counted(import_of: Import) -> None:
    token = "ghp_" + "a1B2" * 10
    fields = (
        "    environment:\n      DB_PASSWORD: hunter2\n      PGPASSWORD: ''\n      DB_PASSWORD_FILE: /run/secrets/x\n"
        f"      HOME: /root\n      NOTE: {token}\n      DATABASE_URL: postgres://me:hunter2@db/x\n"
        "      PLAIN_URL: http://db:5432/x\n      API_TOKEN:\n"
    )
    seen = import_of(service(fields))

    (finding,) = seen.findings(Weight.WARNING)
    assert finding.message.key == "compose.secrets"
    assert finding.message.params == {"count": 3, "names": "web.DB_PASSWORD, web.NOTE, web.DATABASE_URL"}
    assert "hunter2" not in repr(seen.seen)
    assert token not in repr(seen.seen)
    assert "/root" not in repr(seen.seen)


def test_the_list_form_of_environment_is_counted_alike(import_of: Import) -> None:
    seen = import_of(service("    environment: [DB_PASSWORD=hunter2, API_KEY, NAME=x]"))

    assert seen.findings(Weight.WARNING)[0].message.params["count"] == 1


def test_a_scope_that_is_named_takes_the_place_of_the_project(import_of: Import) -> None:
    assert import_of(TWO, scope="mine").scopes == ["mine"]
