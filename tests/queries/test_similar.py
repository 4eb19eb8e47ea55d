"""Changes that are told as alike share something, and none that shares more is left out before one that shares less."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.estate import Estate
from graph.ontology import load_ontology
from graph.records.changes import Change, change_of
from queries.similar import similar
from tests.graph.estates import cases

NOW = datetime(2026, 11, 28, tzinfo=UTC)
NAMES = ("app-1", "app-2", "db-1", "db-2", "host-1")
CLASSES = {"app": "application", "db": "database_instance", "host": "host"}
ESTATE = cast(Estate, SimpleNamespace(
    find=lambda ci_id: NAMES.index(ci_id) if ci_id in NAMES else None,
    class_of=lambda ci: CLASSES[NAMES[ci].partition("-")[0]],
))  # fmt: skip


def made(number: int, affected: list[str], team: str | None, outcome: str | None, days: int) -> Change:
    state: dict[str, Any] = {"title": "t", "affected": affected, "actual_end": (NOW - timedelta(days=days)).isoformat()}
    state |= {name: value for name, value in (("team", team), ("outcome", outcome)) if value is not None}
    return change_of(f"CHG-{number}", state)


CHANGES = st.lists(
    st.tuples(
        st.lists(st.sampled_from([*NAMES, "gone-1"]), unique=True, max_size=3), st.sampled_from(["a", "b", None]),
        st.sampled_from(["success", "failed", None]), st.integers(0, 3),
    ),
    max_size=8,
)  # fmt: skip


def shares(one: Change, other: Change) -> tuple[int, int, bool]:
    """How many CIs and classes two changes share, and whether the team."""
    mine, theirs = ({ci_id for ci_id, _ in each.affected} for each in (one, other))

    def classes(some: set[str]) -> set[str]:
        return {CLASSES[ci_id.partition("-")[0]] for ci_id in some if ci_id in NAMES}

    return len(mine & theirs), len(classes(mine) & classes(theirs)), one.team is not None and one.team == other.team


@settings(max_examples=cases(5_000, 60), deadline=None)
@given(CHANGES, st.integers(0, 4))
def test_the_most_alike_are_told_first_and_none_of_them_is_left_out(some: list[Any], most: int) -> None:
    asked, *ended = [made(number, *each) for number, each in enumerate([(["app-1", "db-1"], "a", None, 0), *some])]
    classes = {"app-1": "application", "db-1": "database_instance"}

    found = similar([*ended, asked], asked, classes, ESTATE, load_ontology(), most)

    alike = {
        each.change_id: shares(asked, each)
        for each in ended
        if each.outcome is not None and (shares(asked, each)[0] or (shares(asked, each)[1] and shares(asked, each)[2]))
    }
    over = {each.change_id: each.actual_end or NOW for each in ended}
    ranked = sorted(
        alike, key=lambda k: (-alike[k][0], -alike[k][1], not alike[k][2], NOW - over[k], k)
    )  # fmt: skip
    assert [each.change.change_id for each in found] == ranked[:most]
    assert [(len(each.cis), len(each.classes), each.team) for each in found] == [alike[name] for name in ranked[:most]]
