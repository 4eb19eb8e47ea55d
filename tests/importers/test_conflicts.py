"""Conflicts of imports: each kept once for as long as it is met, decided by a person, and followed by the next run."""

import io
from pathlib import Path
from typing import Any

import pytest

from graph.errors import BadInputError, RevisionConflictError
from graph.history import DECISION
from graph.store import Store
from graph.store.audit import verify
from graph.store.backup import back_up
from graph.store.conflicts import DISTINCT, OPEN, RESOLVED, SAME, STATES, VANISHED, KeptConflict, count, page
from graph.store.head import Head
from graph.store.restore import Restoring, check
from graph.store.statements import statement
from importers.deciding import Answer, UnknownConflictError, decide
from importers.direct import Rows, put_rows
from importers.model import CiObservation, Place
from importers.plan import read_all
from importers.reverting import undo_revision
from importers.undo import undo_run
from tests.engines import Database, host, imported, inventory, written

FIRST = ("9999", "", "")
CIS = "ci_id,name,ci_class,serial\n"
PAIR = f"{CIS}new,new,host,S1\nother,other,host,S2\n"


def kept(store: Store, *states: str) -> list[KeptConflict]:
    return page(store, states or STATES, FIRST, 1_000)


def stand(store: Store) -> dict[str, str]:
    return {each.conflict.ci_id: each.state for each in kept(store)}


def ids(store: Store) -> set[str]:
    return {key for kind, key, _ in store.everything() if kind == "ci"}


def open_one(store: Store) -> str:
    (found,) = kept(store, OPEN)
    return found.id


def refused(store: Store, answer: Answer) -> str:
    before = store.revision(), stand(store)
    with pytest.raises(BadInputError) as error:
        decide(store, answer, "tester")
    assert (store.revision(), stand(store)) == before
    return error.value.message.key


@pytest.fixture
def pair(store: Store, tmp_path: Path) -> Path:
    """An inventory, imported once, of which one row has the serial number of a CI that is there."""
    written(store, [host("old", serial="S1")])
    files = inventory(tmp_path / "inv", cis=PAIR)
    imported(store, files)
    return files


def test_a_conflict_is_kept_with_what_it_is_about_and_met_again_it_is_the_same(store: Store, pair: Path) -> None:
    (first,) = kept(store)
    imported(store, pair, full=True)  # read anew
    (second,) = kept(store)
    imported(store, pair)
    imported(store, pair)  # known by its bytes
    (third,) = kept(store)

    assert (first.state, first.source, first.conflict.ci_id, first.conflict.line) == (OPEN, "inventory", "new", 2)
    (match,) = first.conflict.matches
    assert (match.ci_class, match.rule, match.values, match.others) == ("host", ("serial",), ("S1",), ("old",))
    assert first.conflict.given == {"ci_class": "host", "name": "new", "serial": "S1"}
    assert first.id == second.id == third.id
    assert first.first_seen == second.first_seen == third.first_seen
    assert first.last_seen < second.last_seen < third.last_seen
    assert first.run != second.run


@pytest.mark.neo4j_long
def test_a_row_that_two_rules_find_elsewhere_is_one_conflict_with_both(store: Store, tmp_path: Path) -> None:
    written(store, [host("a", serial="S1"), host("b", fqdn="b.example")])
    imported(store, inventory(tmp_path / "inv", cis="ci_id,name,ci_class,serial,fqdn\nc,c,host,S1,b.example\n"))

    (found,) = kept(store)
    assert [(match.rule, match.others) for match in found.conflict.matches] == [
        (("serial",), ("a",)), (("fqdn",), ("b",))
    ]  # fmt: skip


def test_a_conflict_has_vanished_once_a_run_has_taken_its_row_or_no_longer_has_it(store: Store, pair: Path) -> None:
    inventory(pair, cis=f"{CIS}other,other,host,S2\n")
    imported(store, pair)
    assert stand(store) == {"new": OPEN}  # a run that is not full says nothing of what it leaves out
    inventory(pair, cis=f"{CIS},,host,\nother,other,host,S2\n")
    imported(store, pair, full=True)
    assert stand(store) == {"new": OPEN}  # nor does one that could not read a row
    inventory(pair, cis=f"{CIS}other,other,host,S2\n")
    imported(store, pair, full=True)
    assert stand(store) == {"new": VANISHED}

    inventory(pair, cis=PAIR)
    imported(store, pair)
    assert stand(store) == {"new": OPEN}
    inventory(pair, cis=PAIR.replace("S1", "S3"))
    imported(store, pair)
    assert (stand(store), ids(store)) == ({"new": VANISHED}, {"old", "other", "new"})


