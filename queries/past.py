"""How changes of the same CIs, the same classes and the same team ended before."""

import contextlib
from collections.abc import Mapping, Sequence

from graph.errors import BadInputError
from graph.estate import Estate
from graph.ontology import Ontology
from graph.records.changes import Change
from graph.records.edits import EditGroup, edits_of
from queries.edit_chain import touched_by
from queries.risk import Past

BAD = frozenset({"failed", "backed_out", "partial"})


def touched_of(change: Change, ontology: Ontology) -> set[str]:
    """CIs that a change affects or edits, by id; of edits that cannot be read nobody can say."""
    return {ci_id for ci_id, _ in change.affected} | touched_by(groups_of(change, ontology), ontology)


def groups_of(change: Change, ontology: Ontology) -> tuple[EditGroup, ...]:
    """The edits of a change; none where they cannot be read."""
    with contextlib.suppress(BadInputError):
        return edits_of(change.edits, ontology)
    return ()


def past_of(
    ended: Sequence[Change], change: Change, classes: Mapping[str, str], estate: Estate, ontology: Ontology
) -> tuple[tuple[Past, ...], Past | None]:
    """Failures of each CI (`ci_id` → class) and class that the change touches and of its team, and of all changes.

    Only changes whose outcome is known count, never this one; a CI with none has no row but that of its class.
    """
    known = [each for each in ended if each.outcome is not None and each.change_id != change.change_id]
    counts: dict[str, list[int]] = {f"ci:{ci_id}": [0, 0] for ci_id in classes}
    counts |= {f"class:{name}": [0, 0] for name in classes.values()}
    if change.team is not None:
        counts[f"team:{change.team}"] = [0, 0]
    found: dict[str, str | None] = {}
    for each in known:
        touched = touched_of(each, ontology)
        subjects = {f"ci:{ci_id}" for ci_id in touched} | {f"team:{each.team}"}
        # thousands of changes touch the same CIs
        for ci_id in touched:
            if ci_id not in found:
                ci = estate.find(ci_id)
                found[ci_id] = None if ci is None else f"class:{estate.class_of(ci)}"
        subjects |= {name for ci_id in touched if (name := found[ci_id]) is not None}
        for subject in subjects & counts.keys():
            counts[subject][0] += each.outcome in BAD
            counts[subject][1] += 1
    rows = tuple(Past(subject, failed, total) for subject, (failed, total) in sorted(counts.items()))
    every = Past("*", sum(each.outcome in BAD for each in known), len(known)) if known else None
    return rows, every
