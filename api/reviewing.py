"""What a review needs, gathered from the register: the change, its edits on the graph, and what is known beside it."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from api.register import Register
from api.scheduling import Schedule
from graph.errors import BadInputError
from graph.estate import Estate
from graph.history import CI
from graph.records.changes import Change
from graph.records.edits import edits_of
from graph.records.kept_graph import named_by
from graph.records.windows import Window
from graph.risk import load_risk_model
from graph.store.kept_graph import kept_graph
from graph.store.tables import records, related
from queries.change_conflicts import change_conflicts
from queries.periods import AGREED
from queries.planned import Asked
from queries.proposed import propose
from queries.recurrence import occurrences
from queries.review import Meeting, Promise, Review, Surroundings

LASTING = timedelta(days=90)  # so far ahead what a change leaves behind is held against others (SEMANTICS 5: horizon)


def reviewed(register: Register, what: str, estate: Estate, at: datetime) -> Review:
    """The review of a stored change, by its id, or of a proposed one, by its file; `at`: the moment of the question.

    Raises
    ------
    BadInputError
        `review.unknown_change`; `edits.*` and `review.unreadable` for a file.
    """
    store = register.store
    schedule = Schedule(register, estate, at)
    change, agreed = schedule.change(what)
    groups = edits_of(change.edits, store.ontology)
    proposal = propose(estate, store.ontology, groups, kept_graph(store, named_by(groups), estate.revision))
    windows, zone = [*agreed, *schedule.windows], register.settings.timezone
    meetings, complete = _meetings(schedule.asked(change), change, windows, zone)
    around = Surroundings(
        owners=_owners(register, estate),
        promises=_promises(register, estate),
        ended=[each for each in schedule.changes if each.outcome is not None],
        agreed=list(_agreed(windows, change, zone)),
        meetings=meetings,
        meetings_complete=complete,
        circumstances=register.circumstances(),
    )
    return Review(change, proposal, around, load_risk_model())


def _meetings(asked: Asked, change: Change, windows: Sequence[Window], zone: str) -> tuple[list[Meeting], bool]:
    # the conflicts that this change is part of, from its start to its end, or as long as what it does lasts
    start, end = change.planned_start, change.planned_end
    if start is None or not change.has_window:
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
    if start is None or end is None or not change.has_window:
        return
    for window in windows:
        if window.kind == AGREED:
            with contextlib.suppress(BadInputError):
                for time in occurrences(window, start, end, zone):
                    yield replace(window, start=time.start, end=time.end, rrule=None)


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
