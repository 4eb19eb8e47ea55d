"""What requirements read, gathered from the register at a revision."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from api.reconciliation import Reconciliation
from api.register import Register
from graph.compliance import Requirement, load_requirements
from graph.deadline import check
from graph.errors import BadInputError, Message
from graph.estate import SERVICE, Estate
from graph.records.agreements import Agreement, agreement_of
from graph.records.changes import Change, change_of
from graph.records.edits import Add, edits_of
from graph.records.kept import moment, text, texts
from graph.records.kept_graph import KeptGraph
from graph.store.tables import records, states
from graph.values import State
from queries.compliance.frame import Compliance, Document, Known, Papers
from queries.compliance.rules import judged
from queries.deciding import Filled
from queries.foreseen import foresee
from queries.kpis.period import Period
from queries.past import touched_of

DOCUMENT = "document"


def requirements_named(ids: Sequence[str]) -> list[Requirement]:
    """The requirements of these ids in the order of the file, each once; all where none is named.

    Raises BadInputError `compliance.unknown`, naming those that are not there.
    """
    every = load_requirements()
    by_id = {each.id.upper(): each for each in every}
    unknown = [given for given in ids if given.strip().upper() not in by_id]
    if unknown:
        known = ", ".join(each.id for each in every)
        raise BadInputError("compliance.unknown", ids=", ".join(each[:40] for each in unknown[:10]), known=known)
    wanted = {given.strip().upper() for given in ids}
    return [each for each in every if not wanted or each.id.upper() in wanted]


NOTHING = KeptGraph({}, {})


class Complying:
    """A register, asked which requirements its records meet in a period."""

    def __init__(self, register: Register, revision: int) -> None:
        self._register, self.revision = register, revision
        self._zone = ZoneInfo(register.settings.timezone)

    def judged(self, some: Sequence[Requirement], period: Period) -> Compliance:
        """These requirements, in their order."""
        return judged(self.known(period), some)

    def known(self, period: Period) -> Known:
        """All that they read."""
        store = self._register.store
        found = Reconciliation(self._register, self.revision)
        estate = self._register.estate(self.revision)
        agreements = self._register.tables.table("slas", agreement_of, self.revision)
        made = [(change_of(key, state), state) for key, state in
                records(store, "changes", revision=self.revision).items()]  # fmt: skip
        begun = [(change.actual_start or change.planned_start) for change, _ in made]
        mine = [period.holds(start) or period.holds(change.actual_end)
                for (change, _), start in zip(made, begun, strict=True)]  # fmt: skip
        services = self._services(estate, [change for (change, _), is_mine in zip(made, mine, strict=True) if is_mine])
        papers = [
            self._papers(estate, change, state, services, agreements) if is_mine else Papers(change, Filled.of(state))
            for (change, state), is_mine in zip(made, mine, strict=True)
        ]
        return Known(
            at=found.at, period=period, papers=papers, ledgers=found.ledgers(period.start, period.end),
            documents=self._documents(estate),
        )  # fmt: skip

    def _services(self, estate: Estate, changes: Iterable[Change]) -> frozenset[str]:
        # business services among what changes name; retired ones have no number any more
        store = self._register.store
        touched = {ci_id for change in changes for ci_id in touched_of(change, store.ontology)}
        known = {ci_id: estate.find(ci_id) for ci_id in touched}
        found = {ci_id for ci_id, ci in known.items() if ci is not None and estate.class_of(ci) == SERVICE}
        gone = [ci_id for ci_id, ci in known.items() if ci is None]
        kept = states(store, gone, revision=self.revision)
        return frozenset(found | {ci_id for ci_id, state in kept if state.get("ci_class") == SERVICE})

    def _papers(
        self, estate: Estate, change: Change, state: State, services: frozenset[str], agreements: Sequence[Agreement]
    ) -> Papers:
        check()
        ontology = self._register.store.ontology
        named = (touched_of(change, ontology) & services) | self._added(change)
        # whom it hits besides, by the graph of now; without its edits, which may be there by now
        foresight = foresee(estate, ontology, replace(change, edits=None), NOTHING)
        hit = set() if isinstance(foresight, Message) else {each.ci_id for each in foresight.services}
        start = change.actual_start or change.planned_start
        day = None if start is None else start.astimezone(self._zone).date()
        return Papers(
            change, Filled.of(state), tuple(sorted(named | hit)), tuple(sorted(named)),
            frozenset(_customers(agreements, named | hit, day)), frozenset(texts(state, "notified")),
            moment(state, "accepted_at"),
        )  # fmt: skip

    def _added(self, change: Change) -> set[str]:
        try:
            groups = edits_of(change.edits, self._register.store.ontology)
        except BadInputError:
            return set()
        edits = [edit for group in groups for edit in group.edits]
        return {each.ci_id for each in edits if isinstance(each, Add) and each.state.get("ci_class") == SERVICE}

    def _documents(self, estate: Estate) -> list[Document]:
        if DOCUMENT not in estate.class_names:
            return []
        code = estate.class_names.index(DOCUMENT)
        ids = [estate.ids[ci] for ci in (estate.class_code == code).nonzero()[0].tolist() if estate.find(estate.ids[ci])
               is not None]  # fmt: skip
        found = []
        for ci_id, state in states(self._register.store, ids, revision=self.revision):
            kind, day = text(state, "document_kind"), text(state, "review_date")
            if kind is not None and day is not None:
                found.append(Document(ci_id, kind, date.fromisoformat(day)))
        return sorted(found, key=lambda each: each.ci_id)


def _customers(agreements: Iterable[Agreement], services: set[str], day: date | None) -> set[str]:
    return {
        each.customer
        for each in agreements
        if each.service in services and each.customer is not None and (day is None or each.holds(day))
    }
