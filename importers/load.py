"""Carry a plan out: batch by batch, each one transaction, so that a run cut off anywhere goes on where it stopped."""

import gc
import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graph.canonical import canonical
from graph.errors import FaultlineError, RejectedError
from graph.history import RELATIONSHIP, Header
from graph.store import Edit, Store
from graph.store.alive import going
from graph.store.reader import Reader
from graph.store.runs import (
    KEPT_RUNS,
    Scope,
    batches,
    cancel_statement,
    forgotten_by,
    keys_seen,
    pack,
    resume_statement,
    run_statement,
    scope_after,
    scope_statement,
    scopes,
    unfinished_run,
)
from graph.store.store import Draft
from importers.ahead import Ahead, Prepared
from importers.batches import Applier, Batch, Counts, Result, batches_of
from importers.conflicts import conflict_statements
from importers.plan import Plan
from importers.seen import SeenAgain, Unchanged
from importers.spool import BLOCK

Statement = tuple[str, dict[str, Any]]  # of the store: its name and parameters


class InterruptedRunError(FaultlineError):
    """The user stopped a run; what was committed stays, and the same command goes on from there."""

    exit_code = 1


class CancelledRunError(InterruptedRunError, RejectedError):
    """Somebody cancelled a run: `import.cancelled`. It is over, until the same input is imported again."""


@dataclass
class Loaded:
    """What a load did. `written`: how many revisions."""

    run: str
    counts: Counts = field(default_factory=Counts)
    written: int = 0
    revision: int = 0
    overruled: int = 0
    missing: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)  # applied, per table


