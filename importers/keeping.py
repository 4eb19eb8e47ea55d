"""What a person makes of a thing."""

from graph.errors import RejectedError
from graph.history import Thing
from graph.ontology import Ontology
from graph.store.reader import Reader
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


def writer_of(reader: Reader, revision: int) -> str | None:
    """Who wrote a revision."""
    rows = reader.rows("commit_of", revision=revision)
    return str(rows[0]["actor"]) if rows else None
