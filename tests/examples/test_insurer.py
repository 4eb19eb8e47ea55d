"""The living example is what its generator writes, and holds the flaws it says, and only those."""

import csv
import filecmp
from collections import defaultdict
from pathlib import Path

import pytest

from examples.insurer import generate
from graph.topology import Topology
from graph.values import needed_of
from queries.impact import State, impact

HERE = Path(generate.__file__).parent
CARRIERS = {"site", "room", "rack", "power_feed", "cooling_unit", "network", "network_device", "security_component",
            "host", "virtual_machine", "storage_array", "volume", "database_instance", "supplier"}  # fmt: skip
IN_USE = (CARRIERS - {"supplier"}) | {"cluster", "middleware", "application", "component", "container"}
FEEDS = {"runs_on", "connects_through", "powered_by", "cooled_by"}
IMPACT = FEEDS | {"depends_on", "stores_on", "located_in", "provided_by", "subcontracted_to"}


def rows(table: str) -> list[dict[str, str]]:
    with (HERE / "inventory" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def flaws() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    with (HERE / "flaws.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["kind"]].add(row["subject"])
    return found


@pytest.fixture(scope="module")
def insurer() -> tuple[list[dict[str, str]], dict[str, int], Topology]:
    cis = rows("cis")
    number = {row["ci_id"]: at for at, row in enumerate(cis)}
    edges = [(r["source"], r["type"], r["target"], r["strength"], r["redundancy_group"], r["min_available"])
             for r in rows("relationships") if r["type"] in IMPACT]  # fmt: skip
    edges += [(row["ci_id"], "located_in", row["site"], "", "", "") for row in cis if row["site"]]
    sizes: dict[tuple[str, str], int] = defaultdict(int)
    names: dict[tuple[str, str], int] = {}
    for source, _, _, _, group, _ in edges:
        sizes[source, group] += 1
        names.setdefault((source, group), len(names))
    topology = Topology.from_edges(
        len(cis),
        [number[e[0]] for e in edges],
        [number[e[2]] for e in edges],
        soft=[e[3] == "soft" for e in edges],
        group=[names[e[0], e[4]] if e[4] else -1 for e in edges],
        min_available=[needed_of(e[5] or None, sizes[e[0], e[4]]) if e[4] else 1 for e in edges],
        feeds=[e[1] in FEEDS and e[3] != "soft" for e in edges],
    )
    return cis, number, topology


def test_the_generator_writes_what_is_committed(tmp_path: Path) -> None:
    generate.write(generate.generate(), tmp_path)

    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    differing = [str(path) for path in made if not filecmp.cmp(tmp_path / path, HERE / path, shallow=False)]
    assert not differing
    assert {path.name for path in (HERE / "inventory").iterdir()} == {p.name for p in made if len(p.parts) == 2}


def test_it_is_about_as_large_as_promised() -> None:
    classes = [row["ci_class"] for row in rows("cis")]

    assert 2_200 <= len(classes) <= 2_800
    assert classes.count("business_service") == 40


def test_the_readmes_list_every_flaw(flaws: dict[str, set[str]]) -> None:
    for name in ("README.md", "README.zh.md"):
        text = (HERE / name).read_text(encoding="utf-8")
        assert all(f"`{subject}`" in text and f"`{kind}`" in text for kind, some in flaws.items() for subject in some)


def test_one_outage_of_what_carries_services_is_enough_only_where_a_flaw_says_so(
    insurer: tuple[list[dict[str, str]], dict[str, int], Topology], flaws: dict[str, set[str]]
) -> None:
    cis, number, topology = insurer
    kinds = ("spof_behind_redundancy", "shared_fate_rack", "ring_without_second_source", "shared_fate_supplier")
    subjects = {number[subject] for kind in kinds for subject in flaws[kind]}
    services = {at for at, row in enumerate(cis) if row["ci_class"] == "business_service"}
    enough = {}
    for at, row in enumerate(cis):
        if row["ci_class"] in CARRIERS:
            out = set(impact(topology, {at: "outage"}).indices(State.OUTAGE).tolist())
            if out & services:
                enough[at] = out

    assert subjects <= enough.keys()
    # a room or site that takes a flawed part with it is enough because of that flaw, not besides it
    explained = {at: [s for s in subjects if s in out] for at, out in enough.items()}
    assert [cis[at]["ci_id"] for at, because in explained.items() if not because] == []


def test_only_the_named_have_no_owner_and_no_path_to_a_service(
    insurer: tuple[list[dict[str, str]], dict[str, int], Topology], flaws: dict[str, set[str]]
) -> None:
    cis, number, topology = insurer
    services = [at for at, row in enumerate(cis) if row["ci_class"] == "business_service"]
    under = set(topology.all_providers_of(services).tolist())

    ownerless = {row["ci_id"] for row in cis if row["ci_class"] in IN_USE and not row["owner"]}
    pathless = {row["ci_id"] for row in cis if row["ci_class"] in IN_USE and number[row["ci_id"]] not in under}

    assert ownerless == flaws["no_owner"]
    assert pathless == flaws["no_path_to_service"]
