"""Changes, incidents and windows of the register as what the sweep over moments takes, with what could not be used."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial

from graph.errors import BadInputError, ParamValue
from graph.estate import Estate
from graph.ontology import Ontology
from graph.records.changes import Change
from graph.records.edits import EditGroup, edits_of
from graph.records.incidents import Incident
from graph.records.kept_graph import KeptGraph, named_by
from graph.topology import CiIndex
from queries.edit_chain import Chain, Refused, chain_of, party_seeds
from queries.ground import Grounds
from queries.parties import Instant, Party
from queries.recurrence import LATEST, OLDEST
from queries.spells import Scene

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
INCIDENT_LASTS = timedelta(hours=24)  # one that says no end, from the moment of the question on (SEMANTICS 5)
IMPLEMENTING = "implementing"
UNKNOWN_CI = "conflicts.unknown_ci"  # of a change: it names a CI that is not there
WITHOUT_CI = "conflicts.incident_without_ci"
NO_LENGTH, REVERSED = "conflicts.no_length", "conflicts.end_before_start"  # of a change's window
INCIDENT = "incident:"  # before the id of one, where it stands among changes
READ = 5_000  # edits of changes
CHAINS = 16  # kept; each holds what edits make of the graph at their CIs
NOBODY = -1  # the number of no change: who has no edits
RESOLVED = frozenset({"resolved", "closed", "cancelled"})


def instant(moment: datetime) -> Instant:
    """A moment as a number."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(at: Instant) -> datetime:
    """A number as a moment, in UTC."""
    return EPOCH + at * MICROSECOND


@dataclass(frozen=True, slots=True)
class Reason:
    """Something that the answer rests on or could not use. `gap`: because of it there may be more than was found."""

    key: str
    params: Mapping[str, ParamValue]
    gap: bool


@dataclass(frozen=True)
class Planned:
    """Parties, by number: active changes in the order of their ids, then incidents. `scene`: they on the graph.

    `hidden`: numbers that stand for CIs as they are before somebody retires them; in no answer is anything of them.
    """

    scene: Scene
    numbers: Mapping[str, CiIndex]
    refused: tuple[Refused, ...]
    reasons: tuple[Reason, ...]
    hidden: frozenset[CiIndex] = frozenset()

    @property
    def parties(self) -> Sequence[Party]:
        """The parties."""
        return self.scene.parties

    @property
    def n(self) -> int:
        """How many CIs there are, those that somebody adds among them."""
        return self.scene.topology.n if self.scene.n is None else self.scene.n


@dataclass
class Chains:
    """Edits that were read, the last chains made of them, and what falls with those.

    Of one estate the same are asked for again and again.
    """

    _read: dict[str, tuple[EditGroup, ...]] = field(default_factory=dict)
    _made: dict[tuple[tuple[int, str], ...], Chain] = field(default_factory=dict)
    _parties: dict[str, tuple[Change, Chain, int, Party]] = field(default_factory=dict)
    grounds: Grounds = field(default_factory=Grounds)

    def read(self, edits: str, ontology: Ontology) -> tuple[EditGroup, ...]:
        """The groups of a change's edits; BadInputError `edits.*`."""
        found = self._read.get(edits)
        if found is None:
            if len(self._read) >= READ:
                self._read.clear()
            found = self._read[edits] = edits_of(edits, ontology)
        return found

    def again(self, grounds: Grounds | None = None) -> "Chains":
        """With the edits that were read, and no chain; `grounds`: of an estate with the same graph."""
        return Chains(self._read, grounds=grounds or Grounds())

    def of(self, asked: "Asked", carried: Sequence[tuple[int, str, tuple[EditGroup, ...]]]) -> Chain:
        """The chain of these, each the number of a change with its edits, as they are written and as they are read."""
        key = tuple((number, edits) for number, edits, _ in carried)
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= CHAINS:
                self._made.clear()
            links = [(number, groups) for number, _, groups in carried]
            found = self._made[key] = chain_of(asked.estate, asked.ontology, asked.kept, links)
        return found

    def party(
        self, change: Change, chain: Chain, number: int, make: Callable[[list[Reason]], Party], reasons: list[Reason]
    ) -> Party:
        """Who a change is under that number of the chain: made once, where neither the moment nor a reason says how."""
        held = self._parties.get(change.change_id)
        if held is not None and held[0] is change and held[1] is chain and held[2] == number:
            return held[3]
        noted: list[Reason] = []
        found = make(noted)
        reasons += noted
        # one that is being implemented ends later the later it is asked about
        if not noted and change.status != IMPLEMENTING:
            self._parties[change.change_id] = change, chain, number, found
        return found


