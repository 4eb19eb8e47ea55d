"""A risk model as frozen types, read strictly from its data file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from graph.errors import BadInputError

Severity = Literal["pass", "review", "block"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # worse comes later
Numbers = Mapping[str, float]
FACTORS = (
    "services", "duration", "blackout", "maintenance", "conflicts", "category", "back_out_plan", "test_evidence",
    "assessment", "approval", "past_failures", "low_confidence",
)  # fmt: skip
LEVELS = ("unaffected", "affected", "no_redundancy", "outage")  # worse comes later
BANDS = ("low", "medium", "high")
REASONS = (
    "service_out_critical", "service_out_high", "service_out", "blackout_hit", "quorum_impossible",
    "left_without_redundancy", "maintenance_missed", "missing_back_out_plan", "missing_test_evidence",
    "missing_assessment", "decided_late", "edit_conflict", "dependency_lost", "retired_member", "source_lost",
    "out_after",
    "low_confidence",
    "no_dependents_recorded", "unmapped_resource", "unknown", "open_end", "window_over", "window_long",
    "back_out_too_long",
    "outage_agreed",
    "same_ci", "inside_outage", "others_possible", "incident_end_assumed",
)  # fmt: skip
_TABLES: Mapping[str, tuple[str, ...]] = {
    "weights": FACTORS,
    "levels": LEVELS,
    "criticality": ("critical", "high", "medium", "low", "none"),
    "category": ("emergency", "major", "standard", "simple", "none"),
    "when_unknown": ("duration", "past_failures"),
    "past": ("strength", "longest_ratio"),
    "bands": BANDS,
    "severities": REASONS,
}


@dataclass(frozen=True, slots=True)
class RiskModel:
    """Weights of factors, values of words, and what each reason does to the verdict; `id` names it with its version.

    Numbers are at least 0 and levels do not fall, so that a score never falls when a seed is added.
    """

    name: str
    version: int
    weights: Numbers
    levels: Numbers
    criticality: Numbers
    category: Numbers
    when_unknown: Numbers
    past: Numbers
    bands: Numbers
    severities: Mapping[str, Severity]

    @property
    def id(self) -> str:
        """`default@1`."""
        return f"{self.name}@{self.version}"


@cache
def load_risk_model(path: Path | None = None) -> RiskModel:
    """The model of the package, or of a file.

    Raises BadInputError `risk.*`, naming the file and the entry that does not fit.
    """
    source = resources.files("graph.risk") / "data" / "default.toml" if path is None else path
    try:
        text = source.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError("risk.unreadable", file=str(path), reason=str(error)) from error
    return risk_model_from(text)


def risk_model_from(text: str) -> RiskModel:
    """The model that a TOML text declares; every entry there, no other, and none below 0.

    Raises BadInputError `risk.syntax`, `risk.entries`, `risk.value`, `risk.order`.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInputError("risk.syntax", reason=str(error)) from error
    _exactly("", found, tuple(field.name for field in fields(RiskModel)))
    name, version = found["name"], found["version"]
    if not isinstance(name, str) or not name.isidentifier():
        raise BadInputError("risk.value", entry="name", value=str(name))
    if type(version) is not int or version < 1:
        raise BadInputError("risk.value", entry="version", value=str(version))
    tables = {table: MappingProxyType(_table(table, found[table], names)) for table, names in _TABLES.items()}
    model = RiskModel(name, version, **tables)
    for table, names in (("levels", LEVELS), ("bands", BANDS)):
        values = [getattr(model, table)[each] for each in names]
        if values != sorted(values):
            raise BadInputError("risk.order", table=table, names=", ".join(names))
    return model


def _table(table: str, found: Any, names: tuple[str, ...]) -> dict[str, Any]:
    _exactly(table, found, names)
    for name, value in found.items():
        is_word = table == "severities"
        fits = value in SEVERITIES if is_word else type(value) in (int, float) and 0 <= value < float("inf")
        if not fits:
            raise BadInputError("risk.value", entry=f"{table}.{name}", value=str(value))
    return {name: found[name] for name in names}


def _exactly(table: str, found: Any, names: tuple[str, ...]) -> None:
    given = set(found) if isinstance(found, dict) else set()
    missing, strange = sorted(set(names) - given), sorted(given - set(names))
    if missing or strange:
        raise BadInputError(
            "risk.entries", table=table or "-", missing=", ".join(missing) or "-", strange=", ".join(strange) or "-"
        )
