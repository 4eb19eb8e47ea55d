"""Cost against size, as a picture."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

from benchmarks.figures import FLOOR, OURS, Figure

LINES = (
    ("reach.worst", OURS, "Faultline: reachability", "tab:green", "-"),
    ("full.worst", OURS, "Faultline: four states, hops, margins", "tab:blue", "-"),
    ("full.fed.worst", OURS, "Faultline: the same, feeding", "tab:cyan", "-"),
    ("floor", FLOOR, "one pass over the rows", "black", ":"),
    ("reach.backbone", "NetworkX", "NetworkX: reachability", "tab:red", "--"),
    ("reach.backbone", "rustworkx", "rustworkx: reachability", "tab:orange", "--"),
    ("reach.backbone", "igraph", "igraph: reachability", "tab:brown", "--"),
    ("reach.backbone", "SciPy", "SciPy: reachability", "tab:olive", "--"),
    ("states.backbone", "NetworkX worklist", "NetworkX worklist: four states", "tab:pink", "--"),
)


def plot(figures: Sequence[Figure], path: Path) -> None:
    """Draw the worst blast radius against the number of CIs, both logarithmic."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "faultline", "font.size": 9})
    from matplotlib import pyplot as plt

    points: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for figure in figures:
        points[figure.key, figure.subject].append((figure.size, figure.value))
    drawn, axes = plt.subplots(figsize=(8, 5))
    for key, subject, label, colour, style in LINES:
        line = sorted(points[key, subject])
        if line:
            axes.plot(*zip(*line, strict=True), style, color=colour, label=label, marker="o", markersize=3)
    axes.set(xscale="log", yscale="log", xlabel="CIs (three relationships each)", ylabel="worst blast radius, ms")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(fontsize=7, frameon=False)
    drawn.savefig(path, metadata={"Date": None})
    plt.close(drawn)
