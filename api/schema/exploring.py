"""Types of the schema: a picture of a part of the register, in lanes, with everything that it leaves out counted."""

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from starlette.concurrency import run_in_threadpool
from strawberry.scalars import JSON

from api.exploring import ids_told, moment_said, picture_of, sentence_of, telling_of
from api.schema.failures import InvalidInput, UnknownCi, failure_of
from api.schema.impacts import Counts, SeedInput, State, WitnessStep, witness_of
from api.schema.items import AsOf, CiId
from api.schema.paging import Long
from api.schema.reading import Info, Reading, computed, reading_of
from graph.errors import BadInputError, Message
from queries.blast_radius import WORDS, BlastRadius, Circumstances, blast_radius, known_as, seeds_of
from queries.folding import MOST, PER_LANE, Kind
from queries.impact import State as Standing
from queries.lanes import BOX
from queries.picture import Direction, Filter, Grouping, Picture, Question, View

if TYPE_CHECKING:
    from api.register import Register
    from graph.estate import Estate


@strawberry.enum(description="What a picture is of.")
class ExploreView(Enum):
    """Views as the schema spells them."""

    NEIGHBOURHOOD = strawberry.enum_value("neighbourhood", description="CIs with what is around them.")
    SERVICE = strawberry.enum_value("service", description="Everything that CIs rest on.")
    SITE = strawberry.enum_value("site", description="What stands in sites, rooms or racks, or runs on what does.")
    QUERY = strawberry.enum_value("query", description="All CIs that a filter finds.")
    PATHS = strawberry.enum_value("paths", description="The ways by which one CI comes to depend on another.")


@strawberry.enum(description="Which way a neighbourhood goes.")
class ExploreDirection(Enum):
    """Directions as the schema spells them."""

    UP = strawberry.enum_value("up", description="Towards what rests on the CIs.")
    DOWN = strawberry.enum_value("down", description="Towards what the CIs rest on.")
    BOTH = strawberry.enum_value("both", description="Both ways, neither turning round.")


@strawberry.enum(description="What CIs of a lane are grouped by.")
class ExploreGrouping(Enum):
    """Groupings as the schema spells them."""

    NONE = strawberry.enum_value("none", description="Nothing.")
    CLASS = strawberry.enum_value("class", description="Their class.")
    SITE = strawberry.enum_value("site", description="The site that they stand in.")
    OWNER = strawberry.enum_value("owner", description="Who they are owned by.")


@strawberry.enum(description="What a group holds.")
class ExploreGroupKind(Enum):
    """Kinds of groups as the schema spells them."""

    ALIKE = strawberry.enum_value("by", description="CIs of a lane with the same class, site or owner.")
    CLASS = strawberry.enum_value("class", description="More CIs of a lane and class.")
    LANE = strawberry.enum_value("lane", description="More CIs of a lane.")


@strawberry.input(description="Only such CIs; those that are asked for by their ids are shown whatever they are.")
class ExploreFilter:
    """A filter; what is left out does not matter."""

    text: str = strawberry.field(description="What they are called: an id, a name, pinyin or initials.", default="")
    ci_class: list[str] = strawberry.field(description="One of these classes.", default_factory=list)
    status: list[str] = strawberry.field(description="One of these statuses.", default_factory=list)
    owner: list[str] = strawberry.field(description="Owned by one of these CIs.", default_factory=list)
    site: list[str] = strawberry.field(description="Standing in one of these.", default_factory=list)
    affected: bool = strawberry.field(description="Affected by the seeds.", default=False)


@strawberry.input(description="What somebody wants to see.")
class ExploreInput:
    """A question of the explorer; what its address keeps."""

    view: ExploreView = strawberry.field(description="What the picture is of.")
    cis: list[str] = strawberry.field(
        description="Identifiers: of a neighbourhood, service or site; of PATHS both ends.", default_factory=list
    )
    direction: ExploreDirection = strawberry.field(
        description="Of a neighbourhood: which way.", default=ExploreDirection.BOTH
    )
    hops: int | None = strawberry.field(description="Of a neighbourhood: how many steps; null: all the way.", default=1)
    filter: ExploreFilter | None = strawberry.field(description="Only such CIs.", default=None)
    group_by: ExploreGrouping = strawberry.field(description="Group CIs by this.", default=ExploreGrouping.NONE)
    opened: list[str] = strawberry.field(description="Keys of groups drawn one by one.", default_factory=list)
    expanded: list[str] = strawberry.field(description="CIs shown with their neighbours.", default_factory=list)
    collapsed: list[str] = strawberry.field(description="CIs that are not walked past.", default_factory=list)
    seeds: list[SeedInput] = strawberry.field(description="What if: CIs and what happens.", default_factory=list)
    per_lane: int = strawberry.field(description="CIs of a lane before more are a group.", default=PER_LANE)
    most: int = strawberry.field(description="Boxes and links at the most, 200 to 2,000.", default=MOST)


