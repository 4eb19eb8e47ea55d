"""The watch tells of the flaws of the example about coming changes as they come about: of each, and of no other."""

import csv
import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.register import Register, open_register
from api.watching.told import Told
from api.watching.watch import Watch
from examples.insurer import generate
from graph.settings import Settings
from graph.store.notices import due, sent
from graph.store.watched import all_watched
from tests.api.command import environment
from tests.api.test_flaws_of_changes import ABOUT, NOW, listed
from tests.engines import Database, imported

pytestmark = pytest.mark.storage
INVENTORY = Path(generate.__file__).parent / "inventory"
REASONS = {  # kinds of flaws that are about coming changes → the reason that the watch gives
    "emergent_outage": "service_out_critical", "blackout_hit": "blackout_hit",
    "maintenance_window_missed": "maintenance_missed",
}  # fmt: skip
# the same changes where each would be no flaw: apart from the other, after the closing, at night
ELSEWHEN = {
    "CHG-E02": ("2026-11-29T22:00:00+08:00", "2026-11-30T01:00:00+08:00"),
    "CHG-B01": ("2026-12-03T23:00:00+08:00", "2026-12-04T01:00:00+08:00"),
    "CHG-M01": ("2026-11-26T22:30:00+08:00", "2026-11-27T00:30:00+08:00"),
}


@pytest.fixture(scope="module")
def example(embedded_engine: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """The insurer, whose changes lie elsewhen as yet."""
    embedded_engine.wipe()
    settings = Settings.from_environment(environment(embedded_engine, tmp_path_factory.mktemp("watched")))
    folder = tmp_path_factory.mktemp("elsewhen") / "inventory"
    shutil.copytree(INVENTORY, folder)
    file = folder / "changes.csv"
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        if row["change_id"] in ELSEWHEN:
            row["planned_start"], row["planned_end"] = ELSEWHEN[row["change_id"]]
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with open_register(settings) as found:
        imported(found.store, folder)
        yield found


def flaws() -> set[tuple[str, str, str]]:
    """(change, reason, the others that it takes) of what the example lists."""
    return {
        (change, name, ",".join(sorted({*subject.split("+")} - {change})))
        for kind, name in REASONS.items()
        for subject in listed()[kind]
        for change in subject.split("+")
    }


def given(change: str, reasons: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    """The reasons of a change, in the same form."""
    return {(change, each["key"], str(each["params"].get("changes", ""))) for each in reasons}


def standing(register: Register) -> set[tuple[str, str, str]]:
    """Of how all changes stand, those reasons that are flaws."""
    kinds, kept = set(REASONS.values()), all_watched(register.store)
    found = {each for name, one in kept.items() for each in given(name, one.body["stand"]["reasons"])}
    return {each for each in found if each[1] in kinds}


def told(register: Register) -> list[dict[str, Any]]:
    """What waits to be sent, all of it; then it is sent."""
    found = []
    while some := due(register.store, NOW + timedelta(days=1)):
        found += [json.loads(each.body) for each in some]
        for each in some:
            sent(register.store, each, NOW)
    return found


def looked(register: Register, watch: Watch) -> int:
    """As many looks as it takes; how many changes were looked at."""
    register.expire()
    total = 0
    while found := watch.once(working=600):
        total += found
    return total


def test_both_doors_look_for_the_same_flaws() -> None:
    assert REASONS.keys() == ABOUT.keys()


def test_the_watch_tells_of_the_flaws_of_coming_changes_and_of_no_others(example: Register) -> None:
    watch = Watch(example, tell=Told(webhook=True), clock=lambda: NOW)
    assert looked(example, watch) == 23
    assert standing(example) == set()
    assert told(example) == []

    imported(example.store, INVENTORY)
    looked(example, watch)

    notices = told(example)
    assert len(flaws()) == 4
    # each once, for its flaw alone, and of nobody else
    assert sorted(each["change"] for each in notices) == sorted(change for change, _, _ in flaws())
    assert {reason for each in notices for reason in given(each["change"], each["because"])} == flaws()
    assert standing(example) == flaws()
    for each in notices:
        assert set(ELSEWHEN) & {cause["key"] for cause in each["causes"]}, "what was written is named"
    assert (looked(example, watch), told(example)) == (0, [])
