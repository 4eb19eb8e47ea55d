"""What was foreseen of a change: which services it would hit, over which kinds of relationships (SEMANTICS 2, 10)."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from graph.errors import BadInputError, Message
from graph.estate import Estate
from graph.ontology import Ontology
from graph.records.changes import Change
from graph.records.edits import edits_of
from graph.records.kept_graph import KeptGraph
from queries.blast_radius import WORDS
from queries.edit_chain import touched_by
from queries.impact import EffectWord, Impact, State
from queries.proposed import LIVE, propose
from queries.reasons import Reasons, names_of
from queries.witness import witness


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A CI that something leads to. `types`: the relationship types that its witness crosses, each once, sorted."""

    ci_id: str
    state: str
    types: tuple[str, ...]

    @property
    def is_predicted(self) -> bool:
        """Whether it was said to be hit; at risk is what everything is that can reach a seed."""
        return self.state in ("outage", "degraded")


class Foresight:
    """The impact of a change as it was when the change started. `own`: what the change itself names; never foreseen."""

    def __init__(self, estate: Estate, found: Impact, own: Collection[str]) -> None:
        self._estate, self._found, self.own = estate, found, frozenset(own)
        self._reasons = Reasons(found, names_of(estate))

    @cached_property
    def services(self) -> tuple[Foreseen, ...]:
        """The business services that were said to be out or degraded, by id."""
        numbers = self._estate.services()
        states = self._found.states_of(numbers).tolist()
        hit = [self._estate.ids[ci] for ci, state in zip(numbers.tolist(), states, strict=True)
               if state >= State.DEGRADED]  # fmt: skip
        return tuple(each for ci_id in sorted(hit) if (each := self.of(ci_id)) is not None)

    def of(self, ci_id: str) -> Foreseen | None:
        """How a CI was to stand; `None` where nothing leads to it, or the change names it itself."""
        ci = None if ci_id in self.own else self._estate.find(ci_id)
        if ci is None or (state := self._found.state(ci)) == State.UNAFFECTED:
            return None
        steps = witness(self._found, ci, self._reasons)
        types = {self._estate.type_of(step.edge) for step in steps if step.edge >= 0}
        return Foreseen(ci_id, WORDS[state], tuple(sorted(types)))


WORDED: tuple[EffectWord, ...] = ("degraded", "outage", "retire")  # of two effects on one CI the worse one counts


def foresee(estate: Estate, ontology: Ontology, change: Change, kept: KeptGraph) -> Foresight | Message:
    """What was foreseen of a change on the graph of a moment; a message says why nothing can be.

    Parameters
    ----------
    estate
        The graph as it was when the change started.
    ontology
        Its words.
    change
        The change; its edits bind as they do while it is carried out (SEMANTICS 4, *during*).
    kept
        What the register held then of the CIs that its edits name.
    """
    try:
        groups = edits_of(change.edits, ontology)
    except BadInputError:
        return Message("calibration.edits", {})
    proposal = propose(estate, ontology, groups, kept)
    if proposal.conflicts:
        return Message("calibration.edits", {})
    seeds: dict[int, EffectWord] = {}
    for word in WORDED:
        for ci_id, effect in change.affected:
            number = proposal.numbers.get(ci_id)
            number = estate.find(ci_id) if number is None else number
            if effect == word and number is not None:
                seeds[number] = word
    if not seeds and not groups:
        return Message("calibration.no_seeds", {})
    own = {ci_id for ci_id, _ in change.affected} | touched_by(groups, ontology)
    return Foresight(proposal.both, proposal.during(seeds), own | {f"{ci_id}{LIVE}" for ci_id in own})
