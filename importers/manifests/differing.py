"""Two worlds held against each other: what happens to each CI on the way from one to the other."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graph.ontology import Ontology
from graph.records.kept_graph import Ends
from graph.values import State
from importers.manifests.world import COMPOSE, World

STOPPED, RESTART, ROLLING, SCALED, REMOVED, CHANGED, REWIRED, ADDED = (
    "stopped", "restart", "rolling", "scaled", "removed", "changed", "rewired", "added",
)  # fmt: skip
KINDS = (REMOVED, STOPPED, RESTART, ROLLING, SCALED, CHANGED, REWIRED, ADDED)  # the worst first
RUNS = ("container", "workload")  # classes of what is made anew when it is changed
# types of relationships whose change makes something anew: it is another container that is wired so
REMADE: Mapping[str, frozenset[str]] = {
    COMPOSE: frozenset({"stores_on", "connects_through"}),
    "kubernetes": frozenset({"stores_on", "depends_on"}),
}
REPLICAS = "replicas"


@dataclass(frozen=True, slots=True)
class Happening:
    """What happens to a CI. `fields`: by name the new values (`None`: none)."""

    ci_id: str
    kind: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """`happenings` by CI, `added` CIs with their fields, `ended` and `begun` relationships, of which one may be both.

    `kept`: CIs of before that may be gone or not, because a part of the files could not be used.
    """

    happenings: Mapping[str, Happening]
    added: Mapping[str, State]
    ended: Mapping[Ends, State]
    begun: Mapping[Ends, State]
    kept: tuple[str, ...]


def difference_of(before: World, after: World, ontology: Ontology) -> Difference:
    """What leads from one world to the other.

    As an import does, nothing is taken for ended where something could not be used (`rejected`): it may be there.
    """
    is_whole, stays = not after.rejected, dict(_staying(before, after))
    own = tuple({*before.prefixes, *after.prefixes})
    gone = [ci for ci in before.cis if ci.startswith(own) and ci not in after.cis and ci not in after.confirmed]
    gone = [ci for ci in gone if ci not in stays.values()]
    ended = {
        ends: state
        for ends, state in before.related.items()
        if ends not in after.related and is_whole and stays.get(ends[0]) != ends[2]
    }
    begun = {ends: state for ends, state in after.related.items() if ends not in before.related}
    for ends, state in after.related.items():
        was = before.related.get(ends)
        if was is not None and _as_kept(was, ends, ontology) != _as_kept(state, ends, ontology):
            ended[ends], begun[ends] = was, state
    added = {ci_id: state for ci_id, state in after.cis.items() if ci_id not in before.cis}
    found = {ci_id: Happening(ci_id, ADDED) for ci_id in added}
    found |= {ci_id: Happening(ci_id, REMOVED) for ci_id in gone if is_whole}
    for each in _Kept(before, after, ended, begun).happenings():
        found[each.ci_id] = each
    # in one order, whoever was asked in whatever order: what is proposed is part of the evidence
    ordered = dict(sorted(found.items())), dict(sorted(added.items())), dict(sorted(ended.items()))
    return Difference(*ordered, dict(sorted(begun.items())), () if is_whole else tuple(sorted(gone)))


def _staying(before: World, after: World) -> Iterator[tuple[str, str]]:
    # a service of Compose that is one container has no replicas of its own: of several before it one goes on
    for (source, _, target), state in sorted(before.related.items(), reverse=True):
        made = after.made.get(source)
        if after.source == COMPOSE and state.get("redundancy_group") == REPLICAS and made and made.replicas == 1:
            yield source, target


def _as_kept(state: State, ends: Ends, ontology: Ontology) -> State:
    # a relationship that says no strength has that of its type
    kind = ontology.relationship_types[ends[1]]
    return {**({} if kind.provider is None else {"strength": "hard" if kind.hard else "soft"}), **state}


class _Kept:
    """What happens to CIs that are there on both sides."""

    def __init__(
        self, before: World, after: World, ended: Mapping[Ends, State], begun: Mapping[Ends, State]
    ) -> None:  # fmt: skip
        self._before, self._after = before, after
        self._many = {id(world): _replicas(world) for world in (before, after)}
        self._moved: dict[str, set[str]] = {}
        for ends in (*ended, *begun):
            self._moved.setdefault(ends[0], set()).add(ends[1])

    def happenings(self) -> Iterator[Happening]:
        """One for each CI that anything happens to."""
        before, after = self._before, self._after
        for ci_id in after.owned:
            known = ci_id in before.cis or ci_id in before.confirmed
            if known and (ci_id in before.confirmed) == (ci_id in after.confirmed):
                was, now = before.cis.get(ci_id, {}), after.cis.get(ci_id, {})
                fields = {name: value for name, value in now.items() if was.get(name) != value}
                kind = self._kind(ci_id, now, fields)
                if kind is not None:
                    yield Happening(ci_id, kind, fields)

    def _kind(self, ci_id: str, now: State, fields: Mapping[str, object]) -> str | None:
        one, many = self._count(self._before, ci_id), self._count(self._after, ci_id)
        if many == 0 and one > 0:
            return STOPPED
        if self._is_remade(ci_id, now, fields):
            made = self._after.made.get(ci_id)
            # one after another only where there are several on both sides
            return ROLLING if made is not None and made.rolls and min(one, many) > 1 else RESTART
        if many < one:
            return SCALED
        if fields:
            return CHANGED
        return REWIRED if ci_id in self._moved else None

    def _is_remade(self, ci_id: str, now: State, fields: Mapping[str, object]) -> bool:
        one, other = self._before.made.get(ci_id), self._after.made.get(ci_id)
        if one is not None and other is not None and one.digest != other.digest:
            return True
        runs = other is not None or now.get("ci_class") in RUNS
        return runs and ("image" in fields or bool(self._moved.get(ci_id, set()) & REMADE[self._after.source]))

    def _count(self, world: World, ci_id: str) -> int:
        made, counted = world.made.get(ci_id), self._many[id(world)][ci_id]
        if made is not None:
            return made.replicas
        # one container of Compose has no replicas of its own
        return counted or (1 if self._after.source == COMPOSE and ci_id in self._after.made else 0)


def _replicas(world: World) -> Counter[str]:
    return Counter(ends[0] for ends, state in world.related.items() if state.get("redundancy_group") == REPLICAS)
