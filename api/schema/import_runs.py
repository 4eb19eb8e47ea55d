"""Types and root field of the schema: what was imported, and what of it was not taken."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from starlette.concurrency import run_in_threadpool

from api.schema.cursors import decode, encode
from api.schema.imports import ImportProgress, progress_of
from api.schema.limits import PAGE
from api.schema.paging import After, Connection, First, Long, connection, size_of
from api.schema.reading import Info, reading_of
from api.texts import Texts
from graph.errors import BadInputError, Message
from graph.store.runs import RUNNING, unpack

if TYPE_CHECKING:
    from api.register import Register
    from graph.store import Store

INTERRUPTED = "interrupted"  # of a run that the store has as running, though nobody carries it out
LISTED = 500  # findings of one list; what there are is counted
END = "9999"  # after every moment that a run can have begun at
Most = Annotated[int, strawberry.argument(description="How many at the most, up to 500.")]


@strawberry.type(description="How many of each there were.")
class Counted:
    """CIs, relationships and records."""

    cis: Long = strawberry.field(description="CIs.")
    relationships: Long = strawberry.field(description="Relationships.")
    records: Long = strawberry.field(description="Records of all tables.")


@strawberry.type(description="Something to say about a row of the input.")
class Finding:
    """A finding with its place."""

    file: str = strawberry.field(description="The file.")
    line: int | None = strawberry.field(description="The line or row in it.")
    field: str | None = strawberry.field(description="The field.")
    key: str = strawberry.field(description="Names what was found in every language.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")


@strawberry.type(description="What was found of one kind.")
class Findings:
    """Findings in the order of the input."""

    count: int = strawberry.field(description="How many there are.")
    plain: strawberry.Private[list[Mapping[str, Any]]]
    say: strawberry.Private[Texts]

    @strawberry.field(description="They, in the order of the input.")
    def items(self, most: Most = 20) -> list[Finding]:
        """Some of them; `count` says how many there are."""
        return [self._one(each) for each in self.plain[: max(0, min(most, LISTED))]]

    def _one(self, plain: Mapping[str, Any]) -> Finding:
        return Finding(
            **{name: plain[name] for name in ("file", "line", "field", "key")},
            message=self.say.say(Message(plain["key"], plain["params"])),
        )


@strawberry.type(description="What a run found and did.")
class Report:
    """The report of a run that is through."""

    dry_run: bool = strawberry.field(description="Whether it was only tried.")
    revision: Long = strawberry.field(description="The revision after it.")
    revisions: Long = strawberry.field(description="How many it wrote.")
    created: Counted = strawberry.field(description="What was not there before.")
    updated: Counted = strawberry.field(description="What was there and is changed.")
    unchanged: Counted = strawberry.field(description="What was as it should be.")
    ended: Counted = strawberry.field(description="Relationships that nobody asserts any more.")
    missing: list[str] = strawberry.field(description="Identifiers of CIs that a full run did not see; the first 500.")
    rejected: Findings = strawberry.field(description="Rows that were not taken.")
    conflicts: Findings = strawberry.field(description="Rows of which it is not clear which CI they are.")
    warnings: Findings = strawberry.field(description="What was taken though something about it is odd.")
    unresolved: Findings = strawberry.field(description="Names that stand for no CI.")


@strawberry.type(description="A run of an import.")
class ImportRun:
    """A run."""

    run: str = strawberry.field(description="Its identifier.")
    source: str = strawberry.field(description="The data source.")
    actor: str = strawberry.field(description="Who started it.")
    status: str = strawberry.field(
        description="`running`; `interrupted`: whoever carried it out stopped or is gone; `cancelled`: somebody "
        "stopped it (of both the same import goes on from there); `finished`; `abandoned`: it did not end, and another "
        "of its scope did; `undone`."
    )
    started_at: datetime = strawberry.field(description="When it began.")
    finished_at: datetime | None = strawberry.field(description="When it was through.")
    scopes: list[str] = strawberry.field(description="What it speaks of: only there it ends or marks anything.")
    full: bool = strawberry.field(description="Whether what it does not name is missing.")
    report: Report | None = strawberry.field(description="What it found and did, once it is through.")

    @strawberry.field(description="How it goes on, while the server that answers carries it out; null otherwise.")
    def progress(self, info: Info) -> ImportProgress | None:
        """Rows read and applied."""
        going = reading_of(info).register.importing.going(self.run)
        return None if going is None else progress_of(info, self.run, going, None)


@strawberry.type
class ImportRunQuery:
    """Imports."""

    @strawberry.field(description="Import runs, the newest first.")
    async def import_runs(self, info: Info, first: First = PAGE, after: After = None) -> Connection[ImportRun]:
        """A page of runs; what is running now is there too."""
        reading, size = reading_of(info), size_of(first)
        before, run = (END, "") if after is None else _place_of(after)
        rows, total = await run_in_threadpool(_page, reading.register.store, before, run, size + 1)
        shown = rows[:size]
        cursors = [encode("run", f"{row['started_at']} {row['run']}") for row in shown]
        nodes = [_run(row, reading.register, reading.say) for row in shown]
        return connection(nodes, cursors, after, more=len(rows) > size, total=total)


def _place_of(cursor: str) -> tuple[str, str]:
    before, separator, run = decode("run", cursor).partition(" ")
    if not separator:
        raise BadInputError("server.cursor", cursor=cursor[:60])
    return before, run


def _page(store: "Store", before: str, run: str, limit: int) -> tuple[list[dict[str, Any]], int]:
    rows = store.rows("runs_page", before=before, run=run, limit=limit)
    return rows, int(store.rows("runs_count")[0]["found"])


def _run(row: Mapping[str, Any], register: "Register", say: Texts) -> ImportRun:
    report, ended, status = unpack(row["report"]), row["finished_at"], row["status"]
    if status == RUNNING and register.importing.is_left(row["run"], row["silent"]):
        status = INTERRUPTED
    return ImportRun(
        **{name: row[name] for name in ("run", "source", "actor", "scopes", "full")},
        status=status,
        started_at=datetime.fromisoformat(row["started_at"]),
        finished_at=None if ended is None else datetime.fromisoformat(ended),
        report=None if report is None else _report(report, say),
    )


def _report(plain: Mapping[str, Any], say: Texts) -> Report:
    def found(name: str) -> Findings:
        return Findings(count=len(plain[name]), plain=plain[name], say=say)

    return Report(
        dry_run=plain["dry_run"],
        revision=Long(plain["revision"]),
        revisions=Long(plain["revisions"]),
        created=Counted(**plain["created"]),
        updated=Counted(**plain["updated"]),
        unchanged=Counted(**plain["unchanged"]),
        ended=Counted(**plain["ended"]),
        missing=plain["missing_cis"][:LISTED],
        rejected=found("rejected"),
        conflicts=found("conflicts"),
        warnings=found("warnings"),
        unresolved=found("unresolved"),
    )
