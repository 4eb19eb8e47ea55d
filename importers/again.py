"""The same input again, when nothing has come to the register since: known by its bytes, without reading a row.

What such a run would find is what the run before it found; so its report is given again, and the batches that run saw
are noted as seen by this one too. An idle inventory, imported every few minutes, costs what reading its files costs.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from graph.canonical import canonical
from graph.errors import Message
from graph.store import Store
from graph.store.runs import Scope, batches, scope_key, scopes, unpack
from importers.load import Loaded, Loading, start
from importers.model import Finding, Place, Request, Weight
from importers.seen import SeenAgain

FINDINGS = ("conflicts", "rejected", "warnings", "unresolved")  # of a report


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a run of a data source would read: the scopes (names), the files, and what else it would say."""

    scopes: tuple[str, ...]
    files: tuple[tuple[str, Path], ...]  # as the user named them
    said: tuple[str, ...] = ()


@runtime_checkable
class Foreseen(Protocol):
    """A data source that can name all it would read before it reads."""

    def inputs(self, request: Request) -> Inputs | None:
        """Everything, `None` where it cannot be known (standard input); errors are those of `get`."""


@dataclass(frozen=True)
class Earlier:
    """The finished run of the same input, after which nothing was committed."""

    run: str
    digest: str
    report: Mapping[str, Any]
    rows: Mapping[str, int]
    clean: bool
    kept: Mapping[str, Scope]  # by key
    staged: Sequence[str] = ()

    @property
    def scopes(self) -> list[str]:
        """Keys of its scopes."""
        return list(self.kept)

    @property
    def missing(self) -> dict[str, list[str]]:
        """Per scope, the CIs that its last full run did not see."""
        return {name: list(scope.missing) for name, scope in self.kept.items()}

    def findings(self, name: str) -> list[Finding]:
        """Those of the report under that name."""
        weight = {"warnings": Weight.WARNING, "unresolved": Weight.UNRESOLVED}.get(name, Weight.REJECTED)
        return [
            Finding(weight, Place(row["file"], row["line"]), Message(row["key"], row["params"]), row["field"])
            for row in self.report[name]
        ]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an input comes to: the same for the same bytes, options, ontology and version of this program."""

    text: str
    scopes: tuple[str, ...]


def fingerprint(source: Any, request: Request) -> Fingerprint | None:
    """The fingerprint of a request, `None` where its files cannot be known or read."""
    inputs = source.inputs(request) if isinstance(source, Foreseen) else None
    if inputs is None:
        return None
    options = [
        version("faultline"), request.ontology.digest, request.settings.timezone, source.name, request.scope or "",
        request.full, request.strict, request.create_references, request.project or "", request.cluster,
        list(inputs.scopes), list(inputs.said),
    ]  # fmt: skip
    digest = hashlib.blake2b(canonical(options), digest_size=20)
    for shown, path in inputs.files:
        try:
            digest.update(canonical([shown, _digest(path)]))
        except OSError:  # told as it should be when it is read
            return None
    return Fingerprint(digest.hexdigest(), tuple(dict.fromkeys(inputs.scopes)))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=20)).hexdigest()


def earlier_run(store: Store, source: str, found: Fingerprint, request: Request) -> Earlier | None:
    """The run that this one would repeat, if there is one."""
    names = [scope_key(source, name) for name in found.scopes]
    kept = scopes(store)
    runs = {kept[name].runs[-1] if name in kept and kept[name].runs else "" for name in names}
    rows = store.rows("run_read", run=next(iter(runs))) if len(runs) == 1 else []
    if not rows or rows[0]["status"] != "finished" or rows[0]["again"] is None:
        return None
    row, again = rows[0], unpack(rows[0]["again"])
    if sorted(row["scopes"]) != sorted(names) or (again["input"], again["revision"]) != (found.text, store.revision()):
        return None
    report = unpack(row["report"])
    if not _repeats(report, full=row["full"], create_references=request.create_references):
        return None
    return Earlier(
        row["run"], row["digest"], report, again["rows"], again["clean"], {name: kept[name] for name in names}
    )


def _repeats(report: Mapping[str, Any], *, full: bool, create_references: bool) -> bool:
    """Whether the next run would find the same: sure of one that wrote nothing, and of one that had nothing to say."""
    if not report["revisions"]:
        return True
    quiet = not (
        report["overruled"] or any(report[name] for name in ("conflicts", "rejected", "warnings", "unresolved"))
    )
    return quiet and not full and not create_references


def repeat(earlier: Earlier, store: Store, loading: Loading) -> Loaded:
    """Note as seen by a new run what the earlier one saw."""
    loaded = foreseen(earlier, store, start(earlier, store, loading, earlier.digest))
    again = SeenAgain(store, loaded.run, loaded.revision)
    for batch in batches(store, earlier.run):
        again.add(batch.seq, batch.key)
    again.flush()
    loading.tick(sum(earlier.rows.values()))
    return loaded


def foreseen(earlier: Earlier, store: Store, run: str = "") -> Loaded:
    """What a repetition comes to; a dry run has no id."""
    loaded = Loaded(run, revision=store.revision(), rows=dict(earlier.rows), missing=earlier.missing)
    for table, rows in earlier.rows.items():
        loaded.counts.note("unchanged", table, rows)
    return loaded