@pytest.mark.neo4j_long
def test_another_question_about_a_row_takes_the_place_of_the_one_before(store: Store, pair: Path) -> None:
    before = open_one(store)
    written(store, [host("older", serial="S1")])
    imported(store, pair)

    (found,) = kept(store, OPEN)
    assert (found.conflict.others, found.id != before) == (("old", "older"), True)
    assert {each.id: each.state for each in kept(store)} == {before: VANISHED, found.id: OPEN}


@pytest.mark.neo4j_long
def test_a_run_that_is_undone_takes_along_what_it_left_open(store: Store, pair: Path) -> None:
    (found,) = kept(store)
    undo_run(store, found.run, "tester")
    assert stand(store) == {"new": VANISHED}
    imported(store, pair)

    assert stand(store) == {"new": OPEN}


@pytest.mark.neo4j_long
def test_what_an_earlier_run_asked_too_stays_open_when_a_later_one_is_undone(store: Store, pair: Path) -> None:
    (first,) = kept(store)
    inventory(pair, cis=PAIR.replace("other,other", "other,another"))
    second = imported(store, pair)["run"]
    third = imported(store, pair, full=True)["run"]
    for run, last in ((third, second), (second, first.run)):
        undo_run(store, run, "tester")
        assert [(each.state, each.run) for each in kept(store)] == [(OPEN, last)]
    decide(store, Answer(first.id, SAME, "old"), "alice")
    decide(store, Answer(first.id, None), "alice")
    undo_run(store, first.run, "tester")

    assert stand(store) == {"new": VANISHED}


@pytest.mark.neo4j_long
def test_a_trial_keeps_nothing_and_other_scopes_speak_of_their_own(store: Store, pair: Path, tmp_path: Path) -> None:
    imported(store, inventory(tmp_path / "other", cis=PAIR.replace("new", "third")), dry_run=True)
    imported(store, inventory(tmp_path / "empty", cis=CIS), full=True)

    assert stand(store) == {"new": OPEN}


def test_rows_go_through_as_the_ci_that_they_are(store: Store, pair: Path) -> None:
    inventory(pair, relationships="source,type,target\nother,depends_on,new\n",
              incidents="incident_id,title,ci_id,started_at\ni1,i1,new,2026-01-01T00:00:00Z\n")  # fmt: skip
    decide(store, Answer(open_one(store), SAME, "old"), "alice")
    report = imported(store, pair, full=True)

    assert (report["conflicts"], report["rejected"], ids(store)) == ([], [], {"old", "other"})
    assert store.kept("ci", ["old"])["old"].thing.state["name"] == "new"
    assert store.kept("rel", ["other|depends_on|old"])
    assert store.kept("incidents", ["i1"])["i1"].thing.state["ci_id"] == "old"
    assert stand(store) == {"new": RESOLVED}
    assert imported(store, pair)["revisions"] == 0 == imported(store, pair, full=True)["revisions"]


