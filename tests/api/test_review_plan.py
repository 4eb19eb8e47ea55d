"""`faultline review PLAN.json`: a plan of Terraform judged as the change that it is."""

import json
import time
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.api.command import Run
from tests.importers.terraform_plans import CREATE, DELETE, NOTHING, REPLACE, UPDATE, plan, resource
from tests.schemas import validated

PLANS = Path(__file__).parents[1] / "importers" / "plans"
EXPECTED: dict[str, Any] = tomllib.loads((PLANS / "expected.toml").read_text(encoding="utf-8"))
WINDOW = ("--from", "2026-11-28T22:00:00", "--to", "2026-11-29T02:00:00")
AT = ("--at", "2026-11-27T00:00:00")
SECRET = "correct-horse-battery"


@pytest.fixture
def known(faultline: Run, estate: Path) -> Run:
    """The command line on a register with two services."""
    cis = estate / "cis.csv"
    head, *rows = cis.read_text(encoding="utf-8").splitlines()
    more = {"host-1": ",host-1.example,SN-1", "db-2": ",db.example,", "db-1": ",db.example,"}
    named = [row + more.get(row.partition(",")[0], ",,") for row in rows]
    cis.write_text("\n".join([f"{head},fqdn,serial", *named]) + "\n", encoding="utf-8")
    assert faultline("import", "inventory", estate).code == 0
    return faultline


def written(folder: Path, *changes: dict[str, Any], name: str = "plan.json", **more: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(plan(*changes, **more)), encoding="utf-8")
    return path


def mapped(folder: Path, said: Any) -> tuple[str, Path]:
    path = folder / "map.json"
    path.write_text(json.dumps(said), encoding="utf-8")
    return "--map", path


def reasons(answer: Any) -> list[tuple[str, Any]]:
    return [(each["key"], each["params"]) for each in answer["alone"]["reasons"]]


def test_a_plan_that_replaces_a_database_of_two_is_judged_like_the_change(known: Run, tmp_path: Path) -> None:
    path = written(tmp_path, resource("aws_db_instance.b", REPLACE, {"tags": {"faultline_ci_id": "db-2"}}))
    papers = {"category": "standard", "back_out_plan": "D", "test_evidence": ["D"], "assessment": "D"}
    same = {"format": "faultline.change/1", "title": "t", **papers, "affected": [{"ci_id": "db-2"}],
            "window": {"start": WINDOW[1], "end": WINDOW[3]}}  # fmt: skip
    change = tmp_path / "change.json"
    change.write_text(json.dumps(same), encoding="utf-8")

    answer = validated(
        "review", known("review", path, *WINDOW, *AT, *mapped(tmp_path, {"change": papers}), "--json").json
    )
    plain = validated("review", known("review", change, *AT, "--json").json)

    assert {name: answer[name] for name in ("verdict", "score", "reasons", "services", "impact")} == {
        name: plain[name] for name in ("verdict", "score", "reasons", "services", "impact")
    }
    assert answer["plan"]["resources"][0]["by"] == "tag"


def test_a_plan_with_all_its_papers_may_go_ahead(known: Run, tmp_path: Path) -> None:
    path = written(tmp_path, resource("aws_db_instance.b", UPDATE, {"name": "x"}))
    said = {
        "resources": {"aws_db_instance.*": "db-2"},
        "change": {"category": "simple", "back_out_plan": "D", "test_evidence": ["D"], "assessment": "D"},
    }
    answered = known("review", path, *mapped(tmp_path, said), *WINDOW, *AT, "--fail-on", "review", "--json")

    assert (answered.code, answered.json["verdict"]) == (0, "pass")


def test_a_plan_that_stops_a_critical_service_blocks(known: Run, tmp_path: Path) -> None:
    path = written(tmp_path, resource("aws_instance.app", DELETE, {"name": "app-1"}))

    answered = known("review", path, *AT, "--fail-on", "block")

    assert answered.code == 1
    assert answered.out.startswith("■ proposed must not go ahead as it is: Terraform: plan.json\n")
    assert "  aws_instance.app: delete → app-1, is retired (by its name)\n" in answered.out
    assert "not known: its window" in answered.out


def test_a_host_is_found_by_its_name_on_the_network_or_its_serial_number_and_only_where_one_has_it(
    known: Run, tmp_path: Path
) -> None:
    path = written(
        tmp_path,
        resource("a.name", UPDATE, {"hostname": "host-1.example"}),
        resource("a.serial", UPDATE, {"id": "SN-1"}),
        resource("a.two", UPDATE, {"fqdn": "db.example"}),
    )

    found = {each["address"]: (each["by"], each["ci_ids"]) for each in
             known("review", path, *AT, "--json").json["plan"]["resources"]}  # fmt: skip

    assert found == {"a.name": ("fqdn", ["host-1"]), "a.serial": ("serial", ["host-1"]), "a.two": (None, [])}


