"""`faultline changes`: as JSON in its published form, and as text that a manager can repeat."""

import json
from pathlib import Path

import pytest

from tests.api.command import Run
from tests.engines import inventory
from tests.schemas import validated

NIGHT = ("--from", "2026-11-28T20:00:00+08:00", "--to", "2026-11-29T08:00:00+08:00")
AT = ("--at", "2026-11-23T18:00:00+08:00")
RECORDS = {
    "changes": """\
change_id,title,status,planned_start,planned_end,zone,affected
CHG-1,一号库升级,scheduled,2026-11-28T22:00:00,2026-11-29T01:00:00,Asia/Shanghai,db-1
CHG-2,二号库升级,scheduled,2026-11-29T00:00:00,2026-11-29T03:00:00,Asia/Shanghai,db-2
CHG-3,取消的,cancelled,2026-11-28T22:00:00,2026-11-29T01:00:00,Asia/Shanghai,db-2
""",
    "windows": """\
window_id,kind,scope,from,to,zone
WIN-1,blackout,svc-claims,2026-11-29T02:00:00,2026-11-29T04:00:00,Asia/Shanghai
""",
}


@pytest.fixture
def known(faultline: Run, estate: Path, tmp_path: Path) -> Run:
    """The command line on a register with two services and two changes of a night."""
    assert faultline("import", "inventory", estate).code == 0
    assert faultline("import", "inventory", inventory(tmp_path / "records", RECORDS)).code == 0
    return faultline


def test_conflicts_are_told_with_their_times_cis_and_services(known: Run) -> None:
    answer = validated("changes-conflicts", known("changes", "conflicts", *NIGHT, *AT, "--json").json)

    together, blackout = answer["conflicts"]
    times = {"from": "2026-11-29T00:00:00+08:00", "to": "2026-11-29T01:00:00+08:00"}
    assert together == {
        "id": "emergent_outage:CHG-1+CHG-2", "kind": "emergent_outage", "changes": ["CHG-1", "CHG-2"],
        "intervals": [times], **times, "ci_ids": ["app-1", "svc-policy"], "services": ["svc-policy"],
        "severity": "block",
    }  # fmt: skip
    assert (blackout["kind"], blackout["changes"], blackout["ci_ids"]) == ("blackout", ["CHG-2"], ["svc-claims"])
    assert (blackout["from"], blackout["to"]) == ("2026-11-29T02:00:00+08:00", "2026-11-29T03:00:00+08:00")
    assert (answer["complete"], answer["k"], answer["others_possible"], answer["reasons"]) == (True, 3, False, [])


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "CHG-1, CHG-2 together put out 承保 (svc-policy); fewer of them do not"),
        ("zh", "CHG-1、CHG-2：只有同时进行才会使承保（svc-policy）中断"),
    ],
)
def test_conflicts_as_text(known: Run, monkeypatch: pytest.MonkeyPatch, language: str, sentence: str) -> None:
    monkeypatch.setenv("FAULTLINE_LANG", language)

    answered = known("changes", "conflicts", *NIGHT, *AT)

    assert sentence in answered.out
    assert "2026-11-29 00:00" in answered.out


def test_slots_of_a_stored_change_and_why_not_earlier(known: Run) -> None:
    given = ("changes", "slots", "CHG-2", "--from", "2026-11-28T21:00:00+08:00", "--days", "1", *AT)
    answer = validated("changes-slots", known(*given, "--json").json)

    assert (answer["change"], answer["duration"]) == ("CHG-2", 10_800)
    assert [(slot["earliest_start"], slot["latest_start"]) for slot in answer["slots"]] == [
        ("2026-11-29T04:00:00+08:00", "2026-11-29T18:00:00+08:00"),
    ]
    assert [each["start"] for each in answer["rejected"]] == [
        "2026-11-28T21:00:00+08:00", "2026-11-29T01:00:00+08:00",
    ]  # fmt: skip
    assert answer["rejected"][0]["reasons"] == [
        {
            "kind": "emergent_outage", "with": ["CHG-1"], "from": "2026-11-28T22:00:00+08:00",
            "to": "2026-11-29T01:00:00+08:00", "services": ["svc-policy"],
        }
    ]  # fmt: skip
    assert answer["rejected"][1]["reasons"][0]["with"] == ["WIN-1"]
    assert "Not at 2026-11-28 21:00:" in known(*given).out


