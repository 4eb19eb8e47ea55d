"""Whether a certificate proves its claim: an independent checker, of linear cost, that names the first bad step.

It shares no code with what finds impacts (`queries.impact`): it reads the members and the quorum of each group that it
is told of from the graph, and takes nothing for out, degraded or at risk that an earlier step has not shown to be. Why
that is enough: SEMANTICS 2; `docs/answers/certificate.md` has the argument.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.errors import Message, ParamValue
from graph.estate import Estate
from graph.kernels.build import FEED, SOFT
from graph.values import shown
from queries.kernels.grounds import NONE, UNKNOWN, UNMET, judge_grounds
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
    edge: int  # the first of it
    members: dict[int, int]  # by which relationship: a position in `csr.to`
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

    @cached_property
    def grounds(self) -> tuple[NDArray[np.uint8], NDArray[np.int32], NDArray[np.int32]]:
        """Of each place whether it has a source without seeds, as far as that was asked; room to find that out."""
        n, groups = self.estate.topology.n, len(self.estate.topology.csr.size)
        return np.zeros(n, np.uint8), np.empty(n, np.int32), np.full(groups, UNMET, np.int32)

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

    def _edges(self, ci: int) -> Iterator[tuple[int, int, int]]:
        # (provider, position in `csr.to`, code)
        csr = self.estate.topology.csr
        place = csr.place[ci]
        beg, end = int(csr.beg[place]), int(csr.end[place])
        return zip(csr.index[csr.to[beg:end]].tolist(), range(beg, end), csr.code[beg:end].tolist(), strict=True)

    def _groups(self, ci: int) -> list[_Group]:
        # a group may be called what a plain relationship is: they are told apart by their codes, not by their names
        csr, found = self.estate.topology.csr, dict[int, _Group]()
        for provider, edge, code in self._edges(ci):
            if code == SOFT:
                continue
            number = code if code >= 0 else -1 - edge
            if number not in found:
                needed, feeds = (int(csr.needed[code]), bool(csr.feeds[code])) if code >= 0 else (1, code == FEED)
                found[number] = _Group(edge, {}, needed, feeds)
            found[number].members[provider] = edge
        return list(found.values())

    # --- the rules ---------------------------------------------------------------------------------------------------

    def _group(self, ci: int, step: Broken | Weakened) -> _Group:
        named = [group for group in self._groups(ci) if self.estate.group_id(group.edge) == step.group]
        if not named:
            raise _WrongError("certificate.no_such_group", ci_id=shown(step.ci_id), group=shown(step.group))
        fitting = [group for group in named if (len(group.members), group.needed) == (step.members, step.needed)]
        if not fitting:
            raise _WrongError(
                "certificate.other_quorum", ci_id=shown(step.ci_id), group=shown(step.group),
                members=len(named[0].members), needed=named[0].needed,
            )  # fmt: skip
        cited = {each.relationship for each in step.lost} if len(fitting) > 1 else set()
        return next((group for group in fitting if cited <= self._relationships(ci, group)), fitting[0])

    def _relationships(self, ci: int, group: _Group) -> set[str]:
        return {self.estate.relationship_id(ci, edge) for edge in group.members.values()}

    def _member(self, ci: int, group: _Group, step: Broken | Weakened, cited: Cited) -> int:
        member = self._ci(cited.ci_id)
        edge = group.members.get(member)
        if edge is None or self.estate.relationship_id(ci, edge) != cited.relationship:
            raise _WrongError("certificate.no_member", ci_id=shown(step.ci_id), member=shown(cited.ci_id))
        return member

    def _broken(self, ci: int, step: Broken, together: set[int], *, feeding: bool) -> None:
        group = self._group(ci, step)
        if feeding and not group.feeds:
            raise _WrongError("certificate.does_not_feed", ci_id=shown(step.ci_id), group=shown(step.group))
        if not feeding and (step.rule == "provider_out") != (len(group.members) == 1):
            raise _WrongError("certificate.other_rule", ci_id=shown(step.ci_id), rule=step.rule)
        lost = [self._member(ci, group, step, cited) for cited in step.lost]
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
        member = self._member(ci, group, step, step.lost[0])
        if self.shown_at_least[member] < OUTAGE:
            raise _WrongError("certificate.not_earlier", ci_id=shown(step.ci_id), provider=shown(step.lost[0].ci_id))
        if not 0 <= step.margin < len(group.members) - group.needed:
            raise _WrongError("certificate.margin", ci_id=shown(step.ci_id), margin=step.margin)
        self.shown_at_least[ci] = DEGRADED

    def _leaning(self, ci: int, step: Leaning) -> None:
        provider = self._ci(step.provider.ci_id)
        soft = step.rule == "soft_provider_out"
        fits = (
            other == provider
            and (code == SOFT or not soft)
            and self.estate.relationship_id(ci, edge) == step.provider.relationship
            for other, edge, code in self._edges(ci)
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
            if self.seeds.get(ci, "degraded") != "degraded":
                raise _WrongError("certificate.seed_stands", ci_id=shown(self.estate.ids[ci]))
            for group in self._groups(ci):
                if sum(member in standing for member in group.members) < group.needed:
                    raise self._falls("certificate.not_held", ci, group)
                if group.feeds and not self._has_no_source_anyway(ci):
                    held = sum(m in earlier or (m in standing and self._has_no_source_anyway(m)) for m in group.members)
                    if held < group.needed:
                        raise self._falls("certificate.not_fed", ci, group)
            earlier.add(ci)
        return standing

    def _no_worse_than_at_risk(self, ci: int, standing: set[int]) -> None:
        if self.seeds.get(ci) is not None:
            raise _WrongError("certificate.seed_stands", ci_id=shown(self.estate.ids[ci]))
        for provider, _, _ in self._edges(ci):
            if provider not in standing:
                raise _WrongError("certificate.not_standing", ci_id=shown(self.estate.ids[provider]))

    def _falls(self, key: str, ci: int, group: _Group) -> _WrongError:
        return _WrongError(key, ci_id=shown(self.estate.ids[ci]), group=shown(self.estate.group_id(group.edge)))

    def _has_no_source_anyway(self, ci: int) -> bool:
        """Whether a CI is in F: without any seed it has no source. Looks at what feeds it, each CI once."""
        csr = self.estate.topology.csr
        known, row, lacks = self.grounds
        place = int(csr.place[ci])
        if known[place] == UNKNOWN:
            judge_grounds(place, known, row, lacks, csr.beg, csr.end, csr.to, csr.code, csr.needed, csr.feeds)
        return bool(known[place] == NONE)
