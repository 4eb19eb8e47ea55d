"""Types of the schema (`core.graphql`): what breaks when some CIs stop, and why."""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.scalars import JSON

from api.certificates import signature_of
from api.schema.cursors import decode, encode
from api.schema.failures import InvalidInput, UnknownCi, failure_of
from api.schema.items import KNOWN, AsOf, Ci, ci_of, cis_of, named
from api.schema.limits import PAGE
from api.schema.paging import After, Connection, First, Long, connection, size_of
from api.schema.proposals import ProposedError, radius_after
from api.schema.reading import Info, computed, reading_of
from api.schema.selected import selected
from api.words import step_words
from graph.errors import BadInputError
from graph.estate import Estate
from graph.history import Thing
from graph.records.kept_graph import KeptGraph
from graph.store.things import Kept
from graph.values import State as Fields
from queries.blast_radius import WORDS, BlastRadius, Circumstances, blast_radius, seeds_of
from queries.blast_radius import Affected as Hit
from queries.impact import EffectWord
from queries.impact import State as Standing
from queries.proposed import propose
from queries.redundancy import left_without_redundancy

if TYPE_CHECKING:
    from api.register import Register


@strawberry.enum(description="How a CI stands.")
class State(Enum):
    """States as the schema spells them."""

    OUTAGE = strawberry.enum_value("outage", description="It does not work.")
    DEGRADED = strawberry.enum_value("degraded", description="It works worse.")
    AT_RISK = strawberry.enum_value("at_risk", description="It works; redundancy that it rests on is lost.")
    UNAFFECTED = strawberry.enum_value("unaffected", description="Nothing of it changes.")
    UNKNOWN = strawberry.enum_value("unknown", description="It could not be computed.")


STATES = {state: State[word.upper()] for state, word in WORDS.items()}
States = Annotated[list[State] | None, strawberry.argument(description="Only these states; null: all.")]


@strawberry.enum(description="What is done to a seed; retiring is an outage that lasts.")
class Effect(Enum):
    """Effects as the schema spells them."""

    OUTAGE = strawberry.enum_value("outage", description="It stops.")
    DEGRADED = strawberry.enum_value("degraded", description="It works worse.")
    RETIRE = strawberry.enum_value("retire", description="It stops for ever.")


@strawberry.type(description="How many affected CIs are in each state; seeds are left out unless others affect them.")
class Counts:
    """Counts of an impact."""

    outage: int = strawberry.field(description="CIs that do not work.")
    degraded: int = strawberry.field(description="CIs that work worse.")
    at_risk: int = strawberry.field(description="CIs whose redundancy is lost.")


@strawberry.type(description="A CI that was asked about.")
class Seed:
    """A seed of an answer."""

    effect: Effect = strawberry.field(description="What happens to it.")
    silent: bool = strawberry.field(
        description="Whether no path from it to any service is recorded: that is no safety."
    )
    ci: Ci = strawberry.field(description="The CI.")


@strawberry.type(description="How many affected CIs of a class are in each state.")
class ClassCounts(Counts):
    """Counts of one class."""

    ci_class: str = strawberry.field(description="The class.")


@strawberry.type(description="A business service that is hit.")
class AffectedService:
    """A service and how it stands."""

    state: State = strawberry.field(description="How it stands.")
    criticality: str | None = strawberry.field(
        description="`critical` to `low`; null where none is recorded, or shown."
    )
    impact: strawberry.Private["Impact"]
    number: strawberry.Private[int]

    @strawberry.field(description="The service.")
    async def service(self, info: Info) -> Ci:
        """Read where somebody asks for more than states."""
        return (await self.impact.nodes(info, [self.number], selected(info)))[self.number]

    @strawberry.field(description="Whether, while it stands, one more failure is enough that was not enough before.")
    async def left_without_redundancy(self, info: Info) -> bool:
        """Computed once for all services of the impact."""
        return self.number in await reading_of(info).once(
            ("bared", id(self.impact)), partial(_bared, info, self.impact)
        )


