"""Types and root field of the schema: whether a change may go ahead, why, and who must agree (SEMANTICS 3 to 5)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.scalars import JSON

from api.fail_words import FailWords
from api.review_words import words_of
from api.reviewing import judged
from api.scheduling import Schedule
from api.schema.alike import PastFailures, SimilarChange, failures_of, similar_of
from api.schema.change_conflicts import At, ChangeConflict, ChangeId, Document, conflict_of, moment_of, which
from api.schema.failures import Error, InvalidInput, UnknownCi, failure_of
from api.schema.impacts import STATES, AffectedService, Counts, Impact
from api.schema.items import Ci, cis_of
from api.schema.paging import Long
from api.schema.reading import Info, Reading, computed, reading_of
from api.schema.review_fails import IfItFails, told_fails
from api.schema.review_promises import ServicePromise, promises_of
from api.words import ConflictWords, by_name
from graph.errors import BadInputError
from queries.if_it_fails import IfItFails as Failing
from queries.review import Review as Found
from queries.review_answer import hash_of, whole
from queries.review_answer import judged as answer_of

if TYPE_CHECKING:
    from graph.estate import Estate

UNKNOWN = "review.unknown_change"
SIMILAR = 50  # changes that are told
Most = Annotated[int, strawberry.argument(description="How many at the most, up to 50.")]


@strawberry.enum(description="Whether a change may go ahead.")
class Verdict(Enum):
    """The words of the risk model."""

    PASS = strawberry.enum_value("pass", description="It may.")
    REVIEW = strawberry.enum_value("review", description="A person must decide.")
    BLOCK = strawberry.enum_value("block", description="Not as it is.")


@strawberry.type(description="There is no such change in the register.")
class UnknownChange(Error):  # noqa: N818 - a name of core.graphql
    """Names it in its parameters."""


@strawberry.type(description="Why a verdict is no better.")
class Reason:
    """A reason; `severity` is what it makes of the verdict by itself."""

    key: str = strawberry.field(description="Names it in every language; one of the risk model's.")
    params: JSON = strawberry.field(description="What it is about.")
    severity: str = strawberry.field(description="`pass`, `review` or `block`.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")


@strawberry.type(description="A verdict with its score and reasons.")
class Assessment:
    """Of the change alone, or in company."""

    verdict: Verdict = strawberry.field(description="The worst of the reasons.")
    score: float = strawberry.field(description="The sum of the factors, up to 100.")
    reasons: list[Reason] = strawberry.field(description="The worst first.")


@strawberry.type(description="A summand of the score.")
class RiskFactor:
    """A factor of the risk model."""

    id: str = strawberry.field(description="Names it.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")
    value: float = strawberry.field(description="What was found.")
    unknown: bool = strawberry.field(description="Whether it could not be measured: the model says what it counts.")
    weight: float = strawberry.field(description="What one of it weighs.")
    contribution: float = strawberry.field(description="Value times weight.")
    records: list[str] = strawberry.field(description="Identifiers of what it rests on.")


@strawberry.type(description="Something that would help.")
class PassesIf:
    """A wish, found by trying."""

    kind: str = strawberry.field(description="`slot`, `agreed_outage`, `document` or `edit_order`.")
    params: JSON = strawberry.field(description="Which.")
    verdict: Verdict = strawberry.field(description="What the verdict would be with all that is listed.")
    message: str = strawberry.field(description="It as a sentence, in the language of the request.")


@strawberry.type(description="Somebody who must agree, or is told.")
class Involved:
    """An owner, a customer, or the change authority of the category."""

    role: str = strawberry.field(description="`owner`, `customer` or `change_authority`.")
    category: str | None = strawberry.field(description="Of an authority: for changes of this category.")
    message: str = strawberry.field(description="Who, as a sentence.")
    ci_id: str | None = strawberry.field(description="The identifier of the CI that stands for them, where one does.")
    service_ids: strawberry.Private[Sequence[str]]
    at: strawberry.Private[int]

    @strawberry.field(description="The CI that stands for them; null: none does.")
    async def ci(self, info: Info) -> Ci | None:
        """A team or a person."""
        found = await cis_of(info, [] if self.ci_id is None else [self.ci_id], self.at)
        return found[0] if found else None

    @strawberry.field(description="The services because of which.")
    async def services(self, info: Info) -> list[Ci]:
        """By identifier."""
        return await cis_of(info, self.service_ids, self.at)


@strawberry.type(description="What the change is, as it was reviewed.")
class ReviewedChange:
    """The change of a review, stored or proposed."""

    change_id: str = strawberry.field(description="Its identifier; `proposed`: it has none yet.")
    title: str = strawberry.field(description="What it is called.")
    category: str | None = strawberry.field(description="`emergency`, `major`, `standard` or `simple`.")
    status: str | None = strawberry.field(description="How far it is.")
    team: str | None = strawberry.field(description="Who carries it out.")
    planned_start: datetime | None = strawberry.field(description="When it is planned to start.")
    planned_end: datetime | None = strawberry.field(description="When it is planned to end.")
    zone: str = strawberry.field(description="In which its moments are told (IANA).")


@strawberry.type(description="Whether a change may go ahead, alone and in company, and everything that decides it.")
class Review:
    """An answer of `review` (ANSWERS). `impact`, `services` and `beforeAfter` are of the change alone."""

    revision: Long = strawberry.field(description="The revision that it is of.")
    at: datetime = strawberry.field(description="The moment of the question.")
    change: ReviewedChange = strawberry.field(description="What was reviewed.")
    verdict: Verdict = strawberry.field(description="The worse of alone and in company.")
    sentence: str = strawberry.field(description="The verdict as a sentence, in the language of the request.")
    score: int = strawberry.field(description="0 to 100, rounded; `factors` add up to it.")
    band: str = strawberry.field(description="`low`, `medium` or `high`.")
    risk_model: str = strawberry.field(description="By which it was judged, with its version.")
    worst: str = strawberry.field(description="`alone` or `in_company`: of which the verdict is.")
    alone: Assessment = strawberry.field(description="Of the change by itself.")
    in_company: Assessment = strawberry.field(description="Together with other active changes and open incidents.")
    reasons: list[Reason] = strawberry.field(description="Why the verdict is no better, the worst first.")
    factors: list[RiskFactor] = strawberry.field(description="What the score is made of.")
    impact: Impact = strawberry.field(description="What breaks at the worst moment of the change.")
    services: list[AffectedService] = strawberry.field(
        description="Services that do not stand as before: worst first, then those left without redundancy."
    )
    agreed_outages: list[str] = strawberry.field(
        description="Identifiers of those whose outage was agreed for the whole window."
    )
    conflicts: list[ChangeConflict] = strawberry.field(description="With whom it gets in the way, by time.")
    approvers: list[Involved] = strawberry.field(description="Who must agree.")
    notify: list[Involved] = strawberry.field(description="Who is told.")
    found: strawberry.Private[Found]
    answer: strawberry.Private[Mapping[str, Any]]
    mark: strawberry.Private[object]  # by which a request knows it among others

    @strawberry.field(description="What was promised of the services that it concerns, and to whom.")
    async def promises(self, info: Info) -> list[ServicePromise]:
        """By identifier."""
        return await promises_of(info, self.found)

    @strawberry.field(description="What it alters once it is done (ANSWERS).")
    async def before_after(self, info: Info) -> JSON:
        """Worked out where it is asked for: when services come back from nothing is no part of the verdict."""
        return JSON(await self._altered(info))

    @strawberry.field(description="What the CIs in it are called, by identifier.")
    async def before_after_names(self, info: Info) -> JSON:
        """Of every text in it that is the identifier of a CI."""
        estate, altered = self.found.estate, await self._altered(info)
        numbers = {text: number for text in _texts(altered) if (number := estate.find(text)) is not None}
        return JSON({text: estate.names[number] for text, number in numbers.items()})

    async def _altered(self, info: Info) -> Mapping[str, Any]:
        return await reading_of(info).once((self.mark, "altered"), partial(computed, self.found.compared.plain))

    @strawberry.field(description="When services are back if it fails, and whether there is time to back it out.")
    async def if_it_fails(self, info: Info) -> IfItFails:
        """Worked out where it is asked for: no part of the verdict, nor of the evidence."""
        reading = reading_of(info)
        words = FailWords(reading.say, by_name(self.found.estate, reading.say))
        return await computed(lambda: told_fails(Failing(self.found).plain(), words))

    @strawberry.field(description="The fewest things that help most. Other windows are tried for it: ask for it last.")
    async def passes_if(self, info: Info) -> list[PassesIf]:
        """Wishes, found by trying."""
        words = words_of(self.found, reading_of(info).say)
        return [
            PassesIf(
                kind=each["kind"], params=JSON(each["params"]), verdict=Verdict(each["verdict"]),
                message=words.wish(each),
            )
            for each in (await self._whole(info))["passes_if"]
        ]  # fmt: skip

    @strawberry.field(description="Whether nothing that could help more was left untried.")
    async def passes_if_complete(self, info: Info) -> bool:
        """Of the wishes."""
        return bool((await self._whole(info))["passes_if_complete"])

    @strawberry.field(
        description="Names everything that decided it, what would help included; `decideChange` takes it."
    )
    async def evidence_hash(self, info: Info) -> str:
        """The hash of the evidence."""
        return await computed(hash_of, self.found, await self._whole(info))

    async def _whole(self, info: Info) -> Mapping[str, Any]:
        # most of a review's time: only where one of its fields is asked for, and once for all of them
        await self._altered(info)
        return await reading_of(info).once(self.mark, partial(computed, whole, self.found, self.answer))

    @strawberry.field(description="Changes that ended: of the same CIs first, then by edits, classes and team.")
    async def similar(self, most: Most = 10) -> list[SimilarChange]:
        """The most alike first."""
        some = await computed(self.found.similar, max(0, min(most, SIMILAR)))
        return [similar_of(each, self.revision) for each in some]

    @strawberry.field(description="How changes before failed: what the risk factor `past_failures` is made of.")
    async def past_failures(self) -> list[PastFailures]:
        """The highest rates first, of all changes last; none where no change has ended."""
        return await computed(failures_of, self.found)


ReviewResult = Annotated[
    Review | UnknownChange | UnknownCi | InvalidInput,
    strawberry.union("ReviewResult", description="A review, or what was wrong with the question."),
]


@strawberry.type
class ReviewQuery:
    """The review of a change."""

    @strawberry.field(description="Whether a change may go ahead: a stored or a proposed one, exactly one of both.")
    async def review(
        self, info: Info, change: ChangeId = None, proposed: Document = None, at: At = None
    ) -> ReviewResult:  # fmt: skip
        """A review, or what was wrong with the question."""
        reading = reading_of(info)
        try:
            estate = await reading.estate()
            return await computed(reviewed_at, reading, estate, moment_of(at), change, proposed)
        except BadInputError as error:
            return refused_review(error, reading, "change" if proposed is None else "proposed")


def refused_review(error: BadInputError, reading: Reading, path: str) -> UnknownChange | UnknownCi | InvalidInput:
    """What was wrong with a question about one change."""
    if error.message.key != UNKNOWN:
        return failure_of(error, reading, path)
    told = reading.say("change.unknown", **error.message.params)  # no advice for who sits at a terminal
    return UnknownChange(key=error.message.key, message=told, params=JSON(dict(error.message.params)))


def reviewed_at(reading: Reading, estate: "Estate", at: datetime, change: str | None, document: Any) -> Review:
    """The review of a stored or proposed change, as of a moment."""
    schedule = Schedule(reading.register, estate, at)
    given = which(schedule, change, document)
    return told_review(reading, judged(schedule, *given, worked=reading.register.plans.worked))


def told_review(reading: Reading, found: Found) -> Review:
    """A review as the schema has it."""
    return _Told(reading, found).review()


class _Told:
    """A review being told in one language; `plain` is its answer as JSON."""

    def __init__(self, reading: Reading, found: Found) -> None:
        self._found, self._plain = found, answer_of(found)
        self._words, self._say = words_of(found, reading.say), reading.say
        self._at = found.estate.revision

    def review(self) -> Review:
        found, plain = self._found, self._plain
        impact = self._impact()
        return Review(
            revision=Long(self._at),
            at=datetime.fromisoformat(plain["at"]),
            change=_change(found, found.around.zone),
            verdict=Verdict(plain["verdict"]),
            sentence=self._words.title(plain, found.change.title),
            score=round(plain["score"]),
            **{name: plain[name] for name in ("band", "risk_model", "worst")},
            alone=self._assessment(plain["alone"]),
            in_company=self._assessment(plain["in_company"]),
            reasons=self._reasons(plain["reasons"]),
            factors=[
                RiskFactor(**each, message=self._words.factor(each))
                for each in plain["factors"]
            ],
            impact=impact,
            services=[
                AffectedService(
                    state=STATES[each.state], criticality=found.estate.criticality_of(each.ci), impact=impact,
                    number=each.ci,
                )
                for each in found.services
            ],
            agreed_outages=[each["ci_id"] for each in plain["services"] if each["agreed_outage"]],
            conflicts=self._conflicts(),
            approvers=[self._involved(who) for who in plain["approvers"]],
            notify=[self._involved(who) for who in plain["notify"]],
            found=found,
            answer=plain,
            mark=object(),
        )  # fmt: skip

    def _impact(self) -> Impact:
        found = self._found
        bared = frozenset(each.ci for each in found.services if each.left_without_redundancy)
        return Impact(
            revision=Long(self._at), complete=True, counts=Counts(**found.radius.counts), radius=found.radius,
            added=None if found.change.edits is None else found.proposal.draft.added, bared=bared,
        )  # fmt: skip

    def _assessment(self, plain: Mapping[str, Any]) -> Assessment:
        return Assessment(
            verdict=Verdict(plain["verdict"]), score=plain["score"], reasons=self._reasons(plain["reasons"])
        )

    def _reasons(self, plain: Sequence[Mapping[str, Any]]) -> list[Reason]:
        return [
            Reason(
                key=each["key"], params=JSON(each["params"]), severity=each["severity"],
                message=self._words.reason(each),
            )
            for each in plain
        ]  # fmt: skip

    def _conflicts(self) -> list[ChangeConflict]:
        words = ConflictWords(self._say, self._found.estate)
        return [conflict_of(each, words.plain(each), self._at) for each in self._plain["conflicts"]]

    def _involved(self, plain: Mapping[str, Any]) -> Involved:
        return Involved(
            role=plain["role"], category=plain["category"], message=self._words.who(plain), ci_id=plain["ci_id"],
            service_ids=plain["services"], at=self._at,
        )  # fmt: skip


def _change(found: Found, zone: str) -> ReviewedChange:
    change = found.change
    names = ("change_id", "title", "category", "status", "team", "planned_start", "planned_end")
    return ReviewedChange(**{name: getattr(change, name) for name in names}, zone=zone)


def _texts(plain: Any) -> Iterator[str]:
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, Mapping | list | tuple):
        for each in plain.values() if isinstance(plain, Mapping) else plain:
            yield from _texts(each)
