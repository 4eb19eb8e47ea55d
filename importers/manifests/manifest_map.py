"""The file that says what files of manifests cannot say of themselves: effects, papers, and what is no CI."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.records.proposed import EFFECTS
from graph.records.reading import Table, refuse
from graph.values import shown
from importers.manifests.differing import CHANGED, REMOVED, RESTART, ROLLING, SCALED, STOPPED
from importers.terraform.plan_map import FIELDS, Addresses

DEFAULT_EFFECTS: Mapping[str, str] = {
    REMOVED: "retire", STOPPED: "outage", RESTART: "outage", ROLLING: "degraded", SCALED: "degraded",
    CHANGED: "degraded",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ManifestMap:
    """`effects`: by what happens. `no_ci`: of what could not be used, what is nothing to judge. `change`: papers."""

    effects: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_EFFECTS))
    no_ci: Addresses = field(default_factory=Addresses)
    change: Mapping[str, Any] = field(default_factory=dict)


def manifest_map_of(document: Any) -> ManifestMap:
    """The map of a document; `edits.*` naming the place and what would be right."""
    top = Table.of("", document)
    effects = _inner(top, "effects")
    told = {kind: effect for kind in DEFAULT_EFFECTS if (effect := effects.choice(kind, EFFECTS)) is not None}
    effects.end()
    change = _inner(top, "change")
    papers = {name: value for name in FIELDS if (value := change.get(name)) is not None}
    change.end()
    made = ManifestMap(
        {**DEFAULT_EFFECTS, **told}, Addresses.of({_pattern(each): "" for each in top.items("no_ci")}), papers
    )
    top.end()
    return made


def _inner(top: Table, name: str) -> Table:
    found = top.get(name)
    return Table.of(name, {} if found is None else found)


def _pattern(found: Any) -> str:
    if not isinstance(found, str) or not found or "*" in found[:-1]:
        refuse("value", "no_ci", field="no_ci", value=shown(found), right="kubernetes:Role.rbac.authorization.k8s.io")
    return found
