"""What a document asks for is what writing out its fragments says; what asks for too much is refused."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
)
from hypothesis import given
from hypothesis import strategies as st

from api.schema.limits import COUNTED, LARGEST_PAGE, LISTS, PAGE, PAGES, WEIGHTS, Asked, Limits, check, measured
from graph.errors import BadInputError
from tests.api.web import over_store


def slow(node: Any, fragments: Mapping[str, FragmentDefinitionNode]) -> Asked:
    """By definition: every spread is what it stands for."""
    own = len(node.directives or ())
    if isinstance(node, FragmentSpreadNode):
        inner = slow(fragments[node.name.value], fragments)
        return replace(inner, directives=inner.directives + own)
    parts = [slow(each, fragments) for each in (node.selection_set.selections if node.selection_set else ())]
    sums = {name: sum(getattr(each, name) for each in parts) for name in COUNTED}
    sums["directives"] += own
    depth, is_page = max((each.depth for each in parts), default=0), any(each.is_page for each in parts)
    if not isinstance(node, FieldNode):
        return Asked(depth, **sums, is_page=is_page)
    times = PAGE if is_page else LISTS.get(node.name.value, 1) if node.selection_set else 1
    for argument in node.arguments or ():
        if argument.name.value == "first":
            times = min(int(argument.value.value), LARGEST_PAGE)  # type: ignore[attr-defined]
    sums["fields"] += 1
    sums["aliases"] += node.alias is not None
    sums["cost"] = WEIGHTS.get(node.name.value, 1) + times * sums["cost"]
    return Asked(depth + 1, **sums, is_page=node.name.value in PAGES)


FIELDS = st.sampled_from(
    (
        "members",
        "witness",
        "impact",
        "ci",
        "cis",
        "name",
        "nodes",
        "edges",
        "x: ciId",
        "cis(first: 3)",
        "cis(first: 900)",
    )
)
MARKED = st.builds(lambda name, marked: name + " @skip(if: false)" * marked, FIELDS, st.booleans())


@cache
def selections(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """A set of selections that spreads some of these fragments."""
    spreads = [st.sampled_from([f"...{name}" for name in names])] if names else []
    leaf = st.one_of(MARKED, *spreads)

    def deeper(below: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        inside = st.lists(below, min_size=1, max_size=3).map(" ".join)
        return st.builds(lambda name, more: f"{name} {{ {more} }}", st.one_of(MARKED, st.just("... on Ci")), inside)

    return st.lists(st.recursive(leaf, deeper, max_leaves=6), min_size=1, max_size=4).map(" ".join)


@st.composite
def documents(draw: st.DrawFn) -> str:
    count = draw(st.integers(0, 5))
    names = tuple(f"F{number}" for number in range(count))
    written = [f"fragment {name} on Ci {{ {draw(selections(names[:at]))} }}" for at, name in enumerate(names)]
    whole = [f"query {{ {draw(selections(names))} }}", *draw(st.permutations(written))]
    return "\n".join(whole)


@pytest.mark.many
@given(documents())
def test_what_is_asked_is_what_writing_out_fragments_says(text: str) -> None:
    document = parse(text)
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    (operation,) = (each for each in document.definitions if isinstance(each, OperationDefinitionNode))

    assert measured(document) == slow(operation, fragments)


def doubling(times: int) -> str:
    """Fragments of which each spreads the one before twice."""
    ones = [f"fragment F{at} on Query {{ ...F{at - 1} ...F{at - 1} }}" for at in range(1, times)]
    return " ".join(["fragment F0 on Query { revision }", *ones, f"{{ ...F{times - 1} }}"])


def nested(levels: int) -> str:
    return "{a" * levels + "}" * levels


HOSTILE = {
    "fields": doubling(45),
    "fragments": doubling(60),
    "depth": nested(30),
    "aliases": "{" + " ".join(f"a{number}: revision" for number in range(400)) + "}",
    "directives": "{ revision " + "@include(if: true) " * 200 + "}",
    "tokens": "{" + " ".join(f"a{number}: revision" for number in range(900)) + "}",
    "cost ": '{ ci(ciId: "a") {' + "redundancyGroups { members {" * 9 + "ciId" + "}" * 18 + "} }",
    " cost": "{" + " ".join(f"a{n}: impact(seeds: []) {{ __typename }}" for n in range(50)) + "}",
    "cost": "{ cis(first: 500) { nodes { providers(first: 500) { nodes { name } } } } }",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_asks_for_too_much_is_refused_and_told(what: str) -> None:
    answer = over_store(object()).post("/graphql", json={"query": HOSTILE[what]})

    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["key"]) == (400, "server.too_much")
    assert error["extensions"]["params"]["what"] == what.strip()


def test_a_page_of_a_variable_counts_as_what_is_given_else_as_what_it_stands_for() -> None:
    def cost(text: str, given: dict[str, Any] | None = None) -> int:
        return measured(parse(text), given).cost

    asking = "query ($n: Int = 7) { cis(first: $n) { nodes { name } } }"

    assert cost(asking) == 1 + 7 * 2
    assert cost(asking, {"n": 3}) == 1 + 3 * 2
    assert cost(asking, {"n": -1}) == 1
    assert cost(asking.replace(" = 7", ""), {}) == 1 + LARGEST_PAGE * 2
    assert cost("{ cis(first: " + "9" * 4_000 + ") { nodes { name } } }") == 1 + LARGEST_PAGE * 2


@pytest.mark.parametrize(
    "text", ["fragment A on Q { ...A }", "fragment A on Q { ...B } fragment B on Q { a { ...A } }"]
)
def test_fragments_in_a_circle_are_refused(text: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check(text + " { ...A }", None, Limits())

    assert refused.value.message.key == "server.circular_fragments"


def test_a_document_that_cannot_be_read_is_left_to_who_executes_it() -> None:
    assert check("{ never closed", None, Limits()) is None


def test_introspection_is_within_the_limits() -> None:
    assert check(get_introspection_query(), None, Limits()) is not None
