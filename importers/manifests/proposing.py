"""A difference as a proposed change: affected CIs with their effects, and edits of what the register holds."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graph.history import Thing
from graph.ontology import Ontology
from graph.records.kept_graph import Ends, KeptGraph
from graph.records.proposed import FORMAT
from graph.values import State
from importers.manifests.differing import KINDS, REMOVED, Difference, Happening, difference_of
from importers.manifests.manifest_map import ManifestMap
from importers.manifests.world import World, place_of
from importers.model import Finding
from importers.terraform.addresses import id_of, visible

RETIRED = "retired"
SCHEME = "manifest:"
GROUP = "apply"  # what one command applies switches together


@dataclass(frozen=True, slots=True)
class Open:
    """A part that a person has to look at: what it is called, and why, where there is a message."""

    name: str
    finding: Finding | None = None
    is_ci: bool = False

    @property
    def id(self) -> str:
        """What it is called in answers: as a CI that the register does not hold."""
        return self.name if self.is_ci else id_of(self.name, SCHEME)


@dataclass(frozen=True)
class ManifestChange:
    """`document`: of form `faultline.change/1`. `compared`: with `register` or `files`. `open`: not understood."""

    source: str
    compared: str
    difference: Difference
    manifest_map: ManifestMap
    open: Sequence[Open]
    left_out: int
    document: Mapping[str, Any] = field(default_factory=dict)

    def plain(self, *, limit: int) -> dict[str, Any]:
        """What happens, as JSON: everything counted, so many CIs listed, the worst first."""
        happenings = sorted(self.difference.happenings.values(), key=lambda each: (KINDS.index(each.kind), each.ci_id))
        kinds = Counter(each.kind for each in happenings)
        return {
            "source": self.source,
            "compared_with": self.compared,
            "happenings": {kind: kinds[kind] for kind in KINDS},
            "relationships": {"ended": len(self.difference.ended), "begun": len(self.difference.begun)},
            "open": len(self.open),
            "no_ci": self.left_out,
            "kept": len(self.difference.kept),
            "cis": [self._ci(each) for each in happenings[:limit]],
            "parts": [
                {"name": visible(each.name), **({} if each.finding is None else each.finding.plain())}
                for each in self.open[:limit]
            ],
        }

    def _ci(self, each: Happening) -> dict[str, Any]:
        effect = self.manifest_map.effects.get(each.kind)
        return {"ci_id": each.ci_id, "happens": each.kind, "effect": effect, "fields": sorted(each.fields)}


def stored_world(
    after: World, ci_ids: Iterable[str], things: tuple[Mapping[str, Thing], Mapping[Ends, Thing]]
) -> World:
    """What the register holds of the same scopes: of these CIs those that the data source made, and what it said.

    What another data source wrote is not its own, and stays as it is.
    """
    cis, related = things
    wanted = set(ci_ids)
    living = {ci_id for ci_id, thing in cis.items() if thing.state.get("status") != RETIRED}
    world = World(after.source, after.prefixes)
    world.confirmed = after.confirmed & living
    # what files share (software releases) is there too, but not theirs to end
    for ci_id in sorted(living & {*wanted, *after.cis}):
        world.cis[ci_id] = _told(cis[ci_id], after.cis.get(ci_id, {}), after.source)
    world.related = {ends: thing.state for ends, thing in related.items() if thing.sources.get("*") == after.source}
    return world


def _told(thing: Thing, now: State, source: str) -> State:
    # a field that another data source has set is its business
    other = {name for name in now if thing.sources.get(name, thing.sources.get("*")) != source}
    return {**thing.state, **{name: now[name] for name in other if name in thing.state}}


def manifest_change(
    before: World, after: World, kept: KeptGraph, said: ManifestMap, ontology: Ontology,
    title: str, window: Mapping[str, Any] | None, compared: str,
) -> ManifestChange:  # fmt: skip
    """The change that files propose.

    `before`: other files, or what the register holds of the same scopes (`compared`: `files`, `register`). `kept`: what
    the register holds of all CIs that either side names.
    """
    difference = difference_of(before, after, ontology)
    known = {_sense(each) for each in before.unresolved}
    opened = [*_unused(after, known), *_unknown(difference, after, kept)]
    judged = [each for each in opened if said.no_ci.find(each.name) is None]
    ignored = {each.id for each in opened} - {each.id for each in judged}
    affected = {ci_id: said.effects[each.kind] for ci_id, each in _affecting(difference, said)}
    affected = {**{each.id: "outage" for each in judged}, **affected}
    affected = {ci_id: effect for ci_id, effect in affected.items() if ci_id not in ignored}
    edits = list(_edits(difference, kept, ontology))
    document: dict[str, Any] = {
        "title": title, **said.change, "format": FORMAT,
        "affected": [{"ci_id": ci_id, "effect": effect} for ci_id, effect in sorted(affected.items())],
    }  # fmt: skip
    if edits:
        document["edits"] = [{"group": GROUP, "edits": edits}]
    if window is not None:
        document["window"] = dict(window)
    return ManifestChange(
        after.source, compared, difference, said, judged, len(opened) - len(judged), document
    )  # fmt: skip


def _sense(finding: Finding) -> tuple[str, str]:
    # the same gap, wherever it is written now
    return finding.message.key, repr(sorted(finding.message.params.items()))


def _unused(after: World, known: set[tuple[str, str]]) -> Iterator[Open]:
    for each in after.rejected:
        yield Open(place_of(each), each)
    for each in after.unresolved:
        if _sense(each) not in known:
            yield Open(place_of(each), each)
    for kind in sorted(after.unread):
        yield Open(f"{after.source}:{kind}")


def _unknown(difference: Difference, after: World, kept: KeptGraph) -> Iterator[Open]:
    # CIs that something happens to, or that a label confirms, and that the register does not hold
    for ci_id in sorted({*difference.happenings, *after.confirmed}):
        is_new = ci_id in difference.added and ci_id not in kept.cis
        if not is_new and kept.cis.get(ci_id, {"status": RETIRED}).get("status") == RETIRED:
            yield Open(ci_id, is_ci=True)


def _affecting(difference: Difference, said: ManifestMap) -> Iterator[tuple[str, Happening]]:
    return ((ci_id, each) for ci_id, each in difference.happenings.items() if each.kind in said.effects)


def _edits(difference: Difference, kept: KeptGraph, ontology: Ontology) -> Iterator[dict[str, Any]]:
    living = {ci_id for ci_id, state in kept.cis.items() if state.get("status") != RETIRED}
    there = {*living, *(difference.added.keys() - kept.cis.keys())}
    for ci_id, state in difference.added.items():
        if ci_id not in kept.cis:
            yield {"op": "add", "ci": {"ci_id": ci_id, **_declared(state, ontology)}}
    for ends in difference.ended:
        if ends in kept.related:
            yield {"op": "unrelate", **_ends(ends)}
    gone = {ci_id for ci_id, each in difference.happenings.items() if each.kind == REMOVED}
    for ends, state in difference.begun.items():
        if (
            ends[0] in there - gone
            and ends[2] in there - gone
            and (ends not in kept.related or ends in difference.ended)
        ):
            yield {"op": "relate", **_ends(ends), **_quorum(state)}
    for ci_id, each in difference.happenings.items():
        declared = _fields_of(kept.cis.get(ci_id, {}), ontology) if ci_id in living else frozenset()
        for name, value in each.fields.items():
            if name in declared:
                yield {"op": "set", "ci_id": ci_id, "field": name, "value": value}
    for ci_id in sorted(gone & living):
        yield {"op": "retire", "ci_id": ci_id}


def _ends(ends: Ends) -> dict[str, str]:
    return {"source": ends[0], "type": ends[1], "target": ends[2]}


def _quorum(state: State) -> dict[str, Any]:
    return {name: state[name] for name in ("strength", "redundancy_group", "min_available") if name in state}


def _declared(state: State, ontology: Ontology) -> dict[str, Any]:
    fields = _fields_of(state, ontology)
    return {name: value for name, value in state.items() if name in fields or name == "ci_class"}


def _fields_of(state: State, ontology: Ontology) -> frozenset[str]:
    kind = ontology.classes.get(str(state.get("ci_class")))
    return frozenset() if kind is None else frozenset(kind.fields) - {"ci_class"}
