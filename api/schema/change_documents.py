"""Changes as somebody gives them over the API, read into the fields of their records."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from api.schema.writing import plain_json, word_of
from graph.canonical import canonical
from graph.errors import BadInputError
from graph.fields import parser_of
from graph.records.proposed import Proposed, proposed_of
from graph.records.windows import Window
from graph.store.preferences import PRINCIPAL
from graph.values import State, ValueRefused, parse_id, parse_text, parse_time, shown, utc_text
from importers.authorship import CHANGES
from importers.saved_fields import Saving

if TYPE_CHECKING:
    from api.register import Register

# fields that may come with a step; those that come when a change is saved, and of a change of another tool
PAPERS = (
    "implementation_plan", "failure_plan", "back_out_plan", "test_evidence", "assessment", "template",
    "post_implementation_review", "actual_start", "actual_end", "attempts", "releases", "problems",
    "accepted_at", "notified",
)  # fmt: skip
PLANS = ("back_out_plan", "back_out_time", "test_evidence", "assessment")  # papers that stand in the document
SAVED = (
    "implementation_plan", "failure_plan", *PLANS, "template", "releases", "problems", "expects_update", "grace",
)  # fmt: skip
FOREIGN = ("decision", "decided_at", "decided_by", "outcome", "actual_start", "actual_end", "attempts")
LONGEST_REASON = 10_000  # characters


def id_of(text: str) -> str:
    """The id of a change; BadInputError `review.unknown_change` for what no change can be called."""
    try:
        return parse_id(text)
    except ValueRefused as no:
        raise BadInputError("review.unknown_change", change=shown(text)) from no


def reason_of(text: str) -> str:
    """Why somebody decides so; BadInputError `decide_change.no_reason` for none, and for a book."""
    try:
        kept = parse_text(text).strip()
    except ValueRefused as no:
        raise BadInputError(no.message.key, **no.message.params) from no
    if not kept or len(kept) > LONGEST_REASON:
        raise BadInputError("decide_change.no_reason")
    return kept


def saving_of(register: "Register", given: Any, papers: Any, origin: str | None, external_id: str | None) -> Saving:
    """The change of a document (ANSWERS) with further fields; BadInputError for what cannot be one."""
    document, origin = plain_json(given), word_of(origin, "origin")
    found = proposed_of(document, register.settings.timezone, register.store.ontology)
    change_id = _named(document, origin, external_id)
    fields = papers_of(register, papers, (*SAVED, *(FOREIGN if origin else ())))
    if origin is not None and str(fields.get("decided_by", "")).startswith(PRINCIPAL):
        raise BadInputError("change.foreign_decider", who=shown(fields["decided_by"]))
    plain = _plain(found, document)
    if origin is None and isinstance(document, dict) and document.get("status") not in (None, "draft"):
        raise BadInputError("change.status_by_steps")
    if origin is not None:
        plain |= {"status": found.change.status or "submitted", "external_id": str(external_id)}
    windows = {
        f"{change_id}/{number}": _window(f"{change_id}/{number}", window, change_id)
        for number, window in enumerate(found.agreed, 1)
    }
    return Saving(change_id, {**plain, **fields}, windows, origin, _cleared(document, papers))


def _cleared(document: Any, papers: Any) -> frozenset[str]:
    # null clears, and what is absent stays
    own = {name: document[name] for name in PLANS if name in document} if isinstance(document, dict) else {}
    given = {**own, **(plain_json(papers) if isinstance(papers, dict) else {})}
    return frozenset(name for name, value in given.items() if value in (None, "", []))


def _named(document: Any, origin: str | None, external_id: str | None) -> str:
    own = document.get("change_id") if isinstance(document, dict) else None
    if (origin is None) != (not external_id):
        raise BadInputError("change.no_id")
    if origin is not None and own not in (None, f"{origin}:{external_id}"):
        # it would be another record each time that it is named otherwise
        raise BadInputError("change.two_ids", change=shown(own), named=shown(f"{origin}:{external_id}"))
    if own is None and origin is None:
        return f"CHG-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    return id_of(str(own) if own is not None else f"{origin}:{external_id}")


def _plain(found: Proposed, document: Any) -> State:
    change = found.change
    moments = {"planned_start": change.planned_start, "planned_end": change.planned_end}
    listed: dict[str, Any] = {
        "title": change.title, "category": change.category, "team": change.team, "edits": change.edits,
        "zone": change.zone if isinstance(document, dict) and document.get("window") else None,
        "affected": [f"{ci_id}={effect}" for ci_id, effect in change.affected],
        "back_out_plan": change.back_out_plan, "back_out_time": change.back_out_time, "assessment": change.assessment,
        "test_evidence": sorted(set(change.test_evidence)),
        **{name: None if moment is None else utc_text(moment) for name, moment in moments.items()},
    }  # fmt: skip
    return {name: value for name, value in listed.items() if value not in (None, [])}


def _window(window_id: str, window: Window, change_id: str) -> State:
    moments = {"from": window.start, "to": window.end}
    found: State = {"window_id": window_id, "kind": window.kind, "scope": list(window.scope), "change_id": change_id}
    found |= {name: utc_text(moment) for name, moment in moments.items() if moment is not None}
    return found | ({} if window.zone is None else {"zone": window.zone})


def papers_of(register: "Register", given: Any, names: Sequence[str]) -> State:
    """Fields of a change, read as those of an inventory; BadInputError naming one that may not be given."""
    if given is None:
        return {}
    found = plain_json(given)
    if not isinstance(found, dict):
        raise BadInputError("edits.not_a_table", at="papers", value=shown(found))
    fields = register.store.ontology.record_types[CHANGES].fields
    kept: State = {}
    for name, raw in found.items():
        if name not in names:
            raise BadInputError("edits.unknown_key", at="papers", field=shown(name), nearest=names[0])
        if raw in (None, "", []):
            continue
        try:
            if fields[name].type == "time":
                kept[name] = parse_time(str(raw), register.settings.timezone).utc
            elif name == "assessment" and isinstance(raw, dict):
                kept[name] = canonical(raw).decode()
            else:
                kept[name] = parser_of(fields[name])(raw)
        except ValueRefused as no:
            raise BadInputError(no.message.key, **no.message.params) from no
    return kept
