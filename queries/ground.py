"""A topology as the loops of falling read it, with the groups that somebody alters beside its rows."""

import copy
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graph.csr import Csr
from graph.deadline import acquired
from graph.overlay import Rows as NewRows
from graph.overlay import with_rows
from graph.topology import Topology
from queries.kernels.fall import Fallen, Marks, Rows, Versions, fall, note, tally
from queries.parties import Instant, Lineage, Requirement, Version

I32 = NDArray[np.int32]
NONE = np.empty(0, np.int32)
EVER_BEFORE, EVER_AFTER = -(2**63), 2**63 - 1
KEPT = 2**23  # numbers of what falls that are kept for the next who ask: 32 MB
EACH = 256  # the same, for each who is kept
GROUNDS = 2  # kept: of the stored changes, and of them with one more; at a million CIs each takes 100 MB
USED = 100  # times that one was asked for, which no more count: another schedule takes the place of one that is over
SOURCELESS = 16  # states of what feeds, of which it is kept who has no source
Falling = tuple[frozenset[int], bytes, bytes]  # with whose edits, what stops, and which circles may have lost a source


@dataclass
class Falls:
    """What some let fall, of one list of versions: sweeps that meet the same parties ask for it again and again.

    It holds at any time where no group that somebody alters had a part in it, else while the same versions bind.
    """

    most: int = KEPT
    known: dict[tuple[Falling, bytes], Fallen] = field(default_factory=dict)
    _size: int = 0

    def get(self, what: Falling, binding: bytes) -> Fallen | None:
        """As it was found, if it was kept."""
        found = self.known.get((what, b""))
        return self.known.get((what, binding)) if found is None else found

    def keep(self, what: Falling, binding: bytes, found: Fallen) -> None:
        """Keep it; where there is no more room, all before it goes."""
        size = EACH + len(what[1]) + sum(map(len, found))
        if self._size + size > self.most:
            self.known, self._size = {}, 0
        if size <= self.most:
            self._size += size
            self.known[what, binding] = found