def test_resources_that_are_not_in_the_register_are_all_named_and_need_a_person(known: Run, tmp_path: Path) -> None:
    addresses = [f'module.a["x y"].aws_instance.web[{number}]' for number in range(60)]
    path = written(tmp_path, *(resource(address, UPDATE) for address in addresses))

    answer = validated("review", known("review", path, *WINDOW, *AT, "--limit", "5", "--json").json)
    text = known("review", path, *WINDOW, *AT).out

    named = {params["ci_id"] for key, params in reasons(answer) if key == "unmapped_resource"}
    assert named == {f'terraform:module.a["x%20y"].aws_instance.web[{number}]' for number in range(60)}
    assert (answer["verdict"], answer["plan"]["unmapped"], len(answer["plan"]["resources"])) == ("review", 60, 5)
    assert all(f"web[{number}] is not in the register" in text for number in range(60))


@pytest.mark.parametrize("actions", [CREATE, NOTHING, ["read"]])
def test_a_plan_that_affects_nothing_needs_a_person(known: Run, tmp_path: Path, actions: list[str]) -> None:
    answer = known("review", written(tmp_path, resource("a.b", actions)), *WINDOW, *AT, "--json").json

    assert answer["verdict"] == "review"
    assert ("unknown", {"what": "affected"}) in reasons(answer)


def test_a_window_may_be_left_out_or_open(known: Run, tmp_path: Path) -> None:
    path = written(tmp_path, resource("a.b", UPDATE, {"name": "db-2"}))

    none = known("review", path, *AT, "--json").json
    open_end = known("review", path, *WINDOW[:2], *AT, "--json").json

    assert ("unknown", {"what": "window"}) in reasons(none)
    assert ("open_end", {}) in reasons(open_end)


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        ("2026-11-26T22:00:00", "2026-11-27T00:00:00", ("window_over", {})),
        ("2026-12-05T23:00:00", "2036-12-05T23:00:00", ("window_long", {"days": 3653})),
        ("2026-12-05T23:00:00", "2027-12-06T23:00:00", None),
    ],
)
def test_a_window_that_can_hardly_be_meant_needs_a_person(
    known: Run, tmp_path: Path, start: str, end: str, reason: tuple[str, Any] | None
) -> None:
    path = written(tmp_path, resource("a.b", UPDATE, {"name": "db-2"}))
    found = known("review", path, "--from", start, "--to", end, *AT, "--json").json
    assert [each for each in reasons(found) if each[0].startswith("window_")] == ([reason] if reason else [])


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "sarif", "junit"])
def test_what_is_sensitive_is_never_printed(known: Run, tmp_path: Path, form: str) -> None:
    values = {"id": SECRET, "password": SECRET, "tags": {"faultline_ci_id": SECRET}, "name": SECRET}
    path = written(
        tmp_path,
        resource("a.b", UPDATE, values, values, before_sensitive=True, after_sensitive=dict.fromkeys(values, True)),
        variables={"p": {"value": SECRET}},
    )

    answered = known("review", path, "--format", form)

    assert "a.b" in answered.out
    assert SECRET not in answered.out + answered.err


def test_a_map_that_names_a_ci_that_is_not_there_leaves_the_resource_unmapped_and_says_so(
    known: Run, tmp_path: Path
) -> None:
    path = written(tmp_path, resource("a.b", UPDATE, {"name": "db-1"}))

    answered = known("review", path, *AT, *mapped(tmp_path, {"resources": {"a.b": "db-77"}}))

    assert "a.b: update → db-77 is not in the register\n" in answered.out
    assert "terraform:a.b is not in the register" in answered.out


