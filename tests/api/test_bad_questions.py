"""Questions that cannot be answered plainly: a value, a typed error, or what is not known; no wrong "unaffected"."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api.command import Run
from tests.engines import inventory

FILES = {
    "cis": """\
ci_id,name,ci_class,status,recovery_time,failover_to,failover_time,criticality,rto
svc-a,甲,business_service,,,,,critical,PT1H
svc-b,乙,business_service,,,,,,
svc-old,丙,business_service,retired,,,,,
svc-bare,丁,business_service,,,,,,
app-a,应用,application,,PT30M,,,,
db-1,库 1,database_instance,,PT2H,,,,
db-2,库 2,database_instance,,,,,,
db-3,库 3,database_instance,,PT2H,db-1,PT5M,,
r-1,环 1,network_device,,PT1H,r-2,PT1M,,
r-2,环 2,network_device,,PT1H,r-1,PT1M,,
""",
    "relationships": """\
source,type,target,strength,redundancy_group,min_available
svc-a,depends_on,app-a,,,
app-a,depends_on,db-1,,db,2
app-a,depends_on,db-2,,db,2
app-a,depends_on,db-3,,db,2
svc-b,depends_on,r-1,,,
r-1,depends_on,r-2,,,
""",
    "changes": """\
change_id,title,status,category,planned_start,planned_end,affected
C-REVERSED,t,approved,standard,2026-12-01T10:00:00Z,2026-12-01T09:00:00Z,db-1
C-ZERO,t,approved,standard,2026-12-01T10:00:00Z,2026-12-01T10:00:00Z,db-1
C-OPEN,t,approved,standard,2026-12-01T10:00:00Z,,db-3
C-NONE,t,approved,standard,,,db-1
C-UNTIMED,t,implemented,standard,,,db-1
C-EVERYTHING,t,approved,standard,2026-12-20T10:00:00Z,2026-12-20T11:00:00Z,svc-a|svc-b|svc-bare|app-a|db-1|db-2|db-3|r-1|r-2
""",
    "recovery_order": "before,after\ndb-1,db-2\ndb-2,db-1\n",
    "scenarios": """\
scenario_id,name,seeds,physical
S-NOTHING,n,class=rack,yes
S-RETIRED,n,svc-old,yes
S-FIELD,n,colour=red,yes
S-DB,n,class=database_instance,no
""",
    "windows": """\
