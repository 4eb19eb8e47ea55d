"""The tables of RESULTS.md."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.figures import FLOOR, OURS, Figure

QUESTIONS = (
    ("build", "build the graph from edge arrays"),
    ("reach.backbone", "reachability, backbone"),
    ("reach.random.median", "reachability, random CI, median"),
    ("reach.random.p99", "reachability, random CI, 99th percentile"),
    ("outage.backbone", "outage with quorum, backbone"),
    ("states.backbone", "four states, backbone"),
    ("states.feeds", "four states, feeds"),
    ("states.scattered", "four states, scattered"),
    ("states.random.median", "four states, random CI, median"),
    ("states.random.p99", "four states, random CI, 99th percentile"),
    ("dominators", "dominators of all below the largest service"),
    ("joints", "articulation points, directions aside"),
    ("longest", "longest path, cycles taken out"),
)
COSTS = (
    ("relationships", "relationships"),
    ("build", "build, s"),
    ("floor", "one pass over the rows, ms"),
    ("reach.worst", "worst, reachability, ms"),
    ("listed.worst", "the same as sorted indices, ms"),
    ("outage.worst", "worst, outage with quorum, ms"),
    ("states.worst", "worst, four states, ms"),
    ("full.worst", "worst, hops and margins, ms"),
    ("full.fed.worst", "the same, 5 % feed, ms"),
    ("full.random.median", "random CI, median, ms"),
    ("full.random.p99", "random CI, 99th percentile, ms"),
    ("full.fed.random.median", "5 % feed, random CI, median, ms"),
    ("full.fed.random.p99", "5 % feed, random CI, 99th percentile, ms"),
    ("overlay.apply", "1,000 changed relationships, ms"),
    ("overlay", "the same with the next answer, small, ms"),
    ("overlay.backbone", "four states of the backbone on the changed topology, ms"),
    ("memory.topology", "memory of the topology, MB"),
    ("snapshot.save", "write the snapshot, s"),
    ("warm.start", "warm start, s"),
    ("warm.start.compiled", "the same, kernels loaded, s"),
)
STORED = (
    ("import.cis", "import, CIs/s"),
    ("import.relationships", "import, relationships/s"),
    ("import.again", "the same files again, rows/s"),
    ("import.again.revisions", "revisions that wrote"),
    ("import.memory", "memory of the importing process, MB"),
    ("load", "load from the store, s"),
    ("cypher.random.median", "reachability by Cypher, random CI, median, ms"),
    ("cypher.random.p99", "reachability by Cypher, random CI, 99th percentile, ms"),
    ("cypher.backbone.median", "reachability by Cypher, backbone, ms"),
)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """A table of Markdown."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'|'.join(' --- ' for _ in header)}|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def beside_tables(figures: Sequence[Figure]) -> Iterable[str]:
    """Ours beside the others on the same graph, a table per size."""
    peers = [figure for figure in figures if figure.subject not in (OURS, FLOOR)]
    for size in sorted({figure.size for figure in peers if figure.key == "build"}, reverse=True):
        by = {(figure.key, figure.subject): figure for figure in figures if figure.size == size}
        subjects = list(dict.fromkeys(s for k, s in by if s not in (OURS, FLOOR) and k in dict(QUESTIONS)))
        yield from ("", f"## Beside the others, {size:,} CIs", "")
        yield from ("In milliseconds (building in seconds); in brackets how many times ours.", "")
        rows = []
        for key, title in QUESTIONS:
            # ours has hops and margins with the states of a random CI
            own = by.get((key, OURS)) or by.get((key.replace("states.", "full."), OURS))
            if own is None:  # of a run before there was that question
                continue
            rows.append([title, f"{own.value:,.4g}", *(_beside(by.get((key, subject)), own) for subject in subjects)])
        yield from table(["", OURS, *subjects], rows)


def _beside(figure: Figure | None, own: Figure) -> str:
    return "" if figure is None else f"{figure.value:,.4g} ({figure.value / own.value:,.3g} ×)"


def cost_table(figures: Sequence[Figure]) -> Iterable[str]:
    """Ours at every size."""
    found = {(figure.key, figure.size): figure for figure in figures if figure.subject in (OURS, FLOOR)}
    sizes = sorted({size for key, size in found if key == "full.worst"})
    if not sizes:
        return
    yield from ("", "## Cost against size", "", "![Cost against size](cost-against-size.svg)", "")
    rows = [
        [title, *(f"{found[key, size].value:,.4g}" if (key, size) in found else "" for size in sizes)]
        for key, title in COSTS
    ]
    yield from table(["", *(f"{size:,}" for size in sizes)], rows)
    yield from ("", f"Seed sets at {sizes[-1]:,} CIs:", "")
    for name in ("backbone", "feeds", "scattered"):
        more = found[f"full.{name}", sizes[-1]].more
        yield (
            f"- *{name}*, {more['seeds']:,} seeds: {more['outage']:,} out, {more['degraded']:,} degraded,"
            f" {more['at_risk']:,} at risk ({more['weakened']:.0%} of all degraded or at risk)."
        )


def storage_table(figures: Sequence[Figure]) -> Iterable[str]:
    """Both engines at every size."""
    kinds = [kind for kind in ("neo4j", "embedded") if any(figure.subject == kind for figure in figures)]
    sizes = sorted({figure.size for figure in figures if figure.subject in kinds})
    found = {(figure.key, figure.subject, figure.size): figure for figure in figures}
    if not sizes:
        return
    yield from ("", "## Storage", "")
    yield "Import is of CSV, with its history; reachability by Cypher is `<-[…*1..]-` with DISTINCT, cut off when its"
    yield from ("time is over.", "")
    columns = [(kind, size) for size in sizes for kind in kinds if ("load", kind, size) in found]
    rows = [[title, *(_stored(found, key, kind, size) for kind, size in columns)] for key, title in STORED]
    yield from table(["", *(f"{kind}, {size:,} CIs" for kind, size in columns)], rows)


def _stored(found: Mapping[tuple[str, str, int], Figure], key: str, kind: str, size: int) -> str:
    figure = found.get((key, kind, size))
    if figure is None:
        return ""
    cell = f"{figure.value:,.4g}"
    if key.startswith("cypher."):
        if figure.more["answered"] < figure.more["asked"]:
            cell = f"≥ {cell}, {figure.more['answered']} of {figure.more['asked']} answered"
        own = found.get((key, OURS, size))
        cell += f" (ours {own.value:,.3g})" if own else ""
    return cell


def profile_lines(profile: Mapping[str, Any]) -> Iterable[str]:
    """One profile: by part, then by function."""
    yield from ("", f"### {profile['name'][0].upper()}{profile['name'][1:]}, {profile['seconds']:.3g} s", "")
    yield from table(["part", "s"], [[part, f"{seconds:.3g}"] for part, seconds in profile["parts"]])
    yield ""
    functions = [
        [f"`{name}`", f"{calls:,}", f"{own:.3g}", f"{total:.3g}"] for name, calls, own, total in profile["functions"]
    ]
    yield from table(["function", "calls", "own s", "with what it calls, s"], functions)