def test_a_map_may_be_yaml(known: Run, tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text('resources:\n  "a.b[0]": db-1\neffects: {update: outage}\n', encoding="utf-8")

    answer = known("review", written(tmp_path, resource("a.b[0]", UPDATE)), "--map", path, "--json").json

    assert answer["impact"]["seeds"] == [{"ci_id": "db-1", "effect": "outage"}]


STATE = {"format_version": "1.0", "terraform_version": "1.9.5", "values": {"root_module": {}}}


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [
        ("state.json", json.dumps(STATE), "terraform.state"),
        ("plan.json", json.dumps(plan(version="2.0")), "terraform.version"),
        ("plan.json", json.dumps(plan())[:-20], "review.unreadable"),
        ("plan.out", json.dumps(plan())[:-20], "review.unreadable"),
        ("plan.json", '{"resource_changes": ' + "[" * 100_000 + "]" * 100_000 + "}", "review.unreadable"),
        ("plan.json", '{"resource_changes": [], "resource_changes": []}', "conflicts.key_twice"),
        ("plan.json", "5", "edits.not_a_table"),
        ("plan.json", json.dumps(plan(errored=True)), "terraform.errored"),
        ("plan.json", '{"@level":"info","@message":"Terraform 1.9.5"}\n{"@level":"info"}\n', "terraform.log"),
        ("plan.json", json.dumps(plan({"address": "a.b"})), "terraform.malformed"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_by_name(known: Run, tmp_path: Path, name: str, text: str, key: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")

    answered = known("review", path, "--json")

    assert (answered.code, answered.json["error"]["key"]) == (2, key)


def test_the_binary_plan_is_refused_with_what_would_be_right(known: Run, tmp_path: Path) -> None:
    path = tmp_path / "tfplan"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tfplan", b"\x00")

    answered = known("review", path)
    path.write_bytes(b"PK\x03\x04 and no more")
    other = known("review", path, "--json")

    assert (answered.code, "terraform show -json tfplan" in answered.err) == (2, True)
    assert (other.code, other.json["error"]["key"]) == (2, "yaml.archive")


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"resource": {}}, "edits.unknown_key"),
        ({"effects": {"update": "no"}}, "edits.value"),
        ([], "edits.not_a_table"),
    ],
)
def test_a_map_that_cannot_be_meant_is_refused_with_its_file(known: Run, tmp_path: Path, said: Any, key: str) -> None:
    answered = known("review", written(tmp_path), *mapped(tmp_path, said), "--json")

    error = answered.json["error"]
    assert (answered.code, error["key"], error["params"]["at"].partition(":")[0]) == (2, key, "map.json")


def test_what_is_only_for_plans_is_refused_elsewhere(known: Run, tmp_path: Path) -> None:
    change = tmp_path / "change.json"
    change.write_text('{"format": "faultline.change/1", "title": "t"}', encoding="utf-8")

    for options in (("--map", "m.json"), WINDOW):
        answered = known("review", change, *options, "--json")
        assert (answered.code, answered.json["error"]["key"]) == (2, "terraform.only_plans")
    for options, key in (
        (WINDOW[2:], "terraform.no_start"),
        (("--from", "soon"), "ledgers.bad_time"),
        ((*WINDOW[:3], WINDOW[1]), "ledgers.empty_range"),
    ):
        answered = known("review", written(tmp_path), *options, "--json")
        assert (answered.code, answered.json["error"]["key"]) == (2, key)


def test_a_plan_of_50_megabytes_is_read_in_bounded_time(known: Run, tmp_path: Path) -> None:
    blocks = [{"x": 1, "y": [1, 2, 3], "text": "of some length " * 8}] * 5
    many = [
        resource(f"module.a.aws_instance.web[{n}]", NOTHING, {"id": f"i-{n}", "blocks": blocks}, {"blocks": blocks})
        for n in range(22_000)
    ]
    path = written(tmp_path, *many, resource("a.b", UPDATE, {"name": "db-2"}))
    assert 40_000_000 < path.stat().st_size < 60_000_000

    begun = time.perf_counter()
    answer = known("review", path, *AT, "--json").json

    assert time.perf_counter() - begun < 60  # 2 s where little else runs
    assert answer["plan"]["actions"]["unchanged"] == 22_000
    assert answer["impact"]["seeds"] == [{"ci_id": "db-2", "effect": "degraded"}]


def test_there_is_an_expectation_of_every_plan_that_is_kept() -> None:
    assert {path.stem for path in PLANS.glob("*.json")} == EXPECTED.keys()


def test_plans_of_every_version_are_judged_as_expected(faultline: Run, estate: Path) -> None:
    assert faultline("import", "inventory", estate).code == 0

    for name, expected in EXPECTED.items():
        answered = faultline("review", PLANS / f"{name}.json", *WINDOW, *AT, "--json")
        assert "kept-secret" not in answered.out
        answer = answered.json
        if "error" in expected:
            assert (answered.code, answer["error"]["key"]) == (2, expected["error"]), name
            continue
        validated("review", answer)
        found = {
            "verdict": answer["verdict"],
            "seeds": {each["ci_id"]: each["effect"] for each in answer["impact"]["seeds"]},
            "actions": {kind: count for kind, count in answer["plan"]["actions"].items() if count},
            "deferred": answer["plan"]["deferred"],
            "unmapped": [params["ci_id"] for key, params in reasons(answer) if key == "unmapped_resource"],
        }
        assert found == {"deferred": 0, "unmapped": [], **expected}, name