@strawberry.type(description="One step of a why: a CI, its state, the rule, and the provider it comes from.")
class WitnessStep:
    """A step of a witness."""

    ci_id: str = strawberry.field(description="The CI that the step is about.")
    state: State = strawberry.field(description="How that CI stands.")
    rule: str = strawberry.field(description="By which rule: see the page on answers.")
    message: str = strawberry.field(description="The step as a sentence, in the language of the request.")
    effect: Effect | None = strawberry.field(description="Of a seed what is done to it.", default=None)
    group: str | None = strawberry.field(description="The group that broke or lost a member.", default=None)
    members: int | None = strawberry.field(description="How many members it has.", default=None)
    needed: int | None = strawberry.field(description="How many it needs.", default=None)
    left: int | None = strawberry.field(description="How many are left.", default=None)
    lost: list[str] | None = strawberry.field(description="Members that are out.", default=None)
    via: str | None = strawberry.field(description="The type of the relationship that leads on.", default=None)
    from_: str | None = strawberry.field(name="from", description="The provider it comes from.", default=None)


@strawberry.type(description="A CI that is hit, and why.")
class Affected:
    """An affected CI."""

    ci: Ci = strawberry.field(description="The CI.")
    state: State = strawberry.field(description="How it stands.")
    hops: int | None = strawberry.field(description="Outage: its round; degraded or at risk: steps from the cause.")
    margin: int | None = strawberry.field(description="Least members left over, of the groups that lost one.")
    confidence: str = strawberry.field(description="`high` or `low`.")
    reasons: list[str] = strawberry.field(description="Why the confidence is low, as keys; else none.")
    radius: strawberry.Private[BlastRadius]
    number: strawberry.Private[int]
    is_proposed: strawberry.Private[bool]

    @strawberry.field(description="From this CI to a seed.")
    async def witness(self, info: Info) -> list[WitnessStep]:
        """The why of this CI, made when asked for."""
        return await witness_of(info, self.radius, self.number)

    @strawberry.field(
        description="The proof of its state, which `faultline check` verifies by itself; null: of a proposed graph."
    )
    async def certificate(self, info: Info) -> JSON | None:
        """A certificate of the answer's revision, made when asked for."""
        if self.is_proposed:
            return None
        return JSON(await computed(_certified, reading_of(info).register, self.radius, self.number))


async def witness_of(info: Info, radius: BlastRadius, number: int) -> list[WitnessStep]:
    """From an affected CI to a seed, each step also as a sentence."""
    reading = reading_of(info)
    say, ontology = reading.say, reading.register.store.ontology
    steps = await reading.beside(partial(radius.why, number))
    return [_step(step, step_words(step, say, ontology, radius.estate)) for step in steps]


