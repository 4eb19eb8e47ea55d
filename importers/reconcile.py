"""What a thing becomes when a data source says something of it (SEMANTICS 7): the more authoritative source wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph.history import Thing
from graph.ontology import Ontology
from graph.values import State, Value

ALL = "*"  # in `Thing.sources`: every field not named


@dataclass(frozen=True, slots=True)
class Outcome:
    """The thing after the observation, and the fields in which a stronger data source kept its value."""

    thing: Thing
    overruled: tuple[str, ...] = ()


def reconcile(
    present: Thing | None, given: Mapping[str, Value], cleared: Iterable[str], source: str, ontology: Ontology
) -> Outcome:
    """Apply the `given` and `cleared` fields of one observation by `source`.

    A field set by a more authoritative source keeps its value, also against being cleared; sources of equal standing
    keep the present value, except that a source may change what it set itself. Where a stronger source confirms a
    value, the field becomes its own.
    """
    if present is None:
        return Outcome(Thing({**given}, {ALL: source}))
    state: State = dict(present.state)
    owners = {name: owner_of(present, name) for name in state}
    overruled: list[str] = []
    for name, value in given.items():
        if name not in state or may_set(source, owners[name], ontology):
            state[name] = value
            owners[name] = source
        elif state[name] != value:
            overruled.append(name)
    for name in cleared:
        if name in state and may_set(source, owners[name], ontology):
            del state[name]
            del owners[name]
        elif name in state:
            overruled.append(name)
    # without a field there is nothing to own, and who said that the thing is there stays
    sources = _packed(owners) if owners else {ALL: present.sources.get(ALL, source)}
    return Outcome(Thing(state, sources), tuple(overruled))


def with_field(thing: Thing, name: str, value: Value | None, source: str) -> Thing:
    """The thing with a field set for a data source, or (`None`) without it."""
    state = {field: kept for field, kept in thing.state.items() if field != name}
    owners = {field: owner_of(thing, field) for field in state}
    if value is not None:
        state[name], owners[name] = value, source
    return Thing(state, _packed(owners) if owners else {ALL: thing.sources.get(ALL, source)})


def owner_of(thing: Thing, name: str) -> str:
    """The data source that set a field."""
    return thing.sources.get(name) or thing.sources.get(ALL, "")


def may_set(source: str, owner: str, ontology: Ontology) -> bool:
    """Whether a data source may change what another has set."""
    return owner in ("", source) or ontology.stronger(source, owner)


def _packed(owners: Mapping[str, str]) -> dict[str, str]:
    counts: dict[str, int] = {}
    for owner in owners.values():
        counts[owner] = counts.get(owner, 0) + 1
    most = max(sorted(counts), key=lambda owner: counts[owner])
    return {ALL: most} | {name: owner for name, owner in owners.items() if owner != most}
