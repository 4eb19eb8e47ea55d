"""Types of the schema: what if a change fails, when are its services back, and is there time to back it out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import strawberry

from api.fail_words import FailWords, is_told
from api.schema.impacts import State


@strawberry.type(description="The time that backing out takes, against the window.")
class BackOut:
    """Seconds; null: something of it is not recorded."""

    time: int | None = strawberry.field(description="Seconds that it takes.")
    latest_start: datetime | None = strawberry.field(
        description="When it must begin, to be over with the window; it may lie before the window."
    )
    fits: bool | None = strawberry.field(description="Whether it fits the window at all.")
    lasts: int | None = strawberry.field(description="Seconds from its start to the end of a late back-out.")
    missing: list[str] = strawberry.field(description="Which of the fields of the change are not there.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")


@strawberry.type(description="When a service is back if what the change takes out is lost, and what was promised.")
class ServiceBack:
    """Seconds; null: not known, or infinite."""

    service_id: str = strawberry.field(description="The identifier of the service.")
    together: list[str] = strawberry.field(description="With which others it is so; none: by the change alone.")
    state: State = strawberry.field(description="How it stands after the loss.")
    effective_recovery_time: float | None = strawberry.field(description="Seconds until it is back.")
    lower_bound: float | None = strawberry.field(description="Seconds that it takes at the least.")
    upper_bound: float | None = strawberry.field(description="Seconds that it takes at the most.")
    upper_reason: str | None = strawberry.field(description="Why there is none: `unknown`, `circular` or `never`.")
    unknown: list[str] = strawberry.field(description="Identifiers of CIs whose times are missing.")
    rto: int | None = strawberry.field(description="Seconds within which it is to be back.")
    allowed_downtime: int | None = strawberry.field(description="Seconds that it may be down.")
    meets_rto: str | None = strawberry.field(description="`kept`, `missed` or `unknown`; null: nothing was promised.")
    overrun: bool | None = strawberry.field(
        description="Whether the change, backed out late, keeps it down for too long; null: not known, or not out."
    )
    told: bool = strawberry.field(description="Whether there is something to say: it is out, or down for too long.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")


@strawberry.type(description="What if a change fails. It informs: of it only a back-out that is too long is a reason.")
class IfItFails:
    """An answer about one change."""

    back_out: BackOut = strawberry.field(description="Whether there is time to back it out.")
    services: list[ServiceBack] = strawberry.field(description="As in the review; then those out only with others.")
    complete: bool = strawberry.field(description="Whether all sets of changes that it collides with were looked at.")


def told_fails(plain: Mapping[str, Any], words: FailWords) -> IfItFails:
    """The answer of `queries.if_it_fails`, as JSON, as the schema has it."""
    found = plain["back_out"]
    latest = found["latest_start"]
    same = ("together", "effective_recovery_time", "lower_bound", "upper_bound", "upper_reason", "unknown", "rto",
            "allowed_downtime", "meets_rto", "overrun")  # fmt: skip
    return IfItFails(
        back_out=BackOut(
            **{name: found[name] for name in ("time", "fits", "lasts", "missing")},
            latest_start=None if latest is None else datetime.fromisoformat(latest), message=words.back_out(found),
        ),
        services=[
            ServiceBack(
                service_id=each["service"], state=State[each["state"].upper()], **{name: each[name] for name in same},
                told=is_told(each), message=words.back(each, found),
            )
            for each in plain["services"]
        ],
        complete=plain["complete"],
    )  # fmt: skip
