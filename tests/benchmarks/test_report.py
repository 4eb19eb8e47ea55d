"""The page of results: what keeps its goal and what does not, with its reason."""

import gc
import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.figures import OURS, Bench, Figure, each, once, repeated
from benchmarks.plot import plot
from benchmarks.profiles import by_part, profiled


@pytest.fixture
def figures() -> list[Figure]:
    bench = Bench(1_000_000)
    bench.add("reach.worst", OURS, 4.0, "ms")
    bench.add("full.worst", OURS, 50.0, "ms")
    for name in ("backbone", "feeds", "scattered"):
        bench.add(f"full.{name}", OURS, 50.0, "ms", seeds=1, outage=2, degraded=3, at_risk=4, weakened=0.5)
    bench.add("full.random.median", OURS, 1.0, "ms")
    bench.add("import.cis", "neo4j", 12_000.0, "rows/s")
    return bench.found


def test_goals_are_told_as_met_or_not_with_the_reason(tmp_path: Path, figures: list[Figure]) -> None:
    about = report.about("python -m benchmarks", {"in memory": (1_000_000,)}, 3.0)
    report.write(tmp_path, report.Found([about], figures))

    page = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    lines = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| ")}
    assert lines["Worst blast radius, reachability only"].endswith("| 4 ms | 0.8 × the goal | met |")
    assert lines["Worst, with hops and margins"].endswith("| 50 ms | 2.5 × the goal | **not met** |")
    assert "not measured" in lines["Worst, all four states"]
    assert report.reasons()["full.random.median"] in page
    assert [Figure(**plain) for plain in json.loads((tmp_path / "results.json").read_text())["figures"]] == figures


def test_a_run_is_added_to_those_before_and_replaces_what_it_measured_anew(
    tmp_path: Path, figures: list[Figure]
) -> None:
    one = report.about("python -m benchmarks", {"in memory": (1_000_000,)}, 3.0)
    other = report.about("python -m benchmarks --add", {"in memory": (10_000_000,)}, 4.0)
    bench = Bench(1_000_000)
    bench.add("reach.worst", OURS, 6.0, "ms")
    before = report.Found([one], figures, [{"name": "a", "seconds": 1.0, "parts": [], "functions": []}])
    report.write(tmp_path, before)

    report.write(tmp_path, report.read(tmp_path).joined(other, bench.found, []))

    found = report.read(tmp_path)
    assert [figure.value for figure in found.figures if figure.key == "reach.worst"] == [6.0]
    assert len(found.figures) == len(figures)
    assert (found.about, found.profiles) == ([one, other], before.profiles)
    assert "`python -m benchmarks --add`" in (tmp_path / "RESULTS.md").read_text(encoding="utf-8")


def test_goals_are_named_once_and_have_a_bound() -> None:
    goals = report.goals()

    assert len({(goal.key, goal.subject, goal.size) for goal in goals}) == len(goals)
    assert all(goal.most is not None or goal.least is not None or goal.aim is not None for goal in goals)


def test_a_picture_is_drawn_without_a_date(tmp_path: Path) -> None:
    figures = [Figure("full.worst", OURS, size, size / 1e5, "ms") for size in (10_000, 100_000)]

    plot(figures, tmp_path / "one.svg")
    plot(figures, tmp_path / "two.svg")

    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert "<svg" in (tmp_path / "one.svg").read_text()


def test_timings_count_every_run_and_each_item() -> None:
    seen: list[int] = []
    gc.freeze()  # what other tests have left is not looked through for garbage before each run

    timing = each(seen.append, range(10))
    again = repeated(lambda: seen.append(-1), least=3, seconds=0.01, warm=2)

    assert seen == [*range(10), -1, -1, *[-1] * len(again.seconds)]
    assert timing.more()["runs"] == 10
    assert timing.median <= timing.p99
    assert once(lambda: "done")[0] == "done"


def test_a_profile_names_functions_by_their_place_in_the_project() -> None:
    result, rows = profiled(lambda: report.goals()[0].key)

    assert result == "reach.worst"
    assert any(name.endswith(" goals") and name.startswith("benchmarks/report.py") for name, *_ in rows)
    assert not any(name.startswith("/") for name, *_ in rows)
    assert dict(by_part(rows))["benchmarks/report"] > 0
