"""The mutation of the first page: an empty register is filled with the living example."""

from datetime import UTC, datetime
from typing import Annotated

import strawberry
from starlette.concurrency import run_in_threadpool

from api.example import load_example
from api.schema.failures import InvalidInput, NotAllowed, invalid
from api.schema.paging import Long
from api.schema.reading import Info, Reading, reading_of
from graph.errors import BadInputError


@strawberry.input(description="Into which register the example goes.")
class LoadExampleInput:
    """An empty one."""

    expected_revision: Long = strawberry.field(
        description="The revision that the register is at; anything but 0, an empty one, is refused.", default=Long(0)
    )


@strawberry.type(description="The example is there.")
class LoadExamplePayload:
    """What was written."""

    revision: Long = strawberry.field(description="The revision after it.")


LoadExampleResult = Annotated[
    LoadExamplePayload | InvalidInput | NotAllowed,
    strawberry.union("LoadExampleResult", description="The example, or why it is not put into this register."),
]
Empty = Annotated[LoadExampleInput, strawberry.argument(description="Into which register.")]


@strawberry.type
class ExampleMutation:
    """The example."""

    @strawberry.mutation(description="Imports the living example, an invented insurer, into a register that is empty.")
    async def load_example(self, info: Info, input: Empty) -> LoadExampleResult:  # noqa: A002 - INTERFACES: one input
        """A run of the data source `inventory`."""
        reading = reading_of(info)
        try:
            return LoadExamplePayload(revision=Long(await run_in_threadpool(_loaded, reading, input.expected_revision)))
        except BadInputError as error:
            return invalid(error, reading, "input")
        finally:
            reading.wrote()


def _loaded(reading: Reading, expected: int) -> int:
    register = reading.register
    if expected or register.store.revision():
        raise BadInputError("pages.example_not_empty", revision=register.store.revision())
    return int(load_example(register, reading.actor, datetime.now(UTC))["revision"])
