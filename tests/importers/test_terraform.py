"""Plans of Terraform: what each resource change does to which CI, and what cannot be read."""

from collections.abc import Collection, Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph.errors import BadInputError
from graph.records.proposed import proposed_of
from graph.values import parse_id
from importers.terraform.addresses import id_of, visible
from importers.terraform.plan import is_plan, plan_of
from importers.terraform.plan_map import PlanMap, plan_map_of
from importers.terraform.proposing import PlanChange, plan_change
from tests.importers.terraform_plans import CREATE, CREATE_FIRST, DELETE, NOTHING, REPLACE, UPDATE, plan, resource


class Known:
    """A register of these CIs."""

    def __init__(self, *ids: str, **fields: dict[str, str]) -> None:
        self._ids, self._fields = ids, fields

    def has(self, ci_id: str) -> bool:
        """Whether it is one of them."""
        return ci_id in self._ids

    def holders(self, field: str, values: Collection[str]) -> Mapping[str, str]:
        """By value the CI of it."""
        return {value: ci for value, ci in self._fields.get(field, {}).items() if value in values}


def made(document: dict[str, Any], known: Known, said: Any = None) -> PlanChange:
    plan_map = PlanMap() if said is None else plan_map_of(said)
    return plan_change(plan_of(document, "plan.json"), plan_map, known, "a plan", None)


def affected(change: PlanChange) -> dict[str, str]:
    assert proposed_of(change.document, "UTC").change.title == "a plan"
    return {each["ci_id"]: each["effect"] for each in change.document["affected"]}


def refusal(document: Any) -> tuple[str, object]:
    with pytest.raises(BadInputError) as caught:
        plan_of(document, "plan.json")
    return caught.value.message.key, caught.value.message.params.get("at")


@pytest.mark.parametrize("version", ["0.2", "1.0", "1.1", "1.2", "1.7"])
@pytest.mark.parametrize(
    ("actions", "effect"),
    [
        (UPDATE, "degraded"),
        (DELETE, "retire"),
        (REPLACE, "outage"),
        (CREATE_FIRST, "outage"),
        (["create", "forget"], "outage"),
        (["explode"], "outage"),
        (CREATE, None),
        (NOTHING, None),
        (["read"], None),
        (["forget"], None),
    ],
)
def test_an_action_has_its_effect(version: str, actions: list[str], effect: str | None) -> None:
    change = made(plan(resource("aws_instance.web", actions), version=version), Known("aws_instance.web"))

    assert affected(change) == ({} if effect is None else {"aws_instance.web": effect})


def test_data_is_read_a_move_alone_touches_nothing_and_what_a_replacement_left_degrades() -> None:
    change = made(
        plan(
            resource("data.aws_ami.x", UPDATE, mode="data"),
            resource("aws_instance.a", NOTHING, previous_address="aws_instance.b"),
            resource("aws_instance.c", UPDATE, previous_address="aws_instance.d"),
            resource("aws_instance.e", DELETE, deposed="00000001"),
            resource("aws_instance.f", CREATE, after_unknown={"id": True, "tags": [True]}),
            deferred_changes=[{"reason": "provider_config_unknown", "resource_change": {}}],
        ),
        Known("aws_instance.d", "aws_instance.e"),
    )

    assert affected(change) == {"aws_instance.d": "degraded", "aws_instance.e": "degraded"}
    told = change.plain(limit=50)
    assert {kind: count for kind, count in told["actions"].items() if count} == {
        "update": 1, "deposed": 1, "create": 1, "moved": 1, "read": 1,
    }  # fmt: skip
    assert (told["deferred"], told["affecting"], told["mapped"], told["unmapped"]) == (1, 2, 2, 0)


ADDRESS = 'module.db["a b"].aws_db_instance.policy[0]'


