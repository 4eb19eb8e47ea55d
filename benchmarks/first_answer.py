"""`python -m benchmarks.first_answer SNAPSHOT CI`: how long a process that starts takes to answer."""

import json
import sys
import time
from pathlib import Path

from numba.core.registry import cpu_target

from graph.estate import Estate
from graph.snapshot import load
from queries.impact import State, impact


def answer(path: Path, ci_id: str) -> int:
    """Map the snapshot, find a CI by its id, and count what stops with it."""
    found = load(path)
    estate = Estate.from_arrays(found.meta, found.arrays)
    ci = estate.find(ci_id)
    assert ci is not None
    return impact(estate.topology, {ci: "outage"}).counts[State.OUTAGE]


def main(arguments: list[str]) -> None:
    """Answer twice: `warm.start` has the loading of compiled kernels in it, `warm.start.compiled` has not.

    What numba imports of its own when it is first used is an import like the others, and done before.
    """
    path, ci_id = arguments
    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()
    seconds: dict[str, float] = {}
    for key in ("warm.start", "warm.start.compiled"):
        start = time.perf_counter()
        answer(Path(path), ci_id)
        seconds[key] = time.perf_counter() - start
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1:])
