"""Which of those at work together put out what: all minimal sets, kept while some come and others go (SEMANTICS 5).

What each puts out alone is found by letting it fall. Two or three do more together only where a group has lost members
to several of them, one more than it can spare, and its dependent still stands; so sets are grown from such groups, and
what a set puts out besides is found by falling on from what its parts have put out. Where a cycle of feeding is touched
by several, they are tried together.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations

import numpy as np
from numpy.typing import NDArray

from queries.ground import NONE, Ground
from queries.kernels.fall import Fallen

I32 = NDArray[np.int32]
Actor = int  # the number of a party; of its edits without its seeds, see `Together`
Some = frozenset[Actor]
TRIED = 200_000  # sets of which it is worked out what they put out; about 20 s
JOINED = 20_000  # unions for one group; about 20 ms


@dataclass(slots=True, eq=False)
class Fell:
    """What a set puts out and no smaller set of it does, and which groups lose whom by that."""

    some: Some
    places: I32
    group: I32
    member: I32
    slot: I32


@dataclass
class Together:
    """The families of all CIs under those at work.

    `edits_of`: actors that stand for the edits of another one without its seeds, so that it can be asked what becomes
    of it beside others; each such set has one of them at most. `order`: the most actors in a set, those apart.
    `sets`: of each minimal set what it puts out; those of one are all there, whether they put out anything or not.
    """

    ground: Ground
    order: int
    edits_of: Mapping[Actor, Actor] = field(default_factory=dict)
    sets: dict[Some, Fell] = field(default_factory=dict)
    complete: bool = True
    others_possible: bool = False
    tried: int = 0
    _seeds: dict[Actor, I32] = field(default_factory=dict)
    _with: dict[Actor, set[Some]] = field(default_factory=dict)
    _in_vain: dict[Actor, set[Some]] = field(default_factory=dict)

    def leave(self, actors: Iterable[Actor]) -> list[tuple[Some, Fell]]:
        """Take actors away; the sets that go with them."""
        gone = {some for actor in actors for some in self._with.get(actor, ())}
        for actor in actors:
            for some in self._in_vain.pop(actor, ()):
                for other in some - {actor}:
                    self._in_vain.get(other, set()).discard(some)
        return [(some, self._forget(some)) for some in gone]

    def enter(self, actors: Mapping[Actor, I32]) -> list[Some]:
        """Add actors, each with the places that it stops itself; the sets that come with them."""
        found: list[Some] = []
        fresh: list[I32] = []
        self._seeds |= actors
        for actor in actors:
            some = frozenset((actor,))
            found.append(some)
            altered = self.ground.versions_by(self.edits_of.get(actor, actor))
            fresh += [self._keep(some, self._alone(some)), np.array(altered, np.int32)]
        waiting: list[dict[Some, set[int]]] = [{} for _ in range(self.order + 2)]
        for size in range(2, self.order + 2):
            losing = self.ground.losing(np.concatenate([NONE, *fresh]))
            for group, members in self._members(losing).items():
                for some in self._unions(group, members):
                    waiting[len(some)].setdefault(some, set()).add(group)
            fresh = []
            for some, groups in waiting[size].items():
                if some not in self.sets and self._is_new(some):
                    fell = self._besides(some, groups)
                    if len(fell.places):
                        found.append(some)
                        fresh.append(self._keep(some, fell))
        return found

    def _is_new(self, some: Some) -> bool:
        if any(some in self._in_vain.get(actor, ()) for actor in some):
            return False
        if self.tried < TRIED:
            return True
        self.complete = False
        return False

    def _makers(self, some: Iterable[Actor]) -> set[int]:
        return {self.edits_of.get(actor, actor) for actor in some}

    def _besides(self, some: Some, groups: Iterable[int]) -> Fallen:
        # what falls when all that parts of it put out is out
        self.tried += 1
        parts = chain.from_iterable(combinations(sorted(some), size) for size in range(1, len(some)))
        out = [self.sets[part].places for each in parts if (part := frozenset(each)) in self.sets]
        first = self.ground.first_circle
        owners = [self.ground.owner(group) for group in groups if group < first]
        circles = [group - first for group in groups if group >= first]
        fell = self.ground.fall_of(
            self._makers(some), out=out, suspects=np.array(owners, np.int32), circles=np.array(circles, np.int32)
        )
        if len(fell.places) and len(some) > 2 and not self.complete:
            # what was left out may have been smaller
            less = np.concatenate([self._alone(some - {actor}).places for actor in some])
            fell = fell._replace(places=np.setdiff1d(fell.places, less))
        if not len(fell.places):
            for actor in some:
                self._in_vain.setdefault(actor, set()).add(some)
        return fell

    def _alone(self, some: Some) -> Fallen:
        # who alters what feeds may leave a circle without a source that nobody stops
        seeds = np.concatenate([self._seeds[actor] for actor in some])
        makers = self._makers(some)
        circles = {circle for party in makers for circle in self.ground.circles_of(party)}
        numbers = np.array(sorted(circles), np.int32) - self.ground.first_circle
        return self.ground.fall_alone(frozenset(makers), seeds, numbers.astype(np.int32))

    def _keep(self, some: Some, fallen: Fallen) -> I32:
        places, group, member, slot = fallen
        if len(some) == 1:
            # who alters what feeds a circle has its part in what becomes of that
            (party,) = self._makers(some)
            if touched := self.ground.circles_of(party):
                circles = np.setdiff1d(np.array(touched, np.int32), group)
                none = np.full(len(circles), -1, np.int32)
                group, member, slot = (
                    np.concatenate(pair) for pair in ((group, circles), (member, none), (slot, none))
                )
        fell = Fell(some, places, group, member, slot)
        self.sets[some] = fell
        for actor in some:
            self._with.setdefault(actor, set()).add(some)
        self.ground.tally(group, slot, 1)
        return group

    def _forget(self, some: Some) -> Fell:
        fell = self.sets.pop(some)
        for actor in some:
            self._with[actor].discard(some)
        self.ground.tally(fell.group, fell.slot, -1)
        return fell

    def _members(self, groups: list[int]) -> dict[int, dict[int, set[Some]]]:
        # of each of these groups who is lost to which sets
        found: dict[int, dict[int, set[Some]]] = {group: {} for group in groups}
        if groups:
            asked = self.ground.flagged(groups)
            for some, fell in self.sets.items():
                at = np.flatnonzero(asked[fell.group])
                for group, member in zip(fell.group[at].tolist(), fell.member[at].tolist(), strict=True):
                    found[group].setdefault(member, set()).add(some)
            asked[groups] = False
        return found

    def _unions(self, group: int, members: Mapping[int, set[Some]]) -> Iterable[Some]:
        # sets of at least two under which a group loses more than it can spare
        if group >= self.ground.first_circle:
            return self._any_of(members.get(-1, set()))
        spare = int(self.ground.spares[group])
        version = self.ground.version(group)
        if version is None:
            found = self._losing(list(members.values()), spare + 1)
            return [some for some in found if len(some) > 1]
        if not self.ground.is_bound(group):
            return ()
        losing = self._losing(list(members.values()), spare + 1)
        return [each for some in losing for each in self._made(some, version.by) if len(each) > 1]

    def _made(self, some: Some, by: frozenset[int]) -> Iterable[Some]:
        # with those who made the group what it is, or the edits of one of them
        missing = by - self._makers(some)
        options = [some | missing]
        if not any(actor in self.edits_of for actor in some):
            stand_ins = [
                (actor, party) for actor, party in self.edits_of.items() if party in missing and actor in self._with
            ]
            options += [some | (missing - {party}) | {actor} for actor, party in stand_ins]
        return filter(self._fits, options)

    def _any_of(self, sets: Collection[Some]) -> Iterable[Some]:
        found: set[Some] = {frozenset()}
        for each in sets:
            more = {some | each for some in found}
            found |= {some for some in more if self._fits(some)}
            self.others_possible |= any(not self._fits(some) for some in more)
            if len(found) > JOINED:
                self.complete = False
                break
        return [some for some in found if len(some) > 1]

    def _losing(self, families: list[set[Some]], count: int) -> set[Some]:
        reached: list[set[Some]] = [{frozenset()}, *(set() for _ in range(count))]
        work = 0
        for family in families:
            for j in range(count, 0, -1):
                work += len(reached[j - 1]) * len(family)
                if work > JOINED:
                    self.complete = False
                    return reached[count]
                reached[j] |= {each for a in reached[j - 1] for b in family if self._fits(each := a | b)}
        return _minimal(reached[count])

    def _fits(self, some: Some) -> bool:
        apart = [actor for actor in some if actor in self.edits_of] if self.edits_of else []
        if len(apart) > 1 or (apart and self.edits_of[apart[0]] in some):
            return False
        if len(some) - len(apart) > self.order:
            self.others_possible = True
            return False
        return True


def _minimal(found: set[Some]) -> set[Some]:
    kept: set[Some] = set()
    for each in sorted(found, key=len):
        if not any(frozenset(some) in kept for size in range(1, len(each)) for some in combinations(each, size)):
            kept.add(each)
    return kept
