"""A proposed change as a document (ANSWERS: `faultline.change/1`), read strictly into the records it stands for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.canonical import canonical
from graph.ontology import Ontology, load_ontology
from graph.records.changes import DEFAULT_EFFECT, DEFAULT_GRACE, Change
from graph.records.edits import EditGroup, edits_of, plain
from graph.records.reading import Table, parsed, refuse
from graph.records.windows import Window
from graph.values import parse_duration, parse_id, parse_text, parse_time, shown, zone_of

FORMAT = "faultline.change/1"
UNNAMED = "proposed"  # the id, in answers, of a change that has none yet
STATUS = "submitted"  # of a change that says none: it is under review
EFFECTS = ("outage", "degraded", "retire")
AGREED = "agreed_outage"
YEARS = 1900, 2500  # the latter excluded: from and to when windows and changes are held against each other
TIME, ZONE, LASTING = "2026-11-28T22:00:00", "Asia/Shanghai", "PT1H30M"


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change under review, its edits read, and the outages that were agreed for it."""

    change: Change
    edits: tuple[EditGroup, ...]
    agreed: tuple[Window, ...]


def proposed_of(document: Any, zone: str, ontology: Ontology | None = None) -> Proposed:
    """The proposed change of a document, as parsed from JSON or YAML.

    Parameters
    ----------
    document
        What the file holds; texts as they were written.
    zone
        IANA zone of times without offset where the document names none.
    ontology
        Words that it may use. Default: those of the package.

    Raises
    ------
    BadInputError
        `edits.*`, naming the place, the field and what would be right; `edits.another_kind` for a document of another
        kind.

    Examples
    --------
    >>> found = proposed_of({"format": "faultline.change/1", "title": "Move", "affected": [{"ci_id": "db-1"}]}, "UTC")
    >>> found.change.affected, found.change.status
    ((('db-1', 'outage'),), 'submitted')
    """
    words = ontology or load_ontology()
    top = _top(document)
    fields = words.record_types["changes"].fields
    change_id = None if top.get("change_id") is None else top.id("change_id")
    title = top.name("title") or top.needed("title")
    edits = edits_of(top.get("edits"), words)
    start, end, named = _window(top, zone)
    category = top.choice("category", fields["category"].choices)
    change = Change(
        change_id=change_id or UNNAMED,
        title=title,
        category=category,
        status=top.choice("status", fields["status"].choices) or STATUS,
        team=top.text("team"),
        planned_start=start,
        planned_end=end,
        actual_start=None,
        actual_end=None,
        zone=named,
        affected=_affected(top),
        edits=plain(edits) if edits else None,
        submitted_at=None,
        decision=None,
        decided_at=None,
        decided_by=None,
        outcome=None,
        attempts=None,
        expects_update=bool(edits) or category == "major",
        grace=DEFAULT_GRACE,
        back_out_plan=top.text("back_out_plan"),
        test_evidence=_evidence(top),
        assessment=_assessment(top),
        back_out_time=_duration(top, "back_out_time"),
    )
    agreed = tuple(
        _agreed(Table.of(f"agreed_outage[{number}]", each), f"{change.change_id}/{AGREED}/{number}", change_id, named)
        for number, each in enumerate(top.items("agreed_outage"))
    )
    top.end()
    return Proposed(change, edits, agreed)


def _top(document: Any) -> Table:
    top = Table.of("", document)
    found = top.get("format")
    if found is not None and found != FORMAT:
        refuse("another_kind", "format", kind=shown(found), format=FORMAT)
    if found is None and "apiVersion" in document and "kind" in document:
        refuse("another_kind", "kind", kind=f"Kubernetes {shown(document['kind'])}", format=FORMAT)
    if found is None and "services" in document:
        refuse("another_kind", "services", kind="Docker Compose", format=FORMAT)
    if found is None and "resource_changes" in document:
        refuse("another_kind", "resource_changes", kind="Terraform plan", format=FORMAT)
    top.needed("format")
    return top


def _window(top: Table, zone: str) -> tuple[datetime | None, datetime | None, str]:
    if top.get("window") is None:
        return None, None, zone
    window = Table.of("window", top.get("window"))
    written = window.text("zone")
    named = zone if written is None else parsed("window", "zone", written, zone_of, ZONE).key
    window.needed("start")
    start, end = (_moment(window, name, named) for name in ("start", "end"))
    window.end()
    _in_order(window.at, start, end)
    return start, end, named


def _moment(table: Table, name: str, zone: str) -> datetime | None:
    written = table.text(name)
    if written is None:
        return None
    found = parsed(table.at, name, written, lambda text: parse_time(text, zone), TIME)
    moment = datetime.fromisoformat(found.utc)
    if not YEARS[0] <= moment.year < YEARS[1]:
        refuse("value", table.at, field=name, value=shown(written), right=TIME)
    return moment


def _in_order(at: str, start: datetime | None, end: datetime | None) -> None:
    if start is not None and end is not None and end <= start:
        key = "no_length" if end == start else "end_before_start"
        refuse(key, at, start=start.isoformat(), end=end.isoformat())


def _duration(table: Table, name: str) -> int | None:
    found = table.get(name)
    if found is None or found == "":
        return None
    written = found if isinstance(found, str | int | float) else ""
    return parsed(table.at, name, written, parse_duration, LASTING)


def _affected(top: Table) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for number, each in enumerate(top.items("affected")):
        table = Table.of(f"affected[{number}]", each)
        ci_id, effect = table.id("ci_id"), table.choice("effect", EFFECTS) or DEFAULT_EFFECT
        table.end()
        if found.setdefault(ci_id, effect) != effect:
            refuse("two_effects", table.at, ci_id=ci_id, one=found[ci_id], other=effect)
    return tuple(sorted(found.items()))


def _evidence(top: Table) -> tuple[str, ...]:
    found = top.get("test_evidence")
    some = [found] if isinstance(found, str) else top.items("test_evidence")
    return tuple(parsed("test_evidence", str(n), each, _one_id, "DOC-1") for n, each in enumerate(some))


def _one_id(found: Any) -> str:
    return parse_id(found if isinstance(found, str) else "")


def _assessment(top: Table) -> str | None:
    found = top.get("assessment")
    if not isinstance(found, dict):
        return top.text("assessment")
    table = Table.of("assessment", found)
    kept = {parsed(table.at, "assessment", str(name), parse_text, "risk"): table.text(name) for name in found}
    return canonical(kept).decode() if any(kept.values()) else None


def _agreed(table: Table, window_id: str, change_id: str | None, zone: str) -> Window:
    service = table.id("service")
    for name in ("from", "to"):
        table.needed(name)
    start, end = _moment(table, "from", zone), _moment(table, "to", zone)
    table.end()
    _in_order(table.at, start, end)
    return Window(window_id, AGREED, (service,), start, end, None, None, zone, change_id)