@strawberry.type(description="What breaks, with the revision it was computed at.")
class Impact:
    """A blast radius."""

    revision: Long = strawberry.field(description="The revision it was computed at.")
    complete: bool = strawberry.field(description="Whether everything was looked at.")
    counts: Counts = strawberry.field(description="How many CIs are in each state.")
    radius: strawberry.Private[BlastRadius]
    added: strawberry.Private[Mapping[str, Fields] | None] = None  # by a proposed change, whose graph this is of
    bared: strawberry.Private[frozenset[int] | None] = None  # services left without redundancy, where that is known

    @strawberry.field(description="What was asked about.")
    async def seeds(self, info: Info) -> list[Seed]:
        """Seeds, in the order of the register."""
        radius, effects = self.radius, self.radius.told_seeds
        found = await cis_of(info, [radius.estate.ids[ci] for ci in effects], radius.estate.revision)
        silent = await run_in_threadpool(lambda: set(radius.silent_seeds))
        return [
            Seed(effect=Effect[effect.name], silent=ci in silent, ci=node)
            for (ci, effect), node in zip(effects.items(), found, strict=True)
        ]

    @strawberry.field(description="The same for each class, the most affected first.")
    async def by_class(self) -> list[ClassCounts]:
        """Counts of classes."""
        found = await run_in_threadpool(self.radius.by_class)
        return [
            ClassCounts(ci_class=name, **{state: counts.get(state, 0) for state in ("outage", "degraded", "at_risk")})
            for name, counts in found
        ]

    @strawberry.field(description="Business services that are hit: worst first, then the more critical.")
    async def services(self, info: Info) -> list[AffectedService]:
        """Affected services."""
        found = await run_in_threadpool(lambda: self.radius.service_states)
        shown, said = await self._shown(info, [ci for ci, _ in found]), self.radius.estate.criticality_of
        return [
            AffectedService(
                state=STATES[state],
                criticality=said(ci) if shown is None or ci in shown else None,
                impact=self,
                number=ci,
            )
            for ci, state in found
        ]

    async def _shown(self, info: Info, cis: Sequence[int]) -> set[int] | None:
        # those that whoever asks is shown by name; `None`: all
        reading, estate = reading_of(info), self.radius.estate
        if not reading.principal.scopes:
            return None
        by_id = {estate.ids[ci]: ci for ci in cis}
        return {by_id[ci_id] for ci_id in await reading.seen(estate.revision, list(by_id))}

    @strawberry.field(description="All that is hit: worst state first, then hops, then identifier.")
    async def affected(
        self,
        info: Info,
        states: States = None,
        first: First = PAGE,
        after: After = None,
    ) -> Connection[Affected]:
        """A page of affected CIs."""
        wanted = set(WORDS.values()) if states is None else {state.name.lower() for state in states}
        page, more = await run_in_threadpool(self._page, wanted, size_of(first), after)
        asked = selected(info, "nodes", "ci") | selected(info, "edges", "node", "ci")
        nodes = await self.nodes(info, [hit.ci for hit in page], asked)
        shown = [_affected(self, hit, nodes[hit.ci]) for hit in page]
        ids = self.radius.estate.ids
        cursors = [encode("affected", f"{hit.state}:{hit.hops}:{ids[hit.ci]}") for hit in page]
        total = sum(count for state, count in self.radius.counts.items() if state in wanted)
        return connection(shown, cursors, after, more=more, total=total)

    async def nodes(self, info: Info, cis: Sequence[int], asked: Collection[str]) -> dict[int, Ci]:
        """CIs by number, as they were at the answer's revision; what is only proposed has no revision yet.

        `asked`: the fields that are asked of them, of which those in memory need not be read.
        """
        estate, fields = self.radius.estate, self.added or {}
        at, ids = estate.revision, estate.ids.some(cis)
        if self.added is None and KNOWN.issuperset(asked) and not reading_of(info).principal.scopes:
            return {
                ci: named(ci_id, estate.names[ci], estate.class_of(ci), at) for ci, ci_id in zip(cis, ids, strict=True)
            }
        kept = {node.ci_id: node for node in await cis_of(info, [ci_id for ci_id in ids if ci_id not in fields], at)}
        return {
            ci: kept[ci_id] if ci_id in kept else ci_of(ci_id, Kept(Thing(fields[ci_id]), 0), at)
            for ci, ci_id in zip(cis, ids, strict=True)
        }

    def _page(self, wanted: set[str], size: int, after: str | None) -> tuple[list[Hit], bool]:
        listing = self.radius.affected
        start, first, places = 0 if after is None else listing.after(*_place_of(after)), 0, list[range]()
        # worst state first: those of one state lie together
        for state, count in self.radius.counts.items():
            if state in wanted:
                places.append(range(max(first, start), first + count))
            first += count
        page: list[Hit] = []
        for place in places:
            page += listing.some(place.start, min(place.stop, place.start + size + 1 - len(page)))
        return page[:size], len(page) > size


ImpactResult = Annotated[
    Impact | UnknownCi | InvalidInput,
    strawberry.union("ImpactResult", description="An impact, or what was wrong with the question."),
]


