"""Root fields of the schema: imports whose rows come in parts, and what came of them."""

import asyncio
import json
from collections.abc import Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.scalars import JSON

from api.schema.failures import Error, InvalidInput, NotAllowed
from api.schema.paging import Long
from api.schema.reading import Info, reading_of
from api.schema.writing import refused, word_of, written
from graph.errors import BadInputError, FaultlineError, Message
from graph.store.uploads import FINISHED, Upload
from importers.plan import StrictlyRefusedError
from importers.spool import BLOCK
from importers.upload import Options, append, begin, closed, finished

if TYPE_CHECKING:
    from api.importing import Running

PATIENCE = 20.0  # seconds that an answer waits for an import; proxies give up after 30 or 60
SHOWN, MOST_SHOWN = 1_000, 10_000  # findings of a report
First = Annotated[int, strawberry.argument(description="How many at the most, up to 10,000.")]


@strawberry.enum(description="Where an import is.")
class ImportStatus(Enum):
    """States of an import in parts."""

    OPEN = strawberry.enum_value("open", description="It takes parts.")
    RUNNING = strawberry.enum_value("closed", description="It is being applied; ask again.")
    CANCELLED = strawberry.enum_value(
        "cancelled", description="Somebody stopped it; what was applied stays, and the same import goes on from there."
    )
    INTERRUPTED = strawberry.enum_value(
        "interrupted", description="Whoever applied it stopped or is gone; the same import goes on from there."
    )
    ABANDONED = strawberry.enum_value(
        "abandoned", description="It did not end, and another of its scope did; the same import begins anew."
    )
    FINISHED = strawberry.enum_value("finished", description="It is through, and has its report.")


@strawberry.input(description="An import to begin, or to go on with.")
class StartImportInput:
    """As the options of `faultline import`."""

    source: str = strawberry.field(description="The data source: `inventory`.", default="inventory")
    scope: str | None = strawberry.field(description="What it speaks for; default `standard-input`.", default=None)
    full: bool = strawberry.field(
        description="Whether these are all rows of the scope: what is unseen is missing or ends.", default=False
    )
    dry_run: bool = strawberry.field(description="Only say what would be done.", default=False)
    strict: bool = strawberry.field(description="Apply nothing where one row is rejected.", default=False)
    create_references: bool = strawberry.field(
        description="Make CIs that `site`, `owner` or `failover_to` name and nobody describes.", default=False
    )
    change: str | None = strawberry.field(
        description="The id of the change that this carries out, for the log.", default=None
    )
    run: str | None = strawberry.field(
        description="A name of your own: the same one again goes on with the same import.", default=None
    )


@strawberry.input(description="A part of an import.")
class AppendImportInput:
    """Rows with their number."""

    run: str = strawberry.field(description="The import.")
    sequence: int = strawberry.field(description="The number of this part, counted from 1. Order does not matter.")
    rows: list[JSON] = strawberry.field(
        description="Up to 5,000 objects as lines of an NDJSON inventory; `kind` names the table of each."
    )


@strawberry.input(description="An import all of whose parts have come.")
class FinishImportInput:
    """Names an import."""

    run: str = strawberry.field(description="The import.")


@strawberry.type(description="CIs, relationships and records.")
class TableCounts:
    """A count of each."""

    cis: int = strawberry.field(description="CIs.")
    relationships: int = strawberry.field(description="Relationships.")
    records: int = strawberry.field(description="Records of all tables.")


@strawberry.type(description="Something to say of one row.")
class ImportFinding:
    """Where and what."""

    file: str = strawberry.field(description="The file; `-` for rows that came in parts.")
    row: int | None = strawberry.field(description="Its line; of rows in parts, counted from 1 through all parts.")
    field: str | None = strawberry.field(description="The column.")
    key: str = strawberry.field(description="Names the finding in every language.")
    message: str = strawberry.field(description="It as a sentence, in the server's language.")
    params: JSON = strawberry.field(description="What the sentence is about.")