@pytest.mark.neo4j_long
def test_a_decision_made_while_rows_are_read_is_followed_by_the_next_run(
    store: Store, pair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reading(*arguments: Any) -> None:
        decide(store, Answer(open_one(store), SAME, "old"), "alice")
        read_all(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr("importers.run.read_all", reading)
        assert len(imported(store, pair)["conflicts"]) == 1  # it writes nothing, and so it would be known by its bytes
    report = imported(store, pair)

    assert (report["conflicts"], store.kept("ci", ["old"])["old"].thing.state["name"]) == ([], "new")


@pytest.mark.neo4j_long
def test_a_ci_of_its_own_may_share_what_identifies_and_whoever_writes_next_too(store: Store, pair: Path) -> None:
    decide(store, Answer(open_one(store), DISTINCT), "alice")
    report = imported(store, pair)
    again = imported(store, pair)

    assert (report["conflicts"], ids(store), again["revisions"]) == ([], {"old", "new", "other"}, 0)
    inventory(pair.parent / "both", cis=f"{CIS}old,renamed,host,S1\nnew,new,host,S1\n")
    assert imported(store, pair.parent / "both")["conflicts"] == []
    inventory(pair.parent / "more", cis=f"{CIS}third,third,host,S1\n")
    imported(store, pair.parent / "more")
    renamed = CiObservation(Place("input", 1), "old", {"name": "by hand"})
    put_rows(store, Rows([renamed], {}), "alice", None, "UTC")
    assert {each.conflict.ci_id: each.conflict.others for each in kept(store, OPEN)} == {"third": ("new", "old")}


def test_a_decision_taken_back_is_followed_no_longer(store: Store, pair: Path) -> None:
    conflict = open_one(store)
    decide(store, Answer(conflict, SAME, "old"), "alice")
    imported(store, pair)
    inventory(pair, cis=PAIR.replace("new,new", "new,newer"))
    decide(store, Answer(conflict, None), "bob")

    assert stand(store) == {"new": OPEN}
    assert len(imported(store, pair)["conflicts"]) == 1
    assert store.kept("ci", ["old"])["old"].thing.state["name"] == "new"
    assert open_one(store) == conflict


def test_a_decision_is_in_the_log_and_not_in_the_graph(store: Store, pair: Path) -> None:
    conflict, graph = open_one(store), store.graph_hash()
    revision = decide(store, Answer(conflict, SAME, "old"), "alice")
    again = decide(store, Answer(conflict, SAME, "old"), "bob")

    (commit,) = store.commits_at(revision)
    (past,) = commit.revisions()
    assert (again, commit.header.actor, past.kind, past.key) == (revision, "alice", DECISION, conflict)
    assert (store.graph_hash(), verify(store).ok) == (graph, True)
    with pytest.raises(BadInputError) as error:
        undo_revision(store, revision, "bob", None)
    assert error.value.message.key == "identity.taken_back"


@pytest.mark.neo4j_long
def test_a_decision_altered_in_the_database_is_found(store: Store, pair: Path, database: Database) -> None:
    decide(store, Answer(open_one(store), DISTINCT), "alice")
    database.run("MATCH (r:Record {fl_kind: 'fl_decision'}) SET r.answer = 'same'")

    (found,) = verify(store).differing
    assert (found.kind, found.reason) == (DECISION, "edited")


@pytest.mark.neo4j_long
def test_who_was_slower_is_told(store: Store, pair: Path) -> None:
    conflict = open_one(store)
    first = decide(store, Answer(conflict, SAME, "old"), "alice")
    for late in (
        Answer(conflict, DISTINCT),
        Answer(conflict, DISTINCT, expected=0),
        Answer(conflict, None, expected=1),
    ):
        with pytest.raises(RevisionConflictError):
            decide(store, late, "bob")

    assert decide(store, Answer(conflict, DISTINCT, expected=first), "bob") == first + 1
    assert decide(store, Answer(conflict, None, expected=first + 1), "bob") == first + 2
    assert decide(store, Answer(conflict, None), "bob") == first + 2


@pytest.mark.neo4j_long
def test_what_cannot_be_said_is_refused_and_changes_nothing(store: Store, pair: Path) -> None:
    conflict = open_one(store)

    assert refused(store, Answer(conflict, SAME)) == "identity.which"
    assert refused(store, Answer(conflict, SAME, "other")) == "identity.no_candidate"
    assert refused(store, Answer(conflict, DISTINCT, "old")) == "identity.which"
    with pytest.raises(UnknownConflictError):
        decide(store, Answer("nothing", DISTINCT), "tester")
    inventory(pair, cis=PAIR.replace("S1", "S3"))
    imported(store, pair)
    assert refused(store, Answer(conflict, DISTINCT)) == "identity.vanished"


@pytest.mark.neo4j_long
def test_two_rows_of_one_input_are_not_one_ci_and_no_row_is_two(store: Store, tmp_path: Path) -> None:
    both = inventory(tmp_path / "both", cis=f"{CIS}a,a,host,S1\nb,b,host,S1\n")
    imported(store, both)
    a, _ = kept(store, OPEN)
    assert refused(store, Answer(a.id, SAME, "b")) == "identity.own_row"

    written(store, [host("a", serial="S1"), host("b", serial="S1")])
    for name, row in (("one", "a,a,host,S1"), ("two", "b,b,host,S1")):
        imported(store, inventory(tmp_path / name, cis=f"{CIS}{row}\n"))
    by_scope = {each.conflict.scope: each.id for each in kept(store, OPEN)}
    decide(store, Answer(by_scope["inventory:one"], SAME, "b"), "alice")
    assert refused(store, Answer(by_scope["inventory:two"], SAME, "a")) == "identity.circle"
    assert count(store, [OPEN]) == 3


@pytest.mark.neo4j_long
def test_values_that_too_many_share_are_corrected_and_not_decided(store: Store, tmp_path: Path) -> None:
    rows = "".join(f"h{number:02},h,host,unknown\n" for number in range(25))
    report = imported(store, inventory(tmp_path / "inv", cis=CIS + rows))

    found = kept(store, OPEN)[0]
    assert len(report["conflicts"]) == 25
    assert (found.conflict.matches[0].count, len(found.conflict.others)) == (24, 20)
    assert refused(store, Answer(found.id, DISTINCT)) == "identity.too_many"


@pytest.mark.neo4j_long
def test_a_group_that_would_break_is_a_conflict_until_it_is_edited(store: Store, tmp_path: Path) -> None:
    cis = "ci_id,name,ci_class\napp,app,application\na,a,host\nb,b,host\n"
    grouped = "source,type,target,redundancy_group,min_available\n"
    files = inventory(tmp_path / "inv", cis=cis, relationships=f"{grouped}app,runs_on,a,g,2\napp,runs_on,b,g,2\n")
    imported(store, files, full=True)
    inventory(tmp_path / "inv", cis=cis, relationships=grouped)
    inventory(tmp_path / "more", cis=cis, relationships=f"{grouped}app,runs_on,a,,\n")
    imported(store, tmp_path / "more", full=True)
    imported(store, files, full=True)

    (found,) = kept(store, OPEN)
    assert (found.conflict.ci_id, found.conflict.group, found.conflict.left) == ("app", "g", 1)
    assert refused(store, Answer(found.id, DISTINCT)) == "identity.edit_group"
    inventory(tmp_path / "more", cis=cis, relationships=f"{grouped}app,runs_on,a,g,1\n")
    imported(store, tmp_path / "more", full=True)
    imported(store, files, full=True)
    assert stand(store) == {"app": VANISHED}


def test_a_backup_takes_conflicts_and_decisions_along(
    store: Store, pair: Path, other_database: Database, tmp_path: Path
) -> None:
    decide(store, Answer(open_one(store), SAME, "old"), "alice")
    file = io.BytesIO()
    said = back_up(store, file)
    Restoring(other_database.sessions, store.ontology, Head(tmp_path / "there" / "head.json")).restore(
        file, check(file, store.ontology)
    )
    there = other_database.open(tmp_path / "there")

    assert (there.graph_hash(), kept(there)) == (said.graph_hash, kept(store))
    assert verify(there).ok
    imported(there, pair)
    imported(store, pair)
    assert (there.graph_hash(), ids(there)) == (store.graph_hash(), {"old", "other"})


@pytest.mark.parametrize("at", range(3))
def test_a_decision_cut_off_before_its_commit_leaves_nothing(
    store: Store, pair: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    conflict = open_one(store)
    before = store.revision(), kept(store), store.graph_hash()
    names = ("record_create", "conflict_state", "write_commit")
    chosen = names[at]

    def cut(name: str, word: str | None = None, properties: tuple[str, ...] | None = None) -> str:
        if name == chosen:
            raise SystemExit
        return statement(name, word, properties)

    for module in ("store", "things"):
        monkeypatch.setattr(f"graph.store.{module}.statement", cut)
    with pytest.raises(SystemExit):
        decide(store, Answer(conflict, DISTINCT), "alice")
    monkeypatch.undo()

    assert (store.revision(), kept(store), store.graph_hash()) == before
    assert verify(store).ok
    decide(store, Answer(conflict, DISTINCT), "alice")
    assert stand(store) == {"new": RESOLVED}
