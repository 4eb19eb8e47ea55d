"""Four eyes by whichever door: what people decided neither comes in by an import nor is taken back by an undoing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.access.changes import change_rights
from graph.store import Edit, Store
from graph.store.tables import records
from importers.inventory.export import export_inventory
from importers.inventory.source import SOURCE
from importers.model import Request
from importers.run import run_import
from tests.api.house import SAVE, TOMORROW, House, actor_of, assessed, proposed
from tests.engines import written

pytestmark = [pytest.mark.storage, pytest.mark.neo4j_long]
UNDO = """mutation($revision: Long!) { undoRevision(input: {revision: $revision}) { __typename
  ... on Error { key params } } }"""


def brought(store: Store, house: House, path: Path, actor: str, **tables: str) -> dict[str, Any]:
    """What an import of tables by somebody reports."""
    path.mkdir()
    for name, text in tables.items():
        (path / f"{name}.csv").write_text(text, "utf-8")
    request = Request([path], house.register.settings, ontology=store.ontology)
    return run_import(SOURCE, request, store, actor).plain()


def refused(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["key"], each["field"]) for each in report["rejected"]]


def test_no_import_says_who_decided(house: House, tmp_path: Path) -> None:
    store, bob = house.register.store, actor_of(house, "bob")
    assessed(house, "CHG-1")
    voice = f"change_id,round,decided_by,decision,evidence_hash\nCHG-1,1,{bob},approved,x\n"

    report = brought(
        store, house, tmp_path / "in", "mallory",
        changes=f"change_id,title,voices,decision\nCHG-1,Patch,{bob},\nCHG-2,New,{bob},\n", decisions=voice,
        evidence="evidence_id,change_id,hash,pack\nCHG-1|1|bob,CHG-1,x,{}\n",
        comments=f"comment_id,change_id,kind,author,at,text\nC-1,CHG-1,comment,{bob},2026-11-28T10:00:00Z,Yes\n",
    )  # fmt: skip

    assert sorted(refused(report)) == sorted([
        ("row.by_deciding", "voices"), ("row.by_deciding", "voices"), ("row.by_deciding", "change_id"),
        ("row.by_deciding", "change_id"), ("row.by_deciding", "at"),
    ])  # fmt: skip
    assert records(store, "decisions") == records(store, "evidence") == {}
    assert house.decides("bob", "CHG-1")["decided"] == "APPROVED"


def test_no_import_moves_a_change_that_lives_here(house: House, tmp_path: Path) -> None:
    store = house.register.store
    assessed(house, "CHG-1")
    for number, (name, value) in enumerate({"decision": "approved", "origin": "itsm", "grace": "PT1H"}.items()):
        table = f"change_id,title,{name}\nCHG-1,Patch,{value}\n"
        report = brought(store, house, tmp_path / str(number), "mallory", changes=table)
        assert refused(report) == [("row.lives_here", name)]


def test_who_imports_a_change_does_not_decide_on_it(house: House, tmp_path: Path) -> None:
    store, bob = house.register.store, actor_of(house, "bob")
    table = "change_id,title,category,status,affected,planned_start,planned_end,origin\n" + "".join(
        f"{name},Patch,simple,assessed,db-1,2099-01-01T00:00:00Z,2099-01-01T02:00:00Z,{origin}\n"
        for name, origin in (("CHG-1", ""), ("CHG-2", "itsm"))
    )
    change_rights(house.register.access, "itsm", None, None, "tester", origins=[])
    change_rights(house.register.access, "bob", None, None, "tester", origins=["itsm"])
    assert refused(brought(store, house, tmp_path / "in", bob, changes=table)) == []

    assert records(store, "changes")["CHG-1"]["authors"] == [bob]
    assert "authors" not in records(store, "changes")["CHG-2"], "that tool says who approved"
    assert house.decides("bob", "CHG-1")["key"] == "decide_change.own"
    # who alters one that is there is one of its authors too
    cat = actor_of(house, "cat")
    brought(store, house, tmp_path / "again", cat, changes="change_id,title,failure_plan\nCHG-1,Patch,DOC\n")
    assert records(store, "changes")["CHG-1"]["authors"] == sorted([bob, cat])
    assert house.decides("cat", "CHG-1")["key"] == "decide_change.own"
    assert house.decides("dan", "CHG-1")["decided"] == "APPROVED"


def test_an_empty_register_takes_what_was_exported_with_its_voices(
    house: House, other_store: Store, tmp_path: Path
) -> None:
    store, folder = house.register.store, tmp_path / "inventory"
    assessed(house, "CHG-1")
    house.decides("bob", "CHG-1")
    export_inventory(store.everything(), store.ontology, folder)
    request = Request([folder], house.register.settings, ontology=store.ontology)

    report = run_import(SOURCE, request, other_store, "restorer").plain()

    assert (report["rejected"], len(records(other_store, "decisions"))) == ([], 1)
    assert other_store.graph_hash() == store.graph_hash()
    # what is there already may be said again, by anybody
    again = run_import(SOURCE, request, store, "mallory").plain()
    assert (again["rejected"], again["revisions"]) == ([], 0)


def test_a_voice_without_its_evidence_does_not_count(house: House) -> None:
    store = house.register.store
    assessed(house, "CHG-1", category="major")
    house.decides("bob", "CHG-1")
    (key,) = records(store, "evidence")
    written(store, [Edit("evidence", key, None)])

    second = house.decides("cat", "CHG-1")

    assert (second["decided"], second["voices"][0]["by"]) == (None, [actor_of(house, "cat")])


def test_what_was_decided_is_not_taken_back_by_undoing_its_revision(house: House, tmp_path: Path) -> None:
    store = house.register.store
    assessed(house, "CHG-1")
    papers = {"implementation_plan": "DOC-2"}
    reworded = house.saves(change_id="CHG-1", title="other words", papers=papers)["revision"]
    house.decides("bob", "CHG-1")
    revisions = {
        each.kind: each.number
        for commit in store.commits(after=int(reworded)) for each in commit.revisions()
    }  # fmt: skip
    for kind, key in (
        ("decisions", "write.decided_stays"), ("evidence", "write.decided_stays"), ("changes", "write.moved_stays"),
    ):  # fmt: skip
        told = house.asks("ann", UNDO, revision=revisions[kind])
        assert (told["__typename"], told["key"]) == ("InvalidInput", key), told
    assert len(records(store, "decisions")) == 1

    # words may be taken back; whoever does so wrote at it
    assessed(house, "CHG-2")
    reworded = house.saves(change_id="CHG-2", title="other words")["revision"]
    assert house.asks("bob", UNDO, revision=reworded)["__typename"] == "UndoRevisionPayload"
    found = records(store, "changes")["CHG-2"]
    assert (found["title"], actor_of(house, "bob") in str(found["authors"])) == ("Patch", True)


def test_an_approval_that_was_brought_in_carries_nothing_out(house: House, tmp_path: Path) -> None:
    store, bob = house.register.store, actor_of(house, "bob")
    window = f"{TOMORROW.isoformat()},{(TOMORROW + timedelta(hours=2)).isoformat()}"
    table = "change_id,title,category,status,affected,planned_start,planned_end,decision,decided_by,decided_at\n"
    table += f"CHG-1,Patch,simple,scheduled,db-1,{window},approved,{bob},2026-11-01T00:00:00Z\n"
    assert refused(brought(store, house, tmp_path / "in", "mallory", changes=table)) == []
    assert house.steps("ask", "CHG-1", "start")["key"] == "change.not_decided_here"


def test_nobody_decides_as_what_they_wrote_that_they_are(house: House, tmp_path: Path) -> None:
    store, bob, cat = house.register.store, actor_of(house, "bob"), actor_of(house, "cat")
    assessed(house, "CHG-1")
    board = f"authority_id,name,categories,members,quorum\nCAB,CAB,simple,{bob}|{cat},1\n"
    deputies = f"person,deputy,from\n{cat},{bob},2020-01-01T00:00:00Z\n"
    brought(store, house, tmp_path / "in", bob, change_authorities=board, deputies=deputies)
    house.register.expire()
    assert house.decides("bob", "CHG-1")["key"] == "decide_change.own_board"
    assert house.decides("bob", "CHG-1", behalf=cat)["key"] == "decide_change.own_board"
    assert house.decides("cat", "CHG-1")["decided"] == "APPROVED"


def test_nor_once_somebody_else_has_written_it_once_more(house: House, tmp_path: Path) -> None:
    store, bob, cat = house.register.store, actor_of(house, "bob"), actor_of(house, "cat")
    assessed(house, "CHG-1")
    board = f"authority_id,name,categories,members,quorum\nCAB,CAB,simple,{bob}|{cat},1\n"
    brought(store, house, tmp_path / "1", bob, change_authorities=board)
    deputies = "person,deputy,from,to\n" + f"{cat},{bob},2020-01-01T00:00:00Z,"
    # at the shell, under the name that the machine has for them
    brought(store, house, tmp_path / "2", "local:bob", deputies=f"{deputies}2098-01-01T00:00:00Z\n")
    for number, actor in enumerate(("principal:hr", "principal:hr2")):
        again = board.replace("CAB,CAB", f"CAB,Board {number}")
        until = f"{deputies}209{number}-01-01T00:00:00Z\n"
        brought(store, house, tmp_path / f"again{number}", actor, change_authorities=again, deputies=until)
    house.register.expire()

    assert house.decides("bob", "CHG-1")["params"]["table"] == "change_authorities"
    assert house.decides("bob", "CHG-1", behalf=cat)["key"] == "decide_change.own_board"
    assert house.decides("cat", "CHG-1")["decided"] == "APPROVED"


def test_what_was_agreed_for_a_change_is_not_brought_in(house: House, tmp_path: Path) -> None:
    store = house.register.store
    assessed(house, "CHG-1")
    table = f"window_id,kind,scope,from,to,change_id\nW,agreed_outage,svc,{TOMORROW.isoformat()},"
    table += f"{(TOMORROW + timedelta(hours=3)).isoformat()},CHG-1\n"
    assert [key for key, _ in refused(brought(store, house, tmp_path / "in", "mallory", windows=table))] == [
        "row.lives_here"
    ]


def test_a_change_of_another_tool_has_one_identifier_and_no_decider_of_ours(house: House) -> None:
    def save(**given: Any) -> Any:
        document = {**proposed(), **given.pop("document", {})}
        return house.asks("tool", SAVE, document=document, **given)["key"]

    assert save(origin="itsm", externalId="1", document={"change_id": "mine"}) == "change.two_ids"
    assert save(externalId="1") == "change.no_id"
    papers = {"decision": "approved", "decided_by": actor_of(house, "bob"), "decided_at": TOMORROW.isoformat()}
    assert save(origin="itsm", externalId="1", papers=papers) == "change.foreign_decider"