class Ground:
    """What falls together, at a time (`at`), of places; CIs that somebody adds are places behind those there are.

    Groups have numbers: those of the topology, then the versions, then the circles of feeding. `fed`: see `fed_with`.
    """

    def __init__(self, topology: Topology, versions: Sequence[Version], n: int, fed: Callable[[], Csr]) -> None:
        self.versions, self._topology, self.n, self._fed_of = versions, topology, n, fed
        self._altered = sorted({version.lineage[0] for version in versions})
        csr = topology.csr
        more = np.arange(topology.n, n, dtype=np.int32)
        self.place, self.index = (_behind(array, more) for array in (csr.place, csr.index))
        beg, end, rbeg, rend = (_behind(array, 0 * more) for array in (csr.beg, csr.end, csr.rbeg, csr.rend))
        # circles of any of the graphs: who has a source is found within them, so larger ones do no harm
        wide = self._fed if self.alters_feeding else csr
        self.rows = Rows(
            beg, end, csr.to, csr.code, rbeg, rend, csr.rto, csr.rcode, csr.spare, csr.feeds,
            _behind(wide.circle, 0 * more - 1) if len(wide.circle) and len(wide.circle) < n else wide.circle,
            wide.circle_start, wide.circle_member,
        )  # fmt: skip
        self._kept = self._versions()
        groups, circles = len(csr.spare) + len(versions), len(wide.circle_start) - 1
        self.first_version, self.first_circle = len(csr.spare), groups
        self._circles = circles
        # circles are looked at where several touch them
        self.spares = np.concatenate([csr.spare, self._kept.spare, np.ones(circles, np.int32)])
        self._clear()
        self.falls = Falls()
        self._known: dict[bytes, NDArray[np.bool_]] = {}
        self._plain = np.array([not version.by for version in versions], np.bool_)
        self._begins, self._ends, self._replaced = (
            np.array([default if at is None else at for at in times], np.int64)
            for default, times in (
                (EVER_BEFORE, [version.begins for version in versions]),
                (EVER_AFTER, [version.ends for version in versions]),
                (EVER_AFTER, [version.replaced_at for version in versions]),
            )
        )
        self._made_by: dict[int, list[int]] = {}
        for number, version in enumerate(versions):
            for party in version.by:
                self._made_by.setdefault(party, []).append(number)

    def _clear(self) -> None:
        # nobody is counted, nothing marked
        n, groups, circles = self.n, self.first_circle, self._circles
        self._marks = Marks(*(np.zeros(size, np.int32) for size in (n, groups, groups, n, n, circles, circles, 1)))
        self._held = np.zeros(len(self.rows.rto) + len(self._kept.held), np.int32)
        self._distinct = np.zeros(groups + circles, np.int32)
        self._flags = np.zeros(groups + circles, np.bool_)
        self._stamp = 0

    def again(self) -> "Ground":
        """The same for another sweep, with what was found to fall."""
        made = copy.copy(self)
        made._clear()
        return made

    @cached_property
    def alters_feeding(self) -> bool:
        """Whether who has a source may depend on what somebody alters.

        Sources are looked for in circles alone; so he alters a group that feeds one of a circle, or there are CIs
        without a source, and any group that feeds may decide on whom that tells.
        """
        csr, owners = self._topology.csr, [version.lineage[0] for version in self._altered_feeding]
        if not owners:
            return False
        circle = self._fed.circle
        in_circles = len(circle) > 0 and bool((circle[self.place[owners]] >= 0).any())
        return in_circles or bool(csr.unfounded.any())

    @cached_property
    def _altered_feeding(self) -> list[Version]:
        # those of CIs that are not in the topology, or with such members, are not as it has them either
        changed = {version.lineage for version in self.versions if version.by or version.replaced_by is not None}
        n = self._topology.n
        return [
            version
            for version in self.versions
            if version.requirement.feeds
            and (version.lineage in changed or max((version.lineage[0], *version.requirement.members)) >= n)
        ]

    @cached_property
    def _fed(self) -> Csr:
        return self._fed_of()

    def owner(self, group: int) -> int:
        """The place of the dependent."""
        if group < self.first_version:
            return int(self._topology.csr.owner[group])
        return int(self._kept.owner[group - self.first_version])

    def version(self, group: int) -> Version | None:
        """The version that a group's number stands for."""
        return self.versions[group - self.first_version] if self.first_version <= group < self.first_circle else None

    def is_bound(self, group: int) -> bool:
        """Whether a version has to be met at this time."""
        return bool(self.bound[group - self.first_version])

    def versions_by(self, party: int) -> list[int]:
        """Versions, as groups, that somebody had a part in."""
        return [self.first_version + number for number in self._made_by.get(party, ())]

    def circles_of(self, party: int) -> list[int]:
        """Circles of feeding, as groups, in which somebody alters what feeds."""
        if not self._circles:
            return []
        versions = [self.versions[number] for number in self._made_by.get(party, ())]
        owners = [self.place[version.lineage[0]] for version in versions if version.requirement.feeds]
        return sorted({self.first_circle + int(found) for found in self.rows.circle[owners] if found >= 0})

    def set_time(self, at: Instant) -> None:
        """From now on the graph is that of this time."""
        # as `Version.is_bound` and `is_last`
        self.bound = (self._begins <= at) & (at < self._ends)
        self._on = (self.bound & self._plain).astype(np.uint8)
        if not self.alters_feeding:
            self._sources = self._plain[None, :] & self.bound
            self._unfounded = self._recorded[None, :]
            self._binding = self.bound.tobytes()
            return
        # all that binds, with the excuses of the recorded graph; and what the edits make of it, with its own: who has a
        # source only since somebody's edits can lose that one
        last = self.bound & (at < self._replaced)
        self._sources = np.array([self.bound, last])
        self._unfounded = np.array([self._recorded, self._without_source(last)])
        self._binding = self._sources.tobytes()

    def fall_alone(self, some: frozenset[int], forced: I32, circles: I32) -> Fallen:
        """Who falls when `forced` stop, with the edits of some parties, and circles may have lost a source."""
        what = some, forced.tobytes(), circles.tobytes()
        found = self.falls.get(what, self._binding)
        if found is None:
            found = self.fall_of(some, forced=forced, circles=circles)
            members = (self._kept.role[found.places] & 2).any()
            is_plain = not (members or self._circles or any(self._made_by.get(each) for each in some))
            self.falls.keep(what, b"" if is_plain else self._binding, found)
        return found

    def fall_of(
        self, some: Iterable[int], *, forced: I32 = NONE, out: Iterable[I32] = (), suspects: I32 = NONE,
        circles: I32 = NONE,
    ) -> Fallen:  # fmt: skip
        """Who falls when `forced` stop, or because all of `out` are out, with the edits of some parties."""
        self._stamp += 2
        noted = False
        for places in out:
            noted = True
            note(places, self._marks.mark, self._stamp)
        on, sources = self._on, self._sources & self._plain
        mine = self._made_with(frozenset(some))
        if mine:
            on, sources = on.copy(), sources.copy()
            on[mine] = self.bound[mine]
            sources[:, mine] = self._sources[:, mine]
        found: Fallen = fall(
            self.rows, self._kept, on, sources.view(np.uint8), self._unfounded, self._marks, self._stamp, forced,
            suspects, circles, noted,
        )  # fmt: skip
        return found

    def _made_with(self, some: frozenset[int]) -> list[int]:
        found = {number for party in some for number in self._made_by.get(party, ())}
        return [number for number in found if self.versions[number].by <= some]

    def tally(self, group: I32, slot: I32, by: int) -> None:
        """Count what a set that comes (1) or goes (-1) takes from groups."""
        tally(group, slot, by, self._held, self._distinct)

    def losing(self, groups: I32) -> list[int]:
        """Those of some groups that have lost more members to the sets that are counted than they can spare."""
        return sorted(set(groups[self._distinct[groups] > self.spares[groups]].tolist()))

    def flagged(self, groups: list[int]) -> NDArray[np.bool_]:
        """Of every group whether it is one of these; whoever asks takes the flags down again."""
        self._flags[groups] = True
        return self._flags

    def _versions(self) -> Versions:
        owner = self.place[[version.lineage[0] for version in self.versions]].astype(np.int32)
        members = [self.place[list(version.requirement.members)] for version in self.versions]
        sizes = np.array([len(mine) for mine in members], np.int64)
        member = np.concatenate([NONE, *members]).astype(np.int32)
        start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
        needed = np.array([version.requirement.needed for version in self.versions], np.int64)
        feeds = np.array([version.requirement.feeds for version in self.versions], np.bool_)
        owned_start, owned = _grouped(owner, np.arange(len(owner), dtype=np.int32), self.n)
        held_start, held = _grouped(member, np.repeat(np.arange(len(owner), dtype=np.int32), sizes), self.n)
        spare = (sizes - needed).astype(np.int32)
        role = np.zeros(self.n, np.uint8)
        role[self.place[self._altered]] = 1
        role[member] |= 2
        return Versions(role, owner, start, member, spare, feeds, owned_start, owned, held_start, held)

    @cached_property
    def _recorded(self) -> NDArray[np.bool_]:
        # who has no source as the graph is recorded
        if self.alters_feeding:
            return self._without_source(self._plain)
        csr = self._topology.csr
        more = self.n - self._topology.n if self._topology.has_feeds else 0
        return np.concatenate([csr.unfounded, np.zeros(more, np.bool_)])

    def _without_source(self, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
        key = there.tobytes()
        found = self._known.get(key)
        if found is None:
            some = [self.versions[number] for number in np.flatnonzero(there).tolist()]
            found = _with(self._topology, self.versions, some, self.n).csr.unfounded
            found = found if len(found) else np.zeros(self.n, np.bool_)
            if len(self._known) >= SOURCELESS:
                self._known.clear()
            self._known[key] = found
        return found


@dataclass
class _Kept:
    topology: Topology
    versions: Sequence[Version]
    n: int
    ground: Ground
    used: int = 0

    def is_of(self, topology: Topology, versions: Sequence[Version], n: int) -> bool:
        return self.topology is topology and self.n == n and self.versions == versions


class Grounds:
    """Grounds over one topology, the most asked for: whoever asks about the same edits of others finds what falls, too.

    Moving a window moves no edits of others, so that a thousand changes beside it are asked about once. Any number of
    threads may ask.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: list[_Kept] = []
        self._fed: list[tuple[Topology, Sequence[tuple[Lineage, Requirement]], int, Csr]] = []

    def of(self, topology: Topology, versions: Sequence[Version], n: int) -> Ground:
        """What falls together; each sweep goes over it `again`."""
        found = self._had(topology, versions, n)
        if found is not None:
            return found
        with acquired(self._lock):
            found = self._had(topology, versions, n)  # somebody else has made it meanwhile
            if found is None:
                found = Ground(topology, versions, n, lambda: self._fed_with(topology, versions, n))
                self._keep(_Kept(topology, versions, n, found))
        return found

    def _had(self, topology: Topology, versions: Sequence[Version], n: int) -> Ground | None:
        for each in tuple(self._made):
            if each.is_of(topology, versions, n):
                each.used = min(each.used + 1, USED)
                return each.ground
        return None

    def _keep(self, fresh: _Kept) -> None:
        # the windows that are tried for a change with edits are each asked for once: they take turns in one place
        others = self._made
        if len(others) >= GROUNDS:
            least = min(others, key=lambda each: each.used)
            others = [each for each in others if each is not least]
            for each in others:
                each.used = max(0, each.used - 1)
        self._made = [*others, fresh]

    def _fed_with(self, topology: Topology, versions: Sequence[Version], n: int) -> Csr:
        # when they bind makes no difference to its circles
        groups = [(version.lineage, version.requirement) for version in versions]
        for known, some, size, fed in tuple(self._fed):
            if known is topology and size == n and some == groups:
                return fed
        fed = fed_with(topology, versions, n)
        self._fed = [*self._fed, (topology, groups, n, fed)][-GROUNDS:]
        return fed


def fed_with(topology: Topology, versions: Sequence[Version], n: int) -> Csr:
    """The arrays in which those whose groups are altered have all versions that feed at once, for its circles."""
    return _with(topology, versions, [version for version in versions if version.requirement.feeds], n).csr


def _with(topology: Topology, versions: Sequence[Version], some: Iterable[Version], n: int) -> Topology:
    # the topology in which those that are altered have only some of these groups
    edges = [
        (version.lineage[0], member, number, version.requirement.needed, version.requirement.feeds)
        for number, version in enumerate(some)
        for member in version.requirement.members
    ]
    source, target, group, needed, feeds = (list(column) for column in zip(*edges, strict=True)) if edges else ([],) * 5
    altered = sorted({version.lineage[0] for version in versions})
    rows = NewRows(altered, source, target, group=group, min_available=needed, feeds=np.array(feeds, np.bool_))
    return with_rows(topology, rows, n=n)


def _behind(array: I32, more: I32) -> I32:
    if not len(more):
        return array
    grown = np.concatenate([array, more]).astype(np.int32)
    grown.flags.writeable = False  # as a topology's own
    return grown


def _grouped(keys: I32, values: I32, n: int) -> tuple[I32, I32]:
    order = np.argsort(keys, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(keys, minlength=n))]).astype(np.int32)
    return start, values[order]
