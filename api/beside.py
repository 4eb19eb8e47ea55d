"""Whose a CI is and whether it is live, of all CIs at a revision: read once, then brought forward with the log."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.history import CI, RELATIONSHIP, Thing, undo
from graph.store.scan import scan_related, scan_statuses
from graph.store.things import ends_of

if TYPE_CHECKING:
    from graph.store import Store

LIVE = "live"
Changes = Mapping[tuple[str, str], Thing | None]


@dataclass(frozen=True, slots=True)
class Beside:
    """`statuses`: of CIs that are not live. `owners`: by CI, sorted. Both at `revision`."""

    revision: int
    statuses: Mapping[str, str]
    owners: Mapping[str, tuple[str, ...]]

    def changed(self, changes: Changes, owned: str, revision: int) -> "Beside":
        """The same at another revision, of what lies between."""
        statuses, owners = dict(self.statuses), dict(self.owners)
        for (kind, key), thing in changes.items():
            if kind == CI:
                _note_status(statuses, key, LIVE if thing is None else str(thing.state.get("status", LIVE)))
            elif kind == RELATIONSHIP and ends_of(key)[1] == owned:
                ci_id, _, owner = ends_of(key)
                left = set(owners.pop(ci_id, ())) - {owner} | (set() if thing is None else {owner})
                if left:
                    owners[ci_id] = tuple(sorted(left))
        return Beside(revision, statuses, owners)


class BesideEstate:
    """Any number of threads may ask, each for the revision that its estate is of."""

    def __init__(self, store: "Store") -> None:
        self._store, self._lock = store, threading.Lock()
        self._owned = store.ontology.shorthands["owner"]
        self._held: Beside | None = None

    def at(self, revision: int) -> Beside:
        """What is known at a revision that has been."""
        with self._lock:
            held = self._held
            if held is None or self._store.revision() < held.revision:
                held = self._read()
            if held.revision < revision:
                held = held.changed(self._after(held.revision, revision), self._owned, revision)
            self._held = held
        if held.revision == revision:
            return held
        # somebody else has asked for a later one meanwhile
        then = undo(self._store.commits_backwards(after=revision, before=held.revision + 1), revision)
        return held.changed(then, self._owned, revision)

    def _after(self, revision: int, upto: int) -> Changes:
        return {
            (each.kind, each.key): each.after
            for commit in self._store.commits(after=revision)
            for each in commit.revisions()
            if revision < each.number <= upto
        }

    def _read(self) -> Beside:
        begun = self._store.settled()
        statuses: dict[str, str] = {}
        for ci_id, status in scan_statuses(self._store):
            _note_status(statuses, ci_id, status)
        owners: dict[str, list[str]] = {}
        for key in scan_related(self._store, self._owned):
            ci_id, _, owner = ends_of(key)
            owners.setdefault(ci_id, []).append(owner)
        found = Beside(begun, statuses, {ci_id: tuple(sorted(some)) for ci_id, some in owners.items()})
        # what was written while this was read may be in it or not: with its commits it is
        now = self._store.settled()
        return found.changed(self._after(begun, now), self._owned, now)


def _note_status(statuses: dict[str, str], ci_id: str, status: str) -> None:
    if status == LIVE:
        statuses.pop(ci_id, None)
    else:
        statuses[ci_id] = status