@strawberry.type(description="A part of a sentence: its key, what it is about, and it in the language of the request.")
class Told:
    """A message in words."""

    key: str = strawberry.field(description="Names it in every language.")
    params: JSON = strawberry.field(description="What it is about.")
    message: str = strawberry.field(description="It as words.")


@strawberry.type(description="A lane: CIs of one tier.")
class ExploreLane:
    """A lane."""

    tier: str = strawberry.field(description="The tier in the ontology; empty for classes it does not know.")
    cis: int = strawberry.field(description="How many CIs of the view it has, drawn or grouped.")
    x: int = strawberry.field(description="Its left border, in pixels.")
    width: int = strawberry.field(description="In pixels.")


@strawberry.type(description="A CI that is drawn by itself.")
class ExploreNode:
    """A node."""

    ci_id: str = strawberry.field(description="Its identifier.")
    name: str = strawberry.field(description="What people call it.")
    ci_class: str = strawberry.field(description="Its class.")
    tier: str = strawberry.field(description="Its lane.")
    state: State | None = strawberry.field(description="How it stands, if there are seeds.")
    seed: bool = strawberry.field(description="Whether it is one of the seeds.")
    x: int = strawberry.field(description="Its centre, in pixels.")
    y: int = strawberry.field(description="Its centre, in pixels.")
    hidden_dependents: int = strawberry.field(description="How many direct dependents are not in the view.")
    hidden_providers: int = strawberry.field(description="How many direct providers are not in the view.")


@strawberry.type(description="CIs that are drawn together, with their count.")
class ExploreGroup:
    """A group."""

    key: str = strawberry.field(description="To be named in `opened`.")
    kind: ExploreGroupKind = strawberry.field(description="What it holds.")
    value: str = strawberry.field(
        description="The class, site or owner; empty: none; `*`: several; `=`: whose they are is not shown."
    )
    name: str | None = strawberry.field(description="Of a site or owner what people call it.")
    tier: str = strawberry.field(description="Its lane.")
    count: int = strawberry.field(description="How many CIs.")
    inner: int = strawberry.field(description="How many pairs of related CIs within.")
    state: State | None = strawberry.field(description="The worst state in it, if there are seeds.")
    states: Counts | None = strawberry.field(description="How many of it are in each state, if there are seeds.")
    opened: bool = strawberry.field(description="Whether it is open already and these are too many to be drawn.")
    x: int = strawberry.field(description="Its centre, in pixels.")
    y: int = strawberry.field(description="Its centre, in pixels.")


@strawberry.type(description="A link: of two CIs, or between groups with its count.")
class ExploreEdge:
    """A link from what depends to what it depends on."""

    source: str = strawberry.field(description="The dependent: a CI's identifier or a group's key.")
    target: str = strawberry.field(description="The provider: a CI's identifier or a group's key.")
    count: int = strawberry.field(description="How many pairs of CIs it stands for.")
    types: list[str] = strawberry.field(description="Of two CIs: the types of their relationships.")
    strength: str | None = strawberry.field(description="Of two CIs: `hard` if one is, else `soft`.")
    group: str | None = strawberry.field(description="Of two CIs: the dependent's redundancy group.")


@strawberry.type(description="One way from a dependent to a provider.")
class ExplorePath:
    """A path."""

    ci_ids: list[str] = strawberry.field(description="From the dependent to the provider, both included.")


