"""What a register lacks, gathered for those who audit it; the rules are `queries.gaps`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from api.reconciliation import Reconciliation
from api.register import Register
from graph.estate import Estate
from graph.records.agreements import agreement_of
from graph.records.changes import change_of
from graph.records.plans import PlanTest, last_passed, plan_of, plan_test_of
from graph.store.tables import related, states, table
from graph.values import State
from queries.gaps import PROMISED, Gap, Touched, broken_chains, majors, stale_plans, unowned, without_service

KINDS = ("no_owner", "no_path_to_service", "sla_chain_breach", "stale_plan")
UNMATCHED = ("update_without_change", "different_from_approved")
Record = TypeVar("Record")


class Gaps:
    """A register at its last revision and a moment, as whoever audits it reads it."""

    def __init__(self, register: Register, estate: Estate, at: datetime) -> None:
        self.estate, self.at = estate, at.astimezone(ZoneInfo(register.settings.timezone))
        self._register, self._store, self._ontology = register, register.store, register.store.ontology

    def found(self) -> Iterator[Gap]:
        """All gaps, kind by kind, each by its subject."""
        yield from sorted(unowned(self.estate, self._ontology, self._owned()), key=_subject)
        yield from sorted(without_service(self.estate, self._ontology), key=_subject)
        agreements = self._table("slas", agreement_of)
        yield from broken_chains(self.estate, agreements, *self._contracts(), self.at.date())
        yield from self._stale()

    def _stale(self) -> list[Gap]:
        plans, tests = self._table("plans", plan_of), self._table("plan_tests", plan_test_of)
        touched = [*majors(self._table("changes", change_of), self._ontology), *self._unmatched(tests)]
        return list(stale_plans(self.estate, plans, tests, touched, self.at))

    def _unmatched(self, tests: Iterable[PlanTest]) -> Iterator[Touched]:
        # since the oldest of the last tests: what came before has been tested since
        passed = (last_passed(plan_id, tests) for plan_id in {test.plan_id for test in tests})
        start = min((at for at in passed if at is not None), default=None)
        if start is None or start >= self.at:
            return
        ledgers = Reconciliation(self._register).ledgers(start, self.at)
        for bucket in UNMATCHED:
            for entry in ledgers.entries(start, self.at, bucket):
                yield Touched(entry.update.ci_id, entry.update.at, update_id=entry.update.id)

    def _owned(self) -> set[str]:
        return {source for source, _, _ in self._related(self.estate.ids, "owned_by")}

    def _contracts(self) -> tuple[Mapping[str, Mapping[str, Any]], Mapping[str, list[str]]]:
        contracts = {ci_id: state for ci_id, state in self._of_class("contract") if state.keys() & set(PROMISED)}
        suppliers: dict[str, list[str]] = {}
        for source, _, target in self._related((ci_id for ci_id, _ in self._of_class("supplier")), "documented_by"):
            suppliers.setdefault(source, []).append(target)
        return contracts, suppliers

    def _of_class(self, name: str) -> Iterator[tuple[str, State]]:
        ids = (self.estate.ids[ci] for ci in range(len(self.estate.ids)) if self.estate.class_of(ci) == name)
        return states(self._store, ids, revision=self.estate.revision)

    def _related(self, ci_ids: Iterable[str], kind: str) -> list[tuple[str, str, str]]:
        return related(self._store, ci_ids, [kind], revision=self.estate.revision)

    def _table(self, name: str, make: Callable[[str, State], Record]) -> list[Record]:
        return table(self._store, name, make, revision=self.estate.revision)


def plain(gaps: Gaps) -> dict[str, Any]:
    """The gaps as JSON (`docs/schemas/audit-register.json`)."""
    listed = [{"kind": gap.kind, "subject": gap.subject, **gap.found} for gap in gaps.found()]
    counts = {kind: sum(each["kind"] == kind for each in listed) for kind in KINDS}
    return {"revision": gaps.estate.revision, "at": gaps.at.isoformat(), "counts": counts, "gaps": listed}


def _subject(gap: Gap) -> str:
    return gap.subject
