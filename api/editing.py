"""What an edit that was tried does to the graph: the register's part of it, before and after."""

from api.register import Register
from graph.estate import Estate
from graph.history import CI, RELATIONSHIP
from graph.records.kept_graph import KeptGraph, owner_of
from graph.store.kept_graph import kept_graph
from graph.store.things import ends_of
from importers.editing import Edited
from queries.draft import RETIRED
from queries.edited import EditEffect
from queries.proposed import proposed_between


def effect_of(register: Register, estate: Estate, ci_id: str, edited: Edited) -> EditEffect:
    """Before and after an edit of a CI, at the estate's revision."""
    store, ontology = register.store, register.store.ontology
    cis = {each.key: each.after.state for each in edited.changes if each.kind == CI and each.after is not None}
    related = {ends_of(each.key): each.after for each in edited.changes if each.kind == RELATIONSHIP}
    wanted = {ci_id, *cis, *(owner_of(ends, ontology) for ends in related)}
    before = kept_graph(store, wanted, estate.revision)
    if cis.get(ci_id, {}).get("status", RETIRED) != RETIRED and estate.find(ci_id) is None:
        # it comes back: whoever names it as a provider counts it again
        types = [name for name, kind in ontology.relationship_types.items() if kind.provider]
        ends = [
            ends_of(key) for end in ("source", "target") for key, _ in store.relationships_at([ci_id], types, end=end)
        ]
        before = kept_graph(store, wanted | {owner_of(each, ontology) for each in ends}, estate.revision)
    kept = {ends: state for ends, state in before.related.items() if ends not in related}
    changed = {ends: thing.state for ends, thing in related.items() if thing is not None}
    after = KeptGraph({**before.cis, **cis}, kept | changed)
    return EditEffect(proposed_between(estate, ontology, before, after), ci_id)
