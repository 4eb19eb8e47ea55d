"""Where time goes, by function and by part, told without paths."""

import cProfile
import pstats
import sysconfig
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")
Row = tuple[str, int, float, float]  # function, calls, seconds of its own, seconds with what it calls
SHOWN = 15
_ROOT = Path(__file__).parent.parent
_OURS = ("graph", "queries", "importers", "api", "benchmarks")


def profiled(work: Callable[[], Result]) -> tuple[Result, list[Row]]:
    """What the work gives, and its functions by their own time."""
    profiler = cProfile.Profile()
    result = profiler.runcall(work)
    stats: Any = pstats.Stats(profiler).stats  # type: ignore[attr-defined]  # what pstats prints from
    rows = [(_named(*where), int(calls), own, total) for where, (_, calls, own, total, _) in stats.items()]
    return result, sorted(rows, key=lambda row: -row[2])


def _named(file: str, line: int, function: str) -> str:
    if file == "~":
        return function.strip("<>")
    path = Path(file)
    for root in (_ROOT, Path(sysconfig.get_paths()["purelib"]), Path(sysconfig.get_paths()["stdlib"])):
        if path.is_relative_to(root):
            return f"{path.relative_to(root).as_posix()}:{line} {function}"
    return f"{path.name}:{line} {function}"


def by_part(rows: Iterable[Row]) -> list[tuple[str, float]]:
    """Seconds of each part: our folders (one level deep), libraries, built-in functions by name; most first."""
    parts: dict[str, float] = defaultdict(float)
    for name, _, own, _ in rows:
        parts[_part(name)] += own
    return sorted(parts.items(), key=lambda part: -part[1])


def _part(name: str) -> str:
    if "socket" in name and ("recv" in name or "send" in name):
        return "the engine (waiting on its socket)"
    if "/" not in name:
        return "built-in functions"
    folders = name.partition(":")[0].split("/")
    if folders[0] in _OURS:
        return "/".join(folders[:2]).removesuffix(".py")
    return folders[0]
