"""Export, and import into an empty store of the other engine: the same graph (INTERFACES: graph-hash)."""

import csv
from pathlib import Path

import pytest

from examples.insurer import generate
from graph.history import CI, RELATIONSHIP, Thing
from graph.store import Edit, Store, ends_of
from graph.store.audit import verify
from importers.inventory.export import export_inventory
from tests.engines import imported, inventory, written
from tests.importers import compose_files
from tests.real_data import needs_real_data, real_data

INSURER = Path(generate.__file__).parent / "inventory"
REAL = [
    pytest.param(source, real_data(name), id=name, marks=[pytest.mark.real_data, needs_real_data(name)])
    for source, name in (("compose", "govuk"), ("compose", "openimis"), ("kubernetes", "k8s"))
]


def carried_over(store: Store, other: Store, folder: Path) -> tuple[str, str]:
    """The hash of a store, and that of the other one once it has imported what the first one exports."""
    export_inventory(store.everything(), store.ontology, folder)
    report = imported(other, folder)
    assert (report["rejected"], report["conflicts"]) == ([], [])
    return store.graph_hash(), other.graph_hash()


def retire(store: Store, every: int) -> int:
    """Retire some CIs."""
    cis = [(key, thing) for kind, key, thing in store.everything() if kind == CI][::every]
    edits = [Edit(CI, key, Thing({**thing.state, "status": "retired"}, thing.sources)) for key, thing in cis]
    return len(written(store, edits).revisions)


def related(store: Store, name: str) -> list[tuple[str, str]]:
    """(source, target) of the relationships of a type."""
    keys = [ends_of(key) for kind, key, _ in store.everything() if kind == RELATIONSHIP]
    return sorted((source, target) for source, kind, target in keys if kind == name)


@pytest.mark.neo4j_long
def test_the_example(store: Store, other_store: Store, tmp_path: Path) -> None:
    report = imported(store, INSURER)

    assert report["rejected"] == []
    assert report["created"]["cis"] > 2_000
    assert verify(store).ok
    here, there = carried_over(store, other_store, tmp_path / "inventory")
    assert here == there


@pytest.mark.parametrize(("source", "path"), REAL)
def test_real_inputs(source: str, path: Path, store: Store, other_store: Store, tmp_path: Path) -> None:
    imported(store, path, source=source)
    again = imported(store, path, source=source)
    assert again["revisions"] == 0
    assert retire(store, 5) > 0

    here, there = carried_over(store, other_store, tmp_path / "inventory")

    assert here == there
    assert verify(other_store).ok


@pytest.mark.real_data
@needs_real_data("govuk")
def test_govuk_has_exactly_the_dependencies_that_are_known_in_the_store_too(store: Store) -> None:
    imported(store, real_data("govuk"), source="compose")

    with (real_data("govuk") / "depends_on_edges.csv").open(encoding="utf-8") as file:
        known = sorted((row["service"], row["depends_on"]) for row in csv.DictReader(file))
    found = [(s.rpartition("/")[2], t.rpartition("/")[2]) for s, t in related(store, "depends_on")]
    assert (len(known), sorted(found)) == (370, known)


@pytest.mark.real_data
@needs_real_data("openimis")
def test_openimis_has_its_services_and_dependencies_in_the_store_too(store: Store) -> None:
    imported(store, real_data("openimis"), source="compose")

    containers = [k for kind, k, thing in store.everything() if thing.state.get("ci_class") == "container"]
    assert len([ci for ci in containers if "/replica-" not in ci]) == 8
    assert len(related(store, "depends_on")) == 3


@pytest.mark.real_data
@needs_real_data("k8s")
def test_online_boutique_has_its_workloads_and_dependencies_in_the_store_too(store: Store) -> None:
    report = imported(store, real_data("k8s"), source="kubernetes")

    workloads = [key for kind, key, thing in store.everything() if thing.state.get("ci_class") == "workload"]
    assert (len(workloads), len(related(store, "depends_on"))) == (12, 16)
    assert [each["params"]["address"] for each in report["unresolved"]] == ["shoppingassistantservice:80"]


@pytest.mark.parametrize("every", [None, 2], ids=["all live", "half retired"])
def test_after_a_full_run_that_ended_relationships(
    every: int | None, store: Store, other_store: Store, tmp_path: Path
) -> None:
    more = compose_files.TWO + "  job: {image: shop, depends_on: [db, web]}\n"
    folder = compose_files.written(tmp_path / "shop", {"compose.yml": more})
    imported(store, folder, source="compose")
    compose_files.written(folder, {"compose.yml": compose_files.TWO})

    report = imported(store, folder, source="compose")

    assert (report["ended"]["relationships"], report["missing_cis"]) == (3, ["compose:shop/job"])
    if every:
        assert retire(store, every) > 1
    here, there = carried_over(store, other_store, tmp_path / "inventory")
    assert here == there


def test_columns_that_stand_for_relationships_groups_and_what_no_class_declares(
    store: Store, other_store: Store, tmp_path: Path
) -> None:
    files = inventory(
        tmp_path / "inv",
        cis="ci_id,name,ci_class,site,owner,failover_to,rack_unit\n"
        "s1,主机房,site,,,,\ns2,备机房,site,,,,\nt,组,team,,,,\n"
        'a,"=1+1, ""quoted""",application,s1,t,b,"two\nlines"\nb,b,application,s2,,,U1\nc,c,host,,,,\n',
        relationships="source,type,target,strength,redundancy_group,min_available\n"
        "a,located_in,s2,,,\na,depends_on,b,,g,50%\na,depends_on,c,,g,50%\nb,depends_on,c,soft,,\n",
    )
    report = imported(store, files)

    here, there = carried_over(store, other_store, tmp_path / "out")

    assert (report["rejected"], here) == ([], there)
