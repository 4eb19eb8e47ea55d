"""An estate brought forward along the change feed, at a cost that grows with the changes alone."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from graph.estate import Estate
from graph.forward import Cis, Related, brought_forward
from graph.history import CI, RELATIONSHIP, Revision, Thing, decode_entries
from graph.store.log import forwards
from graph.store.reader import Reader
from graph.store.store import Store
from graph.store.things import ends_of

MOST = 50_000  # revisions; past about so many, reading all of a large register anew is quicker
FEW = 500  # revisions that are always followed
BETWEEN = 2  # times that a moment between writers is looked for; each reads only what came since the one before
APPLYING = 0.005  # seconds until what is being committed is looked at again
RETIRED = "retired"


def worth_following(estate: Estate) -> int:
    """How many revisions an estate is brought forward by; past that it is quicker to read all anew.

    On the embedded engine 11,700 revisions into an empty estate take as long as 200 readings of what they make.
    """
    return min(MOST, max(FEW, estate.topology.n // 4))


def followed(store: Store, estate: Estate, most: int = MOST) -> Estate | None:
    """The estate at the store's last revision; `None` where more than `most` revisions lie between, or it is newer.

    Where writers leave no moment to read in, they wait once for the little that is left.
    """
    since = store.revision() - estate.revision
    if not since:
        return estate
    if not 0 < since <= most:
        return None
    return _followed(store, estate)


def load_followed(store: Store, estate: Estate) -> Estate:
    """An estate that was read while others wrote, made right; its revision is the one before it was begun."""
    found = estate
    for _ in range(BETWEEN):
        # of what has been read before, the number of the last commit may have been there and not yet all of it
        upto = store.settled()
        if found.revision == upto:
            return found
        found = _followed(store, found)
    return _alone(store, found)


def _alone(store: Store, estate: Estate) -> Estate:
    # writers leave no moment to read in: they wait once, while the little that is left is read
    return store.alone(lambda reader: _Following(store, estate, reader).to_now())


def _followed(store: Store, estate: Estate) -> Estate:
    # both engines let a transaction see what others commit meanwhile: what was read while the log grew may be of
    # both revisions, and is read again from the earlier one on, which is ever less
    found = estate
    for _ in range(BETWEEN):
        moved, alone = store.read(partial(_read, store, found))
        found = moved or found
        if alone:
            return found
    return _alone(store, found)


def _read(store: Store, estate: Estate, reader: Reader) -> tuple[Estate | None, bool]:
    try:
        found = _Following(store, estate, reader).to_now()
    except _NotYetThereError:
        time.sleep(APPLYING)
        return None, False
    # what a later commit wrote can be there before its number
    later = any(kept is not None and kept.revision > reader.revision for kept in reader.seen.values())
    return found, not later and reader.rows("read_store")[0]["revision"] == reader.revision


class _NotYetThereError(Exception):
    """The number of the last commit can be read, and not yet all that it wrote."""


class _Following:
    def __init__(self, store: Store, estate: Estate, reader: Reader) -> None:
        self._store, self._estate, self._reader = store, estate, reader
        self._types = store.ontology.relationship_types
        self._codes = {name: code for code, name in enumerate(self._types)}
        self._arriving: list[str] = []
        self._fresh: dict[str, int] = {}

    def to_now(self) -> Estate:
        estate = self._estate
        if self._reader.revision == estate.revision:
            return estate
        cis, dependents = self._changed()
        live = {ci_id for ci_id, thing in cis.items() if thing and thing.state.get("status") != RETIRED}
        arriving = sorted(ci_id for ci_id in live if estate.find(ci_id) is None)
        leaving = {number for ci_id in cis.keys() - live if (number := estate.find(ci_id)) is not None}
        self._arriving = arriving
        self._fresh = {ci_id: estate.topology.n + at for at, ci_id in enumerate(arriving)}
        dependents |= set(arriving) | self._resting_on(arriving)
        rows = {n for ci_id in dependents if (n := self._number(ci_id)) is not None}
        rows |= {int(d) for number in leaving for d in estate.topology.dependents_of(number)}
        named = {self._id(number): number for number in rows - leaving}
        found = self._related(named, leaving)
        known = {n: thing.state for ci_id, thing in cis.items() if thing and (n := self._number(ci_id)) is not None}
        changed = Cis(self._fresh, frozenset(leaving), {n: state for n, state in known.items() if n not in leaving})
        return brought_forward(estate, self._types, changed, rows, [found], self._reader.revision)

    def _changed(self) -> tuple[dict[str, Thing | None], set[str]]:
        cis: dict[str, Thing | None] = {}
        dependents: set[str] = set()
        for kind, key, after in self._feed():
            if kind == CI:
                cis[key] = after
            elif kind == RELATIONSHIP:
                dependents |= self._dependent_end(key)
        return cis, dependents

    def _feed(self) -> Iterator[tuple[str, str, Thing | None]]:
        after, last = self._estate.revision, list[Revision]()
        for row in forwards(self._reader.rows, after, lambda: self._reader.revision):
            last = list(decode_entries(row["entries"], row["first"]))
            for revision in last:
                if revision.number > self._estate.revision:
                    yield revision.kind, revision.key, revision.after
            after = row["last"]
        if after < self._reader.revision or not self._is_there(last):
            raise _NotYetThereError

    def _is_there(self, last: Sequence[Revision]) -> bool:
        # Neo4j applies a commit bit by bit while others read; those before it were done when it began
        for kind in {revision.kind for revision in last}:
            mine = {revision.key: revision for revision in last if revision.kind == kind}
            found = self._reader.things.read(self._reader.tx, kind, list(mine))
            for key, revision in mine.items():
                kept = found.get(key)
                if (kept is None) != (revision.after is None) or (kept and kept.revision < revision.number):
                    return False
        return True

    def _dependent_end(self, key: str) -> set[str]:
        source, kind, target = ends_of(key)
        return {"target": {source}, "source": {target}, None: set()}[self._types[kind].provider]

    def _of_provider(self, end: str) -> list[str]:
        return [name for name, kind in self._types.items() if kind.provider == end]

    def _resting_on(self, ci_ids: Iterable[str]) -> set[str]:
        wanted = list(ci_ids)
        found: set[str] = set()
        for provider in ("target", "source"):
            for key, _ in self._reader.relationships_at(wanted, self._of_provider(provider), end=provider):
                found |= self._dependent_end(key)
        return found

    def _number(self, ci_id: str) -> int | None:
        found = self._fresh.get(ci_id)
        return self._estate.find(ci_id) if found is None else found

    def _id(self, number: int) -> str:
        n = self._estate.topology.n
        return self._estate.ids[number] if number < n else self._arriving[number - n]

    def _related(self, dependents: Mapping[str, int], leaving: set[int]) -> Related:
        found, related, order = Related(), list[tuple[int, str, str, Thing]](), list(self._types)
        for provider, dependent in (("target", "source"), ("source", "target")):
            types = self._of_provider(provider)
            for key, kept in self._reader.relationships_at(dependents, types, end=dependent):
                related.append((order.index(ends_of(key)[1]), key, provider, kept.thing))
        # type by type, as a whole estate is read: of two between the same two CIs the first one's name is kept
        for _, key, provider, thing in sorted(related, key=lambda row: row[:2]):
            source, kind, target = ends_of(key)
            below, above = (source, target) if provider == "target" else (target, source)
            number = self._number(above)
            there = None if number in leaving else number
            found.note(dependents[below], there, kind, self._codes[kind], above, thing.state)
        return found