window_id,kind,scope,from,to,rrule,duration,zone
W-LEAP,blackout,db-1,2028-02-29T01:00:00Z,2028-02-29T02:00:00Z,FREQ=YEARLY,PT1H,UTC
W-SWITCH,blackout,db-2,2026-03-22T01:30:00Z,2026-03-22T02:30:00Z,FREQ=WEEKLY;BYDAY=SU,PT1H,Europe/Berlin
""",
}
AT = ("--at", "2026-11-27T12:00:00Z")
Look = Callable[[Any], object]


def proposed(folder: Path, name: str, **what: Any) -> str:
    document = {"format": "faultline.change/1", "title": "t", "category": "standard", **what}
    path = folder / f"{name}.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def error(answer: Any) -> object:
    return answer["error"]["key"]


def reasons(answer: Any) -> set[str]:
    return {each["key"] for part in ("alone", "in_company") for each in answer[part]["reasons"]} | {
        each["key"] for each in answer["reasons"]
    }


def kinds(answer: Any) -> set[str]:
    return {each["kind"] for each in answer["conflicts"]}


def flags(answer: Any) -> set[str]:
    return {each["key"] for each in answer["before_after"]["flags"]}


def verdict_and_states(answer: Any) -> tuple[str, set[str]]:
    return answer["verdict"], {service["state"] for service in answer["services"]}


def obliged(answer: Any) -> set[int]:
    return {bucket["count"] for bucket in answer["obligations"].values()}


def questions(folder: Path) -> list[tuple[tuple[str, ...], Look, object]]:
    """What is asked, what is looked at in the answer, and what it is."""
    tonight = {"start": "2026-12-05T22:00:00", "end": "2026-12-05T23:00:00", "zone": "UTC"}

    def review(name: str, **what: Any) -> tuple[str, ...]:
        return "review", proposed(folder, name, **{"window": tonight, **what}), *AT

    def window(start: str, end: str | None, zone: str = "UTC") -> dict[str, Any]:
        return {"window": {"start": start, "end": end, "zone": zone}, "affected": [{"ci_id": "db-1"}]}

    there = {"source": "svc-a", "type": "depends_on", "target": "app-a"}
    closing = {"source": "db-1", "type": "depends_on", "target": "svc-a"}
    five_of_three = {"op": "regroup", "ci_id": "app-a", "redundancy_group": "db", "min_available": "5"}
    two_effects = [{"ci_id": "db-1"}, {"ci_id": "db-1", "effect": "retire"}]
    spring = window("2026-03-29T02:30:00", "2026-03-29T04:00:00", "Europe/Berlin")
    retire = {"op": "retire", "ci_id": "db-1"}
    (folder / "other.json").write_text('{"openapi": "3.0.0", "paths": {}}', encoding="utf-8")
    (folder / "broken.json").write_text('{"format": ', encoding="utf-8")
    return [
        # services
        (("spof", "nobody"), error, "impact.unknown_ci"),
        (("spof", "svc-old"), error, "impact.unknown_ci"),
        (("spof", "svc-bare"), lambda a: (a["total"], a["already_out"]), (0, False)),
        (("spof", "svc-a", "--while", "app-a"), lambda a: (a["total"], a["already_out"]), (0, True)),
        (("continuity", "nobody"), error, "impact.unknown_ci"),
        (("continuity", "svc-old"), error, "impact.unknown_ci"),
        (("continuity", "svc-bare"), lambda a: (a["state"], a["effective_recovery_time"]), ("unaffected", 0)),
        # seeds
        (("impact",), error, "usage.missing"),
        (("impact", "db-1=outage", "db-1=retire"), error, "impact.two_effects"),
        (("impact", "db-1=sideways"), error, "impact.unknown_effect"),
        (("review", "C-EVERYTHING", *AT), verdict_and_states, ("block", {"outage"})),
        (review("two", affected=two_effects), error, "edits.two_effects"),
        (review("unmapped", affected=[{"ci_id": "db-9"}]), lambda a: "unmapped_resource" in reasons(a), True),
        # windows
        (review("reversed", **window("2026-12-05T23:00:00", "2026-12-05T22:00:00")), error, "edits.end_before_start"),
        (review("zero", **window("2026-12-05T23:00:00", "2026-12-05T23:00:00")), error, "edits.no_length"),
        (review("open", **window("2026-12-05T23:00:00", None)), lambda a: a["verdict"] != "pass", True),
        (review("skipped", **spring), error, "edits.time_skipped"),
        (review("leap", **window("2027-02-29T02:30:00", "2027-02-29T04:00:00")), error, "edits.value"),
        (("review", "C-REVERSED", *AT), lambda a: a["verdict"] != "pass", True),
        (("review", "C-NONE", *AT), lambda a: a["verdict"] != "pass", True),
        (("changes", "slots", "C-NONE", *AT), error, "slots.no_window"),
        (("changes", "slots", "C-ZERO", *AT), error, "slots.no_length"),
        (("changes", "slots", "C-REVERSED", *AT), error, "slots.no_length"),
        (("changes", "slots", "nothing", *AT), error, "review.unknown_change"),
        (("changes", "conflicts", "--from", "2026-12-02", "--to", "2026-12-01", *AT), error, "ledgers.reversed_range"),
        (("changes", "conflicts", "--from", "2026-12-01", "--to", "2026-12-01", *AT), error, "ledgers.empty_range"),
        (("changes", "conflicts", "--from", "2028-02-28", "--to", "2028-03-02", *AT), lambda a: a["complete"], False),
        # edits
        (review("unknown", edits=[{"op": "retire", "ci_id": "nobody"}]), kinds, {"edit_conflict"}),
        (review("again", edits=[{"op": "relate", **there}]), kinds, {"edit_conflict"}),
        (review("twice", edits=[retire, retire]), lambda a: "edit_conflict" in kinds(a), True),
        (review("five", edits=[five_of_three]), flags, {"quorum_impossible"}),
        (review("cycle", edits=[{"op": "relate", **closing}]), lambda a: len(a["before_after"]["cycles_added"]), 1),
        (review("nothing", edits=[], affected=[]), lambda a: a["verdict"] != "block", True),
        (("review", str(folder / "other.json"), *AT), error, "edits.missing"),
        (review("kind", format="faultline.certificate/1"), error, "edits.another_kind"),
        (("review", str(folder / "broken.json"), *AT), error, "review.unreadable"),
        (("review", "no-such-change", *AT), error, "review.unknown_change"),
        # recovery
        (("continuity", "svc-a"), lambda a: (a["upper_reason"], a["meets_rto"]), ("circular", "missed")),
        (("continuity", "svc-b", "--seeds", "r-1", "--seeds", "r-2"), lambda a: a["effective_recovery_time"], 7_200),
        (("continuity", "svc-a", "--scenario", "S-DB"), lambda a: a["effective_recovery_time"], None),
        (("continuity", "svc-a", "--scenario", "S-NOTHING"), error, "scenario.matches_nothing"),
        (("continuity", "svc-a", "--scenario", "S-RETIRED"), error, "scenario.unknown_ci"),
        (("continuity", "svc-a", "--scenario", "S-FIELD"), error, "scenario.unknown_field"),
        (("continuity", "svc-a", "--scenario", "S-0"), error, "continuity.unknown_scenario"),
        (("continuity", "svc-a", "--period", "2026-00"), error, "kpi.bad_period"),
        # periods
        (("kpi", "--period", "2026-13"), error, "kpi.bad_period"),
        (("kpi", "B99.1", "--period", "2026-10"), error, "kpi.unknown"),
        (("kpi", "--period", "2999"), lambda a: {k["value"] for k in a["kpis"]}, {None}),
        (("unmatched", "--from", "2026-12-02", "--to", "2026-12-01"), error, "ledgers.reversed_range"),
        (("unmatched", "--from", "2026-12-01", "--to", "2026-12-01"), error, "ledgers.empty_range"),
        # changes without actual times are obliged to nothing that could be dated
        (("unmatched", "--from", "2000-01-01", "--to", "2999-01-01"), obliged, {0}),
        (("check", str(folder / "other.json")), error, "certificate.none"),
    ]  # fmt: skip


@pytest.mark.neo4j_long
def test_every_question_gets_an_answer_that_is_true_or_an_error_that_says_why(faultline: Run, tmp_path: Path) -> None:
    done = faultline("import", "inventory", inventory(tmp_path / "estate", FILES))
    assert done.code == 0, done.out
    found: list[tuple[object, ...]] = []
    for arguments, look, expected in questions(tmp_path):
        answer = faultline(*arguments, "--json")
        try:
            seen = look(answer.json)
        except (KeyError, ValueError) as problem:
            found.append((arguments, repr(problem), answer.out[:300], answer.err[-300:]))
            continue
        if seen != expected or (look is error) != (answer.code == 2):
            found.append((arguments, seen, expected, answer.code))

    assert not found, "\n".join(map(repr, found))
