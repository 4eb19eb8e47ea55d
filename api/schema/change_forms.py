"""What a form of a change must know: categories as the life cycle names them, and the outages agreed for a change."""

from datetime import datetime

import strawberry

from api.schema.reading import Info, Reading, reading_of
from graph.records.windows import window_of

WINDOWS = "windows"
AGREED = "agreed_outage"


@strawberry.type(description="A category of changes (the life cycle's file).")
class ChangeCategory:
    """A category."""

    id: str = strawberry.field(description="As a change has it.")
    name: str = strawberry.field(description="What it is called, in the language of the request.")
    decided: str = strawberry.field(
        description="`before` it is carried out, `after` it, or by the `template` that it follows."
    )
    voices: int = strawberry.field(description="How many different people must approve.")


@strawberry.type(description="An outage of a service that was agreed for a change.")
class AgreedOutage:
    """As a proposed change has it."""

    service: str = strawberry.field(description="The service, by identifier.")
    from_: datetime | None = strawberry.field(name="from", description="When it begins.")
    to: datetime | None = strawberry.field(description="When it ends.")


@strawberry.type
class ChangeFormQuery:
    """Words of the life cycle."""

    @strawberry.field(description="The categories that a change may have, in the order of the life cycle's file.")
    def change_categories(self, info: Info) -> list[ChangeCategory]:
        """All of them."""
        reading = reading_of(info)
        return [
            ChangeCategory(
                id=each.id, name=each.words[reading.language], decided=each.decided, voices=each.voices
            )
            for each in reading.register.lifecycle.categories.values()
        ]  # fmt: skip


def agreed_outages(reading: Reading, change_id: str, at: int) -> list[AgreedOutage]:
    """The outages that a change was saved with; windows of the register that cover it are not among them."""
    some = reading.register.tables.table(WINDOWS, window_of, at)
    return [
        AgreedOutage(service=service, from_=each.start, to=each.end)
        for each in some
        if each.change_id == change_id and each.kind == AGREED and each.window_id.startswith(f"{change_id}/")
        for service in each.scope
    ]