@strawberry.input(description="A CI and what happens to it.")
class SeedInput:
    """A seed."""

    ci_id: str = strawberry.field(description="The identifier of a CI.")
    effect: Effect = strawberry.field(description="What happens to it.", default=Effect.OUTAGE)


def _place_of(cursor: str) -> tuple[int, int, str]:
    state, _, rest = decode("affected", cursor).partition(":")
    hops, _, ci_id = rest.partition(":")
    if not all(part.isdecimal() and part.isascii() and len(part) < 11 for part in (state, hops)):
        raise BadInputError("server.cursor", cursor=cursor[:60])
    return int(state), int(hops), ci_id


def _affected(impact: Impact, hit: Hit, node: Ci) -> Affected:
    return Affected(
        ci=node,
        state=STATES[hit.state],
        hops=hit.hops,
        margin=hit.margin,
        confidence="low" if hit.reasons else "high",
        reasons=list(hit.reasons),
        radius=impact.radius,
        number=hit.ci,
        is_proposed=impact.added is not None,
    )


def _certified(register: "Register", radius: BlastRadius, number: int) -> dict[str, Any]:
    return radius.certificate(number).signed(signature_of(register, radius.estate.revision)).plain()


async def _bared(info: Info, impact: "Impact") -> frozenset[int]:
    if impact.bared is not None:
        return impact.bared
    return await computed(_left_bare, reading_of(info).register, impact.radius)


def _left_bare(register: "Register", radius: BlastRadius) -> frozenset[int]:
    # the same question as of a change that edits nothing
    standing = np.array([ci for ci, state in radius.service_states if state != Standing.OUTAGE], np.int32)
    nothing = propose(radius.estate, register.store.ontology, (), KeptGraph({}, {}))
    return frozenset(standing[left_without_redundancy(nothing, radius.found.seeds, standing)].tolist())


def _step(step: dict[str, Any], message: str) -> WitnessStep:
    plain = {name: value for name, value in step.items() if name not in ("state", "from", "effect")}
    effect = Effect[step["effect"].upper()] if "effect" in step else None
    return WitnessStep(
        state=State[step["state"].upper()], from_=step.get("from"), effect=effect, message=message, **plain
    )


Seeds = Annotated[list[SeedInput], strawberry.argument(description="CIs and what happens to each; one at least.")]


Change = Annotated[
    JSON | None,
    strawberry.argument(description="A proposed change (ANSWERS) to be done first: the graph is as after its edits."),
]


@strawberry.type
class ImpactQuery:
    """What breaks."""

    @strawberry.field(description="What breaks when these CIs stop, are degraded or are retired, and why.")
    async def impact(self, info: Info, seeds: Seeds, proposed: Change = None, as_of: AsOf = None) -> ImpactResult:
        """A blast radius now or at a moment, or what was wrong with the seeds."""
        reading = reading_of(info)
        try:
            revision = await reading.revision_at(as_of)
        except BadInputError as error:
            return failure_of(error, reading, "asOf")
        try:
            wanted = seeds_of([(seed.ci_id, seed.effect.name.lower()) for seed in seeds])
            estate = await reading.estate(revision)
            found, added, counts = await computed(_radius, reading.register, estate, wanted, as_of is None, proposed)
        except ProposedError as error:
            return failure_of(error, reading, "proposed")
        except BadInputError as error:
            return failure_of(error, reading, "seeds")
        return Impact(revision=Long(revision), complete=True, counts=Counts(**counts), radius=found, added=added)


def _radius(
    register: "Register", estate: Estate, seeds: Mapping[str, EffectWord], now: bool, proposed: Any
) -> tuple[BlastRadius, Mapping[str, Fields] | None, dict[str, int]]:
    known, added = register.circumstances_of(estate.revision) if now else Circumstances(), None
    if proposed is None:
        found = blast_radius(estate, seeds, known)
    else:
        found, added = radius_after(register, estate, seeds, proposed, known)
    return found, added, found.counts