@strawberry.type(description="What an import did, or would do.")
class ImportReport:
    """As `faultline import --json`."""

    run: str = strawberry.field(description="The run, for `import --undo`.")
    scope: str = strawberry.field(description="What it spoke for.")
    dry_run: bool = strawberry.field(description="Whether nothing was written.")
    full: bool = strawberry.field(description="Whether its rows were all of its scope.")
    revision: Long = strawberry.field(description="The store's revision after it.")
    revisions: int = strawberry.field(description="How many revisions it wrote, or would.")
    created: TableCounts = strawberry.field(description="What is new.")
    updated: TableCounts = strawberry.field(description="What changed.")
    unchanged: TableCounts = strawberry.field(description="What was so already, or applied before it went on.")
    ended: TableCounts = strawberry.field(description="What ended.")
    missing: int = strawberry.field(description="CIs that a full run did not see.")
    overruled: int = strawberry.field(description="Fields that a stronger data source kept.")
    rejected_count: int = strawberry.field(description="How many rows were rejected.")
    conflict_count: int = strawberry.field(description="How many rows are in conflict.")
    warning_count: int = strawberry.field(description="How many warnings there are.")
    unresolved_count: int = strawberry.field(description="How many names nobody knows.")
    found: strawberry.Private[dict[str, Any]]

    @strawberry.field(description="Rows that were not applied, and why.")
    def rejected(self, info: Info, first: First = SHOWN) -> list[ImportFinding]:
        """Rejected rows."""
        return self._findings(info, "rejected", first)

    @strawberry.field(description="Rows that say two CIs are one: a person must decide.")
    def conflicts(self, info: Info, first: First = SHOWN) -> list[ImportFinding]:
        """Conflicts."""
        return self._findings(info, "conflicts", first)

    @strawberry.field(description="What was applied and looks odd.")
    def warnings(self, info: Info, first: First = SHOWN) -> list[ImportFinding]:
        """Warnings."""
        return self._findings(info, "warnings", first)

    @strawberry.field(description="What records name and nobody has registered.")
    def unresolved(self, info: Info, first: First = SHOWN) -> list[ImportFinding]:
        """Names of nobody."""
        return self._findings(info, "unresolved", first)

    def _findings(self, info: Info, name: str, first: int) -> list[ImportFinding]:
        if not 0 <= first <= MOST_SHOWN:
            raise BadInputError("server.first", value=first)
        return findings_of(info, self.found[name][:first])


@strawberry.type(description="Rows that would be rejected, and so refuse the whole input; nothing was written.")
class ImportRefused(Error):  # noqa: N818 - as the other failures
    """What `strict` refused."""

    count: int = strawberry.field(description="How many rows.")
    rows: list[ImportFinding] = strawberry.field(description="Up to 1,000 of them.")


@strawberry.type(description="An import that takes parts, or took them.")
class StartImportPayload:
    """Where to go on."""

    run: str = strawberry.field(description="Its name.")
    status: ImportStatus = strawberry.field(description="Where it is.")
    next_sequence: int = strawberry.field(description="The first part that is not there.")
    rows: int = strawberry.field(description="How many rows are there.")


@strawberry.type(description="A part that is kept.")
class AppendImportPayload:
    """What is kept now."""

    run: str = strawberry.field(description="The import.")
    sequence: int = strawberry.field(description="The part.")
    rows: int = strawberry.field(description="How many rows it has.")
    repeated: bool = strawberry.field(description="Whether it was there already.")


@strawberry.type(description="How an import goes on.")
class ImportProgress:
    """Rows read and applied."""

    run: str = strawberry.field(description="The import.")
    status: ImportStatus = strawberry.field(description="Where it is.")
    read: int = strawberry.field(description="Rows read and checked.")
    total: int | None = strawberry.field(description="Rows to apply; null until all are read.")
    loaded: int = strawberry.field(description="Rows applied.")
    report: ImportReport | None = strawberry.field(description="What came of it, once it is through.", default=None)


@strawberry.type(description="An import that is through, or is being applied still.")
class FinishImportPayload:
    """What came of it."""

    run: str = strawberry.field(description="The import.")
    status: ImportStatus = strawberry.field(description="RUNNING after some seconds: ask again with the same input.")
    progress: ImportProgress = strawberry.field(description="How it goes on.")
    report: ImportReport | None = strawberry.field(description="What came of it, once it is through.")


StartImportResult = Annotated[
    StartImportPayload | InvalidInput | NotAllowed,
    strawberry.union("StartImportResult", description="The import, or why it cannot begin."),
]
AppendImportResult = Annotated[
    AppendImportPayload | InvalidInput | NotAllowed,
    strawberry.union("AppendImportResult", description="The part, or why it is not kept."),
]
FinishImportResult = Annotated[
    FinishImportPayload | ImportRefused | InvalidInput | NotAllowed,
    strawberry.union("FinishImportResult", description="What came of the import, or why nothing did."),
]
Started = Annotated[StartImportInput, strawberry.argument(description="What to begin.")]
Appended = Annotated[AppendImportInput, strawberry.argument(description="What to add.")]
Finished = Annotated[FinishImportInput, strawberry.argument(description="What to finish.")]


