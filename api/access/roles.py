"""Roles, and the one table of who may ask for which root field (`data/roles.toml`)."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Written:
    """Which CIs a mutation writes: the field of its input that holds them (`row`: one), and fields that hold ids.

    `within`: by field of its input that is a list, the fields of its items that hold ids.
    """

    rows: str | None = None
    ends: tuple[str, ...] = ()
    row: str | None = None
    within: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Roles:
    """`below`: by role all that it has, itself included. `brings`: by operation and root field who may ask for it.

    `scoped`: by operation what of it may be asked for with scopes; `written`: by mutation how its input names CIs.
    """

    below: Mapping[str, frozenset[str]]
    brings: Mapping[str, Mapping[str, frozenset[str]]]
    scoped: Mapping[str, frozenset[str]]
    written: Mapping[str, Written]

    def held(self, given: Iterable[str]) -> frozenset[str]:
        """All roles that somebody has who was given some; names that are none bring nothing."""
        return frozenset().union(*(self.below.get(role, frozenset()) for role in given))

    def allowed(self, given: Iterable[str], operation: str, field: str) -> bool:
        """Whether who was given these roles may ask for a root field; KeyError for one that is not in the table."""
        return not self.brings[operation][field].isdisjoint(self.held(given))


@cache
def roles() -> Roles:
    """The table."""
    table = tomllib.loads((resources.files("api.access") / "data" / "roles.toml").read_text(encoding="utf-8"))
    behind: dict[str, list[str]] = table.pop("roles")
    scoped = table.pop("scoped")
    written = {
        name: Written(
            each.get("rows"),
            tuple(each.get("ends", ())),
            each.get("row"),
            {inner: tuple(ends) for inner, ends in each.get("within", {}).items()},
        )
        for name, each in scoped["mutation"].items()
    }
    below: dict[str, frozenset[str]] = {}
    for role, others in behind.items():  # each stands below those that it has
        below[role] = frozenset({role}).union(*(below[other] for other in others))
    brings = {
        operation: {field: frozenset(some) for field, some in fields.items()} for operation, fields in table.items()
    }
    return Roles(below, brings, {operation: frozenset(some) for operation, some in scoped.items()}, written)
