"""The first types of the schema (`core.graphql`): CIs, and what breaks when some stop."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, NewType

import strawberry
from strawberry.scalars import JSON

from api.server.cursors import decode, encode
from api.texts import Texts
from api.words import step_words
from graph.errors import BadInputError
from graph.history import CI
from graph.values import ValueRefused, parse_id
from queries.blast_radius import WORDS, BlastRadius, Circumstances, UnknownCisError, blast_radius, seeds_of
from queries.blast_radius import Affected as Hit

if TYPE_CHECKING:
    from api.register import Register

FIRST, MOST = 50, 500  # nodes of one page
Info = strawberry.Info[dict[str, Any], None]
Long = NewType("Long", int)
LONG = strawberry.scalar(name="Long", description="A JSON integer that may pass 2^31.", serialize=int, parse_value=int)


@strawberry.enum(description="How a CI stands.")
class State(Enum):
    """States as the schema spells them."""

    OUTAGE = "outage"
    DEGRADED = "degraded"
    AT_RISK = "at_risk"
    UNAFFECTED = "unaffected"
    UNKNOWN = "unknown"


@strawberry.enum(description="What is done to a seed; retiring is an outage that lasts.")
class Effect(Enum):
    """Effects as the schema spells them."""

    OUTAGE = "outage"
    DEGRADED = "degraded"
    RETIRE = "retire"


@strawberry.type(description="A configuration item.")
class Ci:
    """One CI; global ids are opaque."""

    id: strawberry.ID
    ci_id: str = strawberry.field(description="Its identifier in the register.")
    name: str
    ci_class: str = strawberry.field(description="Its class in the ontology.")
    status: str
    attributes: JSON = strawberry.field(description="All other fields, durations in seconds, times in UTC.")
    last_revision: Long = strawberry.field(description="The revision that changed it last.")


@strawberry.type(description="Where a page ends.")
class PageInfo:
    """Relay's page info; pages run forward."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class CiEdge:
    """A CI in a page."""

    cursor: str
    node: Ci


@strawberry.type(description="CIs, a page at a time.")
class CiConnection:
    """A page of CIs."""

    edges: list[CiEdge]
    nodes: list[Ci]
    page_info: PageInfo
    total_count: int


@strawberry.type(description="How many affected CIs are in each state; seeds are left out unless others affect them.")
class Counts:
    """Counts of an impact."""

    outage: int
    degraded: int
    at_risk: int


@strawberry.type(description="A business service that is hit.")
class AffectedService:
    """A service and how it stands."""

    service: Ci
    state: State
    criticality: str | None


@strawberry.type(description="One step of a why: a CI, its state, the rule, and the provider it comes from.")
class WitnessStep:
    """A step of a witness."""

    ci_id: str
    state: State
    rule: str
    message: str = strawberry.field(description="The step as a sentence, in the server's language.")
    effect: Effect | None = None
    group: str | None = None
    members: int | None = None
    needed: int | None = None
    left: int | None = None
    lost: list[str] | None = None
    via: str | None = None
    from_: str | None = strawberry.field(name="from", default=None)


@strawberry.type(description="A CI that is hit, and why.")
class Affected:
    """An affected CI."""

    ci: Ci
    state: State
    hops: int | None = strawberry.field(description="Outage: its round; degraded or at risk: steps from the cause.")
    margin: int | None = strawberry.field(description="Least members left over, of the groups that lost one.")
    confidence: str = strawberry.field(description="`high` or `low`.")
    radius: strawberry.Private[BlastRadius]
    number: strawberry.Private[int]

    @strawberry.field(description="From this CI to a seed.")
    def witness(self, info: Info) -> list[WitnessStep]:
        """The why of this CI, made when asked for."""
        register = _register(info)
        say = Texts(register.settings.language)
        return [
            _step(step, step_words(step, say, register.store.ontology, self.radius.estate))
            for step in self.radius.why(self.number)
        ]


@strawberry.type
class AffectedEdge:
    """An affected CI in a page."""

    cursor: str
    node: Affected