def test_slots_of_a_proposed_change(known: Run, tmp_path: Path) -> None:
    proposed = tmp_path / "proposed.json"
    window = {"start": "2026-11-28T22:00:00", "end": "2026-11-28T23:00:00", "zone": "Asia/Shanghai"}
    proposed.write_text(
        json.dumps({
            "format": "faultline.change/1", "title": "Reboot", "window": window,
            "affected": [{"ci_id": "db-2", "effect": "outage"}],
        }),
        encoding="utf-8",
    )  # fmt: skip

    given = ("changes", "slots", proposed, "--from", "2026-11-28T20:00:00+08:00", "--days", "1", *AT, "--json")
    answer = validated("changes-slots", known(*given).json)

    assert answer["slots"][0]["earliest_start"] == "2026-11-28T20:00:00+08:00"
    assert answer["slots"][0]["latest_start"] == "2026-11-28T21:00:00+08:00"
    assert answer["rejected"] == []


def test_what_cannot_be_asked_is_exit_2_with_its_reason(known: Run) -> None:
    backwards = known("changes", "conflicts", "--from", "2026-11-29", "--to", "2026-11-28", "--json")
    nobody = known("changes", "slots", "CHG-9", "--json")

    assert (backwards.code, backwards.json["error"]["key"]) == (2, "ledgers.reversed_range")
    assert (nobody.code, nobody.json["error"]["key"]) == (2, "review.unknown_change")


def proposal(folder: Path, **more: object) -> Path:
    """A file with a proposed change of an hour."""
    window = {"start": "2026-11-28T22:00:00", "end": "2026-11-28T23:00:00", "zone": "Asia/Shanghai"}
    whole = {"format": "faultline.change/1", "title": "T", "window": window, **more}
    made = folder / "proposed.json"
    made.write_text(json.dumps(whole), encoding="utf-8")
    return made


def test_slots_of_a_file_whose_edits_name_what_no_other_change_names(known: Run, tmp_path: Path) -> None:
    retiring = proposal(tmp_path, edits=[{"op": "retire", "ci_id": "host-1"}])
    given = ("changes", "slots", retiring, "--from", "2026-11-30T20:00:00+08:00", "--days", "1", *AT)

    answer = validated("changes-slots", known(*given, "--json").json)
    text = " ".join(known(*given).out.split())
    strange = known(
        "changes", "slots", proposal(tmp_path, affected=[{"ci_id": "db-1", "effect": "none"}]), *AT, "--json"
    )

    assert (len(answer["slots"]), answer["rejected"]) == (1, [])
    assert "by itself: faultline review" in text
    assert strange.json["error"]["message"].startswith('proposed.json: affected[0]: effect is "none"')


def test_starts_that_the_same_keeps_away_are_told_of_once(known: Run, tmp_path: Path) -> None:
    rows = """\
window_id,kind,scope,from,rrule,duration,zone
M-1,maintenance,svc-policy,2026-11-01T00:00:00,FREQ=DAILY,1m,UTC
"""
    assert known("import", "inventory", inventory(tmp_path / "daily", {"windows": rows})).code == 0

    answered = known("changes", "slots", "CHG-2", "--from", "2026-12-01T00:00:00+08:00", "--days", "30", *AT)

    assert answered.out.count("Not at") == 1
    assert " more starts up to " in answered.out


def test_what_a_name_a_number_or_a_year_may_be(known: Run, tmp_path: Path) -> None:
    made = tmp_path / "p.json"
    keys = []
    for text in ('{"title": ' + "9" * 5_000 + "}", '{"affected": [], "title": "T", "affected": []}'):
        made.write_text(text, encoding="utf-8")
        keys.append(known("changes", "slots", made, "--json").json["error"]["key"])
    beyond = known("changes", "slots", "CHG-2", "--from", "9999-12-01T00:00:00Z", "--json")
    long = known("changes", "slots", "变" * 100, "--json")
    late = proposal(tmp_path, window={"start": "9999-12-31T22:00:00"})

    assert keys == ["review.unreadable", "conflicts.key_twice"]
    assert (beyond.code, beyond.json["error"]["key"]) == (2, "conflicts.years")
    assert (long.code, long.json["error"]["key"]) == (2, "review.unknown_change")
    assert known("changes", "slots", late, "--json").json["error"]["key"] == "edits.value"
