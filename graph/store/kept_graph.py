"""The part of the register that some edits name, as it was at a revision."""

from collections.abc import Iterable

from graph.history import CI, RELATIONSHIP, Thing, undo
from graph.records.kept_graph import KeptGraph, owner_of
from graph.store.store import Store
from graph.store.things import ends_of


def kept_graph(store: Store, ci_ids: Iterable[str], revision: int) -> KeptGraph:
    """The CIs among these ids and the relationships that they own, at a revision; see `kept_things`."""
    cis, related = kept_things(store, ci_ids, revision)
    return KeptGraph(
        {ci_id: thing.state for ci_id, thing in cis.items()}, {ends: thing.state for ends, thing in related.items()}
    )


def kept_things(
    store: Store, ci_ids: Iterable[str], revision: int
) -> tuple[dict[str, Thing], dict[tuple[str, str, str], Thing]]:
    """The same with the data sources that said so.

    Of one revision also where others write meanwhile: what they changed is undone.
    """
    wanted = frozenset(ci_ids)
    types = store.ontology.relationship_types
    things: dict[tuple[str, str], Thing | None] = {
        (CI, key): kept.thing for key, kept in store.kept(CI, wanted).items()
    }
    for end in ("source", "target"):
        owned = [name for name, kind in types.items() if (kind.provider == "source") == (end == "target")]
        things |= {(RELATIONSHIP, key): kept.thing for key, kept in store.relationships_at(wanted, owned, end=end)}
    things |= undo(store.commits_backwards(after=revision), revision)
    cis: dict[str, Thing] = {}
    related: dict[tuple[str, str, str], Thing] = {}
    for (kind, key), thing in things.items():
        if thing is None:
            continue
        if kind == CI and key in wanted:
            cis[key] = thing
        elif kind == RELATIONSHIP and owner_of(ends_of(key), store.ontology) in wanted:
            related[ends_of(key)] = thing
    return cis, related
