"""Fields that are read in place answer what the library alone answers, errors too."""

import asyncio
from collections.abc import AsyncIterator
from enum import Enum
from functools import partial
from typing import Any

import pytest
import strawberry
from strawberry.extensions import SchemaExtension

from api.schema.direct import Executor, direct
from api.schema.root import KEPT, make_schema


@strawberry.enum
class Colour(Enum):
    RED = "red"
    BLUE = strawberry.enum_value("blue", description="Not red.")


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Leaf(Named):
    size: int | None
    colour: Colour = Colour.RED

    @strawberry.field
    async def waited_for(self) -> str:
        await asyncio.sleep(0)
        return f"{self.name}!"


@strawberry.type
class Stone(Named):
    weight: float = 1.5


@strawberry.type
class Branch(Named):
    leaves: list[Leaf]
    tags: list[str]
    numbers: list[int | None]
    first: Leaf | None
    required: Leaf
    anything: Named
    secret: strawberry.Private[str] = "none"

    @strawberry.field
    def many(self, times: int = 1) -> list[Leaf]:
        return self.leaves * times

    @strawberry.field
    def length(self, info: strawberry.Info[Any, Any]) -> int:
        return len(info.path.key) * len(self.leaves)  # type: ignore[arg-type]


def tree(**wrong: Any) -> Branch:
    leaf = Leaf(name="a", size=None)
    plain: dict[str, Any] = {
        "name": "b", "leaves": [leaf, Leaf(name="c", size=2, colour=Colour.BLUE)], "tags": ["x"], "numbers": [1, None],
        "first": None, "required": leaf, "anything": Stone(name="s"),
    }  # fmt: skip
    return Branch(**{**plain, **wrong})


TREES = {
    "right": tree(),
    "another first": tree(first=Leaf(name="f", size=1)),
    "null in a list": tree(tags=["x", None]),
    "null for a list": tree(leaves=None),
    "null among objects": tree(leaves=[Leaf(name="a", size=1), None]),
    "no list": tree(leaves="ab"),
    "what can be read once": tree(leaves=iter(())),
    "a tuple": tree(tags=("x", "y")),
    "another type": tree(required=Stone(name="s")),
    "no object": tree(required=5),
    "no number": tree(first=Leaf(name="f", size="many")),  # type: ignore[arg-type]
    "a number too large": tree(leaves=[Leaf(name="f", size=2**40)]),
    "no colour": tree(required=Leaf(name="f", size=1, colour="green")),  # type: ignore[arg-type]
    "an error": tree(name=ValueError("no name")),
    "no text": tree(name={"a": 1}),
    "null for what is required": tree(required=None, name=None),
}
QUERIES = (
    "{ tree { name } }",
    "{ tree { __typename other: name name tags numbers } }",
    "{ tree { leaves { name size colour } first { size } required { name colour } } }",
    "{ tree { leaves { name waitedFor } required { colour waitedFor } name } }",
    "{ tree { many(times: 2) { name size } length tags } }",
    "{ tree { anything { __typename name ... on Stone { weight } ... on Leaf { size } } leaves { ...l } } }"
    " fragment l on Named { name ... on Leaf { colour } }",
    "query($no: Boolean = false) { tree { name @skip(if: $no) leaves @include(if: $no) { name } length } }",
    "{ tree { leaves { a: name } leaves { b: name colour } } }",
)


@strawberry.type
class Query:
    @strawberry.field
    def tree(self, info: strawberry.Info[Any, Any]) -> Branch | None:
        found: Branch = info.context["tree"]
        return found


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def trees(self, info: strawberry.Info[Any, Any]) -> AsyncIterator[Branch]:
        for each in info.context["tree"]:
            yield each


TYPES = (Leaf, Stone, Branch)
PLAIN = strawberry.Schema(Query, subscription=Subscription, types=TYPES)
DIRECT = direct(strawberry.Schema(Query, subscription=Subscription, types=TYPES, execution_context_class=Executor))


def answer(schema: strawberry.Schema, query: str, branch: Branch, **variables: Any) -> Any:
    result = asyncio.run(schema.execute(query, variables, context_value={"tree": branch}))
    errors = [error.formatted for error in result.errors or ()]
    return result.data, sorted(map(str, errors)), None if result.data is None else list(result.data)


@pytest.mark.filterwarnings("ignore:coroutine")
@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("name", TREES)
def test_they_answer_what_the_library_answers(name: str, query: str) -> None:
    plain, found = (answer(schema, query, TREES[name]) for schema in (PLAIN, DIRECT))

    assert found == plain
    if name == "right":
        assert plain[1] == []
        assert [*found[0]["tree"]] == [*plain[0]["tree"]], "in the order in which it is asked"


@pytest.mark.parametrize("name", ["right", "another first"])
def test_a_directive_that_cannot_be_followed_is_told_where_it_stands(name: str) -> None:
    query = "query($no: Boolean = false) { tree { name first { name @skip(if: $no) } } }"

    plain, found = (answer(schema, query, TREES[name], no=None) for schema in (PLAIN, DIRECT))

    assert found == plain
    assert bool(plain[1]) is (name == "another first")


def test_each_event_of_a_subscription_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made = list[Any]()
    build = Executor.build_per_event_executor

    def building(self: Executor, payload: Any) -> Any:
        made.append(build(self, payload))
        return made[-1]

    monkeypatch.setattr(Executor, "build_per_event_executor", building)

    async def watched() -> None:
        context = {"tree": [TREES["right"]] * 5}
        stream: Any = await DIRECT.subscribe("subscription { trees { name leaves { name } } }", context_value=context)
        assert [each.errors async for each in stream] == [None] * 5

    asyncio.run(watched())

    assert len({id(each._readers) for each in made}) == 5
    assert all(0 < len(each._readers) < 10 for each in made)


def test_in_a_subscription_too() -> None:
    async def watched(schema: strawberry.Schema) -> list[Any]:
        stream: Any = await schema.subscribe(
            "subscription { trees { name leaves { name waitedFor } } }", context_value={"tree": [TREES["right"]]}
        )
        return [each.data async for each in stream]

    plain, found = (asyncio.run(watched(schema)) for schema in (PLAIN, DIRECT))

    assert found == plain


def test_nothing_of_the_schema_would_go_unheeded() -> None:
    # attributes are read with no resolver called, and lists as a whole
    extensions = [each() if isinstance(each, partial) else each for each in KEPT]
    assert all(type(each).resolve is SchemaExtension.resolve for each in extensions)
    assert not {"defer", "stream"} & {directive.name for directive in make_schema()._schema.directives}
