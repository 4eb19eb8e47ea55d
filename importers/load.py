"""Carry a plan out: batch by batch, each one transaction, so that a run cut off anywhere goes on where it stopped."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from graph.canonical import canonical
from graph.errors import FaultlineError
from graph.history import RELATIONSHIP, Header
from graph.store import Edit, Store
from graph.store.reader import Reader
from graph.store.runs import (
    KEPT_RUNS,
    Scope,
    SeenBatch,
    batches,
    forgotten_by,
    keys_seen,
    pack,
    scope_after,
    scope_statement,
    scopes,
    unfinished_run,
)
from graph.store.store import Draft
from importers.batches import Applier, Batch, Counts, Result, batches_of
from importers.plan import Plan
from importers.spool import BLOCK

AGAIN_AT_ONCE = 100  # unchanged batches noted in one transaction
Statement = tuple[str, dict[str, Any]]  # of the store: its name and parameters
TOUCHED_AT_MOST = 200_000  # things revised since an earlier run that are held to recognise its unchanged batches


class InterruptedRunError(FaultlineError):
    """The user stopped a run; what was committed stays, and the same command goes on from there."""

    exit_code = 1


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
    """What a load needs to know beside the plan; `tick` is told of rows done, `stopped` asked whether to end."""

    source: str
    actor: str
    full: bool
    run: str
    change: str | None = None
    tick: Callable[[int], None] = lambda _: None
    stopped: Callable[[], bool] = lambda: False


class Asserting(Protocol):
    """What the end of a run must know of its plan; see `Plan`."""

    @property
    def scopes(self) -> list[str]: ...

    @property
    def clean(self) -> bool: ...

    @property
    def missing(self) -> dict[str, list[str]]: ...

    @property
    def staged(self) -> Sequence[str]: ...


def preview(plan: Plan, store: Store, loading: Loading) -> Loaded:
    """What `load` would do, without doing it: the same batches meet the same register, and nothing is written."""
    loaded = Loaded("", revision=store.revision())
    shorthand_types = set(store.ontology.shorthands.values())
    both = any(row.type in shorthand_types for name in ("plain", "grouped") for _, row in plan.rows(name))
    applier = Applier(store.ontology, loading.source, {} if both else None)
    ended: set[str] = set()
    for batch in batches_of(plan, _salt(store, loading)):
        result = store.read(partial(applier.apply, batch))
        ended.update(edit.key for edit in result.edits if edit.kind == RELATIONSHIP and edit.after is None)
        _count(loaded, result, len(result.edits))
        loading.tick(len(batch.rows))
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
    run = unfinished_run(store, digest) or start(plan, store, loading, digest)
    header = Header(loading.actor, loading.source, loading.change, run)
    done = {batch.seq: batch for batch in batches(store, run)}
    loaded = Loaded(run, revision=store.revision())
    unchanged = _Unchanged(store, plan.scopes, run if done else None)
    applier = Applier(store.ontology, loading.source)
    again = SeenAgain(store, run, loaded.revision)
    for batch in batches_of(plan, salt, digests):
        earlier = done.get(batch.seq)
        known = unchanged.find(batch)
        if earlier is not None and earlier.digest == batch.digest and unchanged.is_as_left(batch, earlier):
            loaded.counts.note("unchanged", _table(batch), len(batch.rows))
        elif known is not None:
            again.add(batch.seq, known.key)
            loaded.counts.note("unchanged", _table(batch), len(batch.rows))
        else:
            # what was done once and changed by others since is done anew, under another marker
            again_at = "" if earlier is None else f":{loaded.revision}"
            _apply(batch, applier, store, header, loaded, f"{run}:{batch.seq}{again_at}")
        loaded.rows[_table(batch)] = loaded.rows.get(_table(batch), 0) + len(batch.rows)
        loading.tick(len(batch.rows))
        if loading.stopped():
            again.flush()
            raise InterruptedRunError("import.interrupted", run=run, done=batch.seq + 1)
    again.flush()
    _end_unseen(plan, store, header, loaded)
    loaded.missing = dict(plan.missing)
    return loaded


def _salt(store: Store, loading: Loading) -> str:
    return f"{loading.source}\0{store.ontology.digest}\0"


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


def start(plan: Asserting, store: Store, loading: Loading, digest: str) -> str:
    """Note that a run begins; returns its id."""
    parameters: dict[str, Any] = {
        "run": loading.run,
        "source": loading.source,
        "actor": loading.actor,
        "digest": digest,
        "scopes": plan.scopes,
        "full": loading.full,
        "at": _now(store),
        "staged": pack(list(plan.staged)),
    }
    store.bookkeep(lambda _: [("run_start", parameters)])
    return loading.run


def _now(store: Store) -> str:
    return store.clock().isoformat()


def _apply(batch: Batch, applier: Applier, store: Store, header: Header, loaded: Loaded, marker: str) -> None:
    results: list[Result] = []

    def plan(reader: Reader) -> Draft:
        result = applier.apply(batch, reader)
        results.append(result)
        seen = {
            "key": f"{header.run}:{batch.seq}",
            "run": header.run,
            "scope": batch.scope,
            "digest": batch.digest,
            "at": _now(store),
            "seq": batch.seq,
            "revision": reader.revision + len(result.edits),
            "keys": pack(batch.seen_keys()),
        }
        return Draft(result.edits, [("seen_write", seen)])

    written = store.write(plan, header, marker=marker)
    _count(loaded, results[-1] if results else Result(), len(written.revisions))
    loaded.revision = written.revision


class _Unchanged:
    """Recognises batches that the scope's last run saw and that nobody has touched since."""

    def __init__(self, store: Store, names: Iterable[str], resumed: str | None) -> None:
        self._store = store
        self._known: dict[str, SeenBatch] = {}
        self._touched: dict[str, int] | None = {}
        kept = scopes(store)
        for run in {kept[name].runs[-1] for name in names if name in kept and kept[name].runs}:
            found = batches(store, run)
            self._known.update({batch.digest: batch for batch in found})
            self._note_touched(run, min((batch.revision for batch in found), default=0))
        if resumed:
            self._note_touched(resumed, min((batch.revision for batch in batches(store, resumed)), default=0))

    def _note_touched(self, run: str, since: int) -> None:
        for commit in self._store.commits_of_others(run, after=since):
            for revision in commit.revisions():
                if self._touched is not None:
                    self._touched[f"{revision.kind}:{revision.key}"] = revision.number
            if self._touched is None or len(self._touched) > TOUCHED_AT_MOST:
                self._touched = None
                return

    def find(self, batch: Batch) -> SeenBatch | None:
        """The earlier batch with the same rows, if what it left is still so."""
        known = self._known.get(batch.digest)
        return known if known is not None and known.scope == batch.scope and self.is_as_left(batch, known) else None

    def is_as_left(self, batch: Batch, seen: SeenBatch) -> bool:
        """Whether nobody else has touched since what this batch left when it was seen."""
        if self._touched is None:
            return False
        if batch.spool == "shorthand":
            return not self._touched
        return not self._touched or all(self._touched.get(key, 0) <= seen.revision for key in batch.seen_keys())