@strawberry.type(description="Affected CIs, worst state first, then hops, then identifier; a page at a time.")
class AffectedConnection:
    """A page of affected CIs."""

    edges: list[AffectedEdge]
    nodes: list[Affected]
    page_info: PageInfo
    total_count: int


@strawberry.type(description="What breaks, with the revision it was computed at.")
class Impact:
    """A blast radius."""

    revision: Long
    complete: bool
    counts: Counts
    radius: strawberry.Private[BlastRadius]

    @strawberry.field(description="Business services that are hit: worst first, then the more critical.")
    def services(self, info: Info) -> list[AffectedService]:
        """Affected services."""
        found = self.radius.services
        nodes = _nodes(info, self.radius, found)
        return [
            AffectedService(
                service=nodes[a.ci], state=State(WORDS[a.state]), criticality=self.radius.estate.criticality_of(a.ci)
            )
            for a in found
        ]

    @strawberry.field(description="All that is hit; `first` up to 500.")
    def affected(
        self, info: Info, states: list[State] | None = None, first: int | None = FIRST, after: str | None = None
    ) -> AffectedConnection:
        """A page of affected CIs."""
        listing, size = self.radius.affected, _size(first)
        wanted = set(WORDS.values()) if states is None else {state.value for state in states}
        start = 0 if after is None else listing.after(*_place_of(after))
        chosen = (listing[at] for at in range(start, len(listing)))
        page = list(islice((a for a in chosen if WORDS[a.state] in wanted), size + 1))
        nodes = _nodes(info, self.radius, page[:size])
        shown = [_affected(self.radius, a, nodes[a.ci]) for a in page[:size]]
        ids = self.radius.estate.ids
        edges = [
            AffectedEdge(cursor=encode("affected", f"{a.state}:{a.hops}:{ids[a.ci]}"), node=node)
            for a, node in zip(page[:size], shown, strict=True)
        ]
        counts = self.radius.counts
        return AffectedConnection(
            edges=edges,
            nodes=shown,
            page_info=PageInfo(
                has_next_page=len(page) > size,
                has_previous_page=after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
            total_count=sum(count for state, count in counts.items() if state in wanted),
        )


@strawberry.interface
class Error:
    """An expected failure."""

    key: str
    message: str
    params: JSON


@strawberry.type(description="A seed that is not in the register, or is retired.")
class UnknownCi(Error):  # noqa: N818 - a name of core.graphql
    """Names the CIs."""

    ci_ids: list[str]


@strawberry.type(description="Something else about the input was wrong.")
class InvalidInput(Error):  # noqa: N818 - a name of core.graphql
    """Names where."""

    path: list[str]


ImpactResult = Annotated[Impact | UnknownCi | InvalidInput, strawberry.union("ImpactResult")]


@strawberry.input(description="A CI and what happens to it.")
class SeedInput:
    """A seed."""

    ci_id: str
    effect: Effect = Effect.OUTAGE


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field(description="The last revision of the register.")
    def revision(self, info: Info) -> Long:
        """The last revision."""
        return Long(_register(info).store.revision())

    @strawberry.field(description="One CI by its identifier; null where there is none.")
    def ci(self, info: Info, ci_id: str) -> Ci | None:
        """One CI."""
        try:
            key = parse_id(ci_id)
        except ValueRefused:
            return None  # no CI has such an id
        kept = _register(info).store.kept(CI, [key]).get(key)
        return None if kept is None else _ci(key, kept.thing.state, kept.revision)

    @strawberry.field(description="CIs in the order of their identifiers; `first` up to 500.")
    def cis(self, info: Info, first: int | None = FIRST, after: str | None = None) -> CiConnection:
        """A page of CIs; rows that come and go never move it."""
        store, key = _register(info).store, "" if after is None else decode("ci", after)
        size = _size(first)
        rows = store.rows("ci_page", after=key, limit=size + 1)
        total = store.rows("ci_count")[0]["found"]
        from graph.store.things import kept_of

        kept = [(row["key"], kept_of(row["p"])) for row in rows[:size]]
        nodes = [_ci(ci_id, found.thing.state, found.revision) for ci_id, found in kept]
        edges = [CiEdge(cursor=encode("ci", node.ci_id), node=node) for node in nodes]
        ends = (edges[0].cursor, edges[-1].cursor) if edges else (None, None)
        page = PageInfo(
            has_next_page=len(rows) > size,
            has_previous_page=after is not None,
            start_cursor=ends[0],
            end_cursor=ends[1],
        )
        return CiConnection(edges=edges, nodes=nodes, page_info=page, total_count=total)

    @strawberry.field(description="What breaks when these CIs stop, are degraded or are retired, and why.")
    def impact(self, info: Info, seeds: list[SeedInput], as_of: datetime | None = None) -> ImpactResult:
        """A blast radius now or at a moment, or what was wrong with the seeds."""
        register = _register(info)
        try:
            revision = register.revision_of(None if as_of is None else as_of.isoformat())
        except BadInputError as error:
            return _failure(error, register, "asOf")
        try:
            wanted = seeds_of([(seed.ci_id, seed.effect.value) for seed in seeds])
            circumstances = register.circumstances() if revision is None else Circumstances()
            found = blast_radius(register.estate(revision), wanted, circumstances)
        except BadInputError as error:
            return _failure(error, register, "seeds")
        return Impact(revision=Long(found.estate.revision), complete=True, counts=Counts(**found.counts), radius=found)


def _register(info: Info) -> "Register":
    register: Register = info.context["register"]
    return register


def _ci(ci_id: str, state: dict[str, Any], revision: int) -> Ci:
    own = {name: value for name, value in state.items() if name not in ("name", "ci_class", "status")}
    return Ci(
        id=strawberry.ID(encode("ci", ci_id)),
        ci_id=ci_id,
        name=state["name"],
        ci_class=state["ci_class"],
        status=state.get("status", "live"),
        attributes=JSON(own),
        last_revision=Long(revision),
    )


def _nodes(info: Info, radius: BlastRadius, some: Sequence[Hit]) -> dict[int, Ci]:
    """The CIs of a page by number, as they were at the answer's revision."""
    numbers = {radius.estate.ids[hit.ci]: hit.ci for hit in some}
    kept = _register(info).store.kept_at(CI, numbers, radius.estate.revision)
    return {numbers[ci_id]: _ci(ci_id, found.thing.state, found.revision) for ci_id, found in kept.items()}


def _place_of(cursor: str) -> tuple[int, int, str]:
    state, _, rest = decode("affected", cursor).partition(":")
    hops, _, ci_id = rest.partition(":")
    if not (state.isdecimal() and hops.isdecimal()):
        raise BadInputError("server.cursor", cursor=cursor[:60])
    return int(state), int(hops), ci_id


def _affected(radius: BlastRadius, hit: Hit, node: Ci) -> Affected:
    return Affected(
        ci=node,
        state=State(WORDS[hit.state]),
        hops=hit.hops,
        margin=hit.margin,
        confidence="low" if hit.reasons else "high",
        radius=radius,
        number=hit.ci,
    )


def _size(first: int | None) -> int:
    return max(0, min(FIRST if first is None else first, MOST))


def _step(step: dict[str, Any], message: str) -> WitnessStep:
    plain = {name: value for name, value in step.items() if name not in ("state", "from", "effect")}
    effect = Effect(step["effect"]) if "effect" in step else None
    return WitnessStep(state=State(step["state"]), from_=step.get("from"), effect=effect, message=message, **plain)


def _failure(error: BadInputError, register: "Register", path: str) -> UnknownCi | InvalidInput:
    key, params = error.message.key, dict(error.message.params)
    words = Texts(register.settings.language).say(error.message)
    if isinstance(error, UnknownCisError):
        return UnknownCi(key=key, message=words, params=JSON(params), ci_ids=list(error.ci_ids))
    return InvalidInput(key=key, message=words, params=JSON(params), path=[path])
