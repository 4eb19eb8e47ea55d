"""Measure, and write RESULTS.md, results.json and the picture (`make bench`, `make bench-full`)."""

import argparse
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import psutil

from benchmarks import hostile, in_memory, report, storage
from benchmarks.figures import Figure, say
from benchmarks.plot import plot
from benchmarks.serving import changes, painting
from benchmarks.serving.measure import measure as measure_serving

FULL = "--full"
MEMORY_SIZES, MEMORY_SIZES_FULL = (10_000, 100_000, 300_000, 1_000_000), (10_000, 100_000, 1_000_000, 10_000_000)
STORAGE_SIZES, STORAGE_SIZES_FULL = (100_000,), (100_000, 1_000_000)
WIDE = 1_000_000  # CIs from which each gets a text, so that the file is one of 1 GB
ROOM = 900  # bytes a CI while a topology is built and compared, measured
STAGES = ("memory", "storage", "serving")
SERVED = ("requests", "changes", "pages")  # questions of the stage `serving`; pages are those of the example


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the stages that were asked for."""
    asked = _parser().parse_args(arguments)
    if asked.render:
        _render(asked.output)
        return
    began = time.monotonic()
    memory, stored = _sizes(asked)
    before = report.read(asked.output) if asked.add else report.Found()
    figures: list[Figure] = []
    profiles: list[dict[str, Any]] = []

    def keep(fresh: Iterable[Mapping[str, Any]]) -> None:
        # written as far as it has come: a run of an hour that is cut off leaves what it measured
        figures.extend(Figure(**plain) for plain in fresh)
        told = report.about(_command(asked), {"in memory": memory, "storage": stored}, (time.monotonic() - began) / 60)
        report.write(asked.output, before.joined(told, figures, profiles))

    some = [name for name in asked.questions or () if name in in_memory.BY_NAME]
    for size in memory:
        say(f"in memory, {size:,} CIs")
        keep(_apart(partial(in_memory.some, some) if some else in_memory.measure, size))
    if memory and not asked.questions:
        plot(before.joined({}, figures, []).figures, asked.output / "cost-against-size.svg")
        profiles += _apart(in_memory.profiles, min(memory[-1], 1_000_000))
    for kind in _kinds(asked.engines) if stored else ():
        if is_asked(asked, "storage"):
            for size in stored:
                keep(storage.measure(kind, size, wide=size >= WIDE))
            profiles.append(storage.profile(kind, min(stored[-1], storage.PROFILED)))
        if is_asked(asked, "serving"):
            for found in _served(asked, kind, stored):
                keep(found)
    if stored and is_asked(asked, "serving") and not asked.questions:
        keep(hostile.worst())
    keep(())
    say(f"written: {asked.output / 'RESULTS.md'}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(FULL, action="store_true", help="also 10 M CIs in memory, 1 M CIs (1 GB of CSV) with storage")
    parser.add_argument("--only", choices=STAGES, help="one stage alone")
    parser.add_argument("--sizes", type=_numbers, help="CIs, separated by commas, of the in-memory stage")
    parser.add_argument(
        "--questions", nargs="+", choices=sorted({*in_memory.BY_NAME, *SERVED}),
        help=f"these alone: {', '.join(SERVED)} of the stage serving, the others of the stage memory",
    )  # fmt: skip
    parser.add_argument("--storage-sizes", type=_numbers, help="CIs, separated by commas, of the storage stage")
    parser.add_argument("--engines", nargs="+", choices=storage.KINDS, default=storage.KINDS)
    parser.add_argument(
        "--registers", type=Path, help="folder in which registers with coming changes are kept for the next run"
    )
    parser.add_argument("--output", type=Path, default=report.FOLDER, help="folder to write to")
    parser.add_argument("--add", action="store_true", help="keep what results.json has, but for what is measured now")
    parser.add_argument(
        "--render", action="store_true", help="write RESULTS.md again from results.json, measure nothing"
    )
    return parser


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part.replace("_", "")) for part in text.split(",")))


def _sizes(asked: argparse.Namespace) -> tuple[tuple[int, ...], tuple[int, ...]]:
    memory = asked.sizes or (MEMORY_SIZES_FULL if asked.full else MEMORY_SIZES)
    stored = asked.storage_sizes or (STORAGE_SIZES_FULL if asked.full else STORAGE_SIZES)
    if not is_asked(asked, "memory"):
        memory = ()
    if not is_asked(asked, "storage") and not is_asked(asked, "serving"):
        stored = ()
    room = psutil.virtual_memory().available
    for size in memory:
        if size * ROOM > room:
            say(f"{size:,} CIs are left out: they need about {size * ROOM / 2**30:.0f} GB of memory")
    return tuple(size for size in memory if size * ROOM <= room), stored


def is_asked(asked: argparse.Namespace, stage: str) -> bool:
    """Whether a stage runs: it was named, or one of its questions, or neither of any."""
    known = {"memory": set(in_memory.BY_NAME), "storage": set[str](), "serving": set(SERVED)}[stage]
    return asked.only in (None, stage) and (not asked.questions or bool(known & set(asked.questions)))


def _served(asked: argparse.Namespace, kind: str, sizes: Sequence[int]) -> Iterator[list[dict[str, Any]]]:
    wanted = asked.questions or SERVED
    for size in sizes:
        if "requests" in wanted:
            yield measure_serving(kind, size)
        if "changes" in wanted:
            yield from changes.measure(kind, size, asked.registers)
    if "pages" in wanted:
        yield painting.measure(kind)


def _kinds(wanted: Sequence[str]) -> tuple[str, ...]:
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing and "neo4j" in wanted:
        say(f"Neo4j is left out: {' and '.join(missing)} not found")
        return tuple(kind for kind in wanted if kind != "neo4j")
    return tuple(wanted)


def _apart(work: Callable[[int], Any], size: int) -> Any:
    """In a process of its own, so that no size profits or suffers from the memory of another."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, size).result()


def _command(asked: argparse.Namespace) -> str:
    parts = ["python -m benchmarks"]
    parts += [FULL] if asked.full else []
    parts += ["--add"] if asked.add else []
    parts += [f"--only {asked.only}"] if asked.only else []
    parts += [f"--questions {' '.join(asked.questions)}"] if asked.questions else []
    parts += [f"--sizes {','.join(map(str, asked.sizes))}"] if asked.sizes else []
    parts += [f"--storage-sizes {','.join(map(str, asked.storage_sizes))}"] if asked.storage_sizes else []
    parts += ["--registers FOLDER"] if asked.registers else []
    parts += [f"--engines {' '.join(asked.engines)}"] if tuple(asked.engines) != storage.KINDS else []
    return " ".join(parts)


def _render(folder: Path) -> None:
    found = report.read(folder)
    report.write(folder, found)
    if any(figure.key == "full.worst" for figure in found.figures):
        plot(found.figures, folder / "cost-against-size.svg")


if __name__ == "__main__":
    main()
