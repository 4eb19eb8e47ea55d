"""Type of the schema: what was promised of a service that a change concerns, and to whom (SEMANTICS 3)."""

import strawberry

from api.schema.items import Ci, cis_of
from api.schema.reading import Info
from queries.review import Review
from queries.surroundings import Promise


@strawberry.type(description="What was promised of a service that a change concerns, when it begins.")
class ServicePromise:
    """Seconds; null: nothing was promised."""

    service_id: str = strawberry.field(description="The identifier of the service.")
    rto: int | None = strawberry.field(description="Seconds within which it is to be back: the shortest of all.")
    allowed_downtime: int | None = strawberry.field(
        description="Seconds that it may be down: the shortest of the RTO and of what agreements allow."
    )
    customers: list[Ci] = strawberry.field(description="To whom, under agreements that bind then; by identifier.")


async def promises_of(info: Info, found: Review) -> list[ServicePromise]:
    """Of every service that the change concerns, alone or with others, by identifier."""
    some = {service: found.around.promises.get(service, Promise()) for service in found.concerned}
    wanted = sorted({who for promise in some.values() for who in promise.customers})
    known = {ci.ci_id: ci for ci in await cis_of(info, wanted, found.estate.revision)}
    return [
        ServicePromise(
            service_id=service, rto=promise.rto, allowed_downtime=promise.allowed,
            customers=[known[who] for who in promise.customers if who in known],
        )
        for service, promise in some.items()
    ]  # fmt: skip
