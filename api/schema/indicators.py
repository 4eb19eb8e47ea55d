"""Types and root fields of the schema: the indicators of the standard, and whether updates match changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.reconciliation import Reconciliation
from api.schema.called import Called
from api.schema.failures import InvalidInput, invalid
from api.schema.paging import Long
from api.schema.reading import Info, Reading, computed, reading_of
from api.texts import Texts
from graph.errors import BadInputError, Message
from queries.kpis.period import Period as Wanted
from queries.kpis.period import period_of
from queries.kpis.registry import kpis_named

LISTED = 500  # records or items of one list; what there are is counted
PeriodId = Annotated[str, strawberry.argument(description="A month, quarter or year: `2026-10`, `2026-Q4`, `2026`.")]
Ids = Annotated[list[str] | None, strawberry.argument(description="Only these, as `B11.3`; null: all.")]
Most = Annotated[int, strawberry.argument(description="How many at the most, up to 500.")]
Behind = Annotated[str | None, strawberry.argument(description="Only those behind the one of this identifier.")]


@strawberry.type(description="A month, quarter or year in the zone of the organisation.")
class Period:
    """A period."""

    id: str = strawberry.field(description="As it was asked for.")
    from_: str = strawberry.field(name="from", description="Its first moment, with offset.")
    to: str = strawberry.field(description="The first moment after it, with offset.")
    finished: bool = strawberry.field(description="Whether it is over.")
    zone: str = strawberry.field(description="The zone (IANA).")


@strawberry.type(description="A record that a number counts.")
class CountedRecord:
    """A record behind a number."""

    kind: str = strawberry.field(description="`ci`, `change`, `incident`, `update` and the like.")
    id: str = strawberry.field(description="Its identifier.")
    name: str | None = strawberry.field(description="What a CI or a change is called.", default=None)


@strawberry.type(description="A count and what it counts.")
class Part:
    """A numerator or denominator."""

    value: Long = strawberry.field(description="The count.")
    plain: strawberry.Private[Mapping[str, Any]]
    called: strawberry.Private[Called]

    @strawberry.field(description="The records that it counts, in the order of their identifiers.")
    def records(self, most: Most = 20, after: Behind = None) -> list[CountedRecord]:
        """Some of them; `value` says how many there are."""
        return [
            CountedRecord(kind=each["kind"], id=each["id"], name=self.called.of(each["kind"], each["id"]))
            for each in some_of(self.plain["records"], most, after)
        ]


@strawberry.type(description="What an indicator shall come to.")
class Target:
    """A target."""

    op: str = strawberry.field(description="`>=` and the like.")
    value: float = strawberry.field(description="A fraction, a count or seconds, as the indicator's unit.")


@strawberry.type(description="An indicator in one month.")
class TrendPoint:
    """A point of a trend."""

    period: str = strawberry.field(description="The month.")
    value: float | None = strawberry.field(description="Null where it could not be measured.")


@strawberry.type(description="An indicator of appendix B in a period.")
class Kpi:
    """A value with what is behind it."""

    id: str = strawberry.field(description="As the standard numbers it: `B11.3`.")
    name: str = strawberry.field(description="What it is called, in the language of the request.")
    clause: str = strawberry.field(description="The clause of the standard.")
    formula: str = strawberry.field(description="How it is counted.")
    unit: str = strawberry.field(description="`ratio` (a fraction), `count` or `seconds`.")
    value: float | None = strawberry.field(description="Null where it cannot be measured.")
    status: str = strawberry.field(description="`met`, `missed`, `measured` (no target) or `not_measurable`.")
    reason: str | None = strawberry.field(description="Why it cannot be measured, as a sentence.")
    numerator: Part | None = strawberry.field(description="What is counted.")
    denominator: Part | None = strawberry.field(description="Of how many; null for a count.")
    target: Target | None = strawberry.field(description="What it shall come to, where somebody said.")
    trend: list[TrendPoint] = strawberry.field(description="The twelve months up to the period's end.")
    parameters: JSON = strawberry.field(description="What the number is made with, and how the standard counts.")


@strawberry.type(description="Indicators of a period.")
class Kpis:
    """An answer of `kpi` (ANSWERS)."""

    revision: Long = strawberry.field(description="The revision that they are of.")
    period: Period = strawberry.field(description="The period.")
    kpis: list[Kpi] = strawberry.field(description="In the order of the standard.")


@strawberry.type(description="An update or an obligation in one of the buckets of a ledger.")
class LedgerItem:
    """An item; `record` in the form of ANSWERS."""

    id: str = strawberry.field(description="Its identifier.")
    record: JSON = strawberry.field(description="All of it, as ANSWERS has it.")
    reason: str | None = strawberry.field(description="Why it is in this bucket, as a sentence.")
    names: JSON = strawberry.field(description="What the CIs and changes that it names are called, by identifier.")


@strawberry.type(description="A bucket of a ledger.")
class Bucket:
    """Items of one kind."""

    id: str = strawberry.field(description="Its name, as `update_without_change`.")
    count: int = strawberry.field(description="How many items there are.")
    plain: strawberry.Private[list[Any]]
    say: strawberry.Private[Texts]
    called: strawberry.Private[Called]

    @strawberry.field(description="The items, in order.")
    def items(self, most: Most = 20, after: Behind = None) -> list[LedgerItem]:
        """Some of them; `count` says how many there are."""
        return [
            LedgerItem(
                id=each["id"], record=JSON(each), reason=sentence_of(each["reason"], self.say),
                names=JSON(self.called.within(each)),
            )
            for each in some_of(self.plain, most, after)
        ]  # fmt: skip


@strawberry.type(description="Both ledgers of a period: updates against changes, and changes against updates.")
class UnmatchedChanges:
    """An answer of `unmatched` (ANSWERS)."""

    revision: Long = strawberry.field(description="The revision that they are of.")
    period: Period = strawberry.field(description="The period.")
    updates: list[Bucket] = strawberry.field(
        description="`matched`, `update_without_change`, `different_from_approved`."
    )
    obligations: list[Bucket] = strawberry.field(
        description="`met`, `contradicted`, `change_without_update`, `pending`, `not_measurable`."
    )


KpisResult = Annotated[
    Kpis | InvalidInput, strawberry.union("KpisResult", description="Indicators, or what was wrong with the question.")
]
UnmatchedResult = Annotated[
    UnmatchedChanges | InvalidInput,
    strawberry.union("UnmatchedChangesResult", description="Both ledgers, or what was wrong with the question."),
]


@strawberry.type
class IndicatorQuery:
    """Indicators and ledgers."""

    @strawberry.field(description="The indicators of the standard that are measured, each with its records.")
    async def kpis(self, info: Info, period: PeriodId, ids: Ids = None) -> KpisResult:
        """Indicators of a period."""
        reading = reading_of(info)
        estate = await reading.estate()
        at = estate.revision
        try:
            wanted = period_of(period, reading.register.settings.timezone)
        except BadInputError as error:
            return invalid(error, reading, "period")
        try:
            some = kpis_named(ids or ())
        except BadInputError as error:
            return invalid(error, reading, "ids")

        def measured() -> Kpis:
            found = Reconciliation(reading.register, at)
            called = Called(reading.register, estate)
            values = [_kpi(value.plain(), value.kpi.name, reading.say, called) for value in found.kpis(some, wanted)]
            return Kpis(revision=Long(found.revision), period=period_told(wanted, found.at), kpis=values)

        return await computed(measured)

    @strawberry.field(description="Which updates of the register no change covers, and which changes left no trace.")
    async def unmatched_changes(self, info: Info, period: PeriodId) -> UnmatchedResult:
        """Both ledgers of a period."""
        reading = reading_of(info)
        try:
            wanted = period_of(period, reading.register.settings.timezone)
        except BadInputError as error:
            return invalid(error, reading, "period")
        estate = await reading.estate()

        def told() -> UnmatchedChanges:
            found, called = Reconciliation(reading.register, estate.revision), Called(reading.register, estate)
            plain = found.unmatched(wanted.start, wanted.end)
            return UnmatchedChanges(
                revision=Long(found.revision),
                period=period_told(wanted, found.at),
                updates=_buckets(plain["updates"], reading, called),
                obligations=_buckets(plain["obligations"], reading, called),
            )

        return await computed(told)


def some_of(items: list[Any], most: int, after: str | None = None) -> list[Any]:
    """The first ones of a list, or of what is behind the item of an identifier; of one that is not there nothing."""
    places = (place + 1 for place in reversed(range(len(items))) if items[place]["id"] == after)
    start = 0 if after is None else next(places, len(items))
    return items[start : start + max(0, min(most, LISTED))]


def period_told(wanted: Wanted, at: datetime) -> Period:
    """A period, as it stands at a moment."""
    return Period(
        id=wanted.id, from_=wanted.start.isoformat(), to=wanted.end.isoformat(), finished=wanted.is_finished(at),
        zone=wanted.zone,
    )  # fmt: skip


def _part(plain: Mapping[str, Any] | None, called: Called) -> Part | None:
    return None if plain is None else Part(value=Long(plain["value"]), plain=plain, called=called)


def sentence_of(reason: Mapping[str, Any] | None, say: Texts) -> str | None:
    """A reason in the language of the request."""
    return None if reason is None else say.say(Message(reason["key"], reason["params"]))


def _kpi(plain: Mapping[str, Any], name: str, say: Texts, called: Called) -> Kpi:
    target = plain["target"]
    return Kpi(
        **{field: plain[field] for field in ("id", "clause", "formula", "unit", "value", "status")},
        name=say(name),
        reason=sentence_of(plain["reason"], say),
        numerator=_part(plain["numerator"], called),
        denominator=_part(plain["denominator"], called),
        target=None if target is None else Target(op=target["op"], value=target["value"]),
        trend=[TrendPoint(period=each["period"], value=each["value"]) for each in plain["trend"]],
        parameters=JSON(plain["parameters"]),
    )


def _buckets(plain: Mapping[str, Any], reading: Reading, called: Called) -> list[Bucket]:
    return [
        Bucket(id=name, count=bucket["count"], plain=bucket["items"], say=reading.say, called=called)
        for name, bucket in plain.items()
    ]
