"""An import whose rows come in parts, numbered, in any order and as often as need be; finished as any other run."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from graph.errors import BadInputError, NotAllowedError
from graph.settings import Settings
from graph.store import Store
from graph.store.alive import going
from graph.store.runs import unpack
from graph.store.uploads import (
    CANCELLED,
    CLOSED,
    FINISHED,
    OPEN,
    Upload,
    add_part,
    find_upload,
    forget_old,
    forget_parts,
    lines_of,
    open_upload,
    parts_of,
    set_status,
)
from graph.values import ValueRefused, parse_id, shown
from importers.inventory.source import STANDARD_INPUT
from importers.load import CancelledRunError
from importers.model import Request
from importers.registry import source_named
from importers.run import Watch, new_run, run_import

OF_ROWS = ("inventory",)  # data sources that are read row by row; the others read files
LONGEST_RUN = 100  # characters of a run's id


@dataclass(frozen=True, slots=True)
class Options:
    """What an import in parts was asked for when it began."""

    scope: str | None = None
    full: bool = False
    dry_run: bool = False
    strict: bool = False
    create_references: bool = False
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """An import in parts, the first part that is not there, and how many rows are."""

    upload: Upload
    next_sequence: int
    rows: int


def begin(store: Store, source: str, options: Options, actor: str, run: str | None) -> Begun:
    """Begin an import in parts, or go on with the one of that run.

    Raises
    ------
    BadInputError
        `import.no_rows`: the data source has no rows; `import.run_taken`: the run is there, and another.
    NotAllowedError
        It was begun by somebody else.
    """
    if source not in OF_ROWS:
        raise BadInputError("import.no_rows", source=shown(source), right=", ".join(OF_ROWS))
    forget_old(store)
    name = new_run(store) if run is None else _run_name(run)
    if find_upload(store, name) is None and store.rows("run_read", run=name):
        raise BadInputError("import.run_taken", run=name)
    found = open_upload(store, name, source, actor, asdict(options))
    _own(found, actor)
    if (found.source, found.options) != (source, asdict(options)):
        raise BadInputError("import.run_taken", run=name)
    there = parts_of(store, name)
    following = next(number for number in range(1, len(there) + 2) if number not in there)
    return Begun(found, following, sum(there.values()))


def _run_name(run: str) -> str:
    try:
        kept = parse_id(run)
    except ValueRefused as refused:
        raise BadInputError(refused.message.key, **refused.message.params) from refused
    if len(kept) > LONGEST_RUN or ":" in kept or "+" in kept:
        raise BadInputError("import.run_name", run=shown(kept), most=LONGEST_RUN)
    return kept


def _own(upload: Upload, actor: str) -> None:
    if upload.actor != actor:
        raise NotAllowedError("import.foreign_run", run=upload.run)


def append(store: Store, run: str, sequence: int, lines: Sequence[bytes], actor: str, most: int) -> bool:
    """Keep a part of an import; false where it is there already. `lines`: a row each, as JSON.

    Raises BadInputError as `graph.store.uploads.add_part`, `import.unknown_run` and `import.sequence`.
    """
    _owned(store, run, actor)
    if not 1 <= sequence < 2**31:
        raise BadInputError("import.sequence", sequence=sequence)
    return add_part(store, run, sequence, b"".join(line + b"\n" for line in lines), len(lines), most)


def _owned(store: Store, run: str, actor: str) -> Upload:
    found = find_upload(store, run)
    if found is None:
        raise BadInputError("import.unknown_run", run=shown(run))
    _own(found, actor)
    return found


def closed(store: Store, run: str, actor: str) -> Upload:
    """The import of that run, which takes no more parts from now on; one that is finished has its report.

    Raises BadInputError `import.part_missing`, and the import goes on taking parts.
    """
    upload = _owned(store, run, actor)
    if upload.status == FINISHED:
        return upload
    set_status(store, run, CLOSED)
    upload = _owned(store, run, actor)
    if upload.status == FINISHED:  # by somebody else, just now
        return upload
    there = parts_of(store, run)
    missing = next((number for number in range(1, max(there, default=0)) if number not in there), None)
    if missing is not None or not there:
        set_status(store, run, OPEN)
        raise BadInputError("import.part_missing", run=run, sequence=missing or 1)
    return upload


def finished(store: Store, settings: Settings, upload: Upload, watch: Watch) -> dict[str, Any]:
    """Apply a closed import; its report. What was applied before a crash is not applied again.

    Raises what `run_import` raises; the import goes on taking parts then.
    One that is cancelled waits to be closed again.
    """
    applied = store.rows("run_read", run=upload.run)
    if applied and applied[0]["report"] is not None:
        report: dict[str, Any] = unpack(applied[0]["report"])
    else:
        try:
            with going(store, "upload_alive", upload.run):
                report = _applied(store, settings, upload, watch)
        except BadInputError:
            set_status(store, upload.run, OPEN)
            raise
        except CancelledRunError:
            set_status(store, upload.run, CANCELLED)
            raise
    set_status(store, upload.run, FINISHED, report)
    forget_parts(store, upload.run)
    return report


def _applied(store: Store, settings: Settings, upload: Upload, watch: Watch) -> dict[str, Any]:
    options = Options(**upload.options)
    with tempfile.TemporaryDirectory(prefix="faultline-upload-") as folder:
        path = Path(folder) / "rows.ndjson"
        with path.open("wb") as file:
            file.writelines(lines_of(store, upload.run, list(parts_of(store, upload.run))))
        request = Request(
            [STANDARD_INPUT], settings, options.scope, options.full, options.strict, options.dry_run,
            options.create_references, standard_input=lambda: path, ontology=store.ontology,
        )  # fmt: skip
        done = run_import(
            source_named(upload.source), request, store, upload.actor, change=options.change, watch=watch,
            run=upload.run,
        )  # fmt: skip
        return done.plain()
