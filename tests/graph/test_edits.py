"""Edits and proposed changes as documents: read strictly, every refusal names the place and what would be right."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.texts import LANGUAGES, Texts
from graph.errors import BadInputError
from graph.records.changes import change_of
from graph.records.edits import Add, EditGroup, Regroup, Relate, Retire, SetField, Unrelate, edits_of, plain
from graph.records.proposed import proposed_of

EXAMPLE: dict[str, Any] = {
    "format": "faultline.change/1", "change_id": None, "title": "Move policy DB", "category": "major",
    "status": "submitted", "team": "team-db",
    "window": {"start": "2026-11-28T22:00:00", "end": "2026-11-29T02:00:00", "zone": "Asia/Shanghai"},
    "affected": [{"ci_id": "db-1", "effect": "outage"}],
    "edits": [{"group": "switch-over", "edits": [
        {"op": "add", "ci": {"ci_id": "db-9", "ci_class": "database_instance", "name": "db-9", "site": "room-1"}},
        {"op": "relate", "source": "app-1", "type": "depends_on", "target": "db-9", "strength": "hard",
         "redundancy_group": "db", "min_available": "1"},
        {"op": "unrelate", "source": "app-1", "type": "depends_on", "target": "db-1"},
        {"op": "regroup", "ci_id": "app-1", "redundancy_group": "db", "min_available": 1,
         "members": [{"type": "depends_on", "target": "db-9"}]},
        {"op": "set", "ci_id": "app-1", "field": "recovery_time", "value": "PT1H"},
        {"op": "retire", "ci_id": "db-1"}]}],
    "agreed_outage": [{"service": "svc-policy", "from": "2026-11-28T22:00:00", "to": "2026-11-29T01:00:00"}],
    "back_out_plan": "DOC-1", "test_evidence": ["DOC-2"], "assessment": {"risk": "DOC-3"},
}  # fmt: skip
RETIRE = {"op": "retire", "ci_id": "db-1"}
ENDS = {"source": "app-1", "type": "depends_on", "target": "db-1"}


def refused(document: Any) -> BadInputError:
    with pytest.raises(BadInputError) as raised:
        proposed_of(document, "Asia/Shanghai")
    for language in LANGUAGES:
        assert Texts(language).say(raised.value.message)
    return raised.value


def test_the_form_of_a_proposed_change_is_read_whole() -> None:
    found = proposed_of(EXAMPLE, "UTC")

    assert found.edits == (
        EditGroup("switch-over", (
            Add("db-9", {"ci_class": "database_instance", "name": "db-9"}, (("site", "room-1"),)),
            Relate("app-1", "depends_on", "db-9", "hard", "db", "1"),
            Unrelate("app-1", "depends_on", "db-1"),
            Regroup("app-1", "db", "1", (("depends_on", "db-9"),)),
            SetField("app-1", "recovery_time", 3_600),
            Retire("db-1"),
        )),
    )  # fmt: skip
    change = found.change
    assert (change.change_id, change.affected, change.expects_update) == ("proposed", (("db-1", "outage"),), True)
    assert change.planned_start == datetime(2026, 11, 28, 14, tzinfo=UTC)
    assert (change.test_evidence, change.assessment) == (("DOC-2",), '{"risk":"DOC-3"}')
    (agreed,) = found.agreed
    assert agreed.covers("svc-policy")
    assert agreed.end == datetime(2026, 11, 28, 17, tzinfo=UTC)


def test_what_a_change_keeps_of_its_edits_reads_back() -> None:
    groups = edits_of([*EXAMPLE["edits"], RETIRE, {"op": "set", "ci_id": "a", "field": "version", "value": None}])

    assert edits_of(plain(groups)) == groups
    assert edits_of(change_of("C-1", {"edits": plain(groups)}).edits) == groups
    assert proposed_of(EXAMPLE, "UTC").change.edits == plain(groups[:1])


def test_a_bare_edit_is_its_own_group_and_the_order_of_the_list_is_kept() -> None:
    found = edits_of([RETIRE, {"group": "g", "edits": [RETIRE]}, {"op": "unrelate", **ENDS}])

    assert [group.name for group in found] == [None, "g", None]
    assert edits_of(None) == edits_of([]) == edits_of("[]") == ()


@pytest.mark.parametrize(
    ("key", "at", "edits"),
    [
        ("json", "edits", "{nothing"),
        ("not_a_list", "edits", {}),
        ("not_a_table", "edits[1]", [RETIRE, "retire db-1"]),
        ("missing", "edits[0]", [{}]),
        ("missing", "edits[0]", [{"group": "g"}]),
        ("missing", "edits[0]", [{"edits": [RETIRE]}]),
        ("unknown_key", "edits[0]", [{"group": "g", "edits": [RETIRE], "order": 1}]),
        ("value", "edits[0].edits[1]", [{"group": "g", "edits": [RETIRE, {"op": "delete", "ci_id": "x"}]}]),
        ("unknown_key", "edits[0]", [{**RETIRE, "cii": 1}]),
        ("missing", "edits[0]", [{"op": "retire"}]),
        ("id", "edits[0]", [{"op": "retire", "ci_id": "a b"}]),
        ("id", "edits[0]", [{"op": "retire", "ci_id": "a" * 201}]),
        ("text", "edits[0]", [{"op": "retire", "ci_id": True}]),
        ("text", "edits[0]", [{"op": "retire", "ci_id": ["db-1"]}]),
        ("unknown_type", "edits[0]", [{"op": "relate", **ENDS, "type": "rests_on"}]),
        ("self_loop", "edits[0]", [{"op": "relate", **ENDS, "target": "app-1"}]),
        ("value", "edits[0]", [{"op": "relate", **ENDS, "strength": "strong"}]),
        ("soft_member", "edits[0]", [{"op": "relate", **ENDS, "strength": "soft", "redundancy_group": "g"}]),
        ("quorum_without_group", "edits[0]", [{"op": "relate", **ENDS, "min_available": "1"}]),
        ("value", "edits[0]", [{"op": "relate", **ENDS, "redundancy_group": "g", "min_available": "0"}]),
        ("value", "edits[0]", [{"op": "relate", **ENDS, "redundancy_group": "g", "min_available": "101%"}]),
        ("value", "edits[0]", [{"op": "relate", **ENDS, "redundancy_group": "g", "min_available": [1]}]),
        ("no_impact", "edits[0]", [{"op": "relate", **ENDS, "type": "owned_by", "strength": "hard"}]),
        ("missing", "edits[0]", [{"op": "regroup", "ci_id": "a", "min_available": "1"}]),
        ("missing", "edits[0]", [{"op": "regroup", "ci_id": "a", "redundancy_group": None}]),
        ("missing", "edits[0]", [{"op": "regroup", "ci_id": "a", "redundancy_group": "g", "members": []}]),
        ("no_impact", "edits[0].members[0]", [
            {"op": "regroup", "ci_id": "a", "redundancy_group": "g", "members": [{"type": "owned_by", "target": "b"}]}
        ]),
        ("member_twice", "edits[0]", [{"op": "regroup", "ci_id": "a", "redundancy_group": "g",
                                       "members": [{"type": "depends_on", "target": "b"}] * 2}]),
        ("unknown_class", "edits[0].ci", [{"op": "add", "ci": {"ci_id": "a", "ci_class": "thing", "name": "a"}}]),
        ("missing", "edits[0].ci", [{"op": "add", "ci": {"ci_id": "a", "ci_class": "host"}}]),
        ("unknown_key", "edits[0].ci", [{"op": "add", "ci": {"ci_id": "a", "ci_class": "host", "name": "a", "no": 1}}]),
        ("value", "edits[0].ci", [
            {"op": "add", "ci": {"ci_id": "a", "ci_class": "host", "name": "a", "status": "retired"}}
        ]),
        ("value", "edits[0].ci", [
            {"op": "add", "ci": {"ci_id": "a", "ci_class": "host", "name": "a", "recovery_time": "4 hrs"}}
        ]),
        ("missing", "edits[0]", [{"op": "set", "ci_id": "a", "field": "version"}]),
        ("missing", "edits[0]", [{"op": "set", "ci_id": "a", "field": "name", "value": None}]),
        ("unknown_field", "edits[0]", [{"op": "set", "ci_id": "a", "field": "ci_class", "value": "host"}]),
        ("unknown_field", "edits[0]", [{"op": "set", "ci_id": "a", "field": "recovery", "value": 1}]),
        ("value", "edits[0]", [{"op": "set", "ci_id": "a", "field": "recovery_time", "value": -5}]),
        ("value", "edits[0]", [{"op": "set", "ci_id": "a", "field": "recovery_time", "value": 1e400}]),
        ("value", "edits[0]", [{"op": "set", "ci_id": "a", "field": "criticality", "value": "huge"}]),
        ("retire_instead", "edits[0]", [{"op": "set", "ci_id": "a", "field": "status", "value": "retired"}]),
        ("self_loop", "edits[0]", [{"op": "set", "ci_id": "a", "field": "failover_to", "value": "a"}]),
    ],
)  # fmt: skip
def test_an_edit_that_cannot_be_meant_is_refused_where_it_stands(key: str, at: str, edits: Any) -> None:
    error = refused({**EXAMPLE, "edits": edits})

    assert (error.message.key, error.message.params["at"]) == (f"edits.{key}", at)


@pytest.mark.parametrize(
    ("key", "at", "changed"),
    [
        ("end_before_start", "window", {"window": {"start": "2026-11-28T22:00", "end": "2026-11-28T21:00"}}),
        ("no_length", "window", {"window": {"start": "2026-11-28T22:00", "end": "2026-11-28T14:00:00Z"}}),
        ("missing", "window", {"window": {"end": "2026-11-28T22:00"}}),
        ("value", "window", {"window": {"start": "2026-11-28T22:00", "zone": "Asia/Shangai"}}),
        ("value", "window", {"window": {"start": "2026-02-29T22:00"}}),
        ("value", "window", {"window": {"start": 20261128}}),
        ("time_skipped", "window", {"window": {"start": "2026-03-29T02:30", "zone": "Europe/Berlin"}}),
        ("time_twice", "window", {"window": {"start": "2026-10-25T02:30", "zone": "Europe/Berlin"}}),
        ("unknown_key", "window", {"window": {"start": "2026-11-28T22:00", "stop": "2026-11-28T23:00"}}),
        ("missing", ".", {"title": ""}),
        ("missing", ".", {"title": None}),
        ("value", ".", {"category": "big"}),
        ("value", ".", {"status": "done"}),
        ("unknown_key", ".", {"decision": "approved"}),
        ("value", "affected[0]", {"affected": [{"ci_id": "db-1", "effect": "reboot"}]}),
        ("two_effects", "affected[1]", {"affected": [{"ci_id": "a"}, {"ci_id": "a", "effect": "degraded"}]}),
        ("not_a_table", "affected[0]", {"affected": ["db-1"]}),
        ("missing", "agreed_outage[0]", {"agreed_outage": [{"service": "s", "from": "2026-11-28T22:00"}]}),
        ("end_before_start", "agreed_outage[0]", {
            "agreed_outage": [{"service": "s", "from": "2026-11-28T22:00", "to": "2026-11-28T21:00"}]
        }),
        ("id", "test_evidence", {"test_evidence": [3]}),
        ("text", "assessment", {"assessment": {"risk": ["DOC-3"]}}),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_meant_is_refused_where_it_stands(key: str, at: str, changed: dict[str, Any]) -> None:
    error = refused({**EXAMPLE, **changed})

    assert (error.message.key, error.message.params["at"]) == (f"edits.{key}", at)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ({"format": "faultline.certificate/1", "steps": []}, "faultline.certificate/1"),
        ({"format": "faultline.change/2", "title": "t"}, "faultline.change/2"),
        ({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {}}, "Kubernetes Deployment"),
        ({"services": {"web": {"image": "nginx"}}}, "Docker Compose"),
        ({"format_version": "1.2", "resource_changes": []}, "Terraform plan"),
    ],
)
def test_a_valid_document_of_another_kind_is_refused_by_name(document: dict[str, Any], kind: str) -> None:
    error = refused(document)

    assert (error.message.key, error.message.params["kind"]) == ("edits.another_kind", kind)


@pytest.mark.parametrize("document", [None, [], "text", 5])
def test_what_is_no_document_is_refused(document: Any) -> None:
    assert refused(document).message.key == "edits.not_a_table"


def test_a_window_may_be_open_or_absent_and_crosses_a_change_of_clocks() -> None:
    document = {"format": "faultline.change/1", "title": "t"}
    open_ended = proposed_of({**document, "window": {"start": "2026-11-28T22:00"}}, "Asia/Shanghai").change
    across = proposed_of(
        {**document, "window": {"start": "2026-10-25T01:00", "end": "2026-10-25T04:00", "zone": "Europe/Berlin"}}, "UTC"
    ).change

    assert open_ended.planned_end is None
    assert open_ended.planned_start is not None
    assert proposed_of(document, "UTC").change.planned_start is None
    assert across.planned_start is not None
    assert across.planned_end is not None
    assert (across.planned_end - across.planned_start).total_seconds() == 4 * 3_600
