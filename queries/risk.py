"""The risk of a change as a sum of explained factors, and the verdict that its reasons make (SEMANTICS 3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from graph.errors import ParamValue
from graph.risk.model import BANDS, FACTORS, LEVELS, SEVERITIES, RiskModel, Severity

HIGHEST = 100.0  # a score counts up to this


@dataclass(frozen=True, slots=True)
class ServiceRisk:
    """A service that a change affects. `level`: one of LEVELS. `allowed`: shortest downtime in seconds, if promised."""

    ci_id: str
    level: str
    criticality: str | None
    allowed: int | None


@dataclass(frozen=True, slots=True)
class Past:
    """How changes like this one ended: of one CI, class or team, `failed` of `ended`; `*` is of all changes."""

    subject: str
    failed: int
    ended: int

    @property
    def kind(self) -> str:
        """`ci`, `class`, `team` or `all`."""
        return self.subject.partition(":")[0] if self.name is not None else "all"

    @property
    def name(self) -> str | None:
        """Which one; `None` of all changes."""
        return self.subject.partition(":")[2] if ":" in self.subject else None


@dataclass(frozen=True, slots=True)
class Circumstance:
    """What is known of a change beside the services: what the factors are worked out from.

    `duration`: planned seconds, `None` where it has no end. `blackouts`, `maintenance`, `low_confidence`: ids of what
    is hit, missed or not known well. `in_conflict`: services, with their criticality, that this change puts out, alone
    or together with others. `missing`: of back_out_plan, test_evidence, assessment, approval. `past`: of its CIs,
    classes and team; `all_past`: of all changes, `None` where none has ended.
    """

    category: str | None
    duration: int | None
    blackouts: tuple[str, ...] = ()
    maintenance: tuple[str, ...] = ()
    in_conflict: Mapping[str, str | None] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    past: tuple[Past, ...] = ()
    all_past: Past | None = None
    low_confidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Factor:
    """One summand. `unknown`: not measurable, the value is what the model says for that. `records`: its source."""

    id: str
    value: float
    unknown: bool
    weight: float
    records: tuple[str, ...]

    @property
    def contribution(self) -> float:
        """Value times weight."""
        return self.value * self.weight

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "id": self.id,
            "value": round(self.value, 6),
            "unknown": self.unknown,
            "weight": self.weight,
            "contribution": round(self.contribution, 6),
            "records": list(self.records),
        }


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a verdict is no better: `key` of the model's severities, with what it is about."""

    key: str
    params: Mapping[str, ParamValue]
    severity: Severity

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {"key": self.key, "params": dict(self.params), "severity": self.severity}


def factors_of(model: RiskModel, services: Sequence[ServiceRisk], known: Circumstance) -> tuple[Factor, ...]:
    """Every factor of the model, in its order.

    Parameters
    ----------
    model
        Weights and values.
    services
        Affected services, each once.
    known
        What is known beside them.

    Notes
    -----
    None falls when a service gets worse, one is added, or the change ends later.
    """
    values = {
        "services": _services(model, services),
        "duration": _duration(model, services, known.duration),
        "blackout": _any(known.blackouts),
        "maintenance": _any(known.maintenance),
        "conflicts": (
            sum(model.criticality[word or "none"] for word in known.in_conflict.values()), False,
            tuple(sorted(known.in_conflict)),
        ),
        "category": (model.category[known.category or "none"], known.category is None, ()),
        **{name: _any((name,) if name in known.missing else ()) for name in _PAPERS},
        "past_failures": _past(model, known),
        "low_confidence": _any(known.low_confidence),
    }  # fmt: skip
    return tuple(Factor(name, value, unknown, model.weights[name], records) for name, (value, unknown, records) in
                 ((name, values[name]) for name in FACTORS))  # fmt: skip


_PAPERS = ("back_out_plan", "test_evidence", "assessment", "approval")
Valued = tuple[float, bool, tuple[str, ...]]


def _any(found: tuple[str, ...]) -> Valued:
    return float(bool(found)), False, tuple(sorted(found))


def _services(model: RiskModel, services: Sequence[ServiceRisk]) -> Valued:
    total = sum(model.levels[each.level] * model.criticality[each.criticality or "none"] for each in services)
    return float(total), False, tuple(sorted(each.ci_id for each in services))


def _duration(model: RiskModel, services: Sequence[ServiceRisk], duration: int | None) -> Valued:
    ratios = [
        (_ratio(model, duration, each.allowed), duration is None or each.allowed is None, each.ci_id)
        for each in services
    ]
    if not ratios:
        return 0.0, False, ()
    value, unknown, _ = max(ratios)
    return value, unknown, tuple(sorted(ci_id for ratio, _, ci_id in ratios if ratio == value))


def _ratio(model: RiskModel, duration: int | None, allowed: int | None) -> float:
    if duration is None:
        return model.past["longest_ratio"]  # it may last for ever
    if allowed is None:
        return model.when_unknown["duration"]
    longest = model.past["longest_ratio"]
    return longest if allowed * longest <= duration else duration / allowed


def _past(model: RiskModel, known: Circumstance) -> Valued:
    if known.all_past is None or not known.all_past.ended:
        return model.when_unknown["past_failures"], True, ()
    rates = {past: shrunk(model, past, known.all_past) for past in known.past}
    worst = max(rates.values(), default=Fraction(0))
    return float(worst), False, tuple(sorted(past.subject for past, rate in rates.items() if rate == worst))


def shrunk(model: RiskModel, past: Past, every: Past) -> Fraction:
    """The rate of failures that counts (Beta-binomial): that of few changes is drawn towards that of `every` one.

    `every` has ended at least once.
    """
    prior, strength = Fraction(every.failed, every.ended), Fraction(model.past["strength"])
    return (past.failed + strength * prior) / (past.ended + strength) if past.ended else prior


def score_of(factors: Iterable[Factor]) -> float:
    """The sum of the contributions, 0 to 100."""
    return min(HIGHEST, sum(factor.contribution for factor in factors))


def band_of(model: RiskModel, score: float) -> str:
    """The band that a score falls into."""
    return max((band for band in BANDS if score >= model.bands[band]), key=BANDS.index)


def verdict_of(reasons: Iterable[Reason]) -> Severity:
    """The worst that any reason makes of it; without reasons `pass`."""
    return max((reason.severity for reason in reasons), key=SEVERITIES.index, default="pass")


def worse_level(one: str, other: str) -> str:
    """The worse of two levels of a service."""
    return max(one, other, key=LEVELS.index)


@dataclass(frozen=True)
class Assessment:
    """A verdict with its score and reasons."""

    reasons: tuple[Reason, ...]
    factors: tuple[Factor, ...]

    @property
    def verdict(self) -> Severity:
        """The worst of the reasons."""
        return verdict_of(self.reasons)

    @property
    def score(self) -> float:
        """The sum of the factors."""
        return score_of(self.factors)

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        reasons = [reason.plain() for reason in self.reasons]
        return {"verdict": self.verdict, "score": round(self.score, 2), "reasons": reasons}
