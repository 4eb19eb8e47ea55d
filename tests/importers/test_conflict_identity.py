"""What a conflict is, and what a row becomes that a person has said to be a CI: against the slow definitions."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.history import DECISION, Thing
from graph.ontology import load_ontology
from graph.store import Kept, Store
from graph.store.conflicts import DISTINCT, IDENTITY, OPEN, SAME, Conflict, Decision, page
from importers.check import Checker
from importers.conflicts import conflict_statements
from importers.deciding import Answer, decide
from importers.identify import settle_identities
from importers.model import CiObservation, Finding, Observation, Part, Place, RecordObservation, RelationshipObservation
from importers.plan import new_plan, read_all
from tests.engines import Database, host, imported, inventory, written

ONTOLOGY = load_ontology()
PLACE = Place("cis.csv", 2)
IDS = st.sampled_from("abcdef")
FIELDS = st.fixed_dictionaries({}, optional={"serial": st.sampled_from("ST"), "fqdn": st.sampled_from("FG")})
HOSTS = st.dictionaries(IDS, FIELDS, max_size=6)


class Hosts:
    """What settling asks of a register, answered from a dictionary."""

    def __init__(self, hosts: Mapping[str, Mapping[str, str]], apart: Iterable[tuple[str, str]]) -> None:
        self._hosts, self._apart = hosts, apart

    def rows(self, name: str, word: str | None = None, **given: Any) -> list[dict[str, Any]]:
        if name == "record_all":
            made = (Decision(f"{a}{b}", DISTINCT, "inventory", a, (b,), ()) for a, b in self._apart)
            return [
                {"key": f"{DECISION}:{each.conflict}", "p": dict(each.thing("person").state)} for each in made
            ]  # fmt: skip
        assert name == "ci_by_property"
        return [
            {"key": key, "value": fields[str(word)]}
            for key, fields in self._hosts.items()
            if fields.get(str(word)) in given["values"]
        ]

    def kept(self, kind: str, keys: Iterable[str]) -> dict[str, Kept]:
        return {
            key: Kept(Thing({"name": key, "ci_class": "host", **self._hosts[key]}), 1)
            for key in keys
            if key in self._hosts
        }

    def relationships_at(self, *_: Any, **__: Any) -> list[tuple[str, Kept]]:
        return []


def met(rows: Sequence[tuple[str, Mapping[str, str]]], store: Hosts) -> list[Conflict]:
    seen = [CiObservation(PLACE, key, {"name": key, "ci_class": "host", **fields}) for key, fields in rows]
    with TemporaryDirectory() as folder, contextlib.closing(new_plan(Path(folder))) as plan:
        read_all(plan, [Part("inv", seen)], ONTOLOGY, "UTC", "inventory")
        settle_identities(plan, store, ONTOLOGY)
        assert len(plan.conflicts) == len(plan.questions) == len(plan.left_out["ci"])
        return list(plan.questions.values())


class Ending:
    """The register at the end of a run: what is known of conflicts, and the keys that are asked for."""

    def __init__(self, known: Sequence[Mapping[str, Any]]) -> None:
        self._known, self.read_keys = known, list[list[str]]()

    def rows(self, name: str, **_: Any) -> list[dict[str, Any]]:
        return [{**row, "scope": "inventory:inv", "run": "before", "runs": None} for row in self._known]

    def read(self, _: str, keys: Iterable[str]) -> dict[str, Kept]:
        self.read_keys.append(list(keys))
        return {}


def test_of_very_many_conflicts_a_run_looks_only_the_first_up_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("plan", "identify"):
        monkeypatch.setattr(f"importers.{module}.KEPT", 2)
    store = Hosts({f"old-{n}": {"serial": str(n)} for n in range(5)}, [])
    seen = [
        CiObservation(PLACE, f"new-{n}", {"name": "new", "ci_class": "host", "serial": str(n)}) for n in range(5)
    ]  # fmt: skip
    with TemporaryDirectory() as folder, contextlib.closing(new_plan(Path(folder))) as plan:
        read_all(plan, [Part("inv", seen)], ONTOLOGY, "UTC", "inventory")
        settle_identities(plan, store, ONTOLOGY)
        known = {"kind": IDENTITY, "state": OPEN, "first_seen": "then"}
        further = [{**known, "key": key, "ci_id": f"new-{n}"} for n, key in enumerate(sorted(plan.further), 2)]
        ending = Ending(
            [*further, {**known, "key": "other", "ci_id": "new-4"}, {**known, "key": "not read", "ci_id": "x"}]
        )
        monkeypatch.setattr(Conflict, "id", None)  # everybody waits: nothing is worked out any more
        done = list(conflict_statements(cast(Any, ending), plan, "inventory", "run", "now", full=False))

    assert (len(plan.conflicts), len(further), ending.read_keys) == (5, 3, [list(plan.questions)])
    assert [(name, [row["key"] for row in given.get("rows", ())], given.get("keys")) for name, given in done] == [
        ("conflict_write", list(plan.questions), None), ("conflict_state", [], ["other"])
    ]  # fmt: skip


def slowly(
    rows: Mapping[str, Mapping[str, str]], hosts: Mapping[str, Mapping[str, str]], apart: set[frozenset[str]]
) -> dict[str, set[tuple[str, str]]]:
    """By row every (field, CI) by which it may be another one: asked of each pair."""
    found: dict[str, set[tuple[str, str]]] = {}
    for key, fields in rows.items():
        for other in {*rows, *hosts} - {key}:
            for name, value in fields.items():
                has = (rows.get(other, {}).get(name), hosts.get(other, {}).get(name))
                if value in has and frozenset((key, other)) not in apart:
                    found.setdefault(key, set()).add((name, other))
    return found


@pytest.mark.many
@given(HOSTS, HOSTS, st.sets(st.tuples(IDS, IDS).filter(lambda pair: pair[0] != pair[1]), max_size=4), st.randoms())
def test_a_conflict_names_just_the_cis_that_share_something_and_no_order_changes_it(
    rows: dict[str, dict[str, str]], hosts: dict[str, dict[str, str]], apart: set[tuple[str, str]], chance: Any
) -> None:
    # every row says both fields or none, so that what is kept adds nothing
    rows = {key: fields if len(fields) == 2 else {} for key, fields in rows.items()}
    store = Hosts(hosts, sorted(apart))
    listed = list(rows.items())
    found = met(listed, store)
    chance.shuffle(listed)
    again = met(listed, store)

    named = {each.ci_id: {(match.rule[0], other) for match in each.matches for other in match.others} for each in found}
    assert named == slowly(rows, hosts, {frozenset(pair) for pair in apart})
    assert sorted(each.id for each in found) == sorted(each.id for each in again)
    assert len({each.id for each in found}) == len(found)


def observations(renamed: Mapping[str, str]) -> st.SearchStrategy[list[tuple[Observation, Observation]]]:
    """Observations, each with the one that names other CIs instead."""

    def mean(ci_id: str) -> str:
        return renamed.get(ci_id, ci_id)

    def ci(key: str, other: str) -> tuple[Observation, Observation]:
        one, two = (CiObservation(PLACE, of(key), {"name": "n", "ci_class": "host", "owner": of(other)})
                    for of in (str, mean))  # fmt: skip
        return one, two

    def relationship(source: str, target: str) -> tuple[Observation, Observation]:
        one, two = (RelationshipObservation(PLACE, of(source), "depends_on", of(target)) for of in (str, mean))
        return one, two

    def record(some: list[str], effect: str) -> tuple[Observation, Observation]:
        one, two = (
            RecordObservation(PLACE, "changes", {"change_id": "C", "affected": "|".join(of(x) + effect for x in some)})
            for of in (str, mean)
        )
        return one, two

    effects = st.sampled_from(["", "=outage"])
    kinds = (
        st.builds(ci, IDS, IDS),
        st.builds(relationship, IDS, IDS),
        st.builds(record, st.lists(IDS, min_size=1), effects),
    )
    return st.lists(st.one_of(*kinds), max_size=8)


@pytest.mark.many
@given(st.data(), st.dictionaries(st.sampled_from("abc"), st.sampled_from("def"), max_size=3))
def test_a_row_is_checked_as_if_it_named_the_ci_that_it_is(data: st.DataObject, renamed: dict[str, str]) -> None:
    pairs = data.draw(observations(renamed))

    as_said, as_named = Checker(ONTOLOGY, "UTC", renamed), Checker(ONTOLOGY, "UTC")
    for one, other in pairs:
        assert _plain(as_said.rows(one, 0)) == _plain(as_named.rows(other, 0))


def _plain(found: Iterable[Any]) -> list[Any]:
    return [each.plain() if isinstance(each, Finding) else each for each in found]


def test_the_identity_of_a_conflict_is_its_question(tmp_path: Path) -> None:
    rows = [("a", {"serial": "S"}), ("b", {"serial": "S"}), ("c", {"serial": "S"})]
    found = {frozenset(each.id for each in met(order, Hosts({}, []))) for order in permutations(rows)}

    assert len(found) == 1
    assert found != {frozenset(each.id for each in met(rows[:2], Hosts({}, [])))}


def test_a_decision_and_the_run_after_it_are_as_if_the_row_had_named_the_ci(
    database: Database, tmp_path: Path, long_or_short: Any
) -> None:
    for turn in range(long_or_short(6, 1)):
        same = {f"new-{number}": f"old-{(number + turn) % 4}" for number in range(3)}
        named = {key: key for key in same}
        hashes: list[str] = []
        for names in (named, same):
            database.wipe()
            store = database.open(tmp_path / f"{turn}-{len(hashes)}")
            written(store, [host(old, serial=f"S-{old}") for old in (*same.values(), "old-9")])
            files = _files(tmp_path / f"files-{turn}-{len(hashes)}", names, same)
            imported(store, files)
            _decide_all(store, same)
            imported(store, files, full=True)
            assert imported(store, files)["revisions"] == 0
            hashes.append(store.graph_hash())
        assert hashes[0] == hashes[1]


def _files(folder: Path, names: Mapping[str, str], same: Mapping[str, str]) -> Path:
    cis = "".join(f"{names[new]},renamed {new},host,S-{old}\n" for new, old in same.items())
    related = "".join(f"app,runs_on,{names[new]}\n" for new in same)
    changes = f"change_id,title,affected\nC-1,move,{'|'.join(names.values())}\n"
    return inventory(
        folder / "inv", cis=f"ci_id,name,ci_class,serial\napp,app,application,\n{cis}",
        relationships=f"source,type,target\n{related}", changes=changes,
    )  # fmt: skip


def _decide_all(store: Store, same: Mapping[str, str]) -> None:
    for each in page(store, [OPEN], ("9999", "", ""), 100):
        decide(store, Answer(each.id, SAME, same[each.conflict.ci_id]), "tester")