class SeenAgain:
    """Notes unchanged batches as seen by this run too, many in one transaction.

    They were compared with the register as it was at `revision`; what others change later is for the next run to see.
    """

    def __init__(self, store: Store, run: str, revision: int) -> None:
        self._store, self._run, self._revision = store, run, revision
        self._held: list[dict[str, Any]] = []

    def add(self, seq: int, known: str) -> None:
        """Note the batch of that key as number `seq` of this run."""
        self._held.append({"old": known, "key": f"{self._run}:{seq}", "seq": seq})
        if len(self._held) >= AGAIN_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what was noted."""
        if self._held:
            at = _now(self._store)
            parameters = {"rows": self._held, "run": self._run, "at": at, "revision": self._revision}
            self._store.bookkeep(lambda _: [("seen_again", parameters)])
            self._held = []


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
    plan: Asserting, store: Store, loading: Loading, loaded: Loaded, report: dict[str, Any], fingerprint: str = ""
) -> None:
    """The run is through: its scopes rest on it from now on, and its report can be opened.

    `fingerprint`: of its input, so that the same can be recognised (`importers.again`).
    """
    again = {"input": fingerprint, "revision": loaded.revision, "rows": loaded.rows, "clean": plan.clean}

    def plan_end(reader: Reader) -> list[Statement]:
        # read under the write lock: of two runs that end at once, neither may forget the other
        kept, at = scopes(reader), _now(store)
        also: list[Statement] = []
        for name in plan.scopes:
            also += _scope_end(reader, name, kept.get(name), plan, loading, loaded.run, at)
        end = {"run": loaded.run, "at": at, "status": "finished", "report": pack(report), "again": pack(again)}
        return [*also, ("run_finish", end)]

    store.bookkeep(plan_end)


def _scope_end(
    reader: Reader, name: str, old: Scope | None, plan: Asserting, loading: Loading, run: str, at: str
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
    also.append(("runs_abandon", {"scope": name, "run": run}))
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
