"""Which coming changes may stand otherwise once something was written: by what each of them rests on.

An answer about a change depends on the graph at its affected CIs and below them, and nowhere else: what is touched
alters it only if it is one of these, or something that one of these rests on. So whatever rests on what was touched is
held against what each change affects. What is near, an affected CI itself or one of a group of theirs, comes first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate
from graph.history import CI, RELATIONSHIP, Revision
from graph.ontology import Ontology
from graph.records.changes import Change, change_of
from graph.records.incidents import incident_of
from graph.records.windows import EVERYTHING, Window, window_of
from queries.impact import State
from queries.past import touched_of
from queries.periods import MAINTENANCE
from queries.planned import IMPLEMENTING, RESOLVED
from queries.review import Review

I64 = NDArray[np.int64]
READ = ("status", "criticality", "ci_class")  # of a CI what a verdict reads; relationships say the rest
CHANGES, INCIDENTS, WINDOWS = "changes", "incidents", "windows"
MANY = "many"
NONE = np.empty(0, np.int64)
TOO_MANY = 50_000  # CIs that rest on what was touched; with more of them nearly every change is concerned


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a change rests on. `start`, `end`: from when until when others can be in its way; `None`: open.

    `affected`, `near`: CIs that it affects, and those of their groups, by the hash of their ids in this process.
    """

    change_id: str
    start: datetime | None
    end: datetime | None
    affected: I64
    near: I64

    @classmethod
    def nowhere(cls, change: Change) -> Self:
        """Of a change that cannot be reviewed: of what it names."""
        named = _hashes(ci_id for ci_id, _ in change.affected)
        return cls(change.change_id, change.planned_start, change.planned_end, named, NONE)

    def is_like(self, other: "Footprint | None") -> bool:
        """Whether it holds the same CIs as another one."""
        return other is not None and all(
            np.array_equal(mine, theirs) for mine, theirs in ((self.affected, other.affected), (self.near, other.near))
        )

    def among(self, causes: Sequence["Cause"], estate: Estate) -> list["Cause"]:
        """Of what was written what concerns this change: what is near to it, or where nothing is, what is not."""
        near, far = Footprints({self.change_id: self}).concerned(causes, estate)
        return near.get(self.change_id) or far.get(self.change_id, [])


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that was written and may have altered how changes stand. `when`: since and until it is of interest.

    `own`: it concerns the change of that id alone. The kind `many` stands for more revisions than are followed.
    """

    revision: int
    kind: str
    key: str
    cis: tuple[str, ...] = ()
    when: tuple[datetime | None, datetime | None] = (None, None)
    own: bool = False

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"revision": self.revision, "kind": self.kind, "key": self.key}


def footprint_of(review: Review) -> Footprint:
    """Of a change, from its review."""
    change, estate, topology = review.change, review.estate, review.estate.topology
    found = review.during
    affected = np.concatenate([found.indices(state) for state in (State.OUTAGE, State.DEGRADED, State.AT_RISK)])
    affected = np.union1d(affected, np.fromiter(review.seeds, np.int32, len(review.seeds)))
    near = np.setdiff1d(topology.providers_of_any(affected), affected)
    named = {ci_id for ci_id, _ in change.affected} | set(review.proposal.numbers)
    lasts = change.edits is not None or "retire" in review.seeds.values()
    return Footprint(
        change.change_id,
        change.planned_start,
        None if lasts else change.planned_end,
        _hashes([*named, *(estate.ids[ci] for ci in affected.tolist())]),
        _hashes(estate.ids[ci] for ci in near.tolist()),
    )


def cause_of(revision: Revision, ontology: Ontology) -> Cause | None:
    """What a revision may alter of verdicts; `None`: nothing."""
    number, kind, key = revision.number, revision.kind, revision.key
    before, after = (None if each is None else each.state for each in (revision.before, revision.after))
    if kind == CI:
        same = before is not None and after is not None and all(before.get(f) == after.get(f) for f in READ)
        return None if same else Cause(number, kind, key, (key,))
    if kind == RELATIONSHIP:
        source, name, target = key.split("|")
        known = ontology.relationship_types.get(name)
        return Cause(number, kind, key, (source, target)) if known and known.provider is not None else None
    states = [each for each in (before, after) if each is not None]
    if kind == CHANGES:
        return _of_changes(number, key, [change_of(key, each) for each in states], ontology)
    if kind == INCIDENTS:
        found = [incident_of(key, each) for each in states]
        still = [each for each in found if each.resolved_at is None and each.status not in RESOLVED]
        cis = tuple(sorted({each.ci_id for each in still if each.ci_id}))
        # one that says no end lasts until a day after whoever asks: how long that is nobody knows here
        return Cause(number, kind, key, cis, (None, _most([each.expected_end for each in still]))) if cis else None
    if kind == WINDOWS:
        scopes = [window_of(key, each) for each in states]
        return Cause(number, kind, key, tuple(sorted({ci for each in scopes for ci in each.scope})), _when(scopes))
    return None


def _of_changes(number: int, key: str, found: Sequence[Change], ontology: Ontology) -> Cause | None:
    active = [each for each in found if each.is_active]
    if not active:
        return None
    if len(active) == len(found) == 2 and _planned(found[0]) == _planned(found[1]):
        # papers and words, which alter nothing but this change itself
        return Cause(number, CHANGES, key, own=True)
    starts = [each.planned_start for each in active]
    lasts = any(each.edits is not None or any(e == "retire" for _, e in each.affected) for each in active)
    ends = [None if lasts else each.planned_end for each in active]
    touched = frozenset().union(*(touched_of(each, ontology) for each in active))
    return Cause(number, CHANGES, key, tuple(sorted(touched)), (_least(starts), _most(ends)))


def _planned(change: Change) -> tuple[object, ...]:
    # a change that is being carried out may have begun before, and last longer than, it was planned to
    late = (change.actual_start, change.actual_end) if change.status == IMPLEMENTING else ()
    return (change.is_active, change.planned_start, change.planned_end, change.affected, change.edits, late)


def _when(windows: Sequence[Window]) -> tuple[datetime | None, datetime | None]:
    # a maintenance window is missed by who is at work at any other time
    if any(each.rrule is not None or each.kind == MAINTENANCE for each in windows):
        return None, None
    return _least([each.start for each in windows]), _most([each.end for each in windows])


def _least(moments: Sequence[datetime | None]) -> datetime | None:
    known = [each for each in moments if each is not None]
    return min(known) if len(known) == len(moments) else None


def _most(moments: Sequence[datetime | None]) -> datetime | None:
    known = [each for each in moments if each is not None]
    return max(known) if len(known) == len(moments) else None


Concerned = dict[str, list[Cause]]
"""Changes, each with what concerns it."""


@dataclass
class Footprints:
    """The footprints of all changes that are watched, by id."""

    _held: dict[str, Footprint] = field(default_factory=dict)
    _table: "_Table | None" = None

    def put(self, footprint: Footprint) -> None:
        """A change was looked at."""
        if not footprint.is_like(self._held.get(footprint.change_id)):
            self._table = None
        self._held[footprint.change_id] = footprint

    def drop(self, change_id: str) -> None:
        """A change is watched no longer."""
        if self._held.pop(change_id, None) is not None:
            self._table = None

    def concerned(self, causes: Sequence[Cause], estate: Estate) -> tuple[Concerned, Concerned]:
        """Changes that something concerns, each with what: first those that it is near to, then all others.

        Together no change is left out whose stand may differ.
        """
        near: Concerned = {}
        far: Concerned = {}
        table = self._table = self._table or _Table.of(self._held)
        of_graph = [cause for cause in causes if cause.kind in (CI, RELATIONSHIP)]
        for cause in of_graph:
            # a relationship alters what is near only if one of its ends is affected; a CI goes from groups as a member
            _note(near, table.holding(_hashes(cause.cis), members=cause.kind == CI), cause)
        touched = {ci_id for cause in of_graph for ci_id in cause.cis}
        for name in table.meeting(_resting(touched, estate)) if touched else ():
            if name not in near:
                far[name] = list(of_graph)
        for cause in causes:
            if cause.kind == MANY:
                _note(far, self._held, cause)
            elif cause.kind not in (CI, RELATIONSHIP):
                self._of_record(cause, table, estate, near, far)
        return near, {name: found for name, found in far.items() if name not in near}

    def _of_record(self, cause: Cause, table: "_Table", estate: Estate, near: Concerned, far: Concerned) -> None:
        if cause.own:
            _note(near, {cause.key} & self._held.keys(), cause)
            return
        beside = {name for name, each in self._held.items() if _overlap(each, cause.when)}
        pressing = beside
        if EVERYTHING not in cause.cis:
            resting = _resting(cause.cis, estate)
            met = (
                beside if resting is None else table.meeting(resting) | table.holding(_hashes(cause.cis), members=True)
            )
            pressing = beside & met
        if cause.kind == CHANGES and cause.key in self._held:
            pressing = pressing | {cause.key}
        _note(near, pressing, cause)
        if cause.kind == WINDOWS:
            # they concern whoever touches what theirs rests on, however loosely
            _note(far, beside - pressing, cause)


@dataclass(frozen=True)
class _Table:
    # the CIs of all footprints by their hashes, sorted, and whose each is; `around`: with those of their groups
    names: Sequence[str]
    affected: tuple[I64, I64]
    around: tuple[I64, I64]

    @classmethod
    def of(cls, held: Mapping[str, Footprint]) -> Self:
        affected = [each.affected for each in held.values()]
        return cls(
            list(held), _sorted(affected),
            _sorted([np.union1d(each.affected, each.near) for each in held.values()]),
        )  # fmt: skip

    def holding(self, hashes: I64, *, members: bool) -> set[str]:
        """Those that affect one of some CIs; with `members` also those of whose groups one is."""
        found, owner = self.around if members else self.affected
        low, high = (np.searchsorted(found, hashes, side=side) for side in ("left", "right"))
        return {
            self.names[at]
            for begins, ends in zip(low.tolist(), high.tolist(), strict=True)
            for at in owner[begins:ends].tolist()
        }

    def meeting(self, resting: I64 | None) -> set[str]:
        """Those that affect one of many CIs, sorted; `None`: of too many to tell, all."""
        if resting is None:
            return set(self.names)
        found, owner = self.affected
        return {self.names[at] for at in np.unique(owner[np.isin(found, resting)]).tolist()}


def _sorted(parts: Sequence[I64]) -> tuple[I64, I64]:
    owner = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    hashes = np.concatenate([NONE, *parts])
    order = np.argsort(hashes, kind="stable")
    return hashes[order], owner[order]


def _note(found: Concerned, names: Iterable[str], cause: Cause) -> None:
    for name in names:
        found.setdefault(name, []).append(cause)


def _resting(ci_ids: Iterable[str], estate: Estate) -> I64 | None:
    # these and all that rests on them, by their hashes; `None`: too many
    known = list(ci_ids)
    cis = [ci for ci_id in known if (ci := estate.find(ci_id)) is not None]
    above = estate.topology.all_dependents_of(cis) if cis else np.empty(0, np.int32)
    if len(above) > TOO_MANY:
        return None
    return _hashes([*known, *(estate.ids[ci] for ci in above.tolist())])


def _overlap(each: Footprint, when: tuple[datetime | None, datetime | None]) -> bool:
    start, end = when
    return (each.start is None or end is None or each.start < end) and (
        start is None or each.end is None or start < each.end
    )


def _hashes(ci_ids: Iterable[str]) -> I64:
    return np.unique(np.fromiter((hash(ci_id) for ci_id in ci_ids), np.int64))
