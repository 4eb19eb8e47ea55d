"""What a person makes of a thing."""

from collections.abc import Iterable

from graph.errors import RejectedError
from graph.history import Thing
from graph.ontology import Ontology
from graph.store.log import holding
from graph.store.reader import Reader
from graph.store.rows import commit_of_row
from graph.values import State
from importers.direct import PERSON
from importers.reconcile import reconcile


def written_by(ontology: Ontology, before: Thing | None, fields: State) -> Thing:
    """A thing with these fields and no others; RejectedError `write.overruled` where a stronger source objects."""
    cleared = () if before is None else sorted(before.state.keys() - fields.keys())
    outcome = reconcile(before, fields, cleared, PERSON, ontology)
    if outcome.overruled:
        raise RejectedError("write.overruled", source=PERSON)
    return outcome.thing


def is_written_by(reader: Reader, last: int, actors: Iterable[str]) -> bool:
    """Whether one of some actors ever wrote a thing, from its revision `last` backwards.

    Not its last writing alone: whoever lets somebody else write it once more wrote it still. Who is `local:ann` is
    `principal:ann`, too.
    """
    names = {_name(each) for each in actors}
    while last:
        commit = commit_of_row(holding(reader.rows, last)[0])
        if _name(commit.header.actor) in names:
            return True
        last = next(each.previous for each in commit.revisions() if each.number == last)
    return False


def _name(actor: str) -> str:
    kind, colon, name = actor.partition(":")
    return name if colon and kind in ("local", "principal") else actor
