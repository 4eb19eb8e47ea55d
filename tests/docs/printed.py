"""The answer that the READMEs print, made from the example's files: `python -m tests.docs.printed` writes it."""

import csv
import io
import re
from collections import defaultdict
from itertools import chain
from pathlib import Path

import numpy as np
from rich.console import Console

from api.cli.picture import print_blast_radius
from api.texts import Texts
from graph.estate import Columns, Estate, build_estate
from graph.ontology import load_ontology
from queries.blast_radius import blast_radius

ROOT = Path(__file__).parents[2]
PAGES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh.md"}
WIDTH = 110
_PRINTED = re.compile(r"(?<=<!-- printed: )(\S+)( -->\n\n```text\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


def insurer() -> Estate:
    """The example as an estate in memory, as an import makes it."""
    folder = ROOT / "examples" / "insurer" / "inventory"

    def rows(table: str) -> list[dict[str, str]]:
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    ontology, cis = load_ontology(), rows("cis")
    types = list(ontology.relationship_types)
    number = {row["ci_id"]: at for at, row in enumerate(cis)}
    written = [row for row in rows("relationships") if ontology.relationship_types[row["type"]].provider]
    housed = [{"source": ci["ci_id"], "type": "located_in", "target": ci["site"]} for ci in cis if ci["site"]]
    edges = list(chain(written, housed))
    members: dict[tuple[int, str], list[tuple[int, str | None]]] = defaultdict(list)
    for at, row in enumerate(edges):
        if row.get("redundancy_group"):
            members[number[row["source"]], row["redundancy_group"]].append((at, row["min_available"] or None))
    columns = Columns(
        ids=[ci["ci_id"] for ci in cis],
        names=[ci["name"] for ci in cis],
        classes=[ci["ci_class"] for ci in cis],
        criticalities=[ci["criticality"] for ci in cis],
        source=np.array([number[row["source"]] for row in edges], np.int64),
        target=np.array([number[row["target"]] for row in edges], np.int64),
        type_code=np.array([types.index(row["type"]) for row in edges], np.uint8),
        soft=np.array([row.get("strength") == "soft" for row in edges], np.bool_),
        members=members,
    )
    return build_estate(0, columns, ontology)


def printed(estate: Estate, ci_id: str, language: str) -> str:
    """What the command line prints, shortened: the sentence, two services, the counts, the first why."""
    texts, found = Texts(language), blast_radius(estate, {ci_id: "outage"})
    out = Console(file=io.StringIO(), width=WIDTH, highlight=False, color_system=None)
    print_blast_radius(out, texts, load_ontology(), found, limit=0)
    assert isinstance(out.file, io.StringIO)
    lines = [line.rstrip() for line in out.file.getvalue().splitlines()]
    services = next(at for at, line in enumerate(lines) if line.startswith(texts("impact.column_state")))
    counts = lines.index(texts("impact.counts", **found.counts))
    why = next(at for at, line in enumerate(lines) if line and at > counts and line in whys(texts, lines))
    shown = [lines[0], "", *lines[services : services + 3], "", lines[counts], "", *lines[why : lines.index("", why)]]
    return "\n".join(shown) + "\n"


def whys(texts: Texts, lines: list[str]) -> list[str]:
    """The lines that begin a why."""
    start, end = texts("impact.why", name="\0").split("\0")
    return [line for line in lines if line.startswith(start) and line.endswith(end)]


def with_answers(page: str, estate: Estate, language: str) -> str:
    """The page with its printed answers as they are."""
    return _PRINTED.sub(lambda found: found[1] + found[2] + printed(estate, found[1], language), page)


if __name__ == "__main__":
    estate = insurer()
    for language, path in PAGES.items():
        path.write_text(with_answers(path.read_text(encoding="utf-8"), estate, language), encoding="utf-8")