@strawberry.type(description="A view of the register, drawn; what is drawn and what is counted are the whole.")
class Exploration:
    """A picture."""

    revision: Long = strawberry.field(description="The revision it is of.")
    complete: bool = strawberry.field(description="Whether the view is all that was asked for.")
    sentence: str = strawberry.field(description="What is shown, in the language of the request.")
    view: Told = strawberry.field(description="What the picture is of.")
    filters: list[Told] = strawberry.field(description="What is left out of it, each in words.")
    drawn: list[Told] = strawberry.field(description="How much is drawn, and what is not known.")
    cis: int = strawberry.field(description="CIs of the view.")
    relationships: int = strawberry.field(description="Pairs of them of which one rests on the other.")
    total: int = strawberry.field(description="Both together.")
    shown: int = strawberry.field(description="Those of them that are drawn one by one.")
    hidden_elements: int = strawberry.field(description="Those that are counted in groups: total less shown.")
    lanes: list[ExploreLane] = strawberry.field(description="From left to right.")
    nodes: list[ExploreNode] = strawberry.field(description="CIs drawn by themselves.")
    groups: list[ExploreGroup] = strawberry.field(description="The others.")
    edges: list[ExploreEdge] = strawberry.field(description="Links between nodes and groups.")
    paths: list[ExplorePath] = strawberry.field(description="Of PATHS: the ways, the shortest first.")
    counts: Counts | None = strawberry.field(description="With seeds: how many CIs of the register are in each state.")
    width: int = strawberry.field(description="Of the picture, in pixels.")
    height: int = strawberry.field(description="Of the picture, in pixels.")
    box_width: int = strawberry.field(description="Of a node or group, in pixels.")
    box_height: int = strawberry.field(description="Of a node or group, in pixels.")
    radius: strawberry.Private[BlastRadius | None]

    @strawberry.field(description="Why a CI is affected by the seeds, from it to a seed; empty where it is not.")
    async def why(self, info: Info, ci_id: CiId) -> list[WitnessStep]:
        """The witness of one CI, made when asked for."""
        number = None if self.radius is None else self.radius.estate.find(known_as(ci_id))
        if self.radius is None or number is None or self.radius.found.state(number) == Standing.UNAFFECTED:
            return []
        return await witness_of(info, self.radius, number)


ExploreResult = Annotated[
    Exploration | UnknownCi | InvalidInput,
    strawberry.union("ExploreResult", description="A picture, or what was wrong with the question."),
]
Asked = Annotated[ExploreInput, strawberry.argument(name="view", description="What to show.")]


@strawberry.type
class ExploreQuery:
    """Pictures."""

    @strawberry.field(description="A part of the register to look at: at most 2,000 elements, the rest counted.")
    async def explore(self, info: Info, asked: Asked, as_of: AsOf = None) -> ExploreResult:
        """A picture now or at a moment."""
        reading, moment, radius = reading_of(info), None, None
        try:
            revision = await reading.revision_at(as_of)
            if as_of is not None:
                moment = moment_said(as_of, reading.register.settings.timezone)
        except BadInputError as error:
            return failure_of(error, reading, "asOf")
        estate = await reading.estate(revision)
        try:
            if asked.seeds:
                radius = await computed(_radius, reading.register, estate, asked.seeds, as_of is None)
        except BadInputError as error:
            return failure_of(error, reading, "seeds")
        try:
            shown = reading.shown_at(estate.revision)
            picture = await computed(picture_of, reading.register, estate, _question(asked), radius, shown)
        except BadInputError as error:
            return failure_of(error, reading, "view")
        # names come from the records of the revision, as whoever asks may see them
        told = await run_in_threadpool(ids_told, picture, radius)
        kept = await reading.cis(estate.revision, told)
        names = {ci_id: str(ci.thing.state["name"]) for ci_id, ci in zip(told, kept, strict=True) if ci is not None}
        said = names if shown is None else await _said(reading, estate.revision, names)
        return await run_in_threadpool(_drawn, reading, picture, radius, names, said, moment)


def _radius(register: "Register", estate: "Estate", seeds: list[SeedInput], now: bool) -> BlastRadius:
    wanted = seeds_of([(seed.ci_id, seed.effect.name.lower()) for seed in seeds])
    return blast_radius(estate, wanted, register.circumstances_of(estate.revision) if now else Circumstances())


def _question(asked: ExploreInput) -> Question:
    given = asked.filter or ExploreFilter()
    return Question(
        view=View[asked.view.name],
        cis=asked.cis,
        direction=Direction[asked.direction.name],
        hops=asked.hops,
        filter=Filter(given.ci_class, given.status, given.owner, given.site, given.text, given.affected),
        grouping=Grouping[asked.group_by.name],
        opened=asked.opened,
        expanded=asked.expanded,
        collapsed=asked.collapsed,
        per_lane=asked.per_lane,
        most=asked.most,
    )


async def _said(reading: Reading, at: int, names: Mapping[str, str]) -> dict[str, str]:
    # sentences name what is out of scope by its id
    seen = await reading.seen(at, names)
    return {ci_id: name for ci_id, name in names.items() if ci_id in seen}


