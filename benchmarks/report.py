"""RESULTS.md and results.json: figures beside their goals and beside the others, from what a run measured."""

import json
import platform
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from benchmarks.figures import FLOOR, OURS, Figure
from benchmarks.tables import beside_tables, cost_table, profile_lines, storage_table, table

FOLDER = Path(__file__).parent
LIBRARIES = (
    "numpy",
    "numba",
    "networkx",
    "rustworkx",
    "igraph",
    "scipy",
    "neo4j",
    "neo4j-rust-ext",
    "arcadedb-embedded",
)


GRAPH = """\
The graph is a seeded layered estate (`benchmarks/estates.py`): services over applications, containers, components,
middleware, databases, machines, volumes, hosts, switches, racks, power and sites. Three relationships a CI; one switch
that nearly all of it rests on; 7 % of the CIs own a k-of-n group; a tenth of the inner components call each other in
circles; 6 % of the relationships are soft. Times are medians of repeated runs in one process on one core, compiled
code warm, the garbage collector off; least and greatest are in `results.json`. *Worst* is the worst of three seed
sets: the backbone switch; one power feed of as many sites as leave a fifth of all CIs degraded or at risk; losses in
groups all over the estate (two in a thousand CIs). *One pass over the rows* reads the providers and codes of all CIs
in memory, from one end to the other."""


@dataclass(frozen=True)
class Goal:
    """A promise: a figure's key, subject and size (0: of no register of that many CIs), and its bounds."""

    key: str
    title: str
    size: int
    subject: str = OURS
    most: float | None = None
    least: float | None = None
    aim: float | None = None
    unit: str = ""
    note: str = ""

    def met_by(self, value: float) -> bool:
        """Whether a figure keeps it; what is only aimed at counts as its bound."""
        most, least = self.most, self.least
        if most is None and least is None:
            most = self.aim
        return (most is None or value <= most) and (least is None or value >= least)

    def words(self) -> str:
        """The bounds as text."""
        parts = [f"≤ {self.most:,g}"] if self.most is not None else []
        parts += [f"≥ {self.least:,g}"] if self.least is not None else []
        parts += [f"aim {self.aim:,g}"] if self.aim is not None else []
        return f"{', '.join(parts)} {self.unit}".strip()


def goals() -> list[Goal]:
    """All goals, in their order."""
    with (FOLDER / "goals.toml").open("rb") as file:
        return [Goal(**entry) for entry in tomllib.load(file)["goal"]]


def reasons() -> dict[str, str]:
    """Why a figure may fall short, by key or by "key subject"."""
    with (FOLDER / "reasons.toml").open("rb") as file:
        found: dict[str, str] = tomllib.load(file)["reason"]
        return found


def about(command: str, sizes: Mapping[str, Sequence[int]], minutes: float) -> dict[str, Any]:
    """Where the figures come from."""
    return {
        "command": command,
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "minutes": round(minutes, 1),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "python": platform.python_version(),
        "system": platform.system(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "sizes": {stage: list(some) for stage, some in sizes.items()},
    }


@dataclass(frozen=True)
class Found:
    """What one run measured, or several: `about` has an entry each."""

    about: list[Mapping[str, Any]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    profiles: list[Mapping[str, Any]] = field(default_factory=list)

    def joined(
        self, told: Mapping[str, Any], figures: Sequence[Figure], profiles: Sequence[Mapping[str, Any]]
    ) -> "Found":
        """With another run, whose figures take the place of those that say the same."""
        fresh = {figure.name for figure in figures}
        kept = [figure for figure in self.figures if figure.name not in fresh]
        titles = {profile["name"] for profile in profiles}
        others = [profile for profile in self.profiles if profile["name"] not in titles]
        return Found([*self.about, told], [*kept, *figures], [*others, *profiles])


def read(folder: Path) -> Found:
    """What `write` wrote."""
    found = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return Found(found["about"], [Figure(**plain) for plain in found["figures"]], found["profiles"])


def write(folder: Path, found: Found) -> None:
    """Write both files."""
    plain = {
        "about": [dict(told) for told in found.about],
        "figures": [figure.plain() for figure in found.figures],
        "profiles": list(found.profiles),
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "RESULTS.md").write_text("\n".join(_page(found)) + "\n", encoding="utf-8")


def _page(found: Found) -> Iterable[str]:
    figures, profiles = found.figures, found.profiles
    by = {figure.name: figure for figure in figures}
    yield from _head(found.about)
    yield from _goals(by)
    yield from beside_tables(figures)
    yield from cost_table(figures)
    yield from storage_table(figures)
    if profiles:
        yield from (
            "",
            "## Where the time goes",
            "",
            "Seconds by function, under the profiler (which slows small ones).",
        )
        for profile in profiles:
            yield from profile_lines(profile)


def _head(about: Sequence[Mapping[str, Any]]) -> Iterable[str]:
    last = about[-1]
    libraries = ", ".join(f"{name} {number}" for name, number in last["libraries"].items())
    yield "# Measured"
    yield ""
    yield f"On {last['cores']} cores with {last['memory_gb']} GB ({last['system']}, Python {last['python']};"
    yield f"{libraries}), by"
    yield ""
    for told in about:
        sizes = "; ".join(
            f"{stage}: {', '.join(f'{n:,}' for n in ns)} CIs" for stage, ns in told["sizes"].items() if ns
        )
        yield f"- `{told['command']}` on {told['date']}, {told['minutes']} minutes ({sizes})"
    yield ""
    yield from GRAPH.splitlines()


def _goals(by: Mapping[tuple[str, str, int], Figure]) -> Iterable[str]:
    rows, short = [], []
    why = reasons()
    for goal in goals():
        figure = by.get((goal.key, goal.subject, goal.size))
        words = goal.words()
        reason = why.get(f"{goal.key} {goal.subject}") or why.get(f"{goal.key} {goal.size:_}") or why.get(goal.key, "")
        size = f"{goal.size:,}" if goal.size else ""
        if figure is None:
            rows.append([goal.title, size, words, "not measured", "", ""])
            continue
        met = goal.met_by(figure.value)
        value = f"{figure.value:,.4g} {figure.unit}".strip()
        verdict = "met" if met else "**not met**"
        rows.append([goal.title, size, words, value, _ratio(goal, figure, by), verdict])
        if not met:
            short.append(f"- **{goal.title}**: {figure.value:,.4g} against {words}. {reason}".rstrip())
    yield from ("", "## Goals", "")
    yield from table(["figure", "CIs", "goal", "measured", "ratio", ""], rows)
    yield from ("", "How they are taken:", "")
    yield from (f"- *{goal.title}*: {goal.note}." for goal in goals() if goal.note)
    if short:
        yield from ("", "### What falls short", "", *short)


def _ratio(goal: Goal, figure: Figure, by: Mapping[tuple[str, str, int], Figure]) -> str:
    """Of the bound; where it is a time of the graph in memory, also of one pass over the rows."""
    bound = next((bound for bound in (goal.most, goal.least, goal.aim) if bound), None)
    parts = [f"{figure.value / bound:.2g} × the goal"] if bound else []
    floor = by.get(("floor", FLOOR, goal.size))
    if floor is not None and goal.key.endswith(".worst"):
        parts.append(f"{figure.value / floor.value:.3g} × one pass over the rows")
    return ", ".join(parts)
