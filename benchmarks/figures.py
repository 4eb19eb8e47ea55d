"""Figures: what was measured, of whom, at which size; and the clock they are measured with."""

import gc
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

import numpy as np

Item = TypeVar("Item")
MS = 1e3
OURS = "Faultline"
FLOOR = "one pass over the rows"  # providers and codes of every CI: no answer that looks at all of them is faster


@dataclass(frozen=True)
class Figure:
    """One measurement. `key` says of what, `subject` of whom, `size` is how many CIs; `more` is what lies behind it."""

    key: str
    subject: str
    size: int
    value: float
    unit: str
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> tuple[str, str, int]:
        """What it says: two of one name are the same measured twice."""
        return self.key, self.subject, self.size

    def plain(self) -> dict[str, Any]:
        """The figure as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Timing:
    """Seconds of some runs."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return float(np.median(self.seconds))

    @property
    def p99(self) -> float:
        """What 99 of 100 stay below."""
        return float(np.percentile(self.seconds, 99))

    def more(self) -> dict[str, Any]:
        """Least, median, 99th percentile and greatest in ms, and of how many."""
        ends = {"min": min(self.seconds), "median": self.median, "p99": self.p99, "max": max(self.seconds)}
        return {**{name: round(seconds * 1e3, 5) for name, seconds in ends.items()}, "runs": len(self.seconds)}


@dataclass
class Bench:
    """The figures of one size as they come in."""

    size: int
    found: list[Figure] = field(default_factory=list)

    def add(self, key: str, subject: str, value: float, unit: str, **more: Any) -> None:
        """Note one."""
        self.found.append(Figure(key, subject, self.size, value, unit, more))

    def timed(self, key: str, subject: str, timing: Timing, **more: Any) -> None:
        """Note the median of a timing in ms."""
        self.add(key, subject, timing.median * MS, "ms", **timing.more(), **more)


def once(work: Callable[[], Item]) -> tuple[Item, float]:
    """What it gives, and the seconds it took."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        found = work()
        return found, time.perf_counter() - start
    finally:
        gc.enable()


def repeated(work: Callable[[], object], *, least: int = 5, seconds: float = 1.0, warm: int = 1) -> Timing:
    """Run it until that many runs and that much time are over (at most 200 runs), after `warm` runs that do not count.

    What took longer than the whole time the first time is not run again.
    """
    spent = [once(work)[1] for _ in range(warm)]
    if spent and spent[0] > seconds:
        return Timing(tuple(spent))
    gc.collect()
    gc.disable()
    try:
        taken: list[float] = []
        while len(taken) < least or (sum(taken) < seconds and len(taken) < 200):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
            if sum(taken) > 4 * seconds:
                break
    finally:
        gc.enable()
    return Timing(tuple(taken))


def each(work: Callable[[Item], object], items: Iterable[Item], *, seconds: float = 10.0) -> Timing:
    """One run for each item, ended when the time is over."""
    taken: list[float] = []
    gc.collect()
    gc.disable()
    try:
        deadline = time.perf_counter() + seconds
        for item in items:
            start = time.perf_counter()
            work(item)
            end = time.perf_counter()
            taken.append(end - start)
            if end > deadline:
                break
    finally:
        gc.enable()
    return Timing(tuple(taken))


def say(text: str) -> None:
    """Tell on stderr what is being measured."""
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)
