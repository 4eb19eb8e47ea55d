"""When a data source last saw what it now reports otherwise: runs, scopes and what their batches saw (SEMANTICS 8).

What the batches of a run saw is kept for the runs that a scope rests on and for those before its last full ones. Of the
others only whether a run was full and read everything is known: such a run saw all of its scope.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from graph.history import Commit
from graph.records.updates import Update
from graph.store.runs import batches, keys_seen, scopes, unpack
from graph.store.store import Store

UNDONE, UNDOING, ENDING = "undone", "undo-", ":end:"
UNREAD = ("rejected", "conflicts")  # of a report; a run that has some did not see everything


@dataclass(frozen=True, slots=True)
class Run:
    """One import run."""

    id: str
    digest: str
    status: str
    started_at: datetime
    scopes: tuple[str, ...]
    full: bool


@dataclass
class SeenWhen:
    """The runs of a store by scope, in the order in which they began, and what is still kept of what they saw."""

    store: Store
    runs: Mapping[str, Run]
    of_scope: Mapping[str, Sequence[Run]]
    first: Mapping[str, int]  # scope → how many of its runs are its baseline
    _keys: dict[tuple[str, str], frozenset[str] | None] = field(default_factory=dict)
    _complete: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store) -> "SeenWhen":
        """What the store knows now."""
        runs = {
            row["run"]: Run(
                row["run"], row["digest"] or "", row["status"] or "", datetime.fromisoformat(row["started_at"]),
                tuple(row["scopes"] or ()), bool(row["full"]),
            )
            for row in store.rows("runs_all")
        }  # fmt: skip
        of_scope: dict[str, list[Run]] = {}
        for run in runs.values():
            for scope in run.scopes:
                of_scope.setdefault(scope, []).append(run)
        first = {scope: _baseline(some) for scope, some in of_scope.items()}
        return cls(store, runs, of_scope, first)

    @property
    def baselines(self) -> frozenset[str]:
        """Runs that are the baseline of each of their scopes, and those that undo them."""
        found = {run.id for run in self.runs.values() if run.scopes and all(self._is_first(run, s) for s in run.scopes)}
        return frozenset(found | {f"{UNDOING}{run}" for run in found})

    def _is_first(self, run: Run, scope: str) -> bool:
        return run in self.of_scope[scope][: self.first[scope]]

    def is_baseline(self, commit: Commit, marker: str) -> bool:
        """Whether a commit belongs to the baseline of its scope; one whose scope is not known any more does not."""
        run = self.runs.get((commit.header.run or "").removeprefix(UNDOING))
        scope = None if run is None else self.scope_of(run, marker)
        return run is not None and scope is not None and self._is_first(run, scope)

    def scope_of(self, run: Run, marker: str) -> str | None:
        """The scope that a commit of a run wrote in; `None` where that is not kept."""
        if len(run.scopes) == 1:
            return run.scopes[0]
        ended = marker.partition(f"{run.id}{ENDING}")[2]
        if ended:
            return next((scope for scope in run.scopes if ended.startswith(f"{scope}:")), None)
        key = ":".join(marker.split(":")[:2])
        return next((batch.scope for batch in batches(self.store, run.id) if batch.key == key), None)

    def dated(self, updates: Sequence[Update], commit: Commit, marker: str) -> Iterator[Update]:
        """Updates of a commit with the time after which they happened."""
        run = self.runs.get(commit.header.run or "")
        if run is None or not updates:  # written directly
            yield from updates
            return
        scope = self.scope_of(run, marker)
        before = [each for each in self._of(run, scope) if each.started_at < run.started_at]
        fallback = self._last_complete(before)
        for update in updates:
            seen = None if update.old is None else self._last_seen(update, scope, before)
            found = seen or fallback
            yield replace(update, seen_after=None if found is None else found.started_at)

    def _of(self, run: Run, scope: str | None) -> Sequence[Run]:
        # the runs of its scope (where that is not known: of all of its scopes) that ended and count
        some = [each for name in ([scope] if scope else run.scopes) for each in self.of_scope.get(name, ())]
        return [each for each in dict.fromkeys(some) if each.status == "finished"]

    def _last_seen(self, update: Update, scope: str | None, before: Sequence[Run]) -> Run | None:
        key = f"ci:{update.ci_id}" if update.kind in ("attribute", "existence") else f"rel:{update.field}"
        for run in reversed(before):
            keys = self._keys_of(run, scope, before)
            saw = self._is_complete(run) if keys is None or update.kind == "quorum" else key in keys
            if saw:
                return run
        return None

    def _keys_of(self, run: Run, scope: str | None, before: Sequence[Run]) -> frozenset[str] | None:
        """What a run saw; of one that repeated an earlier input, what that one saw; `None`: not kept."""
        named = [scope] if scope else list(run.scopes)
        for each in (run, *(other for other in reversed(before) if other.digest == run.digest and other is not run)):
            found = [self._kept(each, name) for name in named]
            if any(keys is not None for keys in found):
                return frozenset().union(*(keys for keys in found if keys is not None))
        return None

    def _kept(self, run: Run, scope: str) -> frozenset[str] | None:
        if (run.id, scope) not in self._keys:
            seen = [key for keys in keys_seen(self.store, [run.id], scope) for key in keys]
            kept = bool(seen) or run.id in _rested_on(self.store, scope)
            self._keys[run.id, scope] = frozenset(seen) if kept else None
        return self._keys[run.id, scope]

    def _last_complete(self, before: Sequence[Run]) -> Run | None:
        """The last run that saw everything; where none did, the last one."""
        return next((run for run in reversed(before) if self._is_complete(run)), before[-1] if before else None)

    def _is_complete(self, run: Run) -> bool:
        if run.full and run.id not in self._complete:
            rows = self.store.rows("run_read", run=run.id)
            report = unpack(rows[0]["report"]) if rows else None
            self._complete[run.id] = report is not None and not any(report.get(name) for name in UNREAD)
        return run.full and self._complete[run.id]


def _baseline(runs: Sequence[Run]) -> int:
    # up to the first run that ended and was not undone; those before it were cut off, and it finished their work
    return next((place for place, run in enumerate(runs, 1) if run.status == "finished"), len(runs))


def _rested_on(store: Store, scope: str) -> Iterable[str]:
    kept = scopes(store).get(scope)
    return () if kept is None else (*kept.runs, *kept.previous)
