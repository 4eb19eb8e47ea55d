"""What people call the things that an answer lists by kind and identifier: CIs by name, changes by title."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from api.register import Register
from graph.records.changes import change_of

if TYPE_CHECKING:
    from graph.estate import Estate

CHANGE = "change"
CIS = ("ci", "service", "document")  # kinds of records that are CIs
ENDS = ("ci_id", "source", "target")  # where an edit, or an update, names CIs


class Called:
    """Names at the revision of an estate."""

    def __init__(self, register: Register, estate: "Estate") -> None:
        self._register, self._estate = register, estate

    def of(self, kind: str, id_: str) -> str | None:
        """The name of a record; `None`: it has none, or is not there any more."""
        if kind == CHANGE:
            return self._titles.get(id_)
        return self.ci(id_) if kind in CIS else None

    def ci(self, ci_id: str) -> str | None:
        """The name of a CI."""
        number = self._estate.find(ci_id)
        return None if number is None else self._estate.names[number]

    def within(self, record: dict[str, Any]) -> dict[str, str]:
        """Names of all CIs that an update or an obligation (ANSWERS) is about, and of its changes, by identifier."""
        parts = (record, record.get("edit") or {})
        cis = {str(part[end]) for part in parts for end in ENDS if part.get(end)}
        changes = {str(each) for each in [record.get("change_id"), *(record.get("claimed_by") or ())] if each}
        found = [*_named(cis, self.ci), *_named(changes, self._titles.get)]
        return dict(found)

    @cached_property
    def _titles(self) -> dict[str, str]:
        every = self._register.tables.table("changes", change_of, self._estate.revision)
        return {each.change_id: each.title for each in every if each.title}


def _named(ids: Iterable[str], name: Any) -> Iterable[tuple[str, str]]:
    return ((each, known) for each in sorted(ids) if (known := name(each)) is not None)
