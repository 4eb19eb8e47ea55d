"""The file that says which resource of a plan is which CI, and what a plan cannot say of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.records.proposed import EFFECTS
from graph.records.reading import Table, parsed, refuse
from graph.values import parse_id, parse_text, shown

TAGS = ("faultline.ci_id", "faultline_ci_id")  # the second where a provider allows no full stop
DEFAULT_EFFECTS: Mapping[str, str] = {
    "update": "degraded",
    "deposed": "degraded",
    "replace": "outage",
    "delete": "retire",
    "other": "outage",
}
# of faultline.change/1, what is neither in the plan nor given beside it
FIELDS = (
    "change_id", "title", "category", "status", "team", "agreed_outage", "back_out_plan", "test_evidence", "assessment",
    "back_out_time",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Addresses:
    """Something said of addresses: of one as it is written, or of all that begin with a pattern up to its `*`."""

    exact: Mapping[str, str] = field(default_factory=dict)
    begins: Mapping[str, str] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()  # of what patterns begin with, the longest first

    @classmethod
    def of(cls, said: Mapping[str, str]) -> "Addresses":
        """Those of a file."""
        begins = {name[:-1]: what for name, what in said.items() if name.endswith("*")}
        exact = {name: what for name, what in said.items() if not name.endswith("*")}
        return cls(exact, begins, tuple(sorted({len(head) for head in begins}, reverse=True)))

    def find(self, address: str) -> str | None:
        """What is said of an address; of several patterns the longest counts."""
        if address in self.exact:
            return self.exact[address]
        heads = (address[:length] for length in self.lengths if length <= len(address))
        return next((self.begins[head] for head in heads if head in self.begins), None)


@dataclass(frozen=True, slots=True)
class PlanMap:
    """What is said of resources, and of the change that they are part of.

    `no_ci`: resources that are no CI of the register. `effects`: by kind of resource change. `change`: its papers.
    """

    resources: Addresses = field(default_factory=Addresses)
    no_ci: Addresses = field(default_factory=Addresses)
    tags: tuple[str, ...] = TAGS
    effects: Mapping[str, str] = field(default_factory=lambda: DEFAULT_EFFECTS)
    change: Mapping[str, Any] = field(default_factory=dict)


def plan_map_of(document: Any) -> PlanMap:
    """The map of a document, as parsed from JSON or YAML; BadInputError `edits.*`, naming the place in it.

    Examples
    --------
    >>> found = plan_map_of({"resources": {"aws_instance.web[0]": "web-1", "module.db.*": "db-1"}})
    >>> found.resources.find("module.db.aws_db_instance.policy")
    'db-1'
    """
    top = Table.of("", document)
    made = PlanMap(
        resources=Addresses.of(_resources(top)),
        no_ci=Addresses.of({_address("no_ci", each): "" for each in top.items("no_ci")}),
        tags=tuple(dict.fromkeys([*TAGS, *(_tag(each) for each in top.items("tags"))])),
        effects={**DEFAULT_EFFECTS, **_effects(top)},
        change=_change(top),
    )
    top.end()
    return made


def _inner(top: Table, name: str) -> Table:
    found = top.get(name)
    return Table.of(name, {} if found is None else found)


def _resources(top: Table) -> dict[str, str]:
    table = _inner(top, "resources")
    return {_address(table.at, name): table.id(name) for name in table.held}


def _address(at: str, found: Any) -> str:
    if not isinstance(found, str) or not found or "*" in found[:-1]:
        refuse("value", at, field="address", value=shown(found), right="module.db.aws_db_instance.policy, module.db.*")
    return found


def _tag(found: Any) -> str:
    text = found if isinstance(found, str) else ""
    if not text:
        refuse("text", "tags", field="tags", value=shown(found))
    return parsed("tags", "tags", text, parse_text, TAGS[0])


def _effects(top: Table) -> dict[str, str]:
    table = _inner(top, "effects")
    found = {kind: effect for kind in DEFAULT_EFFECTS if (effect := table.choice(kind, EFFECTS)) is not None}
    table.end()
    return found


def _change(top: Table) -> dict[str, Any]:
    table = _inner(top, "change")
    found = {name: value for name in FIELDS if (value := table.get(name)) is not None}
    table.end()
    return found


def ci_id_of(text: str) -> str | None:
    """A text as an id; `None` where it cannot be one."""
    try:
        return parse_id(text)
    except ValueError:
        return None