@dataclass(frozen=True)
class Asked:
    """What the register holds of changes at the moment of the question.

    `kept`: of the CIs that `named` gives, what the register holds at the estate's revision. `plan`: who is at work
    when; it is worked out once for all who ask. `chains`: of this estate and `kept`.
    """

    estate: Estate
    ontology: Ontology
    changes: Sequence[Change]
    incidents: Sequence[Incident]
    at: datetime
    kept: KeptGraph = field(default_factory=lambda: KeptGraph({}, {}))
    incident_lasts: timedelta = INCIDENT_LASTS
    chains: Chains = field(default_factory=Chains, compare=False)

    @cached_property
    def plan(self) -> "Planned":
        """Of these."""
        return planned(self)

    def beside(self, change: Change) -> "Asked":
        """The same with a change as it is given, be it among them or not."""
        if change in self.changes:
            return self
        others = [each for each in self.changes if each.change_id != change.change_id]
        return replace(self, changes=[change, *others])


def read_edits(
    changes: Iterable[Change], ontology: Ontology, chains: Chains | None = None
) -> tuple[dict[str, tuple[EditGroup, ...]], list[Reason]]:
    """The edits of changes that carry some, and which cannot be read."""
    found, reasons, known = {}, [], chains or Chains()
    for change in changes:
        if change.edits is None:
            continue
        try:
            found[change.change_id] = known.read(change.edits, ontology)
        except BadInputError as refused:
            reasons.append(_unread("edits_unreadable", refused, change=change.change_id))
    return found, reasons


def named(changes: Iterable[Change], ontology: Ontology, chains: Chains | None = None) -> frozenset[str]:
    """CIs that the edits of changes name: what a `KeptGraph` is wanted of."""
    edits, _ = read_edits(changes, ontology, chains)
    return frozenset().union(*(named_by(groups) for groups in edits.values()))


def planned(asked: Asked) -> Planned:
    """Who is at work when, with which seeds and edits.

    Notes
    -----
    A change without a planned start, or that ends before it starts, and a CI that is not in the register are named in
    `reasons`, and left out. An incident that says no end, and what should be over and is not, an open incident or a
    change that is being implemented, lasts until `incident_lasts` after the question.
    """
    reasons: list[Reason] = []
    placed = [change for change in sorted(asked.changes, key=lambda c: c.change_id) if _has_window(change, reasons)]
    edits, unreadable = read_edits(placed, asked.ontology, asked.chains)
    reasons += unreadable
    numbered = {change.change_id: number for number, change in enumerate(placed)}
    order = sorted(placed, key=lambda change: (change.planned_start or EPOCH, change.change_id))
    carried = [(numbered[c.change_id], c.edits or "", edits[c.change_id]) for c in order if edits.get(c.change_id)]
    chain = asked.chains.of(asked, carried)
    parties = [
        asked.chains.party(change, chain, number, partial(_party, asked, chain, number, change), reasons)
        for number, change in enumerate(placed)
    ]
    for incident in sorted(asked.incidents, key=lambda each: each.incident_id):
        party = _incident(asked, chain, incident, reasons)
        parties += [] if party is None else [party]
    reasons += [
        _reason("edit_refused", gap=False, change=placed[each.change].change_id, at=each.problem.at,
                problem=each.problem.message.key, **each.problem.message.params)
        for each in chain.refused
    ]  # fmt: skip
    return Planned(
        Scene(asked.estate.topology, tuple(parties), chain.base, chain.n, asked.chains.grounds), chain.numbers,
        tuple(chain.refused), tuple(reasons), frozenset(chain.live.values()),
    )  # fmt: skip


