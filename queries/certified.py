"""The certificates of a pack of evidence: of the services that a review names, with the part of the graph behind them.

Each claims "at least": that a service is no worse off is in the answer, and is seen by asking the register again. Its
seeds are those that its steps cite, which is enough: more seeds make nothing better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graph.topology import CiIndex
from queries.certificate import check
from queries.graph_part import Part, graph_of, part_hash
from queries.impact import EffectWord, Impact, State
from queries.proof import certificate
from queries.reasons import Reasons, names_of
from queries.review import ALONE, EMERGENT, Review
from queries.steps import Certificate, Seeded, Signature
from queries.surroundings import Joined

MOST = 10  # services of the change alone, and of each set that it is in, that are proved: the worst
SETS = 5  # sets of changes
EDITS = "edits"  # who brings a seed that edits retire or leave without a source


@dataclass
class Certified:
    """As a pack has them. `part`: by `alone` or the conflict's id. `unproved`: services named without a certificate."""

    certificates: list[dict[str, Any]] = field(default_factory=list)
    part: dict[str, Any] = field(default_factory=dict)
    unproved: int = 0


def certified(review: Review, store_id: str = "") -> Certified:
    """The certificates of the services that a review names as out or degraded: alone, and out in company."""
    found, at = Certified(), review.around.at
    signature = Signature(store_id, "", "" if at is None else at.isoformat())
    own: dict[CiIndex, EffectWord] = dict(review.seeds)
    cis = [each.ci for each in review.services if each.state >= State.DEGRADED]
    alone = Joined(review.proposal, {review.change.change_id: own})
    _prove(found, ALONE, alone, review.during, cis, signature)
    sets = [meeting for meeting in review.around.meetings if meeting.kind == EMERGENT and meeting.services]
    for number, meeting in enumerate(sets):
        joined = review.together(review.change, meeting) if review.together and number < SETS else None
        if joined is None:
            found.unproved += len(meeting.services)
            continue
        wanted = sorted(
            (joined.proposal.number_of(service) for service in meeting.services),
            key=lambda ci: (-int(joined.proposal.both.criticality[ci]), joined.proposal.both.ids[ci]),
        )
        impact = joined.proposal.during(_worst_of(joined))
        _prove(found, meeting.id, joined, impact, wanted, signature)
    return found


def _worst_of(joined: Joined) -> dict[CiIndex, EffectWord]:
    words: tuple[EffectWord, ...] = ("degraded", "outage", "retire")
    return {
        ci: effect for word in words for seeds in joined.seeds.values() for ci, effect in seeds.items()
        if effect == word
    }  # fmt: skip


def _prove(
    into: Certified, name: str, joined: Joined, found: Impact, wanted: Sequence[CiIndex], signature: Signature
) -> None:
    estate, told = joined.proposal.both, _told_seeds(joined, found)
    reasons, part, made = Reasons(found, names_of(estate)), Part(estate), list[Certificate]()
    least = State.DEGRADED if name == ALONE else State.OUTAGE
    for ci in wanted[:MOST]:
        if found.state(ci) >= least:
            one = certificate(estate, found, ci, exact=False, reasons=reasons)
            cited = tuple(step for step in one.steps if isinstance(step, Seeded))
            if {seed.ci_id for seed in cited} <= told.keys() and part.take(one.steps):
                made.append(replace(one, header=replace(one.header, seeds=cited)))
    seeds = {seed.ci_id for one in made for seed in one.header.seeds}
    plain = part.plain([told[ci_id] for ci_id in sorted(seeds)])
    graph, signed = graph_of(plain), signature._replace(graph_hash=part_hash(plain))
    # what nobody else can follow is not given for a proof: say, of circles that had no source before the change
    sound = [one.signed(signed).plain() for one in made if check(one.header, one.steps, graph).accepted]
    into.unproved += len(wanted) - len(sound)
    if sound:
        into.certificates += sound
        into.part[name] = plain


def _told_seeds(joined: Joined, found: Impact) -> Mapping[str, dict[str, str]]:
    # by id each seed with who brings it, as far as that can be said
    proposal, told = joined.proposal, dict[str, dict[str, str]]()
    once = {live: ci for ci, live in proposal.live.items()}
    of_edits = {*proposal.live, *proposal.starved.tolist()}
    for ci, effect in found.seeds.items():
        word = effect.name.lower()
        by = EDITS if ci in of_edits else _bringing(joined, once.get(ci, ci), word)
        if by is not None:
            ci_id = proposal.both.ids[ci]
            told[ci_id] = {"ci_id": ci_id, "effect": word, "by": by}
    return told


def _bringing(joined: Joined, ci: CiIndex, word: str) -> str | None:
    return next((name for name, seeds in sorted(joined.seeds.items()) if seeds.get(ci) == word), None)
