"""Updates of the register as records: one field of one CI that got another value (SEMANTICS 8).

A creation or retirement is one update, to which the attributes of that revision belong; a relationship is one field of
its dependent (of its source, where no impact flows) with its strength and group; the quorum of a redundancy group is
one field of the group's owner, however many relationships carry it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from graph.values import State, Value

Kind = Literal["attribute", "existence", "relationship", "quorum"]
EXISTENCE = "existence"  # the field of a creation, retirement or removal
GROUP = "group:"  # before the name of a redundancy group in the field of its quorum
Content = Value | Mapping[str, Value] | None  # of a field; `None`: it has none, or what it stands for is not there


@dataclass(frozen=True, slots=True)
class Update:
    """One update.

    `ci_id` is the dependent, `other` the other end of a relationship. `field` is the attribute, `existence`, the
    relationship's key or `group:` and the group. `old`, `new`: the value; of an existence the status and what else the
    revision set, of a relationship its fields. It happened after `seen_after` (`None`: nobody knows) and not after
    `at`. `change_id`: the change that it says it carries out.
    """

    revision: int
    ci_id: str
    kind: Kind
    field: str
    old: Content
    new: Content
    seen_after: datetime | None
    at: datetime
    change_id: str | None = None
    other: str | None = None

    @property
    def id(self) -> str:
        """What identifies it: a revision changes a field once."""
        return f"{self.revision}/{self.field}"

    @property
    def group(self) -> str | None:
        """The redundancy group whose quorum it is, or that a relationship was in before it."""
        if self.kind == "quorum":
            return self.field.removeprefix(GROUP)
        found = self.old.get("redundancy_group") if isinstance(self.old, Mapping) else None
        return found if isinstance(found, str) else None


def is_there(state: State | Mapping[str, Value] | None) -> bool:
    """Whether a CI of this state exists for the register: neither unknown nor retired."""
    return state is not None and state.get("status") != "retired"
