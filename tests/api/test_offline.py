"""A snapshot file is asked as the register is, and answers the same: plans, changes, whatever engine it came from."""

import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.offline import open_snapshot
from api.register import Register
from api.reviewing import judged
from api.scheduling import Schedule
from graph.settings import Settings
from graph.store.runs import Unseen, unseen_since
from queries.review_answer import plain
from tests.api.command import Run, environment, runner
from tests.conftest import BOTH
from tests.engines import Database, imported, running, why_not
from tests.importers.terraform_plans import DELETE, REPLACE, UPDATE, plan, resource
from tests.schemas import validated

pytestmark = pytest.mark.neo4j_long
INVENTORY = Path(__file__).parents[2] / "examples" / "insurer" / "inventory"
AT = ("--at", "2026-11-23T18:00:00")
MOMENT = datetime(2026, 11, 23, 10, tzinfo=UTC)
WINDOW = ("--from", "2026-11-28T22:00:00", "--to", "2026-11-29T02:00:00")
PLANS = {
    "a database is replaced": [resource("aws_db_instance.a", REPLACE, {"tags": {"faultline_ci_id": "db-hexin-1"}})],
    "a storage array is deleted": [resource("x.array", DELETE, {"name": "array-a-1"})],
    "many are updated": [resource(f"x.a[{n}]", UPDATE, {"name": name}) for n, name in
                         enumerate(("app-config", "app-hexin-2", "app-nianjin-1", "db-hexin-1"))],
    "one is not in the register": [resource("x.b", UPDATE, {"name": "nobody"})],
    "nothing is there before": [resource("x.c", ["create"])],
}  # fmt: skip
EDITS = {
    "format": "faultline.change/1", "title": "move", "window": {"start": WINDOW[1], "end": WINDOW[3]},
    "affected": [{"ci_id": "db-hexin-1", "effect": "outage"}],
    "edits": [{"op": "retire", "ci_id": "db-hexin-1"}, {"op": "set", "ci_id": "app-config", "field": "version",
                                                        "value": "2"}],
}  # fmt: skip


@pytest.fixture(scope="module", params=BOTH)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Path]]:
    """The insurer in a database, and a snapshot file of it."""
    if lacking := why_not(request.param):
        pytest.skip(lacking)
    folder = tmp_path_factory.mktemp("offline")
    with running(request.param, folder / "engine") as database:
        imported(database.open(folder), INVENTORY)
        yield database, folder


