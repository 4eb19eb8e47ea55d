"""The same input again, when nothing has come to the register since: known by its bytes, without reading a row.

What such a run would find is what the run before it found; so that run's report is given again. An idle inventory,
imported every few minutes, costs what reading the bytes of its files costs.
"""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from graph.canonical import canonical
from graph.errors import BadInputError, Message
from graph.store import Store
from graph.store.conflicts import again_statement
from graph.store.reader import Reader
from graph.store.runs import pack, run_statement, scope_key, scope_statement, scopes, unpack
from importers.load import Loaded, Loading
from importers.model import Finding, Place, Request, Weight

FINDINGS = ("conflicts", "rejected", "warnings", "unresolved")  # of a report


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a run of a data source would read: the scopes (names), the files, and what else it would say."""

    scopes: tuple[str, ...]
    files: tuple[tuple[str, Path], ...]  # as the user named them
    said: tuple[str, ...] = ()


@runtime_checkable
class Foreseeing(Protocol):
    """A data source that can name all it would read before it reads."""

    def inputs(self, request: Request) -> Inputs | None:
        """Everything, `None` where it cannot be known (standard input); errors are those of `get`."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What an input comes to: the same for the same bytes, options, ontology and version of this program."""

    text: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The finished run of the same input, after which nothing was committed. `scopes`: their keys."""

    run: str
    digest: str
    revision: int
    scopes: tuple[str, ...]
    report: Mapping[str, Any]
    rows: Mapping[str, int]

    def findings(self, name: str) -> list[Finding]:
        """Those of the report under that name."""
        weight = {"warnings": Weight.WARNING, "unresolved": Weight.UNRESOLVED}.get(name, Weight.REJECTED)
        return [
            Finding(weight, Place(row["file"], row["line"]), Message(row["key"], row["params"]), row["field"])
            for row in self.report[name]
        ]

    def loaded(self, run: str) -> Loaded:
        """What a run comes to that repeats it."""
        loaded = Loaded(run, revision=self.revision, rows=dict(self.rows))
        for table, rows in self.rows.items():
            loaded.counts.note("unchanged", table, rows)
        return loaded


def fingerprint(source: object, request: Request) -> Fingerprint | None:
    """The fingerprint of a request, `None` where its files cannot be known or read; never an error.

    A full run has none: what it ends and misses also rests on what other scopes have seen.
    """
    if not isinstance(source, Foreseeing) or request.full:
        return None
    try:
        inputs = source.inputs(request)
        return None if inputs is None else _fingerprint(inputs, request)
    except (BadInputError, OSError):  # told as it should be when it is read
        return None


def _fingerprint(inputs: Inputs, request: Request) -> Fingerprint:
    options = [
        version("faultline"), request.ontology.digest, request.settings.timezone, request.scope or "", request.strict,
        request.create_references, request.project or "", request.cluster,
    ]  # fmt: skip
    digest = hashlib.blake2b(canonical(options), digest_size=20)
    for text in (*inputs.scopes, *inputs.said):
        digest.update(canonical([os.fsencode(text).hex()]))
    for shown, path in inputs.files:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=20))
        digest.update(canonical([os.fsencode(shown).hex(), content.hexdigest()]))
    return Fingerprint(digest.hexdigest(), tuple(dict.fromkeys(inputs.scopes)))


def earlier_run(store: Store, source: str, found: Fingerprint, request: Request) -> Earlier | None:
    """The run that this one would repeat, if there is one."""
    names = tuple(scope_key(source, name) for name in found.scopes)
    kept = scopes(store)
    runs = {kept[name].runs[-1] if name in kept and kept[name].runs else "" for name in names}
    rows = store.rows("run_read", run=next(iter(runs))) if len(runs) == 1 else []
    if not rows or rows[0]["status"] != "finished" or rows[0]["again"] is None:
        return None
    row, again = rows[0], unpack(rows[0]["again"])
    if sorted(row["scopes"]) != sorted(names) or row["full"]:
        return None
    if (again["input"], again["revision"]) != (found.text, store.revision()):
        return None
    report = unpack(row["report"])
    if not _repeats(report, create_references=request.create_references):
        return None
    return Earlier(row["run"], row["digest"], again["revision"], names, report, again["rows"])


def _repeats(report: Mapping[str, Any], *, create_references: bool) -> bool:
    """Whether the next run would find the same: sure of one that wrote nothing, and of one that had nothing to say."""
    told = report["overruled"] or any(report[name] for name in FINDINGS)
    return not report["revisions"] or not (told or create_references)


def note(earlier: Earlier, store: Store, loading: Loading, report: Mapping[str, Any]) -> bool:
    """Keep a run that repeats an earlier one; false, and nothing kept, where somebody has committed meanwhile.

    Its scopes go on resting on the earlier run, whose batches are all there is to see.
    """
    noted = False

    def plan(reader: Reader) -> list[tuple[str, dict[str, Any]]]:
        nonlocal noted
        kept = scopes(reader)
        same = all(name in kept and kept[name].runs[-1:] == (earlier.run,) for name in earlier.scopes)
        noted = same and reader.revision == earlier.revision
        if not noted:
            return []
        at = store.clock().isoformat()
        begun = run_statement(
            loading.run, loading.source, loading.actor, earlier.digest, earlier.scopes, at, full=False, staged=()
        )
        ended = {"run": loading.run, "at": at, "status": "finished", "report": pack(dict(report)), "again": None}
        return [
            begun,
            ("run_finish", ended),
            again_statement(earlier.run, at),
            *(scope_statement(kept[name], at) for name in earlier.scopes),
        ]

    store.bookkeep(plan)
    return noted
