"""The hash of everything that decided a review: the question, what the register held, the answer (SEMANTICS 10)."""

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from graph.canonical import canonical
from queries.blast_radius import WORDS
from queries.impact import State
from queries.review import Review

FORMAT = "fe2"  # of the hash


def evidence_hash(review: Review, answer: Mapping[str, Any]) -> str:
    """SHA-256 over canonical JSON; `answer`: all of it that does not depend on how much is shown.

    The same question of the same register gives the same hash on every engine; another change, moment, model, window
    or record that the verdict rests on gives another one.
    """
    digest = hashlib.sha256(canonical({"format": FORMAT, **_question(review), "answer": plain(answer)})).hexdigest()
    return f"{FORMAT}:{digest}"


def _question(review: Review) -> dict[str, Any]:
    around = review.around
    return {
        "revision": review.estate.revision,
        "graph_hash": around.graph_hash,
        "at": plain(around.at),
        "change": plain(review.change),
        "agreed": plain(around.agreed),
        "owners": plain(around.owners),
        "promises": plain(around.promises),
        # what past failures are counted from
        "ended": [plain([e.change_id, e.team, e.outcome, e.affected, e.edits]) for e in around.ended],
        "meetings": plain(around.meetings),
        "meetings_complete": around.meetings_complete,
        "others_possible": around.others_possible,
        "assumed": plain(around.assumed),
        "circumstances": plain(around.circumstances),
        "zone": around.zone,
        "model": plain(review.model),
        "affected": _affected(review),
    }


def _affected(review: Review) -> dict[str, list[str]]:
    table, ids = review.radius.table, review.estate.ids
    return {
        WORDS[state]: sorted(ids[ci] for ci in table.cis[np.flatnonzero(table.states == state)].tolist())
        for state in (State.OUTAGE, State.DEGRADED, State.AT_RISK)
    }


def plain(value: Any) -> Any:
    """A record as JSON that does not depend on how it was made: times in UTC, sets in order."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, frozenset | set):
        return sorted(plain(each) for each in value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)} if is_dataclass(value) else value
