"""Subscriptions of the schema: each commit as it is written, and how an import goes on."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from anyio import sleep
from anyio.to_thread import run_sync

from api.feed import EVERY, LOOKS, Told
from api.schema.imports import ImportProgress, ImportStatus, TableCounts, report_of
from api.schema.paging import Long
from api.schema.reading import Info, reading_of
from graph.errors import BadInputError
from graph.store.runs import RUNNING, unpack
from graph.store.uploads import CANCELLED, OPEN, find_upload
from graph.values import shown

if TYPE_CHECKING:
    from api.register import Register

Since = Annotated[
    Long | None, strawberry.argument(description="The last revision that is known already; null: only what comes.")
]
Run = Annotated[str, strawberry.argument(description="The import's run.")]


@strawberry.type(description="What one transaction wrote.")
class Committed:
    """A commit of the log."""

    revision: Long = strawberry.field(description="Its last revision: that of the store after it.")
    first: Long = strawberry.field(description="Its first revision.")
    at: datetime = strawberry.field(description="When it was written.")
    actor: str = strawberry.field(description="Who wrote it.")
    source: str = strawberry.field(description="The data source; `person` for direct writes.")
    change: str | None = strawberry.field(description="The change that it carried out.")
    run: str | None = strawberry.field(description="The import that it belongs to.")
    counts: TableCounts = strawberry.field(description="How many CIs, relationships and records it changed.")


@strawberry.type
class FeedSubscription:
    """What happens."""

    @strawberry.subscription(description="Each commit of the log, in its order; `after` goes on where one stopped.")
    async def revisions(self, info: Info, after: Since = None) -> AsyncGenerator[Committed, None]:
        """The change feed."""
        if after is not None and after < 0:
            raise BadInputError("server.first", value=after)
        async for told in reading_of(info).register.feed.commits(after):
            yield _committed(told)

    @strawberry.subscription(
        description="How an import goes on, until it is through, cancelled, or nobody carries it out any more. Rows "
        "are counted by the server that applies it."
    )
    async def import_progress(self, info: Info, run: Run) -> AsyncGenerator[ImportProgress, None]:
        """The progress of a run."""
        register, said = reading_of(info).register, None
        while not register.feed.stopping.is_set():
            status, report = await run_sync(_outcome, register, run, limiter=LOOKS)
            running = register.importing.running(run)
            counts = (0, None, 0) if running is None else (running.read, running.total, running.loaded)
            if (status, counts) != said:
                said = (status, counts)
                told = None if report is None else report_of(report)
                read, total, loaded = counts
                yield ImportProgress(run=run, status=status, read=read, total=total, loaded=loaded, report=told)
            if status not in (ImportStatus.OPEN, ImportStatus.RUNNING):
                return
            await sleep(EVERY)


def _outcome(register: "Register", run: str) -> tuple[ImportStatus, dict[str, Any] | None]:
    upload = find_upload(register.store, run)
    if upload is not None and (upload.report is not None or upload.status in (OPEN, CANCELLED)):
        return ImportStatus(upload.status), upload.report
    rows = register.store.rows("run_read", run=run)
    if not rows and upload is None:
        raise BadInputError("import.unknown_run", run=shown(run))
    report = unpack(rows[0]["report"]) if rows else None
    if report is not None:
        return ImportStatus.FINISHED, report
    # one in parts says itself whether it goes on: that its rows were applied once may be long ago
    status, silent = (RUNNING, upload.silent) if upload is not None else (rows[0]["status"], rows[0]["silent"])
    if status == RUNNING:
        return ImportStatus.INTERRUPTED if register.importing.is_left(run, silent) else ImportStatus.RUNNING, None
    return ImportStatus.CANCELLED if status == CANCELLED else ImportStatus.ABANDONED, None


def _committed(told: Told) -> Committed:
    commit = told.commit
    return Committed(
        revision=Long(commit.last), first=Long(commit.first), at=datetime.fromisoformat(commit.at),
        actor=commit.header.actor, source=commit.header.source, change=commit.header.change, run=commit.header.run,
        counts=TableCounts(**told.counts),
    )  # fmt: skip
