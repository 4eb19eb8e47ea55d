"""Whether a certificate proves its claim: an independent checker, of linear cost, that names the first bad step.

It shares no code with what finds impacts (`queries.impact`): it reads the members and the quorum of each group that it
is told of from the graph, and takes nothing for out, degraded or at risk that an earlier step has not shown to be. Why
that is enough: SEMANTICS 2; `docs/answers/certificate.md` has the argument.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from graph.errors import Message, ParamValue
from graph.estate import Estate
from graph.kernels.build import FEED, SOFT
from graph.values import shown
from queries.steps import Broken, Cited, Header, Leaning, MalformedError, Seeded, Sourceless, Step, Weakened

OUTAGE, DEGRADED, AT_RISK = 3, 2, 1
_LEVELS = {"outage": OUTAGE, "degraded": DEGRADED, "at_risk": AT_RISK}


@dataclass(frozen=True)
class BadStep:
    """What is wrong first. `index`: of the step, -1 where it is the header or what the steps come to."""

    index: int
    message: Message


@dataclass(frozen=True)
class Checked:
    """The outcome."""

    header: Header
    steps_checked: int
    bad_step: BadStep | None

    @property
    def accepted(self) -> bool:
        """Whether the claim is proved."""
        return self.bad_step is None

    def plain(self) -> dict[str, Any]:
        """As JSON (ANSWERS: a certificate)."""
        bad = self.bad_step
        return {
            "accepted": self.accepted,
            "kind": "certificate",
            "revision": self.header.revision,
            "claim": self.header.claim.plain(),
            "steps_checked": self.steps_checked,
            "bad_step": bad and {"index": bad.index, "key": bad.message.key, "params": dict(bad.message.params)},
        }


class _WrongError(Exception):
    def __init__(self, key: str, **params: ParamValue) -> None:
        super().__init__(key)
        self.message = Message(key, params)


@dataclass(frozen=True, slots=True)
class _Group:
    name: str
    members: dict[int, str]
    needed: int
    feeds: bool


def check(header: Header, steps: Iterable[Step], estate: Estate) -> Checked:
    """Check a certificate against the graph at its revision.

    Parameters
    ----------
    header
        Its seeds and its claim; revision and graph hash are for the caller to compare.
    steps
        In order; may be a stream: a byte a CI is kept of it, and where feeding matters what feeds the CIs cited. What
        cannot be read as a step raises MalformedError in it.
    estate
        The graph at the certificate's revision.

    Returns
    -------
    Checked
        Accepted, or the first bad step with the reason.
    """
    checker, done, at = _Checker(header, estate), 0, -1
    try:
        checker.begin()
        for step in steps:
            at = done
            checker.take(step)
            done += 1
        at = -1
        checker.end()
    except _WrongError as wrong:
        return Checked(header, done, BadStep(at, wrong.message))
    except MalformedError as malformed:
        return Checked(header, done, BadStep(done, malformed.message))
    return Checked(header, done, None)


@dataclass
class _Checker:
    header: Header
    estate: Estate
    shown_at_least: bytearray = field(init=False)
    seeds: dict[int, str] = field(default_factory=dict)
    unfounded: dict[int, bool] = field(default_factory=dict)

    def begin(self) -> None:
        self.shown_at_least = bytearray(self.estate.topology.n)
        if self.header.edits:
            raise _WrongError("certificate.edits")
        if not self.header.seeds and self.header.claim.state != "not_out":
            raise _WrongError("certificate.no_seeds")
        for seed in self.header.seeds:
            ci = self._ci(seed.ci_id)
            if ci in self.seeds:
                raise _WrongError("certificate.twice", ci_id=shown(seed.ci_id))
            self.seeds[ci] = seed.effect
        self._ci(self.header.claim.ci_id)

    def take(self, step: Step) -> None:
        if self.header.claim.state == "not_out":
            raise _WrongError("certificate.steps_of_nothing")
        if isinstance(step, Seeded):
            ci = self._fresh(step.ci_id)
            if self.seeds.get(ci) != step.effect:
                raise _WrongError("certificate.no_such_seed", ci_id=shown(step.ci_id), effect=step.effect)
            self.shown_at_least[ci] = DEGRADED if step.effect == "degraded" else OUTAGE
        elif isinstance(step, Broken):
            ci = self._fresh(step.ci_id)
            self._broken(ci, step, set(), feeding=False)
            self.shown_at_least[ci] = OUTAGE
        elif isinstance(step, Sourceless):
            self._sourceless(step)
        elif isinstance(step, Weakened):
            self._weakened(self._fresh(step.ci_id), step)
        else:
            self._leaning(self._fresh(step.ci_id), step)

    def end(self) -> None:
        claim = self.header.claim
        ci = self._ci(claim.ci_id)
        standing = self._standing() if self.header.standing is not None else None
        if claim.state != "not_out" and self.shown_at_least[ci] < _LEVELS[claim.state]:
            raise _WrongError("certificate.not_shown", ci_id=shown(claim.ci_id), state=claim.state)
        if claim.state == "not_out" or (claim.exact and claim.state != "outage"):
            if standing is None or ci not in standing:
                raise _WrongError("certificate.not_standing", ci_id=shown(claim.ci_id))
            if claim.exact and claim.state == "at_risk":
                self._no_worse_than_at_risk(ci, standing)

    # --- CIs and groups as the graph has them ------------------------------------------------------------------------

    def _ci(self, ci_id: str) -> int:
        found = self.estate.find(ci_id)
        if found is None:
            raise _WrongError("certificate.unknown_ci", ci_id=shown(ci_id))
        return found

    def _fresh(self, ci_id: str) -> int:
        ci = self._ci(ci_id)
        if self.shown_at_least[ci]:
            raise _WrongError("certificate.twice", ci_id=shown(ci_id))
        return ci

    def _edges(self, ci: int) -> Iterator[tuple[int, int]]:
        # (position in `csr.to`, code)
        csr = self.estate.topology.csr
        place = csr.place[ci]
        beg, end = int(csr.beg[place]), int(csr.end[place])
        return zip(range(beg, end), csr.code[beg:end].tolist(), strict=True)

    def _provider(self, edge: int) -> int:
        csr = self.estate.topology.csr
        return int(csr.index[csr.to[edge]])

    def _groups(self, ci: int) -> list[_Group]:
        # a group may be called what a plain relationship is: they are told apart by their codes, not by their names
        csr, found = self.estate.topology.csr, dict[int, _Group]()
        for edge, code in self._edges(ci):
            if code == SOFT:
                continue
            number = code if code >= 0 else -1 - edge
            if number not in found:
                needed, feeds = (int(csr.needed[code]), bool(csr.feeds[code])) if code >= 0 else (1, code == FEED)
                found[number] = _Group(self.estate.group_id(edge), {}, needed, feeds)
            found[number].members[self._provider(edge)] = self.estate.relationship_id(ci, edge)
        return list(found.values())

    def _feeding(self, ci: int) -> list[tuple[int, tuple[int, ...]]]:
        # of each feeding group: how many it needs, and its members; without names, for there may be many
        csr, found = self.estate.topology.csr, dict[int, set[int]]()
        for edge, code in self._edges(ci):
            if code == FEED or (code >= 0 and csr.feeds[code]):
                found.setdefault(code if code >= 0 else -1 - edge, set()).add(self._provider(edge))
        return [(int(csr.needed[code]) if code >= 0 else 1, tuple(members)) for code, members in found.items()]

    # --- the rules ---------------------------------------------------------------------------------------------------

    def _group(self, ci: int, step: Broken | Weakened) -> _Group:
        named = [group for group in self._groups(ci) if group.name == step.group]
        if not named:
            raise _WrongError("certificate.no_such_group", ci_id=shown(step.ci_id), group=shown(step.group))
        fitting = [group for group in named if (len(group.members), group.needed) == (step.members, step.needed)]
        if not fitting:
            raise _WrongError(
                "certificate.other_quorum", ci_id=shown(step.ci_id), group=shown(step.group),
                members=len(named[0].members), needed=named[0].needed,
            )  # fmt: skip
        cited = {each.relationship for each in step.lost}
        return next((group for group in fitting if cited <= set(group.members.values())), fitting[0])

    def _member(self, group: _Group, step: Broken | Weakened, cited: Cited) -> int:
        member = self._ci(cited.ci_id)
        if group.members.get(member) != cited.relationship:
            raise _WrongError("certificate.no_member", ci_id=shown(step.ci_id), member=shown(cited.ci_id))
        return member

    def _broken(self, ci: int, step: Broken, together: set[int], *, feeding: bool) -> None:
        group = self._group(ci, step)
        if feeding and not group.feeds:
            raise _WrongError("certificate.does_not_feed", ci_id=shown(step.ci_id), group=shown(step.group))
        if not feeding and (step.rule == "provider_out") != (len(group.members) == 1):
            raise _WrongError("certificate.other_rule", ci_id=shown(step.ci_id), rule=step.rule)
        lost = [self._member(group, step, cited) for cited in step.lost]
        enough = len(group.members) - group.needed + 1
        if len(set(lost)) != len(lost) or len(lost) != enough:
            raise _WrongError("certificate.lost_count", ci_id=shown(step.ci_id), found=len(step.lost), expected=enough)
        for cited, member in zip(step.lost, lost, strict=True):
            if self.shown_at_least[member] < OUTAGE and member not in together:
                raise _WrongError("certificate.not_earlier", ci_id=shown(step.ci_id), provider=shown(cited.ci_id))

    def _sourceless(self, step: Sourceless) -> None:
        fallen = [self._fresh(each.ci_id) for each in step.fallen]
        together = set(fallen)
        if not fallen or len(together) != len(fallen):
            raise _WrongError("certificate.empty_or_twice")
        for ci, each in zip(fallen, step.fallen, strict=True):
            self._broken(ci, each, together, feeding=True)
            if self._has_no_source_anyway(ci):
                raise _WrongError("certificate.never_founded", ci_id=shown(each.ci_id))
        for ci in fallen:
            self.shown_at_least[ci] = OUTAGE

    def _weakened(self, ci: int, step: Weakened) -> None:
        group = self._group(ci, step)
        if len(step.lost) != 1:
            raise _WrongError("certificate.lost_count", ci_id=shown(step.ci_id), found=len(step.lost), expected=1)
        member = self._member(group, step, step.lost[0])
        if self.shown_at_least[member] < OUTAGE:
            raise _WrongError("certificate.not_earlier", ci_id=shown(step.ci_id), provider=shown(step.lost[0].ci_id))
        if not 0 <= step.margin < len(group.members) - group.needed:
            raise _WrongError("certificate.margin", ci_id=shown(step.ci_id), margin=step.margin)
        self.shown_at_least[ci] = DEGRADED

    def _leaning(self, ci: int, step: Leaning) -> None:
        provider = self._ci(step.provider.ci_id)
        soft = step.rule == "soft_provider_out"
        fits = (
            self._provider(edge) == provider
            and (code == SOFT or not soft)
            and self.estate.relationship_id(ci, edge) == step.provider.relationship
            for edge, code in self._edges(ci)
        )
        if not any(fits):
            raise _WrongError("certificate.no_member", ci_id=shown(step.ci_id), member=shown(step.provider.ci_id))
        needed = {"soft_provider_out": OUTAGE, "provider_degraded": DEGRADED, "provider_at_risk": AT_RISK}[step.rule]
        if self.shown_at_least[provider] < needed:
            raise _WrongError("certificate.not_earlier", ci_id=shown(step.ci_id), provider=shown(step.provider.ci_id))
        self.shown_at_least[ci] = DEGRADED if soft else AT_RISK

    # --- what is not out ---------------------------------------------------------------------------------------------

    def _standing(self) -> set[int]:
        # in an order in which every CI is held by earlier ones, where it must have a source
        listed = [self._ci(ci_id) for ci_id in self.header.standing or ()]
        standing = set(listed)
        if len(standing) != len(listed):
            raise _WrongError("certificate.empty_or_twice")
        earlier: set[int] = set()
        for ci in listed:
            ci_id = shown(self.estate.ids[ci])
            if self.seeds.get(ci, "degraded") != "degraded":
                raise _WrongError("certificate.seed_stands", ci_id=ci_id)
            for group in self._groups(ci):
                if len(group.members.keys() & standing) < group.needed:
                    raise _WrongError("certificate.not_held", ci_id=ci_id, group=shown(group.name))
                if group.feeds and not self._has_no_source_anyway(ci):
                    held = sum(m in earlier or (m in standing and self._has_no_source_anyway(m)) for m in group.members)
                    if held < group.needed:
                        raise _WrongError("certificate.not_fed", ci_id=ci_id, group=shown(group.name))
            earlier.add(ci)
        return standing

    def _no_worse_than_at_risk(self, ci: int, standing: set[int]) -> None:
        if self.seeds.get(ci) is not None:
            raise _WrongError("certificate.seed_stands", ci_id=shown(self.estate.ids[ci]))
        for edge, _ in self._edges(ci):
            if self._provider(edge) not in standing:
                raise _WrongError("certificate.not_standing", ci_id=shown(self.estate.ids[self._provider(edge)]))

    def _has_no_source_anyway(self, ci: int) -> bool:
        """Whether a CI is in F: without any seed it has no source. Looks at what feeds it, each CI once."""
        if ci not in self.unfounded:
            self._found(ci)
        return self.unfounded[ci]

    def _found(self, start: int) -> None:
        # everything that feeds it, as far as not known yet
        feeding: dict[int, list[tuple[int, tuple[int, ...]]]] = {}
        queue = deque([start])
        while queue:
            ci = queue.popleft()
            if ci not in feeding and ci not in self.unfounded:
                feeding[ci] = self._feeding(ci)
                queue.extend(member for _, members in feeding[ci] for member in members)
        # upwards from those that need nothing: a group counts its members that have a source
        waiting: dict[int, list[tuple[int, int]]] = {}
        missing: dict[int, int] = {}
        counts: dict[tuple[int, int], int] = {}
        ready: deque[int] = deque()
        for ci, groups in feeding.items():
            missing[ci] = 0
            for number, (needed, members) in enumerate(groups):
                have = sum(self.unfounded.get(member) is False for member in members)
                counts[ci, number] = have
                missing[ci] += have < needed
                for member in members:
                    if member in feeding:
                        waiting.setdefault(member, []).append((ci, number))
            if not missing[ci]:
                ready.append(ci)
        while ready:
            ci = ready.popleft()
            self.unfounded[ci] = False
            for dependent, number in waiting.get(ci, ()):
                counts[dependent, number] += 1
                if counts[dependent, number] == feeding[dependent][number][0]:
                    missing[dependent] -= 1
                    if not missing[dependent]:
                        ready.append(dependent)
        for ci in feeding:
            self.unfounded.setdefault(ci, True)
