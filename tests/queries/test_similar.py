"""Changes that are told as alike share something, and none that shares more is left out before one that shares less."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.estate import Estate
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from queries.similar import SharedEdit, similar
from tests.graph.estates import cases

Edit = tuple[str, str]  # kind, CI
NOW = datetime(2026, 11, 28, tzinfo=UTC)
NAMES = ("app-1", "app-2", "db-1", "db-2", "host-1")
CLASSES = {"app": "application", "db": "database_instance", "host": "host"}
ESTATE = cast(Estate, SimpleNamespace(
    find=lambda ci_id: NAMES.index(ci_id) if ci_id in NAMES else None,
    class_of=lambda ci: CLASSES[NAMES[ci].partition("-")[0]],
))  # fmt: skip


def made(
    number: int, affected: list[str], edits: list[Edit], team: str | None, outcome: str | None, days: int
) -> Change:
    state: dict[str, Any] = {"title": "t", "affected": affected, "actual_end": (NOW - timedelta(days=days)).isoformat()}
    if edits:
        state["edits"] = json.dumps([_edit(kind, ci_id) for kind, ci_id in edits])
    state |= {name: value for name, value in (("team", team), ("outcome", outcome)) if value is not None}
    return change_of(f"CHG-{number}", state)


def _edit(kind: str, ci_id: str) -> dict[str, Any]:
    more = {"set": {"field": "criticality", "value": "high"}, "unrelate": {}, "retire": {}}[kind]
    if kind == "unrelate":
        return {"op": kind, "source": ci_id, "type": "depends_on", "target": "other"}
    return {"op": kind, "ci_id": ci_id, **more}


EDITS = st.tuples(st.sampled_from(["set", "retire", "unrelate"]), st.sampled_from([*NAMES, "gone-1"]))
CHANGES = st.lists(
    st.tuples(
        st.lists(st.sampled_from([*NAMES, "gone-1"]), unique=True, max_size=3),
        st.lists(EDITS, unique=True, max_size=2), st.sampled_from(["a", "b", None]),
        st.sampled_from(["success", "failed", None]), st.integers(0, 3),
    ),
    max_size=8,
)  # fmt: skip


def touched(change: Change) -> set[str]:
    return {ci_id for ci_id, _ in change.affected} | {ci_id for _, ci_id in edits(change)}


def edits(change: Change) -> set[Edit]:
    return {(each["op"], each.get("ci_id") or each["source"]) for each in json.loads(change.edits or "[]")}


def class_of(ci_id: str) -> str | None:
    return CLASSES[ci_id.partition("-")[0]] if ci_id in NAMES else None


def shares(one: Change, other: Change) -> tuple[int, int, int, bool]:
    """How many CIs, kinds of edits and classes two changes share, and whether the team."""
    mine, theirs = edits(one), edits(other)
    same = mine & theirs
    told = {(kind, class_of(ci_id)) for kind, ci_id in same}
    alike = {(kind, class_of(x)) for kind, x in mine for other_kind, y in theirs
             if kind == other_kind and class_of(x) == class_of(y) and class_of(x) is not None}  # fmt: skip
    classes = [{name for ci_id in touched(each) if (name := class_of(ci_id))} for each in (one, other)]
    return (
        len(touched(one) & touched(other)), len(same) + len(alike - told), len(classes[0] & classes[1]),
        one.team is not None and one.team == other.team,
    )  # fmt: skip


@settings(max_examples=cases(5_000, 60), deadline=None)
@given(CHANGES, st.lists(EDITS, unique=True, max_size=2), st.integers(0, 4))
def test_the_most_alike_are_told_first_and_none_of_them_is_left_out(
    some: list[Any], own: list[Edit], most: int
) -> None:
    asked, *ended = [made(number, *each) for number, each in enumerate([(["app-1", "db-1"], own, "a", None, 0), *some])]
    # of the register; what is gone this change does not touch
    classes = {ci_id: name for ci_id in touched(asked) if (name := class_of(ci_id)) is not None}

    found = similar([*ended, asked], asked, classes, ESTATE, load_ontology(), most)

    def shared(each: Change) -> tuple[int, int, int, bool]:
        _, kinds, same, team = shares(asked, each)
        return len(touched(asked) & touched(each) & classes.keys()), kinds, same, team

    every = {each.change_id: shared(each) for each in ended if each.outcome is not None}
    alike = {key: (c, e, k, t) for key, (c, e, k, t) in every.items() if c or e or (k and t)}
    over = {each.change_id: each.actual_end or NOW for each in ended}
    ranked = sorted(
        alike, key=lambda k: (-alike[k][0], -alike[k][1], -alike[k][2], not alike[k][3], NOW - over[k], k)
    )  # fmt: skip
    assert [each.change.change_id for each in found] == ranked[:most]
    assert [(len(each.cis), len(each.edits), len(each.classes), each.team) for each in found] == [
        alike[name] for name in ranked[:most]
    ]


def test_a_kind_of_edit_is_shared_of_the_same_ci_or_else_of_the_same_class_and_is_enough_by_itself() -> None:
    mine = made(0, [], [("set", "db-1"), ("retire", "app-1")], None, None, 0)
    classes = {"db-1": "database_instance", "app-1": "application"}
    same = made(1, [], [("set", "db-1")], None, "success", 1)
    like = made(2, [], [("set", "db-2")], None, "failed", 1)
    other = made(3, [], [("set", "app-2"), ("retire", "db-2")], None, "success", 1)

    found = similar([other, like, same], mine, classes, ESTATE, load_ontology(), 5)

    assert [(each.change.change_id, each.edits) for each in found] == [
        ("CHG-1", (SharedEdit("set", "db-1", None),)), ("CHG-2", (SharedEdit("set", None, "database_instance"),)),
    ]  # fmt: skip


def test_an_added_ci_is_of_the_class_that_it_is_added_as_and_edits_that_cannot_be_read_are_none() -> None:
    def adding(number: int, ci_id: str, kind: str) -> Change:
        edit = {"op": "add", "ci": {"ci_id": ci_id, "ci_class": kind, "name": ci_id}}
        return change_of(f"CHG-{number}", {"title": "t", "outcome": "success", "edits": json.dumps([edit])})

    broken = change_of("CHG-3", {"title": "t", "outcome": "success", "edits": "[{]"})
    found = similar([adding(1, "h-1", "host"), adding(2, "a-1", "application"), broken], adding(0, "h-2", "host"),
                    {"h-2": "host"}, ESTATE, load_ontology(), 5)  # fmt: skip

    assert [(each.change.change_id, each.edits) for each in found] == [("CHG-1", (SharedEdit("add", None, "host"),))]
