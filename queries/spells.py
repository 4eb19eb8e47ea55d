"""From when to when who together puts out what: a sweep over the moments at which somebody begins or ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graph.deadline import check
from graph.topology import CiIndex, Topology
from queries.ground import NONE, Ground, Grounds
from queries.parties import WINDOW, Groups, Instant, Party, Version, versions_of
from queries.together import Actor, Some, Together

I32 = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Spell:
    """For so long these parties, by number, put out these CIs and no smaller set of them does.

    `beside`: a party of which only the edits counted. Of a single party only CIs that somebody touches are listed.
    """

    parties: frozenset[int]
    beside: int | None
    begins: Instant
    ends: Instant
    cis: I32


@dataclass(frozen=True)
class Spells:
    """All of a horizon. `complete`: none of up to the order is missing. `others_possible`: larger sets may be."""

    found: list[Spell]
    complete: bool
    others_possible: bool


@dataclass(frozen=True)
class Scene:
    """The graph and who is on it: changes and open incidents. `grounds`: of those who ask about this graph.

    `base`: of each dependent whose groups somebody alters the groups that it has. `n`: how many CIs there are with
    those that somebody adds; `None`: those of the topology.
    """

    topology: Topology
    parties: Sequence[Party]
    base: Groups = field(default_factory=dict)
    n: int | None = None
    grounds: Grounds = field(default_factory=Grounds, compare=False)

    @cached_property
    def versions(self) -> list[Version]:
        """What groups are when, by their edits."""
        return versions_of(self.parties, self.base)

    @cached_property
    def ground(self) -> Ground:
        """What falls together of all that; each sweep goes over it `again`, and finds what those before it found."""
        return self.grounds.of(self.topology, self.versions, self._n)

    @cached_property
    def touching(self) -> Mapping[CiIndex, Sequence[int]]:
        """Of each CI that changes touch their numbers."""
        found: dict[CiIndex, list[int]] = {}
        for number, party in enumerate(self.parties):
            for ci in party.touched if party.is_change else ():
                found.setdefault(ci, []).append(number)
        return found

    @cached_property
    def watched(self) -> NDArray[np.bool_]:
        """Whether each CI is one of these, by place of the ground."""
        found = np.zeros(self._n, np.bool_)
        found[self.ground.place[list(self.touching)]] = True
        return found

    @property
    def _n(self) -> int:
        return self.topology.n if self.n is None else self.n


def spells(scene: Scene, begin: Instant, end: Instant, *, order: int) -> Spells:
    """Who together puts out what, within [begin, end] and an instant more, `order` parties at most.

    In that instant those who end with the horizon are over, and nobody has begun: what is so then is so beyond it. What
    is over by `begin` and left nothing that lasts does no harm. TooSlowError where nobody waits for it any more.
    """
    parties, ground = scene.parties, scene.ground.again()
    edits_of = {len(parties) + number: number for number, party in enumerate(parties) if party.alters}
    sweep = _Sweep(ground, parties, Together(ground, order, edits_of), begin, scene.watched)
    moments: dict[Instant, set[int]] = {begin: set(range(len(parties)))}
    for number, party in enumerate(parties):
        if begin < party.start < end:
            moments.setdefault(party.start, set()).add(number)
        if party.end is not None and begin < party.end <= end:
            moments.setdefault(party.end, set()).add(number)
    for at in sorted(moments):
        check()
        sweep.step(at, moments[at])
    sweep.close(end + 1)
    return Spells(sweep.found, sweep.together.complete, sweep.together.others_possible)


@dataclass
class _Sweep:
    ground: Ground
    parties: Sequence[Party]
    together: Together
    begin: Instant
    watched: NDArray[np.bool_]
    found: list[Spell] = field(default_factory=list)
    _since: dict[Some, Instant] = field(default_factory=dict)
    _form: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._apart = {party: actor for actor, party in self.together.edits_of.items()}

    def step(self, at: Instant, moved: Iterable[int]) -> None:
        """Some begin or end; from then on until the next step nothing changes."""
        forms = {number: self.parties[number].form_at(at) for number in moved}
        changed = {number for number, form in forms.items() if form != self._form.get(number)}
        alters = any(self.parties[number].alters for number in changed)
        if at == self.begin or alters:
            self.ground.set_time(at)
        actors = {actor for number in changed for actor in self._actors(number)}
        if alters:
            actors |= self._concerned(at)
        self._end([actor for actor in actors if frozenset((actor,)) in self.together.sets], at)
        for number in changed:
            form = forms[number]
            if form is None:
                self._form.pop(number, None)
            else:
                self._form[number] = form
        entering = {actor: self._seeds(actor) for actor in sorted(actors) if self._is_there(actor)}
        for some in self.together.enter(entering):
            self._since[some] = at

    def close(self, end: Instant) -> None:
        """No further step is taken."""
        for some, fell in self.together.sets.items():
            self._note(some, fell.places, end)

    def _actors(self, number: int) -> list[Actor]:
        return [number, self._apart[number]] if number in self._apart else [number]

    def _is_there(self, actor: Actor) -> bool:
        if actor < len(self.parties):
            return actor in self._form
        return self._form.get(self.together.edits_of[actor]) == WINDOW

    def _seeds(self, actor: Actor) -> I32:
        if actor >= len(self.parties):
            return NONE
        return self.ground.place[self.parties[actor].stops(self._form[actor])].astype(np.int32)

    def _concerned(self, at: Instant) -> set[Actor]:
        """Who may put out something else because groups are not needed any more, or sources are looked for anew."""
        if self.ground.alters_feeding:
            return {actor for some in self.together.sets for actor in some}
        over = [version for version in self.ground.versions if version.ends == at]
        members = self.ground.place[sorted({ci for version in over for ci in version.requirement.members})]
        if not len(members):
            return set()
        lost = np.zeros(self.ground.n, np.bool_)
        lost[members] = True
        sets = self.together.sets.items()
        return {actor for some, fell in sets if lost[fell.places].any() for actor in some}

    def _end(self, actors: list[Actor], at: Instant) -> None:
        for some, fell in self.together.leave(actors):
            self._note(some, fell.places, at)

    def _note(self, some: Some, places: I32, ends: Instant) -> None:
        begins = self._since[some]
        kept = places[self.watched[places]] if len(some) == 1 else places
        if begins == ends or not len(kept):
            return
        edits_of = self.together.edits_of
        beside = next((edits_of[actor] for actor in some if actor in edits_of), None)
        parties = frozenset(actor for actor in some if actor not in edits_of)
        self.found.append(Spell(parties, beside, begins, ends, np.sort(self.ground.index[kept])))
