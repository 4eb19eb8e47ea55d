"""`import --undo RUN`: the hash from before it, or a refusal that names what was changed since."""

from pathlib import Path

import pytest

from graph.errors import BadInputError, RejectedError
from graph.store import Edit, Store
from graph.store.audit import verify
from importers.undo import undo_run
from tests.engines import change, depends, host, imported, inventory, written
from tests.importers.generated import generated


def test_undoing_a_run_restores_the_hash_from_before_it(store: Store, tmp_path: Path) -> None:
    first, second = (generated(tmp_path / str(seed) / "inventory", 200, seed) for seed in (1, 2))
    hashes = [store.graph_hash()]
    runs = []
    for path in (first, second):
        runs.append(str(imported(store, path, full=True)["run"]))
        hashes.append(store.graph_hash())

    undone = [undo_run(store, run, "tester") for run in reversed(runs)]

    assert len(set(hashes)) == 3
    assert all(each.revisions for each in undone)
    assert store.graph_hash() == hashes[0]
    assert store.graph_hash(revision=undone[0].revision) == hashes[1]
    assert verify(store).ok


def test_after_undoing_the_same_file_can_be_imported_again(store: Store, tmp_path: Path) -> None:
    files = generated(tmp_path / "inventory", 100, 1)
    run = str(imported(store, files)["run"])
    before = store.graph_hash()

    undo_run(store, run, "tester")
    again = imported(store, files)

    assert (store.graph_hash(), again["created"]["cis"] > 90, again["rejected"]) == (before, True, [])
    with pytest.raises(BadInputError, match="already_undone"):
        undo_run(store, run, "tester")


def test_a_run_three_of_whose_records_were_changed_since_is_refused_naming_exactly_those(
    store: Store, tmp_path: Path
) -> None:
    cis = "ci_id,name,ci_class\n" + "".join(f"{name},{name},host\n" for name in "abcdef")
    related = "source,type,target\na,depends_on,b\nb,depends_on,c\nc,depends_on,d\n"
    changes = "change_id,title\nC-1,move\nC-2,move\n"
    files = inventory(tmp_path / "inv", cis=cis, relationships=related, changes=changes)
    run = str(imported(store, files)["run"])
    written(store, [host("e", version="2")])
    written(store, [depends("b", "c", strength="soft"), Edit("changes", "C-2", None)])
    before = store.graph_hash(), store.revision()

    with pytest.raises(RejectedError) as refused:
        undo_run(store, run, "tester")

    assert refused.value.message.key == "import.changed_since"
    named = {"count": 3, "names": "changes:C-2, e, b|depends_on|c"}
    assert dict(refused.value.message.params) == named
    assert (store.graph_hash(), store.revision()) == before


def test_what_others_hung_on_a_ci_of_the_run_is_named_too(store: Store, tmp_path: Path) -> None:
    written(store, [host("own"), Edit("changes", "C-1", change("C-1"))])
    files = inventory(tmp_path / "inv", cis="ci_id,name,ci_class\na,a,host\nb,b,host\n")
    run = str(imported(store, files)["run"])
    written(store, [depends("own", "a")])

    with pytest.raises(RejectedError) as refused:
        undo_run(store, run, "tester")

    assert dict(refused.value.message.params) == {"count": 1, "names": "own|depends_on|a"}


def test_an_unknown_run_is_bad_input(store: Store) -> None:
    with pytest.raises(BadInputError, match="unknown_run"):
        undo_run(store, "never", "tester")
