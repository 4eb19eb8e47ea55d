"""One import run from the paths to the report: get → transform → load → cleanup, the same for every data source."""

import contextlib
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.store import Store
from graph.store.conflicts import decisions, same_as
from importers.again import FINDINGS, Earlier, earlier_run, fingerprint, note
from importers.ends import keep_quorums, settle_ends
from importers.groups import settle_groups
from importers.guarded import refuse_decided
from importers.identify import settle_identities
from importers.load import Foreseen, Loaded, Loading, finish, load, preview
from importers.model import Finding, Request, Source
from importers.plan import Plan, new_plan, read_all, refuse_if_strict
from importers.references import References

TABLES = ("cis", "relationships", "records")


@dataclass(frozen=True)
class Watch:
    """What a run tells while it goes on: `read` and `loaded` rows; `stopped` asks whether to end after a batch.

    `cancelled`: whether that is because somebody wants it. Such a run is over, until the same input is imported again.
    """

    read: Callable[[int], None] = lambda _: None
    settled: Callable[[int], None] = lambda _: None
    loaded: Callable[[int], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True)
class Report:
    """The answer of `faultline import` (INTERFACES: import --json)."""

    run: str
    scopes: list[str]
    dry_run: bool
    full: bool
    loaded: Loaded
    missing: list[str] = field(default_factory=list)
    conflicts: list[Finding] = field(default_factory=list)
    rejected: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    unresolved: list[Finding] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """The report as JSON; texts are keys with parameters, worded by the doors."""
        counts = self.loaded.counts
        return {
            "run": self.run,
            "scope": self.scopes[0] if len(self.scopes) == 1 else ", ".join(self.scopes),
            "scopes": self.scopes,
            "dry_run": self.dry_run,
            "full": self.full,
            "revision": self.loaded.revision,
            "revisions": self.loaded.written,
            **{
                what: {table: getattr(counts, what).get(table, 0) for table in TABLES}
                for what in ("created", "updated", "unchanged", "ended")
            },
            "missing": len(self.missing),
            "missing_cis": self.missing,
            "overruled": self.loaded.overruled,
            "conflicts": [finding.plain() for finding in self.conflicts],
            "rejected": [finding.plain() for finding in self.rejected],
            "warnings": [finding.plain() for finding in self.warnings],
            "unresolved": [finding.plain() for finding in self.unresolved],
        }


def run_import(
    source: Source,
    request: Request,
    store: Store,
    actor: str,
    *,
    change: str | None = None,
    watch: Watch | None = None,
    run: str | None = None,
) -> Report:
    """Import from a data source.

    First everything is read and settled (`importers.plan`), then applied in batches. A dry run does all but write, on
    the same code. `run`: its name, where it has one already. Raises BadInputError, with nothing changed, for input that
    cannot be read and, under `strict`, for any rejected row.
    """
    watching = watch or Watch()
    full = request.full or source.always_full
    loading = Loading(
        source.name, actor, full, run or new_run(store), change, watching.loaded, watching.stopped, watching.cancelled
    )  # fmt: skip
    found = fingerprint(source, request)
    earlier = found and earlier_run(store, source.name, found, request)
    again = earlier and _again(earlier, store, loading, request, watching)
    if again:
        return again
    with (
        tempfile.TemporaryDirectory(prefix="faultline-import-") as folder,
        contextlib.closing(new_plan(Path(folder))) as plan,
    ):
        begun = store.revision()  # before anything is looked up: what comes from now on may not have been seen
        plan.same = same_as(decisions(store), source.name)
        parts = source.transform(source.get(request), request)
        read_all(plan, parts, request.ontology, request.settings.timezone, source.name, watching.read)
        _settle(plan, store, request, actor, full=full)
        if request.strict:
            refuse_if_strict(plan)
        watching.settled(sum(spool.count for spool in plan.spools.values()))
        loaded = (preview if request.dry_run else load)(plan, store, loading)
        report = _report(plan, loaded, request, full=full)
        if not request.dry_run:
            # files that were written to meanwhile may have been read before or after that
            same = found is not None and fingerprint(source, request) == found
            foreseen = Foreseen(found.text if found and same else "", begun)
            finish(plan, store, loading, loaded, report.plain(), foreseen)
        return report


def _again(earlier: Earlier, store: Store, loading: Loading, request: Request, watch: Watch) -> Report | None:
    loaded = earlier.loaded("" if request.dry_run else loading.run)
    conflicts, rejected, warnings, unresolved = (earlier.findings(name) for name in FINDINGS)
    report = Report(
        loaded.run, earlier.report["scopes"], request.dry_run, loading.full, loaded, [], conflicts, rejected, warnings,
        unresolved,
    )  # fmt: skip
    if not request.dry_run and not note(earlier, store, loading, report.plain()):
        return None
    rows = sum(earlier.rows.values())
    watch.read(rows)
    watch.settled(rows)
    watch.loaded(rows)
    return report


def new_run(store: Store) -> str:
    """The id of a new run: its time, and enough chance to be unique."""
    return f"{store.clock():%Y%m%dT%H%M%S}-{secrets.token_hex(4)}"


def _settle(plan: Plan, store: Store, request: Request, actor: str, *, full: bool) -> None:
    settle_identities(plan, store, request.ontology)
    References(plan, store, request.ontology, create=request.create_references).settle()
    refuse_decided(plan, store, actor)
    if full:
        settle_ends(plan, store)
    settle_groups(plan, store, request.ontology)
    keep_quorums(plan, store, request.ontology)
    if not plan.clean:
        plan.missing.clear()
        if plan.ending:
            # nothing ends after all: groups are looked at once more, with the members that stay
            plan.ending.clear()
            settle_groups(plan, store, request.ontology)


def _report(plan: Plan, loaded: Loaded, request: Request, *, full: bool) -> Report:
    missing = sorted({ci for cis in loaded.missing.values() for ci in cis})
    return Report(
        loaded.run,
        plan.scope_names,
        request.dry_run,
        full,
        loaded,
        missing,
        plan.conflicts,
        plan.rejected,
        plan.warnings,
        plan.unresolved,
    )
