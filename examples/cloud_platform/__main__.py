"""`python -m examples.cloud_platform SOURCE OUT`: the platform's tables become inventory files.

What the tables do not say is left out. A merge is known by its moment and what it touched; who approved it, when it was
rolled out and how that went is not recorded, so the changes have no decision, start or outcome. With `--merged-is-approved`
(the platform's branch needs a review) a merge is taken to be approved and carried out at that moment. With
`--reverted-failed` a merge that a later one took back is taken to have failed, and every other one to have succeeded: the
repository knows nothing else of how a change went.
"""

import argparse
import csv
import gzip
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

Row = dict[str, str]
CLASSES = {
    "rds-instance": "database_instance", "rds-aurora": "database_instance", "dynamodb-cluster": "database_instance",
    "opensearch": "database_instance", "elasticache-cluster": "middleware", "sqs": "middleware",
    "sns-topic": "middleware", "s3-bucket": "volume",
}  # fmt: skip
OTHER = "component"  # class of a resource of another module
REPOSITORY = "repo:"  # before a path of the repository itself


def main() -> None:
    """Convert."""
    parser = argparse.ArgumentParser(prog="python -m examples.cloud_platform", description=__doc__)
    parser.add_argument("source", type=Path, help="folder of the tables (*.csv.gz)")
    parser.add_argument("out", type=Path, help="folder to write the inventory to")
    parser.add_argument("--since", default="", help="changes merged from this day on, such as 2026-08-01")
    parser.add_argument("--merged-is-approved", action="store_true", help="take a merge for an approval")
    parser.add_argument("--reverted-failed", action="store_true", help="take a merge that was reverted for a failure")
    asked = parser.parse_args()
    tables = convert(
        asked.source, since=asked.since, approved=asked.merged_is_approved, reverted=asked.reverted_failed
    )  # fmt: skip
    write(tables, asked.out)


def convert(source: Path, *, since: str = "", approved: bool = False, reverted: bool = False) -> dict[str, list[Row]]:
    """The inventory's tables; `since` bounds the changes, never the CIs."""
    touched: dict[str, list[str]] = defaultdict(list)
    for row in _rows(source, "change_ci"):
        touched[row["change_sha"]].append(_ci_id(row["ci"]))
    changes = [
        _change(row, touched[row["change_sha"]], approved=approved)
        for row in _rows(source, "changes")
        if row["committed_at"] >= since
    ]
    if reverted:
        failed = taken_back(list(_rows(source, "changes")))
        for change in changes:
            change["outcome"] = "failed" if change["change_id"] in failed else "success"
    namespaces = {row["namespace"]: row for row in _rows(source, "namespaces")}
    cis = [*_teams(namespaces.values()), *map(_namespace, namespaces.values())]
    resources = [row for row in _rows(source, "resources") if row["namespace"] in namespaces]
    cis += map(_resource, resources)
    known = {row["ci_id"] for row in cis}
    cis += _gone({ci_id for row in changes for ci_id in row["affected"].split("|") if ci_id} - known)
    edges = {(f"namespace:{row['namespace']}", _resource(row)["ci_id"]) for row in resources}
    edges |= {
        (f"namespace:{row['namespace']}", f"namespace:{row['depends_on_namespace']}")
        for row in _rows(source, "namespace_dependencies")
        if {row["namespace"], row["depends_on_namespace"]} <= namespaces.keys()
    }
    relationships = [
        {"source": one, "type": "depends_on", "target": other} for one, other in sorted(edges) if one != other
    ]
    return {"cis": cis, "relationships": relationships, "changes": changes}


def taken_back(rows: Iterable[Row]) -> set[str]:
    """Changes that a later one says it reverts, by the beginning of their hash or by the number of their request."""
    ids = sorted(row["change_sha"] for row in rows)
    numbered = {row["pull_request"]: row["change_sha"] for row in rows if row["pull_request"]}
    found = {numbered[row["reverts_pr"]] for row in rows if row["reverts_pr"] in numbered}
    for start in {row["reverts_sha"] for row in rows if row["reverts_sha"]}:
        at = bisect_left(ids, start)
        # a beginning that fits two hashes names neither
        fits = [each for each in ids[at : at + 2] if each.startswith(start)]
        found |= set(fits) if len(fits) == 1 else set()
    return found


def write(tables: Mapping[str, list[Row]], out: Path) -> None:
    """Write a file for each table that has rows; of one that has none an earlier file goes."""
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        if not rows:
            (out / f"{name}.csv").unlink(missing_ok=True)
            continue
        columns = list(dict.fromkeys(column for row in rows for column in row))
        with (out / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def _rows(source: Path, name: str) -> Iterator[Row]:
    with gzip.open(source / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _ci_id(text: str) -> str:
    return "-".join(text.split())


def _teams(namespaces: Iterable[Row]) -> list[Row]:
    names = {_ci_id(row["team-name"]): row["team-name"] for row in namespaces if row["team-name"].strip()}
    return [{"ci_id": f"team:{ci_id}", "name": name, "ci_class": "team"} for ci_id, name in sorted(names.items())]


def _namespace(row: Row) -> Row:
    team = _ci_id(row["team-name"])
    return {
        "ci_id": f"namespace:{row['namespace']}", "name": row["application"] or row["namespace"],
        "ci_class": "application", "status": "live", "environment": row["environment-name"],
        "owner": f"team:{team}" if team else "",
    }  # fmt: skip


def _resource(row: Row) -> Row:
    return {
        "ci_id": f"resource:{row['namespace']}/{row['file']}/{row['module_name']}", "name": row["module_name"],
        "ci_class": CLASSES.get(row["module_type"], OTHER), "status": "live", "version": row["module_version"],
    }  # fmt: skip


def _gone(ci_ids: set[str]) -> list[Row]:
    # namespaces that changes touched and that are no more; paths of the repository are still there
    return [
        {
            "ci_id": ci_id, "name": ci_id.partition(":")[2],
            "ci_class": "master_copy" if ci_id.startswith(REPOSITORY) else "application",
            "status": "live" if ci_id.startswith(REPOSITORY) else "retired",
        }
        for ci_id in sorted(ci_ids)
    ]  # fmt: skip


def _change(row: Row, touched: list[str], *, approved: bool) -> Row:
    number, reverts = row["pull_request"], row["reverts_sha"]
    title = f"PR {number}" if number else f"commit {row['change_sha'][:10]}"
    found = {
        "change_id": row["change_sha"], "title": f"{title}, reverts {reverts[:10]}" if reverts else title,
        "status": "implemented", "affected": "|".join(sorted(set(touched))), "submitted_at": row["authored_at"],
        "actual_end": row["committed_at"],
    }  # fmt: skip
    if approved:
        merged = row["committed_at"]
        found |= {"actual_start": merged, "decision": "approved", "decided_at": merged}
    return found


if __name__ == "__main__":
    main()