@pytest.mark.parametrize(
    ("said", "values", "by"),
    [
        ({"resources": {ADDRESS: "db-1"}}, {}, "map"),
        ({"resources": {"module.db*": "db-1", "module.*": "db-2"}}, {}, "map"),
        ({"resources": {"*": "db-1"}}, {"tags": {"faultline.ci_id": "db-2"}}, "map"),
        (None, {"tags": {"faultline.ci_id": "db-1"}}, "tag"),
        (None, {"tags": None, "tags_all": {"faultline_ci_id": "db-1"}}, "tag"),
        (None, {"labels": {"faultline_ci_id": "db-1"}, "name": "db-2"}, "tag"),
        (None, {"metadata": [{"annotations": {"faultline.ci_id": "db-1"}}]}, "tag"),
        ({"tags": ["cmdb"]}, {"tags": {"cmdb": "db-1"}}, "tag"),
        (None, {"id": "db-1", "name": "db-2"}, "id"),
        (None, {"arn": "db-1"}, "arn"),
        (None, {"self_link": "db-1"}, "self_link"),
        (None, {"name": "db-1"}, "name"),
        (None, {"hostname": "db.example"}, "fqdn"),
        (None, {"id": "SN-1"}, "serial"),
    ],
)
def test_a_resource_is_the_ci_that_the_map_its_tags_or_its_names_say(said: Any, values: Any, by: str) -> None:
    known = Known("db-1", "db-2", fqdn={"db.example": "db-1"}, serial={"SN-1": "db-1"})

    change = made(plan(resource(ADDRESS, UPDATE, values, {**values, "size": 2})), known, said)

    assert affected(change) == {"db-1": "degraded"}
    (listed,) = change.plain(limit=9)["resources"]
    assert (listed["by"], listed["ci_ids"], listed["address"]) == (by, ["db-1"], ADDRESS)


def test_an_address_may_be_the_id_of_a_ci_as_it_is_or_as_answers_write_it() -> None:
    written = 'terraform:module.db["a%20b"].aws_db_instance.policy[0]'

    assert affected(made(plan(resource(ADDRESS, UPDATE)), Known(written))) == {written: "degraded"}
    assert affected(made(plan(resource("db-1", UPDATE)), Known("db-1"))) == {"db-1": "degraded"}


def test_what_is_not_in_the_register_is_affected_by_its_address() -> None:
    change = made(plan(resource(ADDRESS, DELETE), resource("b.c", UPDATE)), Known("db-1"))

    assert affected(change) == {
        'terraform:module.db["a%20b"].aws_db_instance.policy[0]': "retire", "terraform:b.c": "degraded",
    }  # fmt: skip
    assert change.plain(limit=1)["unmapped"] == 2
    assert len(change.plain(limit=1)["resources"]) == 1


def test_what_the_map_or_a_tag_says_wrongly_is_not_put_right_by_a_name() -> None:
    values = {"name": "db-1", "tags": {"faultline_ci_id": "db 9"}}
    by_tag = made(plan(resource("a.b", UPDATE, values)), Known("db-1"))
    by_map = made(plan(resource("a.b", UPDATE, values)), Known("db-1"), {"resources": {"a.b": "db-9"}})

    assert affected(by_tag) == affected(by_map) == {"terraform:a.b": "degraded"}
    assert [change.plain(limit=1)["resources"][0]["said"] for change in (by_tag, by_map)] == [["db 9"], ["db-9"]]


def test_a_resource_that_changes_its_tag_is_both() -> None:
    sides = [{"tags": {"faultline_ci_id": name}} for name in ("db-1", "db-2")]

    assert affected(made(plan(resource("a.b", UPDATE, *sides)), Known("db-1", "db-2"))) == {
        "db-1": "degraded", "db-2": "degraded",
    }  # fmt: skip


def test_of_two_effects_on_one_ci_the_worse_counts_and_the_map_may_say_others() -> None:
    two = plan(resource("a.b[0]", DELETE), resource("a.b[1]", UPDATE))
    said: dict[str, Any] = {"resources": {"a.b*": "db-1"}}

    assert affected(made(two, Known("db-1"), said)) == {"db-1": "retire"}
    said["effects"] = {"update": "outage", "delete": "degraded"}
    assert affected(made(two, Known("db-1"), said)) == {"db-1": "outage"}


def test_what_the_map_says_is_no_ci_is_counted_and_affects_nothing() -> None:
    change = made(plan(resource("random_id.x", REPLACE)), Known("db-1"), {"no_ci": ["random_*"]})

    assert affected(change) == {}
    told = change.plain(limit=9)
    assert (told["no_ci"], told["unmapped"], told["resources"][0]["by"]) == (1, 0, "no_ci")


def test_the_papers_of_a_plan_come_from_the_map() -> None:
    said = {"change": {"title": "Resize", "category": "standard", "back_out_plan": "DOC-1"}}
    change = plan_change(plan_of(plan(), "p"), plan_map_of(said), Known(), "a plan", {"start": "2026-11-28T22:00:00Z"})

    found = proposed_of(change.document, "UTC").change
    assert (found.title, found.back_out_plan, found.has_window) == ("Resize", "DOC-1", True)


@pytest.mark.parametrize(
    "marks", [True, {"id": True, "tags": True, "name": True}, {"id": True, "tags": {"faultline_ci_id": True}}]
)
def test_what_is_sensitive_is_as_if_it_were_not_there(marks: Any) -> None:
    values = {"id": "db-1", "tags": {"faultline_ci_id": "db-1"}}
    change = made(plan(resource("a.b", UPDATE, values, before_sensitive=marks)), Known("db-1"))

    assert affected(change) == {"terraform:a.b": "degraded"}
    assert "db-1" not in str(change.plain(limit=9))


