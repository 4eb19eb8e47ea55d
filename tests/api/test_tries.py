"""Edits that are only tried end as queries do; whatever may write is never cut."""

import asyncio
from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse

from api.schema.reading import computed
from api.server.tries import only_tries
from graph.deadline import Deadline, TooSlowError, within
from graph.ontology import load_ontology
from tests.api.test_requests_at_once import SlowStore, key_of, let_at_the_end, runtime, served, until
from tests.api.web import over_store

DRY, WET = '{ci: {ciId: "a"}, dryRun: true}', '{ci: {ciId: "a"}}'
SAID = '{ci: {ciId: "a"}, dryRun: $d}'


def edit(given: str) -> str:
    """One edit with its effect."""
    return f"editCi(input: {given}) {{ __typename ... on EditCiPayload {{ effect {{ cyclesAdded }} }} }}"


DOCUMENTS: list[tuple[str, dict[str, Any], bool]] = [
    (f"mutation {{ {edit(DRY)} }}", {}, True),
    (f"mutation($i: EditCiInput!) {{ a: {edit('$i')} b: {edit(DRY)} }}", {"i": {"dryRun": True}}, True),
    (f"mutation($d: Boolean!) {{ {edit(SAID)} }}", {"d": True}, True),
    (f"mutation {{ {edit(WET)} }}", {}, False),
    (f"mutation {{ {edit(DRY.replace('true', 'false'))} }}", {}, False),
    (f"mutation {{ {edit(DRY.replace('true', 'true, dryRun: false'))} }}", {}, False),
    (f"mutation($d: Boolean!) {{ {edit(SAID)} }}", {"d": False}, False),
    (f"mutation($d: Boolean!) {{ {edit(SAID)} }}", {}, False),
    (f"mutation($i: EditCiInput!) {{ {edit('$i')} }}", {"i": {"dryRun": "true"}}, False),
    (f"mutation($i: EditCiInput!) {{ {edit('$i')} }}", {"i": [{"dryRun": True}]}, False),
    (f"mutation {{ a: {edit(DRY)} b: {edit(WET)} }}", {}, False),
    (f"mutation {{ {edit(DRY)} undoRevision(input: {{revision: 1}}) {{ __typename }} }}", {}, False),
    ("mutation { editCi: undoRevision(input: {dryRun: true}) { __typename } }", {}, False),
    (f"mutation {{ ...a }} fragment a on Mutation {{ {edit(WET)} }}", {}, False),
    ("mutation { editCi { __typename } }", {}, False),
]


@pytest.mark.parametrize(("document", "given", "tries"), DOCUMENTS)
def test_only_what_is_known_to_write_nothing_ends_like_a_query(
    document: str, given: dict[str, Any], tries: bool
) -> None:
    operation = parse(document).definitions[0]

    assert isinstance(operation, OperationDefinitionNode)
    assert only_tries(operation, given) is tries


class SlowEdits(SlowStore):
    """A store that is long about trying an edit."""

    ontology = load_ontology()

    def alone(self, _: Any) -> Any:
        return self.revision()


def test_a_try_that_takes_too_long_is_told_and_ends() -> None:
    store, shared = SlowEdits(), runtime(query_seconds=0.1)

    async def work(client: Any) -> Any:
        late = await client.post("/graphql", json={"query": DOCUMENTS[0][0]})
        store.lets.set()
        await until(lambda: not shared.admission.running)
        return late

    with let_at_the_end(store):
        late = served(work, over_store(store, runtime=shared))

    assert (late.status_code, key_of(late), store.asked) == (503, "server.too_slow", 1)


def test_who_has_gone_while_waiting_for_a_place_has_nothing_computed() -> None:
    done: list[int] = []
    with within(Deadline(0)), pytest.raises(TooSlowError):
        asyncio.run(computed(done.append, 1))

    assert done == []
