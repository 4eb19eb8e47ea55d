"""What would break if a proposed change were carried out first: the same question on the graph as it would be."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graph.errors import BadInputError
from graph.estate import Estate
from graph.records.kept_graph import named_by
from graph.records.proposed import proposed_of
from graph.store.kept_graph import kept_graph
from graph.values import State
from queries.blast_radius import BlastRadius, Circumstances
from queries.impact import Effect, EffectWord, impact
from queries.proposed import propose

if TYPE_CHECKING:
    from api.register import Register


class ProposedError(BadInputError):
    """What is wrong with a proposed change, or why an edit of it does not apply."""


def radius_after(
    register: "Register", estate: Estate, seeds: Mapping[str, EffectWord], document: Any, known: Circumstances
) -> tuple[BlastRadius, Mapping[str, State]]:
    """The blast radius of seeds once all edits of a document (ANSWERS) are done, and the fields of CIs that it adds.

    What the edits retire is out, whoever rests on it still. Raises ProposedError, and UnknownCisError for a seed that
    is neither there nor added.
    """
    ontology = register.store.ontology
    try:
        edits = proposed_of(document, register.settings.timezone, ontology).edits
    except BadInputError as error:
        raise ProposedError(error.message.key, **error.message.params) from error
    found = propose(estate, ontology, edits, kept_graph(register.store, named_by(edits), estate.revision))
    if found.conflicts:
        first = found.conflicts[0]
        raise ProposedError(first.message.key, **{"at": first.at, **first.message.params})
    wanted: dict[int, EffectWord | Effect] = {found.number_of(ci_id): effect for ci_id, effect in seeds.items()}
    answer = impact(found.after.topology, {**wanted, **found.retired})
    return BlastRadius(found.after, answer, known), found.draft.added
