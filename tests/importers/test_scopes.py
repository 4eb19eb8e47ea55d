"""What a scope rests on: its own data source's runs, read whole, undone one after the other."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graph.settings import Settings
from graph.store import Store, relationship_key
from graph.store.runs import Unseen, staged_dependents
from importers.load import CancelledRunError, InterruptedRunError
from importers.model import Request
from importers.registry import source_named
from importers.run import Watch, run_import
from importers.undo import undo_run
from tests.engines import host, imported, inventory, ndjson, written

CIS = "ci_id,name,ci_class\na,a,host\nb,b,host\n"
RELATED = "source,type,target\na,depends_on,b\n"


def relationships(store: Store) -> set[str]:
    return {key for kind, key, _ in store.everything() if kind == "rel"}


def test_a_folder_and_a_compose_project_of_one_name_are_two_scopes(store: Store, tmp_path: Path) -> None:
    folder = inventory(tmp_path / "shop", cis=CIS, relationships=RELATED)
    (folder / "compose.yaml").write_text("services:\n  web:\n    image: web:1\n")
    imported(store, folder, full=True)
    report = imported(store, folder / "compose.yaml", source="compose")

    assert report["scopes"] == ["shop"]
    assert (report["ended"].get("relationships", 0), report["missing_cis"]) == (0, [])
    assert "a|depends_on|b" in relationships(store)


@pytest.mark.parametrize("name", ["relationships.csv.gz", "relationships.tsv", "Relationships.xlsx"])
def test_a_table_in_a_form_that_is_not_read_makes_the_folder_no_whole_one(
    store: Store, tmp_path: Path, name: str
) -> None:
    imported(store, inventory(tmp_path / "inv", cis=CIS, relationships=RELATED), full=True)
    (tmp_path / "inv" / "relationships.csv").rename(tmp_path / "inv" / name)
    report = imported(store, tmp_path / "inv", full=True)

    assert relationships(store) == {"a|depends_on|b"}
    assert [finding["key"] for finding in report["warnings"]] == ["inventory.unknown_table"]


def test_full_runs_are_undone_one_after_the_other_and_the_scope_goes_on_ending(store: Store, tmp_path: Path) -> None:
    files = inventory(tmp_path / "inv", cis=CIS, relationships=RELATED)
    runs = []
    for version in ("1", "2", "3"):
        inventory(tmp_path / "inv", cis=f"ci_id,name,ci_class,version\na,a,host,{version}\nb,b,host,\n")
        runs.append(str(imported(store, files, full=True)["run"]))
    for run in reversed(runs[1:]):
        undo_run(store, run, "tester")
    (files / "relationships.csv").unlink()

    assert imported(store, files, full=True)["ended"]["relationships"] == 1


def test_a_dry_run_counts_a_relationship_that_a_column_ends_once(store: Store, tmp_path: Path) -> None:
    sites = "s1,s1,site,\ns2,s2,site,\n"
    before = inventory(tmp_path / "inv", cis=f"ci_id,name,ci_class,site\n{sites}h,h,host,s1\n")
    imported(store, before, full=True)
    inventory(tmp_path / "inv", cis=f"ci_id,name,ci_class,site\n{sites}h,h,host,s2\n")
    told = imported(store, before, full=True, dry_run=True)
    done = imported(store, before, full=True)

    for name in ("revisions", "created", "updated", "ended", "unchanged"):
        assert told[name] == done[name], name


def test_a_run_that_goes_on_looks_again_at_what_others_changed_meanwhile(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importers.batches.BLOCK", 2)
    files = inventory(tmp_path / "inv", cis="ci_id,name,ci_class\n" + "".join(f"g{n},g{n},host\n" for n in range(6)))
    request = Request([files], Settings(Path()), ontology=store.ontology)
    with pytest.raises(InterruptedRunError):
        run_import(source_named("inventory"), request, store, "tester", watch=Watch(stopped=lambda: True))
    other = inventory(tmp_path / "other", cis="ci_id,name,ci_class\ng1,renamed,host\n")
    imported(store, other)

    imported(store, files)

    assert store.kept("ci", ["g1"])["g1"].thing.state["name"] == "g1"
    assert imported(store, files)["revisions"] == 0


def test_a_run_that_somebody_cancels_is_over_until_the_same_input_comes_again(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importers.batches.BLOCK", 2)
    group = "source,type,target,redundancy_group,min_available\na,depends_on,b,g,1\na,depends_on,c,g,1\n"
    cis = "ci_id,name,ci_class\n" + "".join(f"{each},{each},host\n" for each in "abc")
    files = inventory(tmp_path / "inv", cis=cis, relationships=group)
    request = Request([files], Settings(Path()), ontology=store.ontology)

    def stopped(*, cancelled: bool) -> tuple[list[dict[str, Any]], set[str]]:
        watch = Watch(stopped=lambda: True, cancelled=lambda: cancelled)
        with pytest.raises(CancelledRunError if cancelled else InterruptedRunError):
            run_import(source_named("inventory"), request, store, "tester", watch=watch)
        return store.rows("runs_all"), staged_dependents(store)

    (first,), staged = stopped(cancelled=True)
    assert (first["status"], staged) == ("cancelled", set())
    (again,), staged = stopped(cancelled=False)  # by a server that ends
    assert (again["run"], again["status"], staged) == (first["run"], "running", {"a"})
    (again,), _ = stopped(cancelled=True)
    assert imported(store, files)["run"] == first["run"]
    assert [run["status"] for run in store.rows("runs_all")] == ["finished"]

    inventory(tmp_path / "inv", cis=cis.replace("a,a", "a,renamed"))
    runs, _ = stopped(cancelled=True)
    inventory(tmp_path / "inv", cis=cis.replace("a,a", "a,another"))
    imported(store, files)
    inventory(tmp_path / "inv", cis=cis.replace("a,a", "a,renamed"))
    assert imported(store, files)["run"] not in {run["run"] for run in runs}
    assert [run["status"] for run in store.rows("runs_all")].count("cancelled") == 1


def test_a_ci_that_is_left_out_makes_no_references(store: Store, tmp_path: Path) -> None:
    files = inventory(tmp_path / "inv", cis="ci_id,name,ci_class,owner\na,,host,team-x\nb,b,host,team-y\n")
    report = imported(store, files, create_references=True)

    assert len(report["rejected"]) == 1
    assert {key for kind, key, _ in store.everything() if kind == "ci"} == {"b", "team-y"}
    assert relationships(store) == {relationship_key("b", "owned_by", "team-y")}


def test_identification_holds_for_rows_that_leave_something_out(store: Store, tmp_path: Path) -> None:
    written(store, [host("h1", serial="S1"), host("h2")])
    report = imported(store, ndjson(tmp_path / "a" / "cis.ndjson", [{"table": "cis", "ci_id": "h2", "serial": "S1"}]))

    assert [finding["key"] for finding in report["conflicts"]] == ["row.identity"]
    assert "serial" not in store.kept("ci", ["h2"])["h2"].thing.state


def test_many_ids_that_differ_in_case_are_told_in_one_pass(store: Store, tmp_path: Path) -> None:
    names = [name for n in range(300) for name in (f"SRV{n}", f"srv{n}")]
    files = inventory(tmp_path / "inv", cis="ci_id,name,ci_class\n" + "".join(f"{n},{n},host\n" for n in names))
    report = imported(store, files, dry_run=True)

    assert [finding["key"] for finding in report["warnings"]] == ["row.ids_differ_in_case"] * 300


def test_what_nobody_sees_any_more_is_looked_for_anew_only_where_scopes_rest_on_other_runs(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unseen, asked = Unseen(store), list[str]()
    rows = Store.rows

    def noted(self: Store, name: str, word: str | None = None, **more: Any) -> list[dict[str, Any]]:
        asked.append(name)
        return rows(self, name, word, **more)

    monkeypatch.setattr(Store, "rows", noted)

    def now() -> set[str]:
        found = unseen.at()
        assert found == Unseen(store).at()
        return found

    def looked_through() -> bool:
        asked.clear()
        unseen.at()
        return "seen_keys" in asked

    whole = "ci_id,name,ci_class\na,A,host\nb,B,host\n"
    imported(store, inventory(tmp_path / "one", cis=whole), full=True)
    imported(store, inventory(tmp_path / "two", cis=whole), full=True)
    assert now() == set()

    imported(store, inventory(tmp_path / "one", cis="ci_id,name,ci_class\na,A,host\n"), full=True)
    assert looked_through()
    assert not looked_through()
    assert now() == set(), "another scope sees it"

    imported(store, inventory(tmp_path / "two", cis="ci_id,name,ci_class\na,A,host\n"), full=True)
    assert now() == {"b"}
    assert unseen.at(datetime(2000, 1, 1, tzinfo=UTC)) == set()
    assert now() == {"b"}
