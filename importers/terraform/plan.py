"""The JSON form of a plan (`terraform show -json`, `tofu show -json`), read as far as a review needs it.

Values that are marked sensitive, or are not known before the plan is applied, are as if they were not there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from graph.errors import BadInputError
from graph.values import shown

VERSIONS = "0.2, 1.x"
_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})(?:\.\d{1,4})?", re.ASCII)
# at the top of a plan or of a state; what is no such document may be anything else
_MARKS = ("resource_changes", "planned_values", "format_version", "terraform_version", "lineage")
_OF_A_PLAN = ("resource_changes", "planned_values")
_TABLES = ("tags", "tags_all", "labels", "effective_labels", "annotations")
LOG = re.compile(r'\s*\{"@level":')  # `terraform plan -json` prints its progress, a line each
KINDS: Mapping[tuple[str, ...], str] = {
    ("no-op",): "unchanged",
    ("read",): "read",
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("create", "forget"): "replace",
}
OTHER, MOVED, DEPOSED, READ, UNCHANGED = "other", "moved", "deposed", "read", "unchanged"


@dataclass(frozen=True, slots=True)
class Values:
    """The values of a resource on one side of the plan, with what of them is sensitive (`True`: all)."""

    held: Mapping[str, Any]
    marks: Any

    def text(self, name: str) -> str | None:
        """A value that is a text and may be seen."""
        return _text(*self._under(name))

    def labels(self) -> Iterator[tuple[str, str]]:
        """Tags, labels and annotations that may be seen, those of Kubernetes' `metadata` too."""
        for name in _TABLES:
            yield from _texts(*self._under(name))
        blocks, marks = self._under("metadata")
        for number, block in enumerate(blocks if isinstance(blocks, list) else [blocks]):
            marked = marks[number] if isinstance(marks, list) and number < len(marks) else marks
            if isinstance(block, Mapping):
                for name in ("labels", "annotations"):
                    yield from _texts(*Values(block, marked)._under(name))

    def _under(self, name: str) -> tuple[Any, Any]:
        return self.held.get(name), _marked(self.marks, name)


def _marked(marks: Any, name: str) -> Any:
    return marks.get(name) if isinstance(marks, Mapping) else marks


def _text(found: Any, marked: Any) -> str | None:
    return found if isinstance(found, str) and found and not marked else None


def _texts(found: Any, marked: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, Mapping):
        for name, value in found.items():
            if (text := _text(value, _marked(marked, name))) is not None:
                yield name, text


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What a plan does to one resource. `previous`: its address before it was moved. `sides`: before, after."""

    address: str
    previous: str | None
    kind: str
    sides: tuple[Values, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; `deferred`: how many changes it leaves to a later one."""

    format_version: str
    tool_version: str | None
    changes: tuple[ResourceChange, ...]
    deferred: int


def is_plan(document: object) -> bool:
    """Whether a document is of Terraform's kind: a plan, or the state that is taken for one."""
    return isinstance(document, Mapping) and "format" not in document and any(name in document for name in _MARKS)


def plan_of(document: Any, file: str) -> Plan:
    """The plan of a document that messages call `file`.

    Raises
    ------
    BadInputError
        `terraform.state` for a state file, `terraform.version`, `terraform.errored` for a plan that could not be made,
        `terraform.malformed` naming the place.

    Examples
    --------
    >>> change = {"address": "aws_instance.web", "mode": "managed", "change": {"actions": ["delete", "create"]}}
    >>> plan = plan_of({"format_version": "1.2", "resource_changes": [change]}, "plan.json")
    >>> [(each.address, each.kind) for each in plan.changes]
    [('aws_instance.web', 'replace')]
    """
    if not any(name in document for name in _OF_A_PLAN):
        raise BadInputError("terraform.state", file=file)
    version = document.get("format_version")
    parts = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if parts is None or not (int(parts[1]) == 1 or (int(parts[1]), int(parts[2])) == (0, 2)):
        raise BadInputError("terraform.version", file=file, version=shown(version), versions=VERSIONS)
    if document.get("errored") is True:
        raise BadInputError("terraform.errored", file=file)
    tool = document.get("terraform_version")
    return Plan(
        parts[0],
        shown(tool) if isinstance(tool, str) else None,
        tuple(
            _change(each, f"{file}: resource_changes[{n}]") for n, each in _items(document, "resource_changes", file)
        ),
        sum(1 for _ in _items(document, "deferred_changes", file)),
    )


def _items(document: Mapping[str, Any], name: str, file: str) -> Iterator[tuple[int, Any]]:
    found = document.get(name)
    if found is not None and not isinstance(found, list):
        _malformed(f"{file}: {name}")
    return enumerate(found or [])


def _change(found: Any, at: str) -> ResourceChange:
    if not isinstance(found, Mapping):
        _malformed(at)
    address, previous, change = found.get("address"), found.get("previous_address"), found.get("change")
    if not isinstance(address, str) or not address:
        _malformed(f"{at}.address")
    if not isinstance(change, Mapping):
        _malformed(f"{at}.change")
    actions = change.get("actions")
    if not isinstance(actions, list) or not actions or not all(isinstance(each, str) for each in actions):
        _malformed(f"{at}.change.actions")
    moved = previous if isinstance(previous, str) and previous != address else None
    return ResourceChange(address, moved, _kind(found, tuple(actions), moved), tuple(_sides(change)))


def _kind(found: Mapping[str, Any], actions: tuple[str, ...], moved: str | None) -> str:
    kind = KINDS.get(actions, OTHER)
    if found.get("mode") == "data":
        return READ
    if found.get("deposed") and kind == "delete":
        return DEPOSED
    return MOVED if kind == UNCHANGED and moved else kind


def _sides(change: Mapping[str, Any]) -> Iterator[Values]:
    for side in ("before", "after"):
        held = change.get(side)
        if isinstance(held, Mapping):
            yield Values(held, change.get(f"{side}_sensitive"))


def _malformed(at: str) -> NoReturn:
    raise BadInputError("terraform.malformed", at=at)
