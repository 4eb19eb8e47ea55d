"""Where one failure is enough for a service, in the words of the register: ranked, with what goes down with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.estate import Estate
from queries.blast_radius import known_as, numbers_of
from queries.cone import Left, hard_cone, left_under
from queries.families import Families, minimal_sets
from queries.impact import Effect, EffectWord, State, impact
from queries.shared_fate import SharedFate, chain_to, shared_fate
from queries.spof import single_points_of_failure
from queries.sweeps import felled

I32 = NDArray[np.int32]
RELEASE = "software_release"
Releases = Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Point:
    """A single point of failure. `services`, `cis`: how many others are out once it is, and were not without it."""

    ci: int
    services: int
    cis: int


@dataclass(frozen=True, slots=True)
class Margin:
    """A redundancy group on the way. `edge`: one of its relationships, in `csr.to`."""

    owner: int
    edge: int
    members: int
    needed: int
    left: int

    @property
    def margin(self) -> int:
        """How many more can be lost."""
        return self.left - self.needed


@dataclass(frozen=True)
class WeakPoints:
    """What one service hangs on. `base`: what is out or degraded anyway; `releases`: of CIs, the products they run."""

    estate: Estate
    service: int
    base: Mapping[int, EffectWord | Effect] = field(default_factory=dict)
    releases: Releases = field(default_factory=dict)

    @cached_property
    def _left(self) -> Left:
        return left_under(self.estate.topology, self.base)

    @cached_property
    def already_out(self) -> bool:
        """Whether the base seeds alone put it out: then nothing is what stops it."""
        return bool(self._left.gone[self.estate.topology.csr.place[self.service]])

    @cached_property
    def points(self) -> list[Point]:
        """The single points of failure: those with the most services, then the most CIs, on them first."""
        if self.already_out:
            return []
        found = single_points_of_failure(self.estate.topology, self.service, self.base)
        return sorted(self._taking(found.tolist()).values(), key=self._rank)

    def _rank(self, point: Point) -> tuple[int, int, str]:
        return -point.services, -point.cis, self.estate.ids[point.ci]

    def _taking(self, cis: Sequence[int]) -> dict[int, Point]:
        # each with how many others it puts out, beside those that the base seeds do
        t = self.estate.topology
        services = np.zeros(t.n, np.bool_)
        services[self.estate.services()] = True
        if not self.base:
            takes = felled(t, cis, services)
            counts = zip(takes.services.tolist(), takes.cis.tolist(), strict=True)
            return {ci: Point(ci, *each) for ci, each in zip(cis, counts, strict=True)}
        out = impact(t, self.base).indices(State.OUTAGE)
        made = {}
        for ci in cis:
            more = np.setdiff1d(impact(t, {**self.base, ci: "outage"}).indices(State.OUTAGE), [*out, ci])
            made[ci] = Point(ci, int(services[more].sum()), len(more))
        return made

    def via(self, ci: int) -> tuple[int, ...]:
        """The chain by which the outage of a single point reaches the service, without both ends."""
        t = self.estate.topology
        out = np.zeros(t.n, np.bool_)
        out[impact(t, {**self.base, ci: "outage"}).indices(State.OUTAGE)] = True
        out &= ~self._left.gone.astype(np.bool_)[t.csr.place]
        return chain_to(t, self.service, ci, named=self.estate.ids.__getitem__, among=out)[1:-1]

    @cached_property
    def margins(self) -> list[Margin]:
        """The redundancy groups of all that it rests on, those with the least to lose first."""
        if self.already_out:
            return []
        estate, left = self.estate, self._left
        csr = estate.topology.csr
        cone = hard_cone(estate.topology, self.service, left.gone)
        made = []
        for number in np.flatnonzero(np.isin(csr.owner, cone)).tolist():
            owner = int(csr.owner[number])
            edge = int(csr.beg[owner]) + int(np.argmax(csr.code[csr.beg[owner] : csr.end[owner]] == number))
            if csr.code[edge] == number:  # else the owner's rows were changed, and this group is no more
                needed, size = int(csr.needed[number]), int(csr.size[number])
                made.append(Margin(int(csr.index[owner]), edge, size, needed, int(left.spare[number]) + needed))
        return sorted(made, key=lambda m: (m.margin, estate.ids[m.owner], estate.group_id(m.edge)))

    @cached_property
    def cuts(self) -> Families:
        """The smallest sets of two or three that are enough together; no single point is in one."""
        if self.already_out:
            return Families((), complete=True)
        t = self.estate.topology
        below = set(t.csr.index[hard_cone(t, self.service, self._left.gone)].tolist())
        points = {point.ci for point in self.points}
        causes = {ci: (ci,) for ci in below - points - {self.service}}
        return minimal_sets(t, self.service, causes, base=self.base, points=points)

    @cached_property
    def fates(self) -> tuple[list[SharedFate], bool]:
        """What members of a group share; whether that is all. Base seeds aside.

        What breaks the group first, of these that with the most services, then the most CIs, on it.
        """
        if self.already_out:
            return [], True
        found = shared_fate(self.estate.topology, self.service)
        made = [*found.fates, *self._one_release()]
        takes = self._taking(sorted({fate.shared for fate in made}))
        return sorted(made, key=lambda fate: self._fate_order(fate, takes[fate.shared])), found.complete

    def _fate_order(self, fate: SharedFate, takes: Point) -> tuple[Any, ...]:
        ids = self.estate.ids
        named = ids[fate.owner], self.group_of(fate), ids[fate.shared]
        return not fate.breaks, fate.anyway, -takes.services, -takes.cis, *named

    def _one_release(self) -> Iterator[SharedFate]:
        t = self.estate.topology
        for margin in self.margins if self.releases else ():
            members = self._members(margin)
            running: dict[int, list[int]] = {}
            for member in members:
                for release in self.releases.get(member, ()):
                    running.setdefault(release, []).append(member)
            for release, some in sorted(running.items()):
                if margin.members > margin.needed and len(some) > margin.members - margin.needed:
                    yield SharedFate(margin.owner, int(t.csr.origin[margin.edge]), release, False, tuple(sorted(some)))

    def _members(self, margin: Margin) -> list[int]:
        csr = self.estate.topology.csr
        place = csr.place[margin.owner]
        row = slice(int(csr.beg[place]), int(csr.end[place]))
        return sorted(set(csr.index[csr.to[row][csr.code[row] == csr.code[margin.edge]]].tolist()))

    def members(self) -> list[int]:
        """The members of the redundancy groups on the way: those whose products are worth comparing."""
        return sorted({member for margin in self.margins for member in self._members(margin)})

    def group_of(self, fate: SharedFate) -> str:
        """The id of the group that a fate is of."""
        csr = self.estate.topology.csr
        place = csr.place[fate.owner]
        beg, end = int(csr.beg[place]), int(csr.end[place])
        return self.estate.group_id(beg + int(np.argmax(csr.origin[beg:end] == fate.relationship)))

    def plain(self, *, limit: int) -> dict[str, Any]:
        """The answer for this service (ANSWERS: spof); `limit`: how many points and fates are told in full."""
        (fates, all_fates), cuts, ids = self.fates, self.cuts, self.estate.ids
        return {
            "service": ids[self.service],
            "already_out": self.already_out,
            "total": len(self.points),
            "exact": True,
            "spofs": [self._point(point, told=at < limit) for at, point in enumerate(self.points)],
            "margins": [self._margin(margin) for margin in self.margins],
            "cuts": [{"ci_ids": sorted(ids[ci] for ci in cut)} for cut in cuts.sets],
            "cuts_complete": cuts.complete,
            "shared_fate": [self._fate(fate) for fate in fates[:limit]],
            "shared_fate_total": len(fates),
            "shared_fate_complete": all_fates,
        }

    def _point(self, point: Point, *, told: bool) -> dict[str, Any]:
        ids = self.estate.ids
        return {
            "ci_id": ids[point.ci],
            "via": [ids[ci] for ci in self.via(point.ci)] if told else None,
            "takes_with_it": {"services": point.services, "cis": point.cis} if told else None,
        }

    def _margin(self, margin: Margin) -> dict[str, Any]:
        return {
            "ci_id": self.estate.ids[margin.owner],
            "group": self.estate.group_id(margin.edge),
            "members": margin.members,
            "needed": margin.needed,
            "left": margin.left,
            "margin": margin.margin,
        }

    def _fate(self, fate: SharedFate) -> dict[str, Any]:
        ids = self.estate.ids
        return {
            "ci_id": ids[fate.owner],
            "group": self.group_of(fate),
            "shared": ids[fate.shared],
            "kind": self.estate.class_of(fate.shared),
            "breaks": fate.breaks,
            "anyway": fate.anyway,
            "members": sorted(ids[ci] for ci in fate.members),
            "chains": [[ids[ci] for ci in chain] for chain in self.chains(fate)],
        }

    def chains(self, fate: SharedFate) -> list[tuple[int, ...]]:
        """How each member comes to rest on what is shared, in the order of their ids."""
        ids, t = self.estate.ids, self.estate.topology
        members = sorted(fate.members, key=ids.__getitem__)
        if self.estate.class_of(fate.shared) == RELEASE:
            return [(member, fate.shared) for member in members]
        return [chain_to(t, member, fate.shared, named=ids.__getitem__) for member in members]


def weak_points(estate: Estate, service: str, base: Mapping[str, EffectWord] | None = None) -> WeakPoints:
    """What a service (`ci_id`), or any other CI, hangs on, beside seeds that are given anyway.

    Raises
    ------
    BadInputError
        `impact.unknown_ci` (UnknownCisError): the CI or a seed is not there or retired; `impact.bad_id`.
    """
    asked = known_as(service)
    numbers = numbers_of(estate, (asked, *(base or {})))
    return WeakPoints(estate, numbers[asked], {numbers[ci_id]: effect for ci_id, effect in (base or {}).items()})