def _drawn(
    reading: Reading, picture: Picture, radius: BlastRadius | None, names: Mapping[str, str], said: Mapping[str, str],
    moment: Message | None,
) -> Exploration:  # fmt: skip
    say, is_limited = reading.say, bool(reading.principal.scopes)
    telling = telling_of(picture, say, picture.ontology, radius, said, is_limited=is_limited)

    def told(message: Message) -> Told:
        return Told(key=message.key, params=JSON(dict(message.params)), message=say.say(message))

    drawing, paths = _Drawing(picture, names), picture.ways.paths if picture.ways else ()
    return Exploration(
        revision=Long(picture.estate.revision),
        complete=picture.complete,
        sentence=sentence_of(picture, telling, say, moment),
        view=told(telling.view),
        filters=[told(each) for each in telling.filters],
        drawn=[told(each) for each in telling.drawn],
        cis=len(picture.seen.cis),
        relationships=len(picture.pairs),
        total=picture.total,
        shown=picture.shown,
        hidden_elements=picture.total - picture.shown,
        lanes=drawing.lanes(),
        nodes=drawing.nodes(),
        groups=drawing.groups(),
        edges=drawing.edges(),
        paths=[ExplorePath(ci_ids=picture.estate.ids.some(path)) for path in paths],
        counts=None if radius is None else Counts(**radius.counts),
        width=picture.layout.width,
        height=picture.layout.height,
        box_width=BOX[0],
        box_height=BOX[1],
        radius=radius,
    )


class _Drawing:
    """A picture in the types of the schema."""

    def __init__(self, picture: Picture, names: Mapping[str, str]) -> None:
        self._picture, self._boxes, self._layout, self._named = picture, picture.boxes, picture.layout, names
        ids = iter(picture.estate.ids.some(picture.drawn))
        self._keys = [
            next(ids) if ci >= 0 else picture.group_key(box) for box, ci in enumerate(self._boxes.ci.tolist())
        ]

    def lanes(self) -> list[ExploreLane]:
        tier = self._picture.tier
        return [
            ExploreLane(tier=tier(lane.number), cis=lane.cis, x=lane.x, width=lane.width) for lane in self._layout.lanes
        ]

    def nodes(self) -> list[ExploreNode]:
        picture, boxes = self._picture, self._boxes
        dependents, providers = (hidden.tolist() for hidden in picture.hidden)
        singles = [box for box, ci in enumerate(boxes.ci.tolist()) if ci >= 0]
        return [
            ExploreNode(
                ci_id=self._keys[box],
                name=self._named.get(self._keys[box], self._keys[box]),
                ci_class=picture.estate.class_of(number),
                tier=picture.tier(int(boxes.lane[box])),
                state=self._state(box),
                seed=number in picture.seeds,
                x=int(self._layout.x[box]),
                y=int(self._layout.y[box]),
                hidden_dependents=dependents[at],
                hidden_providers=providers[at],
            )
            for at, (box, number) in enumerate(zip(singles, picture.drawn.tolist(), strict=True))
        ]

    def groups(self) -> list[ExploreGroup]:
        return [self._group(box) for box, ci in enumerate(self._boxes.ci.tolist()) if ci < 0]

    def _group(self, box: int) -> ExploreGroup:
        picture, boxes = self._picture, self._boxes
        value, kind = picture.group_value(box), Kind(int(boxes.kind[box]))
        counts = {WORDS[Standing(state)]: count for state, count in enumerate(picture.states[box].tolist())}
        is_called = kind == Kind.ALIKE and picture.question.grouping != Grouping.CLASS
        return ExploreGroup(
            key=self._keys[box],
            kind=ExploreGroupKind[kind.name],
            value=value,
            name=self._named.get(value) if is_called else None,
            tier=picture.tier(int(boxes.lane[box])),
            count=int(boxes.size[box]),
            inner=int(boxes.inner[box]),
            state=self._state(box),
            states=Counts(**{n: c for n, c in counts.items() if n != "unaffected"}) if picture.seeds else None,
            opened=self._keys[box] in picture.question.opened,
            x=int(self._layout.x[box]),
            y=int(self._layout.y[box]),
        )

    def edges(self) -> list[ExploreEdge]:
        return [self._edge(link) for link in range(len(self._boxes.source))]

    def _edge(self, link: int) -> ExploreEdge:
        boxes, ends = self._boxes, (int(self._boxes.source[link]), int(self._boxes.target[link]))
        is_one = boxes.ci[ends[0]] >= 0 and boxes.ci[ends[1]] >= 0
        related = self._picture.related(link) if is_one else None
        return ExploreEdge(
            source=self._keys[ends[0]],
            target=self._keys[ends[1]],
            count=int(boxes.count[link]),
            types=list(related.types) if related else [],
            strength=None if related is None else "hard" if related.is_hard else "soft",
            group=related.group if related else None,
        )

    def _state(self, box: int) -> State | None:
        return State[WORDS[Standing(int(self._picture.worst[box]))].upper()] if self._picture.seeds else None