@pytest.mark.parametrize(
    "values",
    [None, [], "text", {"tags": "x"}, {"tags": [1]}, {"tags": {"faultline_ci_id": 5}}, {"metadata": [None, 3, {}]},
     {"metadata": {"labels": {"faultline_ci_id": None}}}, {"id": {"a": 1}, "name": ["x"]}],
)  # fmt: skip
def test_values_of_any_form_are_borne(values: Any) -> None:
    every: tuple[Any, ...] = (None, True, [], {"tags": []}, {"metadata": [True]})
    for marks in every:
        document = plan(resource("a.b", UPDATE, values, values, before_sensitive=marks, after_sensitive=marks))
        assert affected(made(document, Known("db-1"))) == {"terraform:a.b": "degraded"}


@given(st.text(min_size=1, max_size=300))
@example("a" * 400)
@example('a["\ud800"]')
@example("e\u0301")
@example("a b|c=d%20\u200b")
def test_an_address_is_always_an_id_that_no_other_has(address: str) -> None:
    written = id_of(address)

    assert parse_id(written) == written
    assert written != id_of(address + "x")
    assert written == "terraform:" + address or written != id_of(written.removeprefix("terraform:"))
    visible(address).encode()


@pytest.mark.parametrize(
    ("document", "key"),
    [
        ({"format_version": "1.0", "terraform_version": "1.9.5", "values": {}}, "state"),
        ({"version": 4, "terraform_version": "1.9.5", "lineage": "x", "resources": []}, "state"),
        (plan(version="2.0"), "version"),
        (plan(version="0.1"), "version"),
        ({**plan(), "format_version": 1.2}, "version"),
        ({"resource_changes": []}, "version"),
        (plan(errored=True), "errored"),
        ({**plan(), "resource_changes": {}}, "malformed"),
        ({**plan(), "deferred_changes": 5}, "malformed"),
    ],
)
def test_what_is_no_plan_that_can_be_judged_is_refused_by_name(document: Any, key: str) -> None:
    assert is_plan(document)
    assert refusal(document)[0] == f"terraform.{key}"


@pytest.mark.parametrize(
    ("entry", "at"),
    [
        (None, ""),
        ({}, ".address"),
        ({"address": 5}, ".address"),
        ({"address": "a.b"}, ".change"),
        ({"address": "a.b", "change": {}}, ".change.actions"),
        ({"address": "a.b", "change": {"actions": []}}, ".change.actions"),
        ({"address": "a.b", "change": {"actions": [None]}}, ".change.actions"),
    ],
)
def test_an_entry_that_is_not_as_documented_is_refused_by_its_place(entry: Any, at: str) -> None:
    good = resource("a.b", UPDATE)

    assert refusal(plan(good, entry)) == ("terraform.malformed", f"plan.json: resource_changes[1]{at}")


def test_an_empty_plan_has_no_resource_changes() -> None:
    empty = plan()
    del empty["resource_changes"]

    assert affected(made(empty, Known())) == {}


@pytest.mark.parametrize("document", [None, [], 5, {}, {"format": "faultline.change/1"}, {"services": {}}])
def test_another_document_is_no_plan(document: Any) -> None:
    assert not is_plan(document)


@pytest.mark.parametrize(
    ("said", "key", "at"),
    [
        ([], "not_a_table", "."),
        ({"resource": {}}, "unknown_key", "."),
        ({"resources": []}, "not_a_table", "resources"),
        ({"resources": {"a.b": None}}, "missing", "resources"),
        ({"resources": {"a.b": "db 1"}}, "id", "resources"),
        ({"resources": {"a.*.b": "db-1"}}, "value", "resources"),
        ({"resources": {"": "db-1"}}, "value", "resources"),
        ({"no_ci": "a.b"}, "not_a_list", "."),
        ({"no_ci": [5]}, "value", "no_ci"),
        ({"tags": [""]}, "text", "tags"),
        ({"tags": "x"}, "not_a_list", "."),
        ({"effects": {"create": "outage"}}, "unknown_key", "effects"),
        ({"effects": {"update": "none"}}, "value", "effects"),
        ({"change": {"affected": []}}, "unknown_key", "change"),
    ],
)
def test_a_map_is_read_strictly(said: Any, key: str, at: str) -> None:
    with pytest.raises(BadInputError) as caught:
        plan_map_of(said)

    assert (caught.value.message.key, caught.value.message.params["at"]) == (f"edits.{key}", at)