@strawberry.type
class ImportMutation:
    """Imports in parts."""

    @strawberry.mutation(description="Begins an import, or says where to go on with one that was begun.")
    async def start_import(self, info: Info, input: Started) -> StartImportResult:  # noqa: A002 - as all mutations
        """An import that takes parts."""
        reading = reading_of(info)
        try:
            scope, change = word_of(input.scope, "scope"), word_of(input.change, "change")
            options = Options(scope, input.full, input.dry_run, input.strict, input.create_references, change)
            begun = await written(
                info, begin, reading.register.store, input.source, options, reading.actor, input.run
            )  # fmt: skip
        except FaultlineError as error:
            failed: StartImportResult = refused(info, error)
            return failed
        status = ImportStatus(begun.upload.status)
        return StartImportPayload(
            run=begun.upload.run, status=status, next_sequence=begun.next_sequence, rows=begun.rows
        )

    @strawberry.mutation(description="Keeps a part of an import; the same part again is kept once.")
    async def append_import(self, info: Info, input: Appended) -> AppendImportResult:  # noqa: A002 - as all mutations
        """A part."""
        reading = reading_of(info)
        register, (run, sequence) = reading.register, (input.run, input.sequence)
        try:
            lines = await run_in_threadpool(lines_of_rows, input.rows)
            given = (register.store, run, sequence, lines, reading.actor, register.settings.import_bytes)
            fresh = await written(info, append, *given)
        except FaultlineError as error:
            failed: AppendImportResult = refused(info, error)
            return failed
        return AppendImportPayload(run=run, sequence=sequence, rows=len(lines), repeated=not fresh)

    @strawberry.mutation(description="Applies an import, and waits some seconds for it; ask again until it is through.")
    async def finish_import(self, info: Info, input: Finished) -> FinishImportResult:  # noqa: A002 - as all mutations
        """What came of it."""
        reading = reading_of(info)
        register = reading.register
        try:
            upload = await written(info, closed, register.store, input.run, reading.actor)
            report = upload.report if upload.status == FINISHED else await _outcome(info, upload)
        except StrictlyRefusedError as error:
            return strictly_refused(info, error)
        except FaultlineError as error:
            failed: FinishImportResult = refused(info, error)
            return failed
        finally:
            reading.wrote()
        status = ImportStatus.RUNNING if report is None else ImportStatus.FINISHED
        progress = progress_of(info, input.run, register.importing.running(input.run), report)
        return FinishImportPayload(run=input.run, status=status, progress=progress, report=progress.report)


async def _outcome(info: Info, upload: Upload) -> dict[str, Any] | None:
    register = reading_of(info).register
    work = partial(finished, register.store, register.settings, upload)
    running = register.importing.begin(upload.run, upload.actor, work)
    try:
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(running.outcome)), PATIENCE)
    except TimeoutError:
        return None


def lines_of_rows(rows: Sequence[Any]) -> list[bytes]:
    """Rows as lines of NDJSON. Raises BadInputError for what is no object, or no JSON."""
    if not 1 <= len(rows) <= BLOCK:
        raise BadInputError("import.part_rows", rows=len(rows), most=BLOCK)
    lines = []
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadInputError("import.row", row=number)
        try:
            lines.append(json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode())
        except (ValueError, RecursionError) as error:
            raise BadInputError("write.no_json") from error
    return lines


def progress_of(info: Info, run: str, running: "Running | None", report: dict[str, Any] | None) -> ImportProgress:
    """How an import goes on, as far as this process knows."""
    read, total, loaded = (0, None, 0) if running is None else (running.read, running.total, running.loaded)
    status = ImportStatus.RUNNING if report is None else ImportStatus.FINISHED
    told = None if report is None else report_of(report)
    return ImportProgress(run=run, status=status, read=read, total=total, loaded=loaded, report=told)


def report_of(plain: dict[str, Any]) -> ImportReport:
    """A report as its type."""
    tables: dict[str, Any] = {name: TableCounts(**plain[name]) for name in ("created", "updated", "unchanged", "ended")}
    same: dict[str, Any] = {
        name: plain[name] for name in ("run", "scope", "dry_run", "full", "revisions", "missing", "overruled")
    }
    return ImportReport(
        **tables,
        **same,
        revision=Long(plain["revision"]),
        rejected_count=len(plain["rejected"]),
        conflict_count=len(plain["conflicts"]),
        warning_count=len(plain["warnings"]),
        unresolved_count=len(plain["unresolved"]),
        found=plain,
    )


def findings_of(info: Info, some: Sequence[dict[str, Any]]) -> list[ImportFinding]:
    """Findings in words."""
    say = reading_of(info).say
    return [
        ImportFinding(
            file=each["file"], row=each["line"], field=each["field"], key=each["key"],
            message=say.say(Message(each["key"], each["params"])), params=JSON(each["params"]),
        )
        for each in some
    ]  # fmt: skip


def strictly_refused(info: Info, error: StrictlyRefusedError) -> ImportRefused:
    """What `strict` refused, as its type."""
    rows = findings_of(info, [finding.plain() for finding in error.findings[:SHOWN]])
    message = error.message
    return ImportRefused(
        key=message.key, message=reading_of(info).say.say(message), params=JSON(dict(message.params)),
        count=len(error.findings), rows=rows,
    )  # fmt: skip