def _unread(key: str, refused: BadInputError, **params: ParamValue) -> Reason:
    return Reason(f"conflicts.{key}", {**refused.message.params, **params, "problem": refused.message.key}, gap=True)


def _reason(key: str, *, gap: bool, **params: ParamValue) -> Reason:
    return Reason(f"conflicts.{key}", params, gap)


def _has_window(change: Change, reasons: list[Reason]) -> bool:
    start, end = change.planned_start, change.planned_end
    if start is None:
        reasons.append(_reason("no_window", gap=True, change=change.change_id))
    elif not all(OLDEST <= each.year < LATEST for each in (start, end) if each is not None):
        reasons.append(_reason("change_years", gap=True, change=change.change_id, oldest=OLDEST, latest=LATEST))
    elif end is not None and end <= start:
        key = NO_LENGTH if end == start else REVERSED
        reasons.append(Reason(key, {"change": change.change_id}, gap=True))
    elif end is None:
        reasons.append(_reason("open_window", gap=False, change=change.change_id))
        return True
    else:
        return True
    return False


def _party(asked: Asked, chain: Chain, number: int, change: Change, reasons: list[Reason]) -> Party:
    seeds: dict[CiIndex, str] = {}
    for ci_id, effect in change.affected:
        ci = chain.numbers.get(ci_id)
        ci = asked.estate.find(ci_id) if ci is None else ci
        if ci is None:
            reasons.append(Reason(UNKNOWN_CI, {"change": change.change_id, "ci_id": ci_id}, gap=True))
        else:
            seeds[ci] = _worse(seeds.get(ci), effect)
    start, end = change.planned_start or EPOCH, change.planned_end
    if change.status == IMPLEMENTING and change.actual_start is not None and change.actual_start < start:
        # it is under way, whatever was planned
        start = change.actual_start
        reasons.append(_reason("change_began_early", gap=False, change=change.change_id, since=start.isoformat()))
    if end is not None and end <= asked.at and change.status == IMPLEMENTING and change.actual_end is None:
        end = asked.at + asked.incident_lasts
        reasons.append(_reason("change_end_assumed", gap=False, change=change.change_id, until=end.isoformat()))
    return Party(
        change.change_id,
        instant(start),
        None if end is None else instant(end),
        party_seeds(chain, number, seeds),  # type: ignore[arg-type]
        chain.alters.get(number, {}),
        chain.edited.get(number, frozenset()),
    )


def _worse(one: str | None, other: str) -> str:
    # what is written twice of one CI counts as the worse
    order = ("degraded", "outage", "retire")
    return other if one is None or order.index(other) > order.index(one) else one


def _incident(asked: Asked, chain: Chain, incident: Incident, reasons: list[Reason]) -> Party | None:
    if incident.resolved_at is not None or incident.status in RESOLVED:
        return None
    ci = None if incident.ci_id is None else asked.estate.find(incident.ci_id)
    if ci is None:
        reasons.append(Reason(WITHOUT_CI, {"incident": incident.incident_id}, gap=True))
        return None
    start, end = incident.started_at or asked.at, incident.expected_end
    start = min(start, asked.at)
    if end is None or end <= asked.at:
        end = asked.at + asked.incident_lasts
        reasons.append(_reason("incident_end_assumed", gap=False, incident=incident.incident_id, until=end.isoformat()))
    seeds = party_seeds(chain, NOBODY, {ci: "outage"})
    name = f"{INCIDENT}{incident.incident_id}"
    return Party(name, instant(start), instant(end), seeds, is_change=False)  # type: ignore[arg-type]
