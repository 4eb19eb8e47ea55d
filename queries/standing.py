"""How a coming change stands, as far as those who wait for it are told of it, and what of that is news."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from graph.risk.model import SEVERITIES
from queries.evidence import plain
from queries.impact import State
from queries.review import EMERGENT, Review

MOST = 20  # reasons that are kept, the worst first: who is told wants a sentence, the page has the rest
VERDICT, SERVICES, CONFLICTS = "verdict", "services", "conflicts"


@dataclass(frozen=True, slots=True)
class Stand:
    """What is said of a change. `out`: services that it puts out, alone or in company. `blocked`: conflicts that block.

    `reasons`: those as severe as the verdict, as JSON; `truncated`: how many more there are.
    """

    verdict: str
    out: tuple[str, ...]
    blocked: tuple[str, ...]
    reasons: tuple[Mapping[str, Any], ...] = ()
    truncated: int = 0

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "verdict": self.verdict, "out": list(self.out), "blocked": list(self.blocked),
            "reasons": [dict(each) for each in self.reasons], "truncated": self.truncated,
        }  # fmt: skip

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """From its JSON."""
        return cls(
            found["verdict"], tuple(found["out"]), tuple(found["blocked"]), tuple(found["reasons"]), found["truncated"]
        )

    def otherwise(self, reasons: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
        """Its reasons that are not among these."""
        return tuple(each for each in self.reasons if _named(each) not in [_named(other) for other in reasons])


def stand_of(review: Review) -> Stand:
    """How the change of a review stands, in the worse of alone and in company."""
    worst = review.assessment
    weighty = [each for each in worst.reasons if each.severity == worst.verdict]
    out = {review.estate.ids[each.ci] for each in review.services if each.state == State.OUTAGE and not each.agreed}
    blocked = {each.id for each in review.around.meetings if each.severity == SEVERITIES[-1]}
    out |= {service for each in review.around.meetings if each.kind == EMERGENT for service in each.services}
    told = tuple(plain(each.plain()) for each in weighty[:MOST])
    return Stand(worst.verdict, tuple(sorted(out)), tuple(sorted(blocked)), told, len(weighty) - len(told))


@dataclass(frozen=True, slots=True)
class Known:
    """What those who wait for a change have been told under its present verdict."""

    verdict: str
    out: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()

    def after(self, now: Stand) -> "Known":
        """With what they are told now: under another verdict all begins anew."""
        before = self if self.verdict == now.verdict else Known(now.verdict)
        return Known(now.verdict, before.out | set(now.out), before.blocked | set(now.blocked))

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"verdict": self.verdict, "out": sorted(self.out), "blocked": sorted(self.blocked)}

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self:
        """From its JSON."""
        return cls(found["verdict"], frozenset(found["out"]), frozenset(found["blocked"]))


def worth_telling(known: Known, now: Stand) -> tuple[str, ...]:
    """What of a stand those who wait for the change must hear: another verdict, or the same for more than ever before.

    That fewer services go out under the same verdict calls nobody, nor that they do again.
    """
    found = [VERDICT] if known.verdict != now.verdict else []
    found += [SERVICES] if set(now.out) - known.out else []
    found += [CONFLICTS] if set(now.blocked) - known.blocked else []
    return tuple(found)


def _named(reason: Mapping[str, Any]) -> tuple[str, Any]:
    return reason["key"], reason["params"]
