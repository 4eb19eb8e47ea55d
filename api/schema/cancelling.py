"""Root field of the schema: an import that is to stop where it is."""

from typing import Annotated

import strawberry

from api.access.roles import roles
from api.schema.failures import InvalidInput, NotAllowed
from api.schema.reading import Info, Reading, reading_of
from api.schema.writing import refused
from graph.errors import BadInputError, FaultlineError, NotAllowedError
from graph.values import shown


@strawberry.input(description="An import to stop.")
class CancelImportInput:
    """Names an import."""

    run: str = strawberry.field(description="The import.")


@strawberry.type(description="An import that stops after the batch that it is at.")
class CancelImportPayload:
    """What was written stays; the same import again goes on from there."""

    run: str = strawberry.field(description="The import.")


CancelImportResult = Annotated[
    CancelImportPayload | InvalidInput | NotAllowed,
    strawberry.union("CancelImportResult", description="The import, or why it cannot be stopped."),
]
Cancelled = Annotated[CancelImportInput, strawberry.argument(description="What to stop.")]


@strawberry.type
class CancelImportMutation:
    """Stopping an import."""

    @strawberry.mutation(
        description="Stops an import after the batch that it is at. What was written stays, and the same import again "
        "goes on from there. Only the server that carries it out can stop it; of somebody else's, only for an "
        "administrator."
    )
    async def cancel_import(self, info: Info, input: Cancelled) -> CancelImportResult:  # noqa: A002 - as all mutations
        """The import."""
        try:
            _cancel(reading_of(info), input.run)
        except FaultlineError as error:
            failed: CancelImportResult = refused(info, error, at="run")
            return failed
        return CancelImportPayload(run=input.run)


def _cancel(reading: Reading, run: str) -> None:
    going = reading.register.importing.going(run)
    if going is None:
        raise BadInputError("import.not_going", run=shown(run))
    if going.actor != reading.actor and "admin" not in roles().held(reading.principal.roles):
        raise NotAllowedError("import.foreign_run", run=run)
    going.cancelled.set()