@dataclass(frozen=True)
class Loading:
    """What a load needs to know beside the plan.

    `tick` is told of rows done; `stopped` is asked whether to end, `cancelled` whether because somebody wants it.
    """

    source: str
    actor: str
    full: bool
    run: str
    change: str | None = None
    tick: Callable[[int], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Foreseen:
    """By what the same input is known again (`importers.again`), and the revision before anything was looked up."""

    fingerprint: str
    revision: int


def interrupted(run: str, done: int, *, cancelled: bool) -> InterruptedRunError:
    """What a run raises that stops after so many batches."""
    if cancelled:
        return CancelledRunError("import.cancelled", run=run, done=done)
    return InterruptedRunError("import.interrupted", run=run, done=done)


def preview(plan: Plan, store: Store, loading: Loading) -> Loaded:
    """What `load` would do, without doing it: the same batches meet the same register, and nothing is written."""
    loaded = Loaded("", revision=store.revision())
    shorthand_types = set(store.ontology.shorthands.values())
    both = any(row.type in shorthand_types for name in ("plain", "grouped") for _, row in plan.rows(name))
    applier = Applier(store.ontology, loading.source, {} if both else None, _author(plan, loading))
    ended: set[str] = set()
    for batch in batches_of(plan, _salt(store, loading)):
        result = store.read(partial(applier.apply, batch))
        ended.update(edit.key for edit in result.edits if edit.kind == RELATIONSHIP and edit.after is None)
        _count(loaded, result, len(result.edits))
        loading.tick(len(batch.rows))
        if loading.stopped():
            raise interrupted(loading.run, batch.seq + 1, cancelled=loading.cancelled())
    for keys in plan.ending.values():
        there = sum(len(store.kept(RELATIONSHIP, some).keys() - ended) for some in _cut(keys))
        loaded.counts.note("ended", "relationships", there)
        loaded.written += there
    loaded.missing = dict(plan.missing)
    return loaded


def load(plan: Plan, store: Store, loading: Loading) -> Loaded:
    """Apply the plan. Running the same input again after a crash goes on with the first batch that is not there."""
    salt = _salt(store, loading)
    digests = [batch.digest for batch in batches_of(plan, salt)]
    digest = _digest(plan, store, loading, digests)
    run = _begun(plan, store, loading, digest)
    try:
        with going(store, "run_alive", run):
            return _load(plan, store, loading, run, salt, digests)
    except CancelledRunError:
        store.bookkeep(lambda _: [cancel_statement(run)])
        raise


def _load(plan: Plan, store: Store, loading: Loading, run: str, salt: str, digests: list[str]) -> Loaded:
    header = Header(loading.actor, loading.source, loading.change, run)
    done = {batch.seq: batch for batch in batches(store, run)}
    loaded = Loaded(run, revision=store.revision())
    unchanged = Unchanged(store, plan.scopes, run if done else None)
    again = SeenAgain(store, run, loaded.revision)
    with Ahead(store, Applier(store.ontology, loading.source, None, _author(plan, loading))) as ahead:
        writing = _Writing(store, ahead, header, loaded, loading, again)
        for batch in batches_of(plan, salt, digests):
            earlier = done.get(batch.seq)
            known = unchanged.find(batch)
            loaded.rows[_table(batch)] = loaded.rows.get(_table(batch), 0) + len(batch.rows)
            if earlier is not None and earlier.digest == batch.digest and unchanged.is_as_left(batch, earlier):
                writing.skip(batch)
            elif known is not None:
                again.add(batch.seq, known.key)
                writing.skip(batch)
            else:
                # what was done once and changed by others since is done anew, under another marker
                writing.write(batch, anew=earlier is not None)
        writing.end()
    again.flush()
    _end_unseen(plan, store, header, loaded)
    loaded.missing = dict(plan.missing)
    return loaded


def _salt(store: Store, loading: Loading) -> str:
    return f"{loading.source}\0{store.ontology.digest}\0"


def _author(plan: Plan, loading: Loading) -> str | None:
    return None if plan.restores else loading.actor


def _table(batch: Batch) -> str:
    return {"ci": "cis", "record": "records"}.get(batch.spool, "relationships")


def _count(loaded: Loaded, result: Result, written: int) -> None:
    loaded.counts.add(result.counts)
    loaded.overruled += result.overruled
    loaded.written += written


def _digest(plan: Plan, store: Store, loading: Loading, batches: Iterable[str]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    digest.update(canonical([loading.source, loading.full, sorted(plan.scopes), store.ontology.digest]))
    for batch in batches:
        digest.update(batch.encode())
    return digest.hexdigest()


def _begun(plan: Plan, store: Store, loading: Loading, digest: str) -> str:
    unfinished = unfinished_run(store, digest)
    if unfinished is not None:
        store.bookkeep(lambda _: [resume_statement(unfinished, plan.staged)])
        return unfinished
    begun = run_statement(
        loading.run, loading.source, loading.actor, digest, plan.scopes, _now(store), full=loading.full,
        staged=plan.staged,
    )  # fmt: skip
    store.bookkeep(lambda _: [begun])
    return loading.run


def _now(store: Store) -> str:
    return store.clock().isoformat()


class _Writing:
    """Writes batches in their order, each while the one after it is prepared."""

    def __init__(
        self, store: Store, ahead: Ahead, header: Header, loaded: Loaded, loading: Loading, again: SeenAgain
    ) -> None:
        self._store, self._ahead, self._header, self._again = store, ahead, header, again
        self._loaded, self._loading = loaded, loading
        self._held: tuple[Batch, Future[Prepared], bool] | None = None

    def write(self, batch: Batch, *, anew: bool) -> None:
        """Write a batch, sooner or later; `anew`: this run has written it before."""
        prepared = self._ahead.begin(batch)
        self.end()
        self._held = (batch, prepared, anew)

    def skip(self, batch: Batch) -> None:
        """Count a batch that is as it should be."""
        self.end()
        self._loaded.counts.note("unchanged", _table(batch), len(batch.rows))
        self._done(batch)

    def end(self) -> None:
        """Write what is held."""
        if self._held is None:
            return
        batch, prepared, anew = self._held
        self._held = None
        self._apply(batch, prepared.result(), f":{self._loaded.revision}" if anew else "")
        self._done(batch)

    def _done(self, batch: Batch) -> None:
        # a transaction of the driver and its results refer to each other, and to all rows that were sent: where the
        # collector runs rarely, batches would add up
        gc.collect(1)
        self._loading.tick(len(batch.rows))
        if self._loading.stopped():
            self._again.flush()
            raise interrupted(str(self._header.run), batch.seq + 1, cancelled=self._loading.cancelled())

    def _apply(self, batch: Batch, prepared: Prepared, again_at: str) -> None:
        results: list[Result] = []

        def plan(reader: Reader) -> Draft:
            result = self._ahead.settled(batch, prepared, reader)
            results.append(result)
            seen = {
                "key": f"{self._header.run}:{batch.seq}",
                "run": self._header.run,
                "scope": batch.scope,
                "digest": batch.digest,
                "at": _now(self._store),
                "seq": batch.seq,
                "revision": reader.revision + len(result.edits),
                "keys": pack(batch.seen_keys()),
            }
            return Draft(result.edits, [("seen_write", seen)])

        written = self._store.write(plan, self._header, marker=f"{self._header.run}:{batch.seq}{again_at}")
        self._ahead.wrote(written)
        _count(self._loaded, results[-1] if results else Result(), len(written.revisions))
        self._loaded.revision = written.revision


def _cut(keys: list[str]) -> Iterable[list[str]]:
    return (keys[start : start + BLOCK] for start in range(0, len(keys), BLOCK))


def _name_of(keys: list[str]) -> str:
    # by content: what is left to end may be cut otherwise when a run goes on
    return hashlib.blake2b("\n".join(keys).encode(), digest_size=16).hexdigest()


def _end_unseen(plan: Plan, store: Store, header: Header, loaded: Loaded) -> None:
    for scope, keys in plan.ending.items():
        for some in _cut(keys):

            def drop(reader: Reader, some: list[str] = some) -> Draft:
                return Draft([Edit(RELATIONSHIP, key, None) for key in reader.read(RELATIONSHIP, some)])

            written = store.write(drop, header, marker=f"{header.run}:end:{scope}:{_name_of(some)}")
            loaded.counts.note("ended", "relationships", len(written.revisions))
            loaded.written += len(written.revisions)
            loaded.revision = written.revision


def finish(
    plan: Plan, store: Store, loading: Loading, loaded: Loaded, report: dict[str, Any], foreseen: Foreseen
) -> None:
    """The run is through: its scopes rest on it from now on, and its report can be opened."""

    def plan_end(reader: Reader) -> list[Statement]:
        # read under the write lock: of two runs that end at once, neither may forget the other
        kept, at = scopes(reader), _now(store)
        also: list[Statement] = []
        for name in plan.scopes:
            also += _scope_end(reader, name, kept.get(name), plan, loading, loaded.run, at)
        also += conflict_statements(reader, plan, loading.source, loaded.run, at, full=loading.full)
        alone = reader.revision == foreseen.revision + loaded.written
        again = {"input": foreseen.fingerprint if alone else "", "revision": reader.revision, "rows": loaded.rows}
        end = {"run": loaded.run, "at": at, "status": "finished", "report": pack(report), "again": pack(again)}
        return [*also, ("run_finish", end)]

    with going(store, "run_alive", loaded.run):
        store.bookkeep(plan_end)


def _scope_end(
    reader: Reader, name: str, old: Scope | None, plan: Plan, loading: Loading, run: str, at: str
) -> list[Statement]:
    full = loading.full and plan.clean
    new = scope_after(old, name, loading.source, run, full=full, at=at)
    also: list[Statement] = []
    if len(new.runs) > KEPT_RUNS:
        new, also = _gathered(reader, new, run, at)
    if full:
        missing = {ci: (old.missing if old else {}).get(ci, at) for ci in plan.missing.get(name, [])}
        new = Scope(name, new.source, new.runs, new.previous, missing)
    also.append(scope_statement(new, at))
    also += [("seen_forget", {"run": forgotten, "scope": name}) for forgotten in forgotten_by(old, new)]
    also += [(over, {"scope": name, "run": run}) for over in ("runs_abandon", "runs_overtaken")]
    return also


def _gathered(reader: Reader, scope: Scope, run: str, at: str) -> tuple[Scope, list[Statement]]:
    # many small runs leave many batches: they become those of one run, so that reading them stays cheap
    gathered = f"{run}+"
    seen = sorted({key for keys in keys_seen(reader, scope.runs, scope.name) for key in keys})
    statements: list[Statement] = [
        (
            "seen_write",
            {
                "key": f"{gathered}:{scope.name}:{number}",
                "run": gathered,
                "scope": scope.name,
                "digest": "",
                "at": at,
                "seq": number,
                "revision": 0,
                "keys": pack(keys),
            },
        )
        for number, keys in enumerate(_cut(seen))
    ]
    return Scope(scope.name, scope.source, (gathered, run), scope.previous, scope.missing), statements
