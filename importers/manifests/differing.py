"""Two worlds held against each other: what happens to each CI on the way from one to the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graph.ontology import Ontology
from graph.records.kept_graph import Ends
from graph.values import State
from importers.manifests.world import COMPOSE, World

RESTART, ROLLING, SCALED, REMOVED, CHANGED, REWIRED, ADDED = (
    "restart", "rolling", "scaled", "removed", "changed", "rewired", "added",
)  # fmt: skip
KINDS = (REMOVED, RESTART, ROLLING, SCALED, CHANGED, REWIRED, ADDED)  # the worst first
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
    is_whole = not after.rejected
    own = tuple({*before.prefixes, *after.prefixes})
    gone = [ci for ci in before.cis if ci.startswith(own) and ci not in after.cis and ci not in after.confirmed]
    ended = {
        ends: state for ends, state in before.related.items() if ends not in after.related and is_whole
    }  # fmt: skip
    begun = {ends: state for ends, state in after.related.items() if ends not in before.related}
    for ends, state in after.related.items():
        was = before.related.get(ends)
        if was is not None and _as_kept(was, ends, ontology) != _as_kept(state, ends, ontology):
            ended[ends], begun[ends] = was, state
    added = {ci_id: state for ci_id, state in after.cis.items() if ci_id not in before.cis}
    found = {ci_id: Happening(ci_id, ADDED) for ci_id in added}
    found |= {ci_id: Happening(ci_id, REMOVED) for ci_id in gone if is_whole}
    for each in _kept(before, after, ended, begun):
        found[each.ci_id] = each
    return Difference(found, added, ended, begun, () if is_whole else tuple(sorted(gone)))


def _as_kept(state: State, ends: Ends, ontology: Ontology) -> State:
    # a relationship that says no strength has that of its type
    kind = ontology.relationship_types[ends[1]]
    return {**({} if kind.provider is None else {"strength": "hard" if kind.hard else "soft"}), **state}


def _kept(
    before: World, after: World, ended: Mapping[Ends, State], begun: Mapping[Ends, State]
) -> Iterator[Happening]:  # fmt: skip
    moved: dict[str, set[str]] = {}
    fewer: set[str] = set()
    for ends in (*ended, *begun):
        moved.setdefault(ends[0], set()).add(ends[1])
    for (source, _, _), state in ended.items():
        if state.get("redundancy_group") == REPLICAS:
            fewer.add(source)
    remade = REMADE[after.source]
    for ci_id in after.owned:
        known = ci_id in before.cis or ci_id in before.confirmed
        if not known or (ci_id in before.confirmed) != (ci_id in after.confirmed):
            continue
        was, now = before.cis.get(ci_id, {}), after.cis.get(ci_id, {})
        fields = {name: value for name, value in now.items() if was.get(name) != value}
        one, other = before.made.get(ci_id), after.made.get(ci_id)
        runs = other is not None or now.get("ci_class") in RUNS
        is_remade = (one is not None and other is not None and one.digest != other.digest) or (
            runs and ("image" in fields or bool(moved.get(ci_id, set()) & remade))
        )
        if is_remade:
            yield Happening(ci_id, _made_anew(ci_id, before, after), fields)
        elif ci_id in fewer and _replicas(after, ci_id) < _replicas(before, ci_id):
            yield Happening(ci_id, SCALED, fields)
        elif fields:
            yield Happening(ci_id, CHANGED, fields)
        elif ci_id in moved:
            yield Happening(ci_id, REWIRED)


def _made_anew(ci_id: str, before: World, after: World) -> str:
    # one after another only where there are several on both sides
    made = after.made.get(ci_id)
    several = min(_replicas(before, ci_id), _replicas(after, ci_id)) > 1
    return ROLLING if made is not None and made.rolls and several else RESTART


def _replicas(world: World, ci_id: str) -> int:
    return sum(
        ends[0] == ci_id and state.get("redundancy_group") == REPLICAS for ends, state in world.related.items()
    )  # fmt: skip
