"""What is looked through for whoever was not the fastest has an end, in revisions and in time."""

import asyncio
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.schema import revisions
from api.schema.limits import check
from api.server.runtime import Runtime
from api.server.settings import RequestLimits, ServerSettings
from graph.deadline import Deadline, deadline, within
from graph.history import CI, ORIGIN, Commit, Header, Revision, Thing, make_commit

OF_ONE = 100  # revisions of a commit
BEFORE, AFTER = Thing({"name": "before"}), Thing({"name": "after"})


class Log:
    """The log of a store; nobody has ever written of `nobody`, whose revisions are looked for."""

    def __init__(self, commits: int) -> None:
        self.commits, self.taken, self.deadline = commits, 0, cast(Deadline | None, None)

    def commits_backwards(self, *, after: int, at_once: int) -> Iterator[Commit]:
        for number in range(self.commits, 0, -1):
            self.taken += 1
            self.deadline = deadline()
            first = (number - 1) * OF_ONE + 1
            some = [Revision(first + place, CI, f"ci-{place}", BEFORE, AFTER, 0) for place in range(OF_ONE)]
            yield make_commit(some, "2026-11-27T12:00:00.000000Z", Header("a", "b"), ORIGIN)


def since(log: Log, key: str = "nobody", kind: str = CI) -> list[Any]:
    """What was recorded of it after revision 1, asked for within a mutation."""

    async def estate() -> Any:
        return SimpleNamespace(revision=log.commits * OF_ONE)

    async def is_shown(*_: Any) -> bool:
        return kind == CI

    reading = SimpleNamespace(estate=estate, is_shown=is_shown, register=SimpleNamespace(store=log))
    runtime = Runtime(ServerSettings(request=RequestLimits(query_seconds=17)))
    info = SimpleNamespace(context={"reading": reading, "runtime": runtime})
    return asyncio.run(revisions.recorded_since(cast(Any, info), (kind, key), 1, 0))


def test_no_more_than_so_many_revisions_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revisions, "LOOKED_AT", 250)
    log = Log(20)

    assert (since(log), log.taken) == ([], 3)
    found = since(log, "ci-7")
    assert [int(each.number) for each in found] == [1908, 1808, 1708]


def test_it_is_looked_for_no_longer_than_a_query_may_take() -> None:
    log, late = Log(3), Log(3)
    since(log)
    with within(Deadline(0)):
        nothing = since(late, "ci-7")

    assert log.deadline is not None
    assert log.deadline.seconds == 17
    assert (nothing, late.taken) == ([], 1)


def test_a_document_of_many_conflicts_costs_what_looking_for_them_does() -> None:
    edit = 'editCi(input: {ci: {ciId: "a", expectedRevision: 1}}) { ... on RevisionConflict { %s } }'
    costs = [
        check(f"mutation {{ {edit % field} }}", None, ServerSettings().document)
        for field in ("actual", "since { number }")
    ]

    assert [each.cost for each in costs if each is not None] == [3_001, 3_505]