@pytest.fixture
def asked(world: tuple[Database, Path], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The command line on that database."""
    database, folder = world
    for name, value in environment(database, folder / "data").items():
        monkeypatch.setenv(name, value)
    run = runner(capfd)
    if not (folder / "s.faultline").exists():
        written = run("export", "snapshot", folder / "s.faultline", "--json")
        assert (written.code, written.json["rows"]["cis"] > 1_000) == (0, True)
    return run


def told(run: Run, *words: str | Path) -> dict[str, Any]:
    answer = run("review", *words, *AT, "--json").json
    validated("review", answer)
    # the one thing that a file says and the register does not: how old it is
    assert ("snapshot" in answer) == ("--snapshot" in words or "FAULTLINE_SNAPSHOT" in os.environ)
    return {name: value for name, value in answer.items() if name != "snapshot"}


@pytest.mark.storage
@pytest.mark.parametrize("name", PLANS)
def test_a_plan_is_judged_alike_with_the_register_and_without(
    world: tuple[Database, Path], asked: Run, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(*PLANS[name])), encoding="utf-8")
    before = told(asked, path, *WINDOW)

    monkeypatch.setenv("FAULTLINE_NEO4J_URI", "bolt://127.0.0.1:1")  # nobody is there
    assert told(asked, path, *WINDOW, "--snapshot", world[1] / "s.faultline") == before
    monkeypatch.setenv("FAULTLINE_SNAPSHOT", str(world[1] / "s.faultline"))
    assert told(asked, path, *WINDOW) == before


@pytest.mark.storage
def test_a_change_with_edits_is_judged_alike(world: tuple[Database, Path], asked: Run, tmp_path: Path) -> None:
    path = tmp_path / "change.json"
    path.write_text(json.dumps(EDITS), encoding="utf-8")

    before = told(asked, path)

    assert before["before_after"]["during"] or before["services"]
    assert told(asked, path, "--snapshot", world[1] / "s.faultline") == before


@pytest.mark.storage
def test_every_coming_change_of_the_example_is_judged_alike_to_its_evidence_hash(
    world: tuple[Database, Path], asked: Run
) -> None:
    database, folder = world
    register = Register(database.open(folder), Settings(folder / "here"))
    offline = open_snapshot(folder / "s.faultline", Settings(folder / "there", timezone="UTC"))
    with_register = Schedule(register, register.estate(), MOMENT)
    without = Schedule(offline, offline.estate(), MOMENT)

    coming = [each for each in with_register.changes if each.is_active]
    assert len(coming) > 20
    assert without.changes == with_register.changes
    for change in coming:
        assert plain(judged(without, change)) == plain(judged(with_register, change)), change.change_id


@pytest.mark.storage
def test_of_the_past_the_file_is_of_the_past(world: tuple[Database, Path], asked: Run, tmp_path: Path) -> None:
    revision = asked("graph-hash", "--json").json["revision"]
    path = tmp_path / "then.faultline"

    assert asked("export", "snapshot", path, "--as-of", str(revision // 2)).code == 0

    found = open_snapshot(path, Settings(tmp_path)).estate()
    assert found.revision == revision // 2


def old(run: Run, file: Path, at: datetime, *words: str, form: str = "json") -> Any:
    return run("review", "CHG-E01", "--snapshot", file, "--at", at.isoformat(), "--format", form, *words)


@pytest.mark.storage
def test_every_form_says_how_old_a_file_is_and_one_that_is_too_old_is_refused(
    world: tuple[Database, Path], asked: Run
) -> None:
    file = world[1] / "s.faultline"
    offline = open_snapshot(file, Settings(world[1] / "there"))
    made = datetime.fromisoformat(offline.portable.text("at"))
    at = made + timedelta(days=2, hours=3)

    found = validated("review", old(asked, file, at).json)["snapshot"]
    assert found == {"made_at": made.isoformat(), "of": made.isoformat(), "age": 51 * 3_600}
    sentence = f"{found['of']}: 2 d 3 h old"
    for form in ("text", "markdown", "html", "sarif", "junit"):
        assert sentence in old(asked, file, at, form=form).out, form
    assert old(asked, file, at, "--max-age", "51h", "--fail-on", "block").code in (0, 1)
    for form in ("json", "text", "markdown"):
        assert old(asked, file, at, "--max-age", "50h", form=form).code == 2
    refused = old(asked, file, at, "--max-age", "50h").json["error"]
    assert (refused["key"], refused["params"]) == ("snapshot.too_old", {"of": found["of"], "most": "50h"})
    assert old(asked, file, at, "--max-age", "soon").json["error"]["key"] == "values.duration"
    assert old(asked, file, made - timedelta(days=1)).json["snapshot"]["age"] == 0


@pytest.mark.storage
def test_a_file_of_the_past_is_as_old_as_what_it_holds(
    world: tuple[Database, Path], asked: Run, tmp_path: Path
) -> None:
    store = world[0].open(world[1])
    path, before = tmp_path / "then.faultline", datetime.now(UTC)
    first = store.commits_page(after=0, limit=2)
    assert asked("export", "snapshot", path, "--as-of", str(first[0].last)).code == 0
    offline = open_snapshot(path, Settings(tmp_path))
    overtaken = datetime.fromisoformat(first[1].at)
    assert datetime.fromisoformat(offline.age(before)["of"]) == overtaken.replace(microsecond=0)
    assert offline.age(overtaken + timedelta(hours=1))["age"] >= 3_600


@pytest.mark.storage
def test_nothing_is_opened_and_nothing_is_left(
    world: tuple[Database, Path], asked: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(*PLANS["a database is replaced"])), encoding="utf-8")
    monkeypatch.setenv("FAULTLINE_DATA_DIR", str(tmp_path / "nothing"))
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("a connection was opened"))

    assert asked("review", path, "--snapshot", world[1] / "s.faultline", "--fail-on", "block").code in (0, 1)
    assert not (tmp_path / "nothing").exists()


@pytest.mark.storage
def test_a_file_that_is_not_as_it_was_is_an_error_of_its_own(
    world: tuple[Database, Path], asked: Run, tmp_path: Path
) -> None:
    data = bytearray((world[1] / "s.faultline").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "altered").write_bytes(data)
    (tmp_path / "cut").write_bytes(data[:-1000])

    for name, key in (("altered", "altered"), ("cut", "truncated"), ("no", "missing")):
        answered = asked("review", "CHG-E01", "--snapshot", tmp_path / name, "--json")
        assert (answered.code, answered.json["error"]["key"]) == (2, f"snapshot.{key}")
        assert name in asked("review", "CHG-E01", "--snapshot", tmp_path / name).err


class Scopes:
    """Two scopes that miss some; the second still sees what the first misses in part."""

    def rows(self, name: str, word: str | None = None, **parameters: Any) -> list[dict[str, Any]]:
        from graph.store.runs import pack

        early, late = "2026-01-01T00:00:00+00:00", "2026-06-01T08:00:00+08:00"
        if name == "scope_read":
            return [
                {"scope": "a:1", "source": "a", "runs": ["r1"], "previous": [],
                 "missing": pack({"x": late, "y": early, "z": early})},
                {"scope": "a:2", "source": "a", "runs": ["r2"], "previous": [], "missing": pack({"x": early})},
            ]  # fmt: skip
        if name == "seen_digests":
            run = parameters["run"]
            return [{"key": run, "scope": {"r1": "a:1", "r2": "a:2"}[run], "digest": "", "seq": 0, "revision": 1}]
        return [{"keys": pack({"r1": ["ci:q"], "r2": ["ci:z"]}[parameters["key"]])}]


@pytest.mark.parametrize("day", ["2025-12-31", "2026-01-01", "2026-03-01", "2026-06-01", "2026-06-02"])
def test_since_when_a_ci_is_not_seen_says_what_is_stale_at_each_moment(day: str) -> None:
    moment = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    since = unseen_since(Scopes())

    assert {ci for ci, at in since.items() if datetime.fromisoformat(at) <= moment} == Unseen(Scopes()).at(moment)
