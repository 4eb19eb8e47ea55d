"""An estate brought forward along the change feed, at a cost that grows with the changes alone."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from graph.errors import StorageError
from graph.estate import RANK, Estate, number_members
from graph.history import CI, RELATIONSHIP, Thing, decode_entries
from graph.layered import LayeredTable
from graph.overlay import Rows, with_rows
from graph.store.reader import Reader
from graph.store.store import Store
from graph.store.things import ends_of
from graph.tails import Tail

MOST = 50_000  # revisions; past about so many, reading all of a large register anew is quicker
COMMITS_AT_ONCE = 100
TRIES = 40  # each reads only what came since the one before
RETIRED = "retired"
GONE = ""  # the class of CIs that are retired by now


def followed(store: Store, estate: Estate, most: int = MOST) -> Estate | None:
    """The estate at the store's last revision; `None` where more than `most` revisions lie between, or it is newer.

    Where writers leave no moment to read in, the estate given comes back: it is older, and right at its revision.
    """
    if not 0 <= store.revision() - estate.revision <= most:
        return None
    return _followed(store, estate) or estate


def load_followed(store: Store, estate: Estate) -> Estate:
    """An estate that was read while others wrote, made right; its revision is the one before it was begun.

    Raises StorageError `store.busy` where writers leave no moment to read in.
    """
    found = _followed(store, estate)
    if found is None:
        raise StorageError("store.busy", tries=TRIES)
    return found


def _followed(store: Store, estate: Estate) -> Estate | None:
    # both engines let a transaction see what others commit meanwhile: what was read while the log grew may be of
    # both revisions, and is read again from the earlier one on, which is ever less
    found = estate
    for _ in range(TRIES):
        found, alone = store.read(partial(_read, store, found))
        if alone:
            return found
    return None


def _read(store: Store, estate: Estate, reader: Reader) -> tuple[Estate, bool]:
    found = _Following(store, estate, reader).to_now()
    return found, reader.rows("read_store")[0]["revision"] == reader.revision


@dataclass
class _Row:
    source: int
    target: int
    type_code: int
    soft: bool


@dataclass
class _Found:
    rows: list[_Row] = field(default_factory=list)
    members: dict[tuple[int, str], list[tuple[int, str | None]]] = field(default_factory=lambda: defaultdict(list))
    lost: set[tuple[int, str]] = field(default_factory=set)


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
        return self._made(cis, live, leaving, rows | leaving, found)

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
        after = self._estate.revision
        while True:
            page = self._reader.rows("commits_after", after=after, limit=COMMITS_AT_ONCE)
            for row in page:
                for revision in decode_entries(row["entries"], row["first"]):
                    if revision.number > self._estate.revision:
                        yield revision.kind, revision.key, revision.after
            if len(page) < COMMITS_AT_ONCE:
                return
            after = page[-1]["last"]

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

    def _related(self, dependents: Mapping[str, int], leaving: set[int]) -> _Found:
        found, related, order = _Found(), list[tuple[int, str, str, Thing]](), list(self._types)
        for provider, dependent in (("target", "source"), ("source", "target")):
            types = self._of_provider(provider)
            for key, kept in self._reader.relationships_at(dependents, types, end=dependent):
                related.append((order.index(ends_of(key)[1]), key, provider, kept.thing))
        # type by type, as a whole estate is read: of two between the same two CIs the first one's name is kept
        for _, key, provider, thing in sorted(related, key=lambda row: row[:2]):
            source, kind, target = ends_of(key)
            below, above = (source, target) if provider == "target" else (target, source)
            number = self._number(above)
            there = -1 if number is None or number in leaving else number
            self._note(found, dependents[below], there, kind, above, thing)
        found.lost -= found.members.keys()
        return found

    def _note(self, found: _Found, dependent: int, provider: int, kind: str, ci_id: str, thing: Thing) -> None:
        group, soft = thing.state.get("redundancy_group"), thing.state.get("strength") == "soft"
        if provider < 0:
            if not soft:
                found.lost.add((dependent, str(group or f"{kind}|{ci_id}")))
            return
        if group is not None:
            quorum = thing.state.get("min_available")
            found.members[dependent, str(group)].append((len(found.rows), None if quorum is None else str(quorum)))
        found.rows.append(_Row(dependent, provider, self._codes[kind], soft))

    def _made(
        self, cis: Mapping[str, Thing | None], live: set[str], leaving: set[int], dependents: set[int], found: _Found
    ) -> Estate:
        estate, rows = self._estate, found.rows
        source, target = (np.array([getattr(row, end) for row in rows], np.int64) for end in ("source", "target"))
        type_code = np.array([row.type_code for row in rows], np.uint8)
        soft = np.array([row.soft for row in rows], np.bool_)
        feeding = np.array([kind.feeds for kind in self._types.values()], np.bool_)
        grouped = number_members(found.members, target, len(rows), len(estate.group_names))
        tail = estate.given or Tail({"type_code": estate.type_code, "group": estate.group})
        tail, given = tail.grown(len(estate.type_code), {"type_code": type_code, "group": grouped.group})
        topology = with_rows(
            estate.topology,
            Rows(
                sorted(dependents), source, target, soft, grouped.group, np.where(grouped.group < 0, 1, grouped.needed),
                feeding[type_code] & ~soft if rows else None,
            ),
            n=estate.topology.n + len(self._fresh),
            given=len(estate.type_code),
        )  # fmt: skip
        names = {len(estate.group_names) + at: name for at, name in enumerate(grouped.names)}
        return replace(
            self._described(cis, live, leaving),
            revision=self._reader.revision,
            topology=topology,
            given=tail,
            type_code=given["type_code"],
            group=given["group"],
            group_names=LayeredTable.over(estate.group_names).changed(names),
            quorum_impossible=_flags(estate.quorum_impossible, dependents, grouped.impossible),
            dependency_lost=_flags(estate.dependency_lost, dependents, found.lost),
        )

    def _described(self, cis: Mapping[str, Thing | None], live: set[str], leaving: set[int]) -> Estate:
        estate, more = self._estate, len(self._fresh)
        names = {self._number(ci_id): thing for ci_id, thing in cis.items() if thing and ci_id in live}
        known = {number: thing.state for number, thing in names.items() if number is not None}
        class_names = [*estate.class_names]
        for name in sorted({str(state["ci_class"]) for state in known.values()} | {GONE}):
            if name not in class_names:
                class_names.append(name)
        class_code = np.concatenate([estate.class_code, np.zeros(more, estate.class_code.dtype)])
        criticality = np.concatenate([estate.criticality, np.zeros(more, np.uint8)])
        for number, state in known.items():
            class_code[number] = class_names.index(str(state["ci_class"]))
            criticality[number] = RANK.get(str(state.get("criticality", "")), 0)
        class_code[list(leaving)] = class_names.index(GONE)
        return replace(
            estate,
            ids=LayeredTable.over(estate.ids).changed({at: ci_id for ci_id, at in self._fresh.items()}, list(leaving)),
            names=LayeredTable.over(estate.names).changed({n: str(state["name"]) for n, state in known.items()}),
            class_names=tuple(class_names),
            class_code=class_code,
            criticality=criticality,
        )


def _flags(
    before: Iterable[tuple[int, str]], dependents: set[int], now: Iterable[tuple[int, str]]
) -> tuple[tuple[int, str], ...]:
    return tuple(sorted({flag for flag in before if flag[0] not in dependents} | set(now)))
