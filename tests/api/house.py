"""A house in which changes are made: a small register, and people who ask over the API with their own tokens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api.access.changes import create_first_token
from api.register import Register, open_register
from api.server.app import make_app
from api.server.doorkeeper import Guard
from graph.history import Thing
from graph.settings import Settings
from graph.store import Edit
from tests.api.command import environment
from tests.api.web import Web, over
from tests.engines import Database, depends, written

SAVE = """mutation($document: JSON!, $papers: JSON, $origin: String, $externalId: String, $expected: Long) {
  saveChange(input: {document: $document, papers: $papers, origin: $origin, externalId: $externalId,
                     expectedRevision: $expected}) { __typename
    ... on SaveChangePayload { revision changeId page change { status record lastRevision }
      review { verdict evidenceHash } }
    ... on Error { key message params } ... on InvalidInput { path } } }"""
STEP = """mutation($change: String!, $step: String!, $papers: JSON, $expected: Long, $done: [String!],
                   $confirm: Boolean! = false) {
  takeChangeStep(input: {change: $change, step: $step, papers: $papers, expectedRevision: $expected, done: $done,
                         confirmDependents: $confirm}) { __typename
    ... on TakeChangeStepPayload { status change { record } } ... on Error { key message params } } }"""
DECIDE = """mutation($change: String!, $decision: Decision!, $reason: String!, $evidence: String!, $behalf: String,
                    $expected: Long) {
  decideChange(input: {change: $change, decision: $decision, reason: $reason, evidenceHash: $evidence,
                       onBehalfOf: $behalf, expectedRevision: $expected}) { __typename
    ... on DecideChangePayload { revision decision evidenceHash status decided voices { authority needed by } }
    ... on ReviewOutdated { current { verdict evidenceHash } differences { key message } }
    ... on Error { key message params } } }"""
REVIEW = """query($change: String!) { review(change: $change) { ... on Review { verdict evidenceHash } } }"""
ROLES = {
    "ask": "requester", "ann": "reviewer", "bob": "approver", "cat": "approver", "dan": "approver", "eve": "viewer",
}  # fmt: skip
TOMORROW = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
ASSESSED = dict.fromkeys(("risk", "technical", "business", "financial", "capacity", "security"), "DOC")


@dataclass(frozen=True)
class House:
    """A register with people, each asking with their own token."""

    register: Register
    web: Web
    tokens: dict[str, str]

    def asks(self, who: str, query: str, **variables: Any) -> Any:
        answer = self.web.post(
            "/graphql", json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.tokens[who]}"},
        )  # fmt: skip
        assert (answer.status_code, answer.json().get("errors")) == (200, None), answer.text
        return next(iter(answer.json()["data"].values()))

    def saves(self, who: str = "ask", papers: Any = None, **document: Any) -> Any:
        return self.asks(who, SAVE, document=proposed(**document), papers=papers)

    def steps(self, who: str, change: str, step: str, **papers: Any) -> Any:
        return self.asks(who, STEP, change=change, step=step, papers=papers or None)

    def ends(self, change: str, step: str = "finish", **more: Any) -> Any:
        """A change that is being implemented is finished, in whichever way."""
        return self.asks("ask", STEP, change=change, step=step, **more)

    def evidence(self, change: str) -> str:
        return str(self.asks("eve", REVIEW, change=change)["evidenceHash"])

    def decides(self, who: str, change: str, decision: str = "APPROVED", **more: Any) -> Any:
        seen = more.pop("evidence", None) or self.evidence(change)
        given = {"reason": "because", "evidence": seen, **more}
        return self.asks(who, DECIDE, change=change, decision=decision, **given)


def proposed(**more: Any) -> dict[str, Any]:
    window = {"start": TOMORROW.isoformat(), "end": (TOMORROW + timedelta(hours=2)).isoformat()}
    return {"format": "faultline.change/1", "title": "Patch", "category": "simple", "window": window,
            "affected": [{"ci_id": "db-1"}], **more}  # fmt: skip


def ci(ci_id: str, ci_class: str, **fields: str) -> Edit:
    state = {"ci_class": ci_class, "name": ci_id, "status": "live", **fields}
    return Edit("ci", ci_id, Thing(dict(state), {"*": "inventory"}))


@contextmanager
def opened(database: Database, folder: Path, **given: str) -> Iterator[House]:
    """Two databases of which one is enough, and people who may different things; `given`: settings."""
    database.wipe()
    with open_register(Settings.from_environment({**environment(database, folder), **given})) as register:
        written(register.store, [
            ci("svc", "business_service", criticality="critical"), ci("app", "application"),
            ci("db-1", "database_instance"), ci("db-2", "database_instance"), depends("svc", "app"),
            *(depends("app", db, redundancy_group="db", min_available="1") for db in ("db-1", "db-2")),
        ])  # fmt: skip
        tokens = {
            name: create_first_token(register.access, name, [role], {}, "1d", "tester")[0]
            for name, role in ROLES.items()
        }
        # what another tool says comes from the one principal that is named it
        tokens["tool"] = create_first_token(register.access, "itsm", ["requester"], {}, "1d", "tester", ["itsm"])[0]
        yield House(register, Web(make_app(register, Guard(None, principals=True)), over(register).home), tokens)


def assessed(house: House, change: str, who: str = "ask", **document: Any) -> None:
    house.saves(who, change_id=change, **document)
    house.steps(who, change, "submit")
    house.steps("ann", change, "assess", assessment=ASSESSED, back_out_plan="DOC", test_evidence=["DOC"])


def actor_of(house: House, name: str) -> str:
    """What the log calls somebody."""
    return str(house.asks(name, "query { me { actor } }")["actor"])


def started(house: House, change: str, **document: Any) -> None:
    """A change that is approved and has begun."""
    assessed(house, change, **document)
    house.decides("bob", change)
    house.steps("ask", change, "schedule")
    assert house.steps("ask", change, "start")["status"] == "implementing"
