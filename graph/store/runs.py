"""Import runs and scopes: who asserts what, kept beside the graph, outside revisions and hash (SEMANTICS 7)."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import orjson

RUNNING = "running"  # the status of a run that has not come to its end, carried out or not
KEPT_RUNS = 20  # partial runs that a scope rests on before their batches are looked through together


KEPT_FULL = 4  # full runs of a scope, the last one aside, that can be undone one after the other
BEFORE = ""  # in `Scope.previous`, between what full runs replaced


class Rows(Protocol):
    """The store, or what one transaction sees of it."""

    def rows(self, name: str, word: str | None = None, **parameters: Any) -> list[dict[str, Any]]:
        """The rows that a statement answers with."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope: the runs whose batches together are what it asserts, those before, and the CIs a full run missed.

    `previous` holds what the last full runs replaced, newest first, BEFORE in between, so that they can be undone.
    `missing` maps a `ci_id` to the time since when no full run has seen it.
    """

    name: str
    source: str
    runs: tuple[str, ...]
    previous: tuple[str, ...]
    missing: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SeenBatch:
    """One batch of a run: its key in the store, the digest of its rows, and the store's revision after it."""

    key: str
    scope: str
    digest: str
    seq: int
    revision: int


def pack(value: Any) -> bytes:
    """Plain lists and maps as compressed JSON."""
    return zlib.compress(orjson.dumps(value), level=1)


def unpack(packed: bytes | None) -> Any:
    """What `pack` packed; `None` for nothing."""
    return None if packed is None else orjson.loads(zlib.decompress(packed))


def scope_key(source: str, name: str) -> str:
    """The key of a scope: it is its data source's own (a folder and a Compose project of one name are two)."""
    return f"{source}:{name}"


def scope_name(key: str) -> str:
    """The scope as the user knows it."""
    return key.partition(":")[2]


def scopes(store: Rows) -> dict[str, Scope]:
    """All scopes, by name."""
    rows = store.rows("scope_read")
    return {
        row["scope"]: Scope(
            row["scope"],
            row["source"],
            tuple(row["runs"]),
            tuple(row["previous"] or ()),
            unpack(row["missing"]) or {},
        )
        for row in rows
    }


def batches(store: Rows, run: str) -> list[SeenBatch]:
    """The batches that a run saw, in order."""
    rows = store.rows("seen_digests", run=run)
    return [SeenBatch(row["key"], row["scope"], row["digest"], row["seq"], row["revision"]) for row in rows]


def keys_seen(store: Rows, runs: Iterable[str], scope: str) -> Iterator[list[str]]:
    """The keys (`ci:…`, `rel:…`) that batches of these runs saw in a scope, a batch at a time."""
    for run in runs:
        for batch in batches(store, run):
            if batch.scope == scope:
                rows = store.rows("seen_keys", key=batch.key)
                yield unpack(rows[0]["keys"]) if rows else []


def asserted_elsewhere(store: Rows, keys: set[str], scope: str) -> set[str]:
    """Those of the keys that another scope asserts."""
    found: set[str] = set()
    for other in scopes(store).values():
        if other.name == scope:
            continue
        for seen in keys_seen(store, other.runs, other.name):
            found |= keys.intersection(seen)
    return found


def staged_dependents(store: Rows) -> set[str]:
    """CIs whose redundancy groups an unfinished run has not put into the graph yet."""
    rows = store.rows("runs_running")
    return {ci for row in rows for ci in unpack(row["staged"]) or ()}


class Unseen:
    """CIs that nobody sees any more, looked for anew where a scope rests on other runs, or misses others, than before.

    What scopes assert may be as large as the register. Any number of threads may ask.
    """

    def __init__(self, store: Rows) -> None:
        self._store = store
        self._known: tuple[list[tuple[Any, ...]], set[str]] = [], set()

    def at(self, moment: datetime | None = None) -> set[str]:
        """CIs that the last full run of a scope did not see (until a moment), and that no other scope sees either."""
        every = scopes(self._store)
        missing = {
            scope.name: {
                f"ci:{ci}"
                for ci, since in scope.missing.items()
                if moment is None or datetime.fromisoformat(since) <= moment
            }
            for scope in every.values()
        }
        asked = [(scope.name, scope.runs, frozenset(missing[scope.name])) for scope in every.values()]
        known, found = self._known
        if known != asked:
            found = {
                key.removeprefix("ci:")
                for name, keys in missing.items()
                if keys
                for key in keys - asserted_elsewhere(self._store, keys, name)
            }
            self._known = asked, found
        return found


def unseen_since(store: Rows) -> dict[str, str]:
    """Since when which CIs are not seen by anybody any more: what `Unseen` finds of a moment is what is not later."""
    found: dict[str, str] = {}
    for scope in scopes(store).values():
        missing = {f"ci:{ci}" for ci in scope.missing}
        for key in missing - asserted_elsewhere(store, missing, scope.name) if missing else ():
            ci = key.removeprefix("ci:")
            since = scope.missing[ci]
            found[ci] = min(found.get(ci, since), since, key=datetime.fromisoformat)
    return found


def unfinished_run(store: Rows, digest: str) -> str | None:
    """The run of exactly this input that began and did not end, whether or not somebody stopped it."""
    rows = store.rows("runs_unfinished", digest=digest)
    return next((row["run"] for row in rows), None)


def scope_after(scope: Scope | None, name: str, source: str, run: str, *, full: bool, at: str) -> Scope:
    """What a scope rests on once `run` is through: on it alone after a full run, else on it too."""
    old = scope or Scope(name, source, (), (), {})
    runs = (run,) if full else (*[r for r in old.runs if r != run], run)
    previous = _recent((*(r for r in old.runs if r != run), BEFORE, *old.previous)) if full else old.previous
    return Scope(name, source, runs, previous, old.missing)


def generation(previous: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a scope rested on before its last full run, and what was before that."""
    at = previous.index(BEFORE) if BEFORE in previous else len(previous)
    return previous[:at], previous[at + 1 :]


def _recent(previous: tuple[str, ...]) -> tuple[str, ...]:
    kept: list[tuple[str, ...]] = []
    while previous and len(kept) < KEPT_FULL:
        first, previous = generation(previous)
        if first:
            kept.append(first)
    return tuple(run for first in kept for run in (*first, BEFORE))[:-1]


def run_statement(
    run: str, source: str, actor: str, digest: str, scopes: Sequence[str], at: str, *, full: bool, staged: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """The statement that notes that a run begins."""
    return "run_start", {
        "run": run,
        "source": source,
        "actor": actor,
        "digest": digest,
        "scopes": list(scopes),
        "full": full,
        "at": at,
        "staged": pack(list(staged)),
    }


def cancel_statement(run: str) -> tuple[str, dict[str, Any]]:
    """The statement that notes that somebody has stopped a run."""
    return "run_cancel", {"run": run}


def resume_statement(run: str, staged: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """The statement that notes that a run goes on."""
    return "run_resume", {"run": run, "staged": pack(list(staged))}


def scope_statement(scope: Scope, at: str) -> tuple[str, dict[str, Any]]:
    """The statement that writes a scope."""
    return "scope_write", {
        "scope": scope.name,
        "source": scope.source,
        "at": at,
        "runs": list(scope.runs),
        "previous": list(scope.previous),
        "missing": pack(dict(scope.missing)),
    }


def forgotten_by(old: Scope | None, new: Scope) -> Sequence[str]:
    """Runs whose batches nothing rests on any more after a scope changed from `old` to `new`."""
    before = () if old is None else (*old.runs, *old.previous)
    return [run for run in before if run and run not in (*new.runs, *new.previous)]
