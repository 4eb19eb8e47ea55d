"""Types and root field of the schema: which requirements of the standard the records meet (SEMANTICS 9)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import strawberry

from api.compliance_words import ComplianceWords
from api.complying import Complying, requirements_named
from api.schema.called import Called
from api.schema.failures import InvalidInput, invalid
from api.schema.indicators import Behind, Ids, Most, Period, period_told, some_of
from api.schema.paging import Long
from api.schema.reading import Info, computed, reading_of
from api.texts import Texts
from api.words import by_name
from graph.errors import BadInputError
from queries.kpis.period import month_before, period_of

Asked = Annotated[
    str | None, strawberry.argument(description="A month, quarter or year; null: the last month that is over.")
]


@strawberry.type(description="A record that fails a requirement.")
class FailingRecord:
    """A record."""

    kind: str = strawberry.field(description="`change`, `update` or `document`.")
    id: str = strawberry.field(description="Its identifier; of a document, the CI.")
    name: str | None = strawberry.field(description="What the change or the document is called.")
    reasons: list[str] = strawberry.field(description="Why, as sentences.")


@strawberry.type(description="A requirement of the standard, judged by records.")
class RequirementStatus:
    """A requirement."""

    id: str = strawberry.field(description="As `R11.2c`.")
    clause: str = strawberry.field(description="The clause of the standard.")
    text: str = strawberry.field(description="What it asks for, in the language of the request.")
    status: str = strawberry.field(description="`met`, `not_met`, `lapsed` or `no_evidence`; none is met by default.")
    reason: str | None = strawberry.field(description="What there is no evidence of, as a sentence.")
    looked_at: int = strawberry.field(description="Records that it was judged by.")
    pending: int = strawberry.field(description="Those of them that may still come right.")
    failing_count: int = strawberry.field(description="Those of them that fail it.")
    plain: strawberry.Private[Mapping[str, Any]]
    words: strawberry.Private[ComplianceWords]
    called: strawberry.Private[Called]

    @strawberry.field(description="Records that fail it, by identifier.")
    def failing(self, most: Most = 20, after: Behind = None) -> list[FailingRecord]:
        """Some of them; `failingCount` says how many there are."""
        return [
            FailingRecord(
                kind=each["kind"], id=each["id"], name=self.called.of(each["kind"], each["id"]),
                reasons=[self.words.reason(one) or "" for one in each["reasons"]],
            )
            for each in some_of(self.plain["failing"]["records"], most, after)
        ]  # fmt: skip


@strawberry.type(description="Requirements of the standard in a period.")
class Compliance:
    """An answer of `compliance`."""

    revision: Long = strawberry.field(description="The revision that it is of.")
    at: datetime = strawberry.field(description="When it was computed.")
    period: Period = strawberry.field(description="The period.")
    requirements: list[RequirementStatus] = strawberry.field(description="In the order of the standard.")


ComplianceResult = Annotated[
    Compliance | InvalidInput,
    strawberry.union("ComplianceResult", description="Requirements, or what was wrong with the question."),
]


@strawberry.type
class ComplianceQuery:
    """Requirements of the standard."""

    @strawberry.field(description="Which requirements of the standard the records meet, with those that fail.")
    async def compliance(self, info: Info, period: Asked = None, ids: Ids = None) -> ComplianceResult:
        """Requirements in a period."""
        reading = reading_of(info)
        estate = await reading.estate()
        at, zone = estate.revision, reading.register.settings.timezone
        now = reading.register.store.clock()
        try:
            wanted = month_before(now, zone) if period is None else period_of(period, zone)
        except BadInputError as error:
            return invalid(error, reading, "period")
        try:
            some = requirements_named(ids or ())
        except BadInputError as error:
            return invalid(error, reading, "ids")

        def told() -> Compliance:
            found = Complying(reading.register, at).judged(some, wanted)
            say, ontology = reading.say, reading.register.store.ontology
            called = Called(reading.register, estate)
            words = ComplianceWords(say, ontology, by_name(estate, say))
            return Compliance(
                revision=Long(at), at=now, period=period_told(wanted, now),
                requirements=[_told(each.plain(), say, words, called) for each in found.verdicts],
            )  # fmt: skip

        return await computed(told)


def _told(plain: Mapping[str, Any], say: Texts, words: ComplianceWords, called: Called) -> RequirementStatus:
    return RequirementStatus(
        **{name: plain[name] for name in ("id", "clause", "status", "looked_at", "pending")},
        text=say(plain["text"]),
        reason=words.reason(plain["reason"]),
        failing_count=plain["failing"]["count"],
        plain=plain,
        words=words,
        called=called,
    )
