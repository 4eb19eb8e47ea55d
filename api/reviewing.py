"""What a review needs, gathered from the register: the change, its edits on the graph, and what is known beside it."""

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from api.register import Register
from graph.errors import BadInputError
from graph.estate import Estate
from graph.history import CI
from graph.records.changes import Change, change_of
from graph.records.edits import EditGroup, edits_of
from graph.records.incidents import incident_of
from graph.records.kept_graph import named_by
from graph.records.proposed import proposed_of
from graph.records.windows import Window, window_of
from graph.risk import load_risk_model
from graph.store.kept_graph import kept_graph
from graph.store.tables import records, related
from graph.values import ValueRefused, parse_id, shown
from importers.safe_yaml import load_documents, read_text
from queries.change_conflicts import change_conflicts
from queries.planned import Asked, named
from queries.proposed import propose
from queries.recurrence import occurrences
from queries.review import Meeting, Promise, Review, Surroundings

AGREED = "agreed_outage"
LASTING = timedelta(days=90)  # so far ahead what a change leaves behind is held against others (SEMANTICS 5: horizon)


def reviewed(register: Register, what: str, estate: Estate, at: datetime) -> Review:
    """The review of a stored change, by its id, or of a proposed one, by its file; `at`: the moment of the question.

    Raises
    ------
    BadInputError
        `review.unknown_change`; `edits.*` and `review.unreadable` for a file.
    """
    revision = estate.revision
    changes = {
        key: change_of(key, state) for key, state in records(register.store, "changes", revision=revision).items()
    }
    change, groups, agreed = _asked(register, what, changes)
    kept = kept_graph(register.store, named_by(groups), revision)
    proposal = propose(estate, register.store.ontology, groups, kept)
    incidents = records(register.store, "incidents", revision=revision)
    windows = [window_of(key, state) for key, state in records(register.store, "windows", revision=revision).items()]
    others = [each for each in changes.values() if each.is_active and each.change_id != change.change_id]
    asked = Asked(
        estate, register.store.ontology, [change, *others],
        [incident_of(key, state) for key, state in incidents.items()], at,
        kept_graph(register.store, named([change, *others], register.store.ontology), revision),
    )  # fmt: skip
    found, complete = _meetings(asked, change, [*agreed, *windows], register.settings.timezone)
    around = Surroundings(
        owners=_owners(register, estate),
        promises=_promises(register, estate),
        ended=[each for each in changes.values() if each.outcome is not None],
        agreed=list(_agreed([*agreed, *windows], change, register.settings.timezone)),
        meetings=found,
        meetings_complete=complete,
        circumstances=register.circumstances(),
    )
    return Review(change, proposal, around, load_risk_model())


def _meetings(asked: Asked, change: Change, windows: Sequence[Window], zone: str) -> tuple[list[Meeting], bool]:
    # the conflicts that this change is part of, from its start to its end, or as long as what it does lasts
    start, end = change.planned_start, change.planned_end
    if start is None or (end is not None and end <= start):
        return [], True  # the review says itself that it has no window
    lasts = change.edits is not None or any(effect == "retire" for _, effect in change.affected)
    until = start + LASTING if end is None or lasts else end
    found = change_conflicts(asked, windows, start, max(until, end or until), change.zone or zone)
    mine = [each for each in found.found if change.change_id in each.changes]
    # what is wrong with this change itself is a reason of its own
    gaps = {reason.params.get("change") == change.change_id for reason in found.reasons if reason.gap}
    meetings = [
        Meeting(each.id, each.kind, each.changes, each.services, each.ci_ids, each.plain(change.zone or zone))
        for each in mine
    ]
    return meetings, found.complete or gaps == {True}


def _agreed(windows: Iterable[Window], change: Change, zone: str) -> Iterator[Window]:
    # agreed outages as they lie around the change's window; one that cannot be read agrees to nothing
    start, end = change.planned_start, change.planned_end
    if start is None or end is None or end <= start:
        return
    for window in windows:
        if window.kind == AGREED:
            with contextlib.suppress(BadInputError):
                for time in occurrences(window, start, end, zone):
                    yield replace(window, start=time.start, end=time.end, rrule=None)


def _asked(
    register: Register, what: str, changes: dict[str, Change]
) -> tuple[Change, tuple[EditGroup, ...], tuple[Window, ...]]:
    ontology = register.store.ontology
    if Path(what).is_file():
        found = proposed_of(document_of(Path(what)), register.settings.timezone, ontology)
        return found.change, found.edits, found.agreed
    try:
        change = changes.get(parse_id(what))
    except ValueRefused:
        change = None
    if change is None:
        raise BadInputError("review.unknown_change", change=shown(what))
    return change, edits_of(change.edits, ontology), ()


def document_of(path: Path) -> Any:
    """What a file of JSON or YAML holds, read with the limits of files from strangers.

    Raises BadInputError `yaml.*`, and `review.unreadable` for what is neither, or more than one document.
    """
    text = read_text(path, path.name)
    if path.suffix.lower() == ".json":
        try:
            return json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise BadInputError("review.unreadable", file=path.name, reason=shown(error)) from error
    documents = list(load_documents(text, path.name))
    if len(documents) != 1:
        raise BadInputError("review.documents", file=path.name, count=len(documents))
    return documents[0]


def _services(estate: Estate) -> list[str]:
    return [estate.ids[ci] for ci in estate.services().tolist()]


def _owners(register: Register, estate: Estate) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for service, _, owner in related(register.store, _services(estate), ["owned_by"], revision=estate.revision):
        found.setdefault(service, []).append(owner)
    return found


def _promises(register: Register, estate: Estate) -> dict[str, Promise]:
    # the shortest downtime that any agreement allows, and the service's own RTO
    allowed: dict[str, list[int]] = {}
    customers: dict[str, set[str]] = {}

    def note(service: str, values: Iterable[object]) -> None:
        allowed.setdefault(service, []).extend(each for each in values if isinstance(each, int))

    for service, kept in register.store.kept_at(CI, _services(estate), estate.revision).items():
        note(service, [kept.thing.state.get("rto")])
    for state in records(register.store, "slas", revision=estate.revision).values():
        service = str(state.get("service"))
        note(service, [state.get("allowed_downtime"), state.get("rto")])
        if "customer" in state:
            customers.setdefault(service, set()).add(str(state["customer"]))
    names = allowed.keys() | customers.keys()
    return {
        name: Promise(min(allowed.get(name, ()), default=None), tuple(sorted(customers.get(name, ()))))
        for name in names
    }
