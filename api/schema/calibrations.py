"""Types and root field of the schema: what changes were said to hit against what they did hit (SEMANTICS 10)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.calibrating import Calibrating
from api.schema.failures import InvalidInput, invalid
from api.schema.indicators import CountedRecord, Most, Period, PeriodId, period_told, sentence_of, some_of
from api.schema.items import Ci, cis_of
from api.schema.paging import Long
from api.schema.reading import Info, Reading, computed, reading_of
from api.texts import Texts
from graph.errors import BadInputError, Message
from queries.kpis.period import period_of

if TYPE_CHECKING:
    from graph.records.changes import Change


@strawberry.type(description="A CI and a change: what was said beforehand, and by which records it was hit.")
class ChangeEffect:
    """An effect."""

    change_id: str = strawberry.field(description="The change.")
    ci_id: str = strawberry.field(description="The CI, mostly a business service.")
    state: str | None = strawberry.field(
        description="How it was to stand: `outage`, `degraded` or `at_risk`; null: nothing recorded leads there."
    )
    types: list[str] = strawberry.field(description="The relationship types that its witness crosses.")
    predicted: bool = strawberry.field(description="Whether it was said to be out or degraded.")
    occurred: bool = strawberry.field(description="Whether records say that it was hit.")
    records: list[CountedRecord] = strawberry.field(description="Incidents that name the change, outages in its time.")
    at: strawberry.Private[int]

    @strawberry.field(description="The CI; null: it is not in the register.")
    async def ci(self, info: Info) -> Ci | None:
        """The CI."""
        found = await cis_of(info, [self.ci_id], self.at)
        return found[0] if found else None


@strawberry.type(description="So many of so many effects, with the interval of Wilson at 95 %.")
class CalibrationRate:
    """A rate."""

    count: Long = strawberry.field(description="How many.")
    of: Long = strawberry.field(description="Of how many.")
    rate: float | None = strawberry.field(description="A fraction; null where there are none.")
    low: float | None = strawberry.field(description="Below it lies the rate itself in one of forty cases.")
    high: float | None = strawberry.field(description="Above it likewise.")
    reason: str | None = strawberry.field(description="Why it cannot be measured, as a sentence.")
    plain: strawberry.Private[Mapping[str, Any]]
    at: strawberry.Private[int]

    @strawberry.field(description="The effects, by change.")
    def effects(self, most: Most = 20) -> list[ChangeEffect]:
        """Some of them; `of` says how many there are."""
        return [_effect(each, self.at) for each in some_of(self.plain["effects"], most)]


@strawberry.type(description="One relationship type, or all of them.")
class CalibrationRow:
    """A row."""

    type: str | None = strawberry.field(description="`*`: all; null: effects to which nothing recorded leads.")
    predicted: CalibrationRate = strawberry.field(description="Of services said to be hit how many were.")
    occurred: CalibrationRate = strawberry.field(description="Of what was hit how much had been said before.")


@strawberry.type(description="A change that cannot be compared, and why.")
class UnmeasuredChange:
    """A change left out."""

    change_id: str = strawberry.field(description="Its identifier.")
    reason: str = strawberry.field(description="Why, as a sentence.")


@strawberry.type(description="What changes that ended in a period were said to hit against what they did hit.")
class Calibration:
    """An answer of `changes calibration`."""

    revision: Long = strawberry.field(description="The revision that it is of.")
    period: Period = strawberry.field(description="The period.")
    ended: int = strawberry.field(description="Changes that ended in it.")
    measured: int = strawberry.field(description="Those of them that could be compared.")
    graph_later: int = strawberry.field(description="Those compared with a graph later than their start.")
    reason: str | None = strawberry.field(description="Why nothing can be measured, as a sentence.")
    rows: list[CalibrationRow] = strawberry.field(description="All first, then by relationship type.")
    plain: strawberry.Private[Mapping[str, Any]]
    say: strawberry.Private[Texts]

    @strawberry.field(description="Changes that could not be compared, by identifier.")
    def left_out(self, most: Most = 20) -> list[UnmeasuredChange]:
        """Some of them."""
        items = some_of(self.plain["changes"]["not_measurable"]["items"], most)
        return [UnmeasuredChange(change_id=each["change_id"], reason=sentence_of(each["reason"], self.say) or "")
                for each in items]  # fmt: skip


@strawberry.type(description="One change afterwards: what it was said to hit, and what it hit.")
class ChangeAfterwards:
    """Of a change that took place."""

    reason: str | None = strawberry.field(description="Why it cannot be measured, as a sentence; then nothing is told.")
    predicted: list[ChangeEffect] = strawberry.field(description="Services that it was said to hit.")
    occurred: list[ChangeEffect] = strawberry.field(description="What it hit, foreseen or not.")
    beside: list[ChangeEffect] = strawberry.field(
        description="Services that were out in its time though nothing leads there; they count nowhere."
    )
    graph_later: bool = strawberry.field(description="Whether it was predicted with a graph later than its start.")


CalibrationResult = Annotated[
    Calibration | InvalidInput,
    strawberry.union("CalibrationResult", description="Calibration, or what was wrong with the question."),
]


@strawberry.type
class CalibrationQuery:
    """Predictions afterwards."""

    @strawberry.field(description="What changes were said to hit against what they did hit, by relationship type.")
    async def calibration(self, info: Info, period: PeriodId) -> CalibrationResult:
        """Calibration of a period."""
        reading = reading_of(info)
        at = (await reading.estate()).revision
        try:
            wanted = period_of(period, reading.register.settings.timezone)
        except BadInputError as error:
            return invalid(error, reading, "period")

        def told() -> Calibration:
            plain = Calibrating(reading.register, at).between(wanted.start, wanted.end).plain()
            changes = plain["changes"]
            rows = [{"type": "*", **plain["all"]}, *plain["types"]]
            return Calibration(
                revision=Long(at),
                period=period_told(wanted, reading.register.store.clock()),
                **{name: changes[name] for name in ("ended", "measured", "graph_later")},
                reason=sentence_of(plain["reason"], reading.say),
                rows=[_row(each, reading.say, at) for each in rows],
                plain=plain,
                say=reading.say,
            )

        return await computed(told)


def afterwards(reading: Reading, change: "Change", at: int) -> ChangeAfterwards | None:
    """What became of one change; `None`: it has not ended."""
    found = Calibrating(reading.register, at).of(change)
    if found is None:
        return None
    if isinstance(found, Message):
        return ChangeAfterwards(
            reason=reading.say.say(found), predicted=[], occurred=[], beside=[], graph_later=False
        )  # fmt: skip
    plain = found.plain()
    parts = {name: [_effect(each, at) for each in plain[name]] for name in ("predicted", "occurred", "beside")}
    return ChangeAfterwards(reason=None, **parts, graph_later=found.graph_later)


def _row(plain: Mapping[str, Any], say: Texts, at: int) -> CalibrationRow:
    rates = {name: _rate(plain[name], say, at) for name in ("predicted", "occurred")}
    return CalibrationRow(type=plain["type"], **rates)


def _rate(plain: Mapping[str, Any], say: Texts, at: int) -> CalibrationRate:
    return CalibrationRate(
        count=Long(plain["count"]), of=Long(plain["of"]), **{name: plain[name] for name in ("rate", "low", "high")},
        reason=sentence_of(plain["reason"], say), plain=plain, at=at,
    )  # fmt: skip


def _effect(plain: Mapping[str, Any], at: int) -> ChangeEffect:
    records = [CountedRecord(kind=each["kind"], id=each["id"]) for each in plain["records"]]
    return ChangeEffect(**{**plain, "records": records}, at=at)
