"""The proof of a verdict: the steps that lead to a CI's state, and the CIs that keep it from a worse (SEMANTICS 2).

Built from what `impact` found, by walking down from the CI. Of an outage it costs what the proof is long; the list of
what stands, where anything feeds, a walk over all below the CI. `queries.certificate` checks it with code of its own.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from graph.estate import Estate
from graph.kernels.build import FEED, SOFT
from graph.overlay import Rows, with_rows
from graph.topology import Topology
from queries.impact import Effect, Impact, State, impact
from queries.steps import FALLEN, Broken, Certificate, Cited, Claim, Header, Leaning, Seeded, Sourceless, Step, Weakened

WORDS = {State.OUTAGE: "outage", State.DEGRADED: "degraded", State.AT_RISK: "at_risk", State.UNAFFECTED: "not_out"}


class _Member(NamedTuple):
    """A member of a group that is out: by round, then by id."""

    round: int
    ci_id: str
    ci: int
    edge: int


@dataclass(frozen=True, slots=True)
class _Group:
    group: str
    members: int
    needed: int
    feeds: bool
    lost: list[_Member]
    left: list[tuple[str, int]]
    """Members that are not out, as (id, CI)."""

    @property
    def deciding(self) -> int:
        return self.members - self.needed + 1


def certificate(estate: Estate, found: Impact, ci: int, *, exact: bool = True) -> Certificate:
    """The certificate of a CI's state under the seeds of `found`: outage, degraded, at risk, or not out.

    Parameters
    ----------
    estate
        The graph that `found` was computed on; names and revision are taken from it.
    ci
        Index of the CI whose state is proved.
    exact
        Of degraded and at risk: prove also that nothing worse is true. Without, only "at least" is claimed.

    Returns
    -------
    Certificate
        Its store, graph hash and moment are for the door to add. Which of several proofs it is rests on rounds and
        ids, never on the numbers that CIs happen to have.
    """
    proof, state = _Proof(estate, found), found.state(ci)
    steps = proof.steps_to(ci) if state else []
    standing = None
    if state == State.UNAFFECTED or (exact and state != State.OUTAGE):
        beside = proof.providers(ci) if state == State.AT_RISK else []
        standing = tuple(estate.ids[each] for each in proof.standing([ci, *beside]))
    claim = Claim(estate.ids[ci], WORDS[state], exact and state not in (State.OUTAGE, State.UNAFFECTED))
    return Certificate(_header(estate, found, claim, standing), tuple(steps))


def alternatives(estate: Estate, found: Impact, ci: int) -> tuple[Certificate, ...]:
    """Certificates of the outage of a CI by each group of it that is genuinely broken, by group id; none if it is up.

    Genuinely: also where the CI itself is held up. A group that broke only because the CI did is no cause.
    """
    if found.state(ci) != State.OUTAGE:
        return ()
    topology = _held_up(found.topology, ci)
    held = impact(topology, {seed: effect for seed, effect in found.seeds.items() if seed != ci})
    beside, own = _Proof(replace(estate, topology=topology), held), _Proof(estate, found)
    groups = sorted(beside.groups(ci, found.topology), key=lambda group: group.group)
    certificates = []
    for group in (group for group in groups if len(group.lost) >= group.deciding):
        proof = _Proof(beside.estate, held)
        steps = (*proof.steps_to_all(member.ci for member in group.lost[: group.deciding]), own.broken_by(ci, group))
        certificates.append(Certificate(_header(estate, held, Claim(estate.ids[ci], "outage", exact=False)), steps))
    return tuple(certificates)


def _held_up(topology: Topology, ci: int) -> Topology:
    # needing nothing; who never had a source is as before, though the CI would be one to them now
    held = with_rows(topology, Rows([ci], [], []))
    if not held.has_feeds:
        return held
    csr = replace(held.csr, unfounded=topology.csr.unfounded)
    return Topology(csr, tails=held.tails, is_ordered=held.is_ordered, is_settled=False)


def _header(estate: Estate, found: Impact, claim: Claim, standing: tuple[str, ...] | None = None) -> Header:
    seeds = sorted((estate.ids[seed], effect.name.lower()) for seed, effect in found.seeds.items())
    return Header(estate.revision, tuple(Seeded(*seed) for seed in seeds), claim, standing)


@dataclass
class _Proof:
    estate: Estate
    found: Impact
    broken: dict[int, tuple[int, Step]] = field(default_factory=dict)
    """Of each CI explained by itself: its round and its step."""
    fallen: dict[int, dict[int, Broken]] = field(default_factory=dict)
    """By round, the CIs that lost their source together, each with its group."""

    def steps_to(self, ci: int) -> list[Step]:
        """All steps, in an order in which every CI cited has an earlier one."""
        chain: list[Step] = []
        while (state := self.found.state(ci)) != State.OUTAGE:
            if self.found.seeds.get(ci) == Effect.DEGRADED and state == State.DEGRADED:
                return [*self._ordered(), Seeded(self.estate.ids[ci], "degraded"), *reversed(chain)]
            step, below = self._degraded(ci) if state == State.DEGRADED else self._at_risk(ci)
            chain.append(step)
            ci = below
        return [*self.steps_to_all([ci]), *reversed(chain)]

    def steps_to_all(self, cis: Iterable[int]) -> list[Step]:
        """As `steps_to`, of several CIs that are out."""
        for ci in cis:
            self._explain(ci)
        return self._ordered()

    def broken_by(self, ci: int, group: _Group) -> Broken:
        """The step by which a group that lost too many breaks a CI."""
        rule = "provider_out" if group.members == 1 else "group_broken"
        return self._lost(ci, rule, group, group.lost[: group.deciding])

    def providers(self, ci: int) -> list[int]:
        """Everything a CI rests on directly."""
        return sorted({provider for provider, _, _ in self._edges(ci)})

    # --- outages -----------------------------------------------------------------------------------------------------

    def _ordered(self) -> list[Step]:
        rows: list[tuple[int, int, str, Step]] = [
            (round_, 0, self.estate.ids[ci], step) for ci, (round_, step) in self.broken.items()
        ]
        for round_, together in self.fallen.items():
            each = tuple(sorted(together.values(), key=lambda fallen: fallen.ci_id))
            rows.append((round_, 1, "", Sourceless(each)))
        return [step for _, _, _, step in sorted(rows, key=lambda row: row[:3])]

    def _explain(self, ci: int) -> None:
        queue = [ci]
        while queue:
            at = queue.pop()
            stopped = self.found.hops(at)
            if at in self.broken or at in self.fallen.get(stopped, ()):
                continue
            effect = self.found.seeds.get(at)
            if effect is not None and effect != Effect.DEGRADED:
                self.broken[at] = 0, Seeded(self.estate.ids[at], effect.name.lower())
                continue
            group = self._broken_group(at)
            if group is None:
                queue += self._fall(at, stopped)
            else:
                self.broken[at] = stopped, self.broken_by(at, group)
                queue += [member.ci for member in group.lost[: group.deciding]]

    def _broken_group(self, ci: int) -> _Group | None:
        # broken in the round before: then rounds fall from step to step, and no step cites a later one
        stopped = self.found.hops(ci)
        groups = [group for group in self.groups(ci) if len(group.lost) >= group.deciding]
        decided = [(group.lost[group.deciding - 1].round, group.group, group) for group in groups]
        before = [each for each in decided if each[0] < stopped]
        return min(before, key=lambda each: each[:2])[2] if before else None

    def _lost(self, ci: int, rule: str, group: _Group, lost: Iterable[_Member]) -> Broken:
        cited = tuple(self._cited(ci, member.edge, member.ci_id) for member in lost)
        return Broken(self.estate.ids[ci], rule, group.group, group.members, group.needed, cited)

    def _fall(self, start: int, stopped: int) -> list[int]:
        """Explain a CI that lost its source in a round, with those that fell with it; gives the members to explain."""
        region = self._region(start, stopped)
        together = self.fallen.setdefault(stopped, {})
        queue, below = [start], list[int]()
        while queue:
            at = queue.pop()
            if at in together:
                continue
            choices = [(self._of_it(group, region, stopped), group) for group in region[at]]
            fitting = [(lost[group.deciding - 1].round, group.group, lost, group) for lost, group in choices
                       if len(lost) >= group.deciding]  # fmt: skip
            _, _, lost, group = min(fitting, key=lambda each: each[:2])
            together[at] = self._lost(at, FALLEN, group, lost[: group.deciding])
            for member in lost[: group.deciding]:
                (queue if member.ci in region else below).append(member.ci)
        return below

    def _of_it(self, group: _Group, region: dict[int, list[_Group]], stopped: int) -> list[_Member]:
        # lost before, or broken in this round by a group of its own, or falling with the others
        return [
            member
            for member in group.lost
            if member.round < stopped or member.ci in region
            or (member.round == stopped and self._broken_group(member.ci) is not None)
        ]  # fmt: skip

    def _region(self, start: int, stopped: int) -> dict[int, list[_Group]]:
        """CIs that fell in one round for want of a source, as far as the start needs them; their feeding groups."""
        unfounded, place = self.found.topology.csr.unfounded, self.found.topology.csr.place
        region: dict[int, list[_Group]] = {}
        resting: dict[int, set[int]] = {}
        queue = deque([start])
        while queue:
            at = queue.popleft()
            if at in region:
                continue
            region[at] = [group for group in self.groups(at) if group.feeds]
            for member in (member for group in region[at] for member in group.lost):
                falls = member.round == stopped and not unfounded[place[member.ci]]
                if falls and self._broken_group(member.ci) is None:
                    resting.setdefault(member.ci, set()).add(at)
                    queue.append(member.ci)
        # those that do have a source in that round do not belong: taken out until nobody is left of them
        doubtful = deque(region)
        while doubtful:
            at = doubtful.popleft()
            if at in region and not any(
                len(self._of_it(group, region, stopped)) >= group.deciding for group in region[at]
            ):
                del region[at]
                doubtful.extend(resting.get(at, ()))
        return region

    # --- degraded and at risk ----------------------------------------------------------------------------------------

    def _degraded(self, ci: int) -> tuple[Step, int]:
        before = self.found.hops(ci) - 1
        held = [group for group in self.groups(ci) if group.lost and group.lost[0].round == before]
        if held:
            group = min(held, key=lambda g: (g.lost[0].ci_id, g.group))
            first, margin = group.lost[0], group.members - len(group.lost) - group.needed
            cited = (self._cited(ci, first.edge, first.ci_id),)
            step = Weakened(self.estate.ids[ci], group.group, group.members, group.needed, margin, cited)
            return step, first.ci
        soft = [
            (self.estate.ids[provider], provider, edge)
            for provider, edge, code in self._edges(ci)
            if code == SOFT and self.found.state(provider) == State.OUTAGE and self.found.hops(provider) == before
        ]
        _, provider, edge = min(soft)
        return self._leaning(ci, "soft_provider_out", edge, provider), provider

    def _at_risk(self, ci: int) -> tuple[Step, int]:
        hit = [
            (-state, self.found.hops(provider), self.estate.ids[provider], self.estate.relationship_id(ci, edge),
             provider, edge)
            for provider, edge, _ in self._edges(ci)
            if (state := self.found.state(provider))
        ]  # fmt: skip
        worst, _, _, _, provider, edge = min(hit)
        rule = "provider_degraded" if -worst == State.DEGRADED else "provider_at_risk"
        return self._leaning(ci, rule, edge, provider), provider

    def _leaning(self, ci: int, rule: str, edge: int, provider: int) -> Leaning:
        return Leaning(self.estate.ids[ci], rule, self._cited(ci, edge, self.estate.ids[provider]))

    def _cited(self, ci: int, edge: int, provider: str) -> Cited:
        return Cited(self.estate.relationship_id(ci, edge), provider)

    # --- what is not out ---------------------------------------------------------------------------------------------

    def standing(self, start: list[int]) -> list[int]:
        """CIs that hold each other and these ones, each after those that feed it."""
        ids = self.estate.ids
        rank = self._fed_in_order(start) if self.found.topology.has_feeds else {}
        unfounded = self._unfounded
        listed: set[int] = set()
        queue = list(start)
        while queue:
            ci = queue.pop()
            if ci in listed:
                continue
            listed.add(ci)
            for group in self.groups(ci):
                left = [(rank.get(member, 0), ci_id, member) for ci_id, member in group.left]
                if group.feeds and not unfounded(ci):
                    left = [each for each in left if each[0] < rank[ci] or unfounded(each[2])]
                queue += [member for _, _, member in sorted(left)[: group.needed]]
        return sorted(listed, key=lambda ci: (rank.get(ci, 0), ids[ci]))

    def _unfounded(self, ci: int) -> bool:
        csr = self.found.topology.csr
        return self.found.topology.has_feeds and bool(csr.unfounded[csr.place[ci]])

    def _fed_in_order(self, start: list[int]) -> dict[int, int]:
        """Everything that is not out and holds these, numbered so that what feeds a CI comes before it."""
        groups: dict[int, list[_Group]] = {}
        queue = list(start)
        while queue:
            ci = queue.pop()
            if ci not in groups:
                groups[ci] = list(self.groups(ci))
                queue += [member for group in groups[ci] for _, member in group.left]
        ids, missing, waiting = self.estate.ids, dict[int, int](), dict[int, list[tuple[int, int]]]()
        lacking: dict[tuple[int, int], int] = {}
        for ci, mine in groups.items():
            feeding = [group for group in mine if group.feeds] if not self._unfounded(ci) else []
            missing[ci] = 0
            for number, group in enumerate(feeding):
                lacks = group.needed - sum(self._unfounded(member) for _, member in group.left)
                lacking[ci, number] = lacks
                missing[ci] += lacks > 0
                for _, member in group.left:
                    if not self._unfounded(member):
                        waiting.setdefault(member, []).append((ci, number))
        ready = [(ids[ci], ci) for ci in groups if not missing[ci]]
        heapify(ready)
        rank: dict[int, int] = {}
        while ready:
            _, ci = heappop(ready)
            rank[ci] = len(rank) + 1
            for dependent, number in waiting.get(ci, ()):
                lacking[dependent, number] -= 1
                if lacking[dependent, number] == 0:
                    missing[dependent] -= 1
                    if not missing[dependent]:
                        heappush(ready, (ids[dependent], dependent))
        return rank

    # --- the graph ---------------------------------------------------------------------------------------------------

    def _edges(self, ci: int, topology: Topology | None = None) -> Iterator[tuple[int, int, int]]:
        csr = (topology or self.found.topology).csr
        place = csr.place[ci]
        beg, end = int(csr.beg[place]), int(csr.end[place])
        return zip(csr.index[csr.to[beg:end]].tolist(), range(beg, end), csr.code[beg:end].tolist(), strict=True)

    def groups(self, ci: int, rows: Topology | None = None) -> Iterator[_Group]:
        """The groups of a CI, which it has in `rows` where that is another topology than the one asked about."""
        csr, ids = (rows or self.found.topology).csr, self.estate.ids
        names = self.estate if rows is None else replace(self.estate, topology=rows)
        grouped: dict[int, _Group] = {}
        for provider, edge, code in self._edges(ci, rows):
            if code == SOFT:
                continue
            if code >= 0 and code in grouped:
                group = grouped[code]
            elif code >= 0:
                size, needed, feeds = int(csr.size[code]), int(csr.needed[code]), bool(csr.feeds[code])
                group = grouped[code] = _Group(names.group_id(edge), size, needed, feeds, [], [])
            else:
                group = grouped[-1 - edge] = _Group(names.group_id(edge), 1, 1, code == FEED, [], [])
            if self.found.state(provider) == State.OUTAGE:
                group.lost.append(_Member(self.found.hops(provider), ids[provider], provider, edge))
            else:
                group.left.append((ids[provider], provider))
        for group in grouped.values():
            group.lost.sort()
            yield group
