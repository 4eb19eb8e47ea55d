"""The register as files: others read them, and importing our own again gives the same register."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest

from api.export import export
from api.register import Register
from graph.settings import Settings
from graph.store import Store
from tests.api.command import ESTATE
from tests.engines import Database, imported, inventory, ndjson

FORMULA, NOTE, QUOTED = "=cmd|' /C calc'!A0", "@SUM(1)\ttab\nline \\u0027", "h-'\"\\<&>"
HOSTILE: list[dict[str, Any]] = [
    {"kind": "cis", "ci_id": "h-1", "name": FORMULA, "ci_class": "host", "note": NOTE, "id": "7"},
    {"kind": "cis", "ci_id": QUOTED, "name": "引号 ' \" \\ <tag> & 'more", "ci_class": "host", "odd `name`": "+1-1",
     "x\\u00\\u006060: 1}) DETACH DELETE c //": "1"},
    {"kind": "cis", "ci_id": "h-3", "name": "-2+3", "ci_class": "host", "serial": "\\' }) DETACH DELETE n //",
     "ended": "one\rtwo"},
    {"kind": "relationships", "source": "h-1", "type": "depends_on", "target": QUOTED},
    {"kind": "relationships", "source": "h-1", "type": "documented_by", "target": "h-3"},
    {"kind": "changes", "change_id": "c-1", "title": "移动 =1+1", "affected": ["h-1=degraded", "h-3"],
     "planned_start": "2026-11-28T22:00:00", "zone": "Asia/Shanghai"},
]  # fmt: skip


@pytest.fixture
def register(store: Store, tmp_path: Path) -> Register:
    """The estate of two services and some hosts with hostile fields, on each engine in turn."""
    report = imported(store, inventory(tmp_path / "estate", ESTATE), ndjson(tmp_path / "hostile.ndjson", HOSTILE))
    assert report["rejected"] == []
    return Register(store, Settings(tmp_path / "data"))


def ids(register: Register, kind: str) -> set[str]:
    return {key for of, key, _ in register.store.everything() if of == kind}


def test_graphml_and_node_link_are_read_by_networkx(register: Register, tmp_path: Path) -> None:
    for format_ in ("graphml", "json"):
        export(register, format_, tmp_path / format_, None, spreadsheet=False)

    xml = nx.read_graphml(tmp_path / "graphml", force_multigraph=True)
    link = nx.node_link_graph(json.loads((tmp_path / "json").read_text(encoding="utf-8")))

    for graph in (xml, link):
        assert set(graph.nodes) == ids(register, "ci")
        edges = {f"{source}|{of['type']}|{target}" for source, target, of in graph.edges(data=True)}
        assert edges == ids(register, "rel")
        assert graph.nodes["h-1"]["name"] == FORMULA
        assert graph.nodes["h-1"]["note"] == NOTE
        (between,) = graph.get_edge_data("app-1", "db-1").values()
        assert between["redundancy_group"] == "db"
    assert link.nodes["h-1"]["attribute.id"] == "7"
    assert nx.descendants(nx.DiGraph(link), "svc-policy") >= {"app-1", "db-1", "db-2", "host-1", "site-1"}


def test_cypher_statements_run_on_an_empty_database_and_make_the_same_graph(
    register: Register, other_database: Database, tmp_path: Path
) -> None:
    cis = {
        key: {name.replace("\\", "＼"): value for name, value in thing.state.items()}
        for kind, key, thing in register.store.everything()
        if kind == "ci"
    }
    export(register, "cypher", tmp_path / "all.cypher", None, spreadsheet=False)

    for statement in (tmp_path / "all.cypher").read_text(encoding="utf-8").split(";\n"):
        if statement.strip():
            other_database.run(statement)

    nodes = other_database.run("MATCH (c:CI) RETURN c.ci_id AS key, properties(c) AS state")
    edges = other_database.run("MATCH (a)-[r]->(b) RETURN a.ci_id + '|' + type(r) + '|' + b.ci_id AS key")
    assert {row["key"] for row in edges} == ids(register, "rel")
    assert {row["key"]: {n: v for n, v in row["state"].items() if n in cis[row["key"]]} for row in nodes} == cis


def test_inventory_files_import_into_the_other_engine_as_the_same_register(
    register: Register, other_store: Store, tmp_path: Path
) -> None:
    counts = export(register, "inventory", tmp_path / "out", None, spreadsheet=False)

    report = imported(other_store, tmp_path / "out")

    assert report["rejected"] == []
    assert counts["cis"] == len(ids(register, "ci"))
    assert other_store.graph_hash() == register.store.graph_hash()


def test_formulas_are_neutralised_only_for_spreadsheets(register: Register, tmp_path: Path) -> None:
    export(register, "inventory", tmp_path / "plain", None, spreadsheet=False)
    export(register, "inventory", tmp_path / "sheet", None, spreadsheet=True)

    def cells(folder: str) -> list[str]:
        texts = [file.read_text(encoding="utf-8") for file in (tmp_path / folder).glob("*.csv")]
        return [cell for text in texts for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

    plain, sheet = cells("plain"), cells("sheet")
    risky = {FORMULA, NOTE, "-2+3", "+1-1"}
    assert risky <= set(plain)
    assert {f"'{cell}" for cell in risky} <= set(sheet)
    assert [cell for cell in sheet if cell.startswith(("=", "+", "-", "@"))] == []


def test_the_past_is_exported_as_it_was(register: Register, tmp_path: Path) -> None:
    before = register.store.revision()
    imported(register.store, inventory(tmp_path / "more", cis="ci_id,name,ci_class\nnew-1,new,host\n"))

    now = export(register, "json", tmp_path / "now", None, spreadsheet=False)
    then = export(register, "json", tmp_path / "then", str(before), spreadsheet=False)

    assert now["cis"] == then["cis"] + 1
